"""Imports: a file says what it would do before it does it, and twice is once."""

import io
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.models import (
    Activity,
    Alert,
    AlertKind,
    Asset,
    Code,
    ImportRun,
    Location,
    LocationKind,
    Product,
    StockLevel,
    StockTransaction,
    Tracking,
)
from app.queries.import_plans import ImportRules
from app.refusals import Refused
from app.services.imports import ImportReport, import_catalogue, refused_csv
from app.services.locations import add_location
from app.services.verify import broken_invariants
from app.transactions import finish
from tests import factories
from tests.factories import me
from tests.people import House

CATALOGUE = Path(__file__).parents[2] / "app" / "demo" / "data" / "catalogue.csv"
HEADER = "code;name;category;day_rate;currency;quantity;weight_kg\n"


def imported(
    house: House, text: str | bytes, rules: ImportRules | None = None, *, stock: bool = True
) -> ImportReport:
    content = text if isinstance(text, bytes) else text.encode()
    with house.writing():
        place = db.session.get_one(Location, house.warehouse_id) if stock else None
        return import_catalogue(content, by=me(), location=place, rules=rules)


def root(house: House) -> Location:
    return db.session.get_one(Location, house.warehouse_id)


def verdicts(report: ImportReport) -> list[str]:
    return [str(plan.verdict) for plan in report.plans]


def test_a_real_catalogue_goes_in_whole_with_its_stock_and_twice_is_unchanged(
    house: House,
) -> None:
    content = CATALOGUE.read_bytes()
    first = imported(house, content)
    assert (first.counts["create"], first.counts["error"], first.counts["pieces"]) == (661, 0, 6215)
    second = imported(house, content)
    assert second.counts["unchanged"] == 661 and second.counts["pieces"] == 0
    with house.reading():
        assert db.session.scalar(select(func.sum(StockLevel.quantity))) == 6215
        assert db.session.scalar(select(func.sum(StockTransaction.quantity))) == 6215
        assert db.session.scalar(select(func.count(Asset.id))) == first.counts["assets"] > 1000
        microphone = db.session.scalars(select(Product).where(Product.sku == "AR225")).one()
        assert microphone.name == "Neumann KM184" and microphone.search_text.startswith("neumann km184 ar225")
        stand = db.session.scalars(select(Product).where(Product.sku == "AR206")).one()
        assert stand.height_mm is None, "1.87 is metres, not millimetres"


def test_bad_rows_stay_out_with_line_and_reason_and_the_good_ones_go_in(house: House) -> None:
    report = imported(
        house,
        HEADER
        + "A1;Chain hoist;Rigging;42;EUR;2;38,5\n"
        + "A2;;Rigging;42;EUR;2;\n"
        + "A3;Truss;Rigging;cheap;EUR;-2;\n"
        + "A4;Clamp;Rigging;1;USD;2;\n"
        + "A1;Chain hoist again;Rigging;42;EUR;2;\n",
    )
    assert verdicts(report) == ["create", "error", "error", "error", "error"]
    reasons = [" ".join(plan.reasons) for plan in report.refused]
    assert [plan.line for plan in report.refused] == [3, 4, 5, 6]
    assert "name is missing" in reasons[0] and "not a number" in reasons[1] and "below zero" in reasons[1]
    assert "USD" in reasons[2] and "line 2" in reasons[3]
    text = refused_csv(report.plans)
    assert text.splitlines()[0] == "Line,Reason,code,name,category,day_rate,currency,quantity,weight_kg"
    assert len(text.splitlines()) == 5
    with house.reading():
        hoist = db.session.scalars(select(Product).options(joinedload(Product.category))).one()
        assert (str(hoist.weight_kg), hoist.category.name) == ("38.500", "Rigging")


def test_a_changed_row_updates_and_an_empty_cell_changes_nothing(house: House) -> None:
    imported(house, HEADER + "A1;Chain hoist;Rigging;42;EUR;2;38,5\n")
    report = imported(house, HEADER + "A1;Chain hoist D8;rigging;45;EUR;9;\n")
    assert verdicts(report) == ["update"]
    assert [change.label for change in report.plans[0].changes] == ["Name", "Day rate"]
    with house.reading():
        row = db.session.scalars(select(Product)).one()
        assert (row.name, str(row.day_rate), str(row.weight_kg)) == ("Chain hoist D8", "45.00", "38.500")
        assert row.search_text == "chain hoist d8 a1"
        assert db.session.scalar(select(func.sum(StockLevel.quantity))) == 2, "known stock is never touched"


def test_opening_stock_comes_later_when_the_first_import_had_no_place(house: House) -> None:
    text = HEADER + "A1;Clamp;Rigging;1;EUR;40;\n"
    assert imported(house, text, stock=False).counts["pieces"] == 0
    assert imported(house, text).counts["pieces"] == 40
    assert imported(house, text).counts["unchanged"] == 1


