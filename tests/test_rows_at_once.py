"""Many rows written or added at once, past the session: the same is kept as if each had been written alone."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import select

from app.extensions import db
from app.models import Condition, Product, Scan, ScanMode, ScanResult, Verdict
from app.transactions import add_rows, write_changes, write_columns
from tests import factories
from tests.people import House, found_house

Statements = Callable[[], list[str]]
AT = datetime(2026, 3, 29, 1, 30, 15, 250_000, tzinfo=UTC)


def make_products(number: int) -> list[int]:
    """So many products, by their ids."""
    made = [factories.product(f"Thing {one}") for one in range(number)]
    db.session.flush()
    return [product.id for product in made]


def products_of(ids: list[int]) -> list[Product]:
    """These, read afresh."""
    return list(db.session.scalars(select(Product).where(Product.id.in_(ids)).order_by(Product.id)))


def test_what_changed_alike_is_written_together_and_the_session_has_nothing_left_to_write(
    house: House, statements: Statements
) -> None:
    with house.writing():
        ids = make_products(5)
    with house.writing():
        rows = products_of(ids)
        for number, product in enumerate(rows[:4]):
            product.weight_kg, product.archived_at = Decimal(number) / 4 if number else None, AT
        rows[4].day_rate = Decimal("12.50")
        statements()
        write_changes(rows)
        assert len(statements()) == 2
        db.session.flush()
        assert statements() == []
        assert rows[3].weight_kg == Decimal("0.75")
    with house.reading():
        kept = products_of(ids)
        assert [row.weight_kg for row in kept[:4]] == [None, Decimal("0.25"), Decimal("0.5"), Decimal("0.75")]
        assert {row.archived_at for row in kept[:4]} == {AT} and kept[4].archived_at is None
        assert kept[4].day_rate == Decimal("12.50") != kept[3].day_rate


def test_rows_of_another_organization_are_never_written(house: House) -> None:
    with house.writing():
        ids = make_products(3)
    others = found_house(house.app, "Other Rental", "other")
    with house.reading():
        rows = products_of(ids)
        db.session.expunge_all()
    with others.writing():
        write_columns({row: {"name": "Taken over"} for row in rows})
    with house.reading():
        assert [row.name for row in products_of(ids)] == ["Thing 0", "Thing 1", "Thing 2"]


def scan_facts(number: int, product_id: int) -> dict[str, object]:
    """What a row of the log says, in every kind of column that it has."""
    return {
        "uuid": f"scan-{number}", "mode": ScanMode.IN, "raw_code": "{a, \"b\"}", "product_id": product_id,
        "asset_id": None, "situation": "planned", "verdict": Verdict.OK, "result": ScanResult.APPLIED,
        "message": "Größe: 2 × 'Lamp'\\", "condition": Condition.DAMAGED if number else None,
        "added": {"7": number, "of": ["x", None]}, "scanned_at": AT, "recorded_at": AT,
    }  # fmt: skip


def test_rows_that_are_added_at_once_read_as_if_each_had_been_added_alone(
    house: House, statements: Statements
) -> None:
    with house.writing():
        product_id = make_products(1)[0]
        db.session.add(Scan(**scan_facts(99, product_id)))
        db.session.flush()
        statements()
        add_rows(Scan, [scan_facts(number, product_id) for number in range(3)])
        assert len(statements()) == 1
    with house.reading():
        alone, *together = db.session.scalars(select(Scan).order_by(Scan.id))
        assert [row.uuid for row in together] == ["scan-0", "scan-1", "scan-2"]
        assert [row.added for row in together] == [{"7": number, "of": ["x", None]} for number in range(3)]
        assert [row.condition for row in together] == [None, Condition.DAMAGED, Condition.DAMAGED]
        for name in set(Scan.__table__.columns.keys()) - {"id", "uuid", "condition", "added"}:
            assert {getattr(row, name) for row in together} == {getattr(alone, name)}, name


def test_nothing_is_added_or_written_where_there_is_nothing(house: House, statements: Statements) -> None:
    with house.writing():
        db.session.connection()
        statements()
        add_rows(Scan, [])
        write_changes([])
        write_columns({})
        assert statements() == []