def test_the_rule_says_what_is_followed_piece_by_piece(house: House) -> None:
    text = (
        HEADER
        + "A1;Desk;Ton;100;EUR;2;\nA2;Clamp;Rigging;100;EUR;90;\nA3;Gaffa;Verbrauchsmaterial;100;EUR;2;\n"
    )
    columns = {
        "sku": "code",
        "name": "name",
        "category": "category",
        "day_rate": "day_rate",
        "quantity": "quantity",
    }
    imported(house, text, ImportRules(columns, serialized_most=10))
    with house.reading():
        found = dict(db.session.execute(select(Product.sku, Product.tracking)).all())
        assert found == {"A1": Tracking.SERIALIZED, "A2": Tracking.BULK, "A3": Tracking.CONSUMABLE}
        assert sorted(db.session.scalars(select(Asset.tag))) == ["A1-01", "A1-02"]


def test_crew_and_transport_are_left_out(house: House) -> None:
    report = imported(house, HEADER + "C1;Technician, day;Personal;350;EUR;;\nC2;Van;Transport;90;EUR;;\n")
    assert verdicts(report) == ["left_out", "left_out"]


def test_a_code_that_names_something_else_is_an_error(house: House) -> None:
    with house.writing():
        lamp = factories.product("Lamp", tracking=Tracking.SERIALIZED)
        factories.asset(lamp, at=house.warehouse_id, tag="A1")
    report = imported(house, HEADER + "A1;Chain hoist;Rigging;42;EUR;2;\n")
    assert verdicts(report) == ["error"] and "names something else" in report.plans[0].reasons[0]


def test_a_dry_run_writes_nothing(house: House) -> None:
    with house.writing():
        place = db.session.get_one(Location, house.warehouse_id)
        text = (HEADER + "A1;Chain hoist;Rigging;42;EUR;2;\n").encode()
        report = import_catalogue(text, by=me(), location=place, dry_run=True)
    assert report.counts["create"] == 1
    with house.reading():
        assert (
            db.session.scalars(select(Product)).all() == []
            and db.session.scalars(select(ImportRun)).all() == []
        )


def test_what_is_no_table_is_refused_in_words(house: House) -> None:
    for content, words in ((b"", "empty"), (b"PK\x03\x04\0\0", "no text file"), (b"a,b\n", "no rows")):
        with pytest.raises(Refused, match=words):
            imported(house, content)


def test_in_the_browser_nothing_is_written_before_it_is_confirmed_and_twice_is_once(house: House) -> None:
    browser = house.browser("Ivy")
    text = HEADER + "A1;Chain hoist;Rigging;42;EUR;2;\nA2;;Rigging;42;EUR;2;\n"
    sent = {"file": (io.BytesIO(text.encode("cp1252")), "list.csv"), "location_id": str(house.warehouse_id)}
    answer = browser.post("/inventory/imports", data=sent, content_type="multipart/form-data")
    assert answer.status_code == 303
    preview = browser.get(answer.location)
    assert "Nothing is written yet" in preview.text and "The name is missing." in preview.text
    with house.reading():
        assert db.session.scalars(select(Product)).all() == []
    for _ in range(2):
        assert browser.post(f"{answer.location}/confirmation").status_code == 303
    refused = browser.get(f"{answer.location}/refused.csv").text
    assert "3,The name is missing.,A2" in refused
    assert "1 bad row<" in browser.get(answer.location).text
    with house.reading():
        assert len(db.session.scalars(select(Product)).all()) == 1
        assert (
            len(db.session.scalars(select(Activity).where(Activity.verb == "catalogue.imported")).all()) == 1
        )


def test_columns_can_be_chosen_by_hand(house: House) -> None:
    browser = house.browser("Ivy")
    text = "Ding;Wie es heisst;Was es kostet\nA1;Kettenzug;2,50\n"
    sent = {"file": (io.BytesIO(text.encode()), "liste.csv")}
    run = browser.post("/inventory/imports", data=sent, content_type="multipart/form-data").location
    assert "The name is missing." in browser.get(run).text
    wrong = browser.post(f"{run}/rules", data={"column_name": "Nirgends"})
    assert wrong.status_code == 422 and "no such column" in wrong.text
    chosen = {"column_sku": "Ding", "column_name": "Wie es heisst", "column_day_rate": "Was es kostet"}
    browser.post(f"{run}/rules", data=chosen)
    browser.post(f"{run}/confirmation")
    with house.reading():
        row = db.session.scalars(select(Product)).one()
        assert (row.sku, row.name, str(row.day_rate)) == ("A1", "Kettenzug", "2.50")


def test_a_list_of_parts_is_read_as_what_it_is(house: House) -> None:
    text = "source_id,part_number,name,quantity,reorder_level,day_rate\n9,WX-1,Cable tie,30,5,\n8,WX-2,Lamp,2,1,12\n"
    report = imported(house, text)
    with house.reading():
        found = {row.sku: row.tracking for row in db.session.scalars(select(Product))}
    assert found == {"WX-1": Tracking.CONSUMABLE, "WX-2": Tracking.BULK} and not report.refused


def test_nothing_is_said_of_assets_where_there_are_none(house: House) -> None:
    browser = house.browser("Ivy")
    sent = {
        "file": (io.BytesIO(b"code,name,quantity\nA,Cable,4\n"), "list.csv"),
        "location_id": str(house.warehouse_id),
    }
    address = browser.post("/inventory/imports", data=sent).headers["Location"]
    page = browser.get(address).text
    assert "4 pieces come into stock." in page and "tag of their own" not in page


def test_only_people_who_may_import_reach_it(house: House) -> None:
    assert house.browser("Bob").get("/inventory/imports").status_code == 403


STOCKROOM = (
    "Code,Name,Tracked,Unit,Reorder level,Order up to,Lead time,Cost,Quantity,Location,Barcode\n"
    "T-1,Gaffer tape,consumable,roll,24,96,5,0.0417,48,A-01,4006381333931\n"
    "T-2,Cable tie,verbrauch,,,,,,500,,\n"
)


def test_a_stockroom_comes_with_its_levels_units_places_and_barcodes(house: House) -> None:
    with house.writing():
        shelf = add_location("Audio 01", "A-01", LocationKind.SHELF, root(house), by=me()).id
        import_catalogue(STOCKROOM.encode(), by=me(), location=root(house))
    with house.reading():
        tape, tie = db.session.scalars(select(Product).order_by(Product.sku)).all()
        assert (tape.tracking, tape.unit, tape.reorder_level, tape.order_up_to, tape.lead_days) == (
            Tracking.CONSUMABLE, "roll", 24, 96, 5,
        )  # fmt: skip
        assert (tape.average_cost, factories.held(tape.id)) == (Decimal("0.0417"), {shelf: 48})
        assert (tie.tracking, tie.unit, tie.reorder_level) == (Tracking.CONSUMABLE, "pcs", None)
        assert factories.held(tie.id) == {house.warehouse_id: 500}
        assert (
            db.session.scalars(select(Code.product_id).where(Code.code == "4006381333931")).one() == tape.id
        )


def test_the_same_stockroom_again_changes_nothing(house: House) -> None:
    with house.writing():
        add_location("Audio 01", "A-01", LocationKind.SHELF, root(house), by=me())
        import_catalogue(STOCKROOM.encode(), by=me(), location=root(house))
    with house.writing():
        counts = import_catalogue(STOCKROOM.encode(), by=me(), location=root(house)).counts
        assert (counts["create"], counts["update"], counts["unchanged"]) == (0, 0, 2)


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ("X,Tape,sometimes,,,,,,,,", "Write serialized, bulk or consumable."),
        ("X,Tape,,,24,12,,,,,", "would leave it below its reorder level"),
        ("X,Tape,,,,,400,,,,", "a year at most"),
        ("X,Tape,,,,,,,5,Nowhere,", "no location with the code or name Nowhere"),
        ("X,Tape,,,,,,,,,T-1", "names something else already"),
    ],
)
def test_what_will_not_do_is_told_with_its_reason(house: House, cells: str, reason: str) -> None:
    with house.writing():
        add_location("Audio 01", "A-01", LocationKind.SHELF, root(house), by=me())
        import_catalogue(STOCKROOM.encode(), by=me(), location=root(house))
    with house.writing():
        report = import_catalogue(
            (STOCKROOM.splitlines()[0] + "\n" + cells).encode(), by=me(), location=root(house)
        )
        assert [reason in " ".join(plan.reasons) for plan in report.refused] == [True]


def test_a_product_that_comes_with_too_little_is_alerted_at_once(house: House) -> None:
    text = "Code,Name,Reorder level,Quantity\nT-1,Tape,24,48\nT-2,Tie,100,30\nT-3,Velcro,5,0\n"
    with house.writing():
        import_catalogue(text.encode(), by=me(), location=root(house))
    with house.reading():
        alerts = db.session.execute(
            select(Product.sku, Alert.kind).join(Alert, Alert.product_id == Product.id)
        )
        assert {row.sku: row.kind for row in alerts} == {"T-2": AlertKind.LOW}, "T-3 was never there"
    finish()
    with house.app.app_context():
        assert broken_invariants() == []
