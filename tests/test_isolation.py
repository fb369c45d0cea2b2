"""Every row belongs to an organization, and nothing crosses."""

from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import ColumnElement, delete, exists, func, literal, select, union_all, update
from sqlalchemy.orm import aliased

from app.extensions import db
from app.models import Location, Product, StockLevel
from app.queries.availability import claim_rows, claims_asked
from app.queries.paging import paged
from app.scope import ForeignRow, Unscoped
from tests import factories
from tests.factories import SOON
from tests.people import House, found_house
from tests.routes import Route, routes
from tests.walks import Walker, complain
from tests.world import CALLED, ELSEWHERE, MODELS, World, checksums


@pytest.fixture
def worlds(house: House) -> tuple[World, World]:
    """One of everything in two organizations."""
    return World(house), World(found_house(house.app, "Other Lights", "other"))


def names_a_row(route: Route) -> bool:
    """True when the address names a row."""
    module = route.endpoint.partition(".")[0]
    return any(name in MODELS or name in CALLED or (module, name) in ELSEWHERE for name in route.arguments)


def test_another_organizations_ids_are_not_found_and_nothing_changes(
    worlds: tuple[World, World], app: Flask
) -> None:
    ours, theirs = worlds
    walker, failures = Walker(ours.house, "Ada"), []
    before = changed_by_signing_in(checksums())
    for route in filter(names_a_row, routes(app)):
        response = walker.call(route, route.url(app, theirs.values(route)))
        if response.status_code != 404:
            failures.append(f"{route}: {response.status_code}")
        if before != (after := changed_by_signing_in(checksums())):
            failures.append(f"{route}: changed {[name for name in after if after[name] != before[name]]}")
            before = after
    complain(failures)


def changed_by_signing_in(state: dict[str, str]) -> dict[str, str]:
    """The state without the table that the walker's own browsers write."""
    return {name: value for name, value in state.items() if name != "sign_in"}


def statements() -> dict[str, object]:
    """Reads of every shape, all of which would find two rows or theirs if they were not filtered."""
    nested = select(Product).subquery()
    both = union_all(select(Product.id).where(Product.id > 0), select(Product.id).where(Product.id < 0))
    other = aliased(Product)
    return {
        "columns": select(Product.id),
        "count of a condition": select(func.count()).where(Product.id > 0),
        "count of a table": select(func.count()).select_from(Product),
        "count of a column": select(func.count(Product.id)),
        "count of a subquery": select(func.count()).select_from(nested),
        "count of a common table": select(func.count()).select_from(select(Product.id).cte()),
        "count of a union": select(func.count()).select_from(both.subquery()),
        "sum": select(func.coalesce(func.sum(Product.id * 0 + 1), 0)),
        "alias": select(other.id),
        "union": both,
        "scalar subquery": select(select(func.count(Product.id)).scalar_subquery()),
        "join": select(StockLevel.id).join(Product, Product.id == StockLevel.product_id),
        "in a subquery": select(Location.id).where(Location.id.in_(select(StockLevel.location_id))),
    }


@pytest.fixture
def two_products(house: House) -> House:
    """A product here, and one of another organization."""
    other = found_house(house.app, "Other Lights", "other")
    with other.writing():
        factories.product("Theirs", stock=2, at=other.warehouse_id)
    with house.writing():
        factories.product("Ours", stock=2, at=house.warehouse_id)
    return house


@pytest.mark.parametrize("shape", statements())
def test_a_query_of_any_shape_sees_one_organization(two_products: House, shape: str) -> None:
    query = statements()[shape]
    with two_products.reading():
        found = db.session.execute(query).all()  # type: ignore[call-overload]
    is_count = "count" in shape or shape in ("sum", "scalar subquery")
    assert [row[0] for row in found] == [1] if is_count else len(found) == 1


@pytest.mark.parametrize("shape", statements())
def test_a_query_of_any_shape_is_refused_without_an_organization(two_products: House, shape: str) -> None:
    with two_products.app.app_context(), pytest.raises(Unscoped):
        db.session.execute(statements()[shape]).all()  # type: ignore[call-overload]


@pytest.mark.parametrize(
    "hidden", [func.count().filter(Product.id > 0), func.count().over(partition_by=Product.id)]
)
def test_a_table_that_hides_from_the_filter_must_be_named(
    two_products: House, hidden: ColumnElement[int]
) -> None:
    with two_products.reading():
        with pytest.raises(Unscoped, match="select_from"):
            db.session.execute(select(hidden)).all()
        assert db.session.execute(select(hidden).select_from(Product)).all() == [(1,)]


def test_whether_something_exists_is_asked_of_one_organization(two_products: House) -> None:
    with two_products.reading():
        assert db.session.scalar(select(exists().where(Product.name == "Theirs"))) is False
        assert db.session.scalar(select(literal(1)).where(Product.name == "Theirs")) is None
        assert paged(select(Product)).total == 1


@pytest.mark.parametrize("shape", statements())
def test_a_query_that_was_built_once_serves_one_organization_after_the_other(
    worlds: tuple[World, World], shape: str
) -> None:
    query, found = statements()[shape], {}
    for world in worlds * 2:
        with world.house.reading():
            rows = sorted(db.session.execute(query).all())  # type: ignore[call-overload]
            again = sorted(db.session.execute(statements()[shape]).all())  # type: ignore[call-overload]
        assert rows == again == found.setdefault(world.house.organization_id, rows) and rows
    if "count" not in shape and shape not in ("sum", "scalar subquery"):
        ours, theirs = found.values()
        assert not set(ours) & set(theirs)


def test_updates_and_deletes_reach_one_organization(two_products: House) -> None:
    with two_products.writing():
        assert db.session.execute(update(Product).values(notes="seen")).rowcount == 1  # type: ignore[attr-defined]
        assert db.session.execute(delete(StockLevel)).rowcount == 1  # type: ignore[attr-defined]
    with two_products.app.app_context(), pytest.raises(Unscoped):
        db.session.execute(update(Product).values(notes="seen"))


def test_the_claims_of_availability_are_those_of_one_organization(worlds: tuple[World, World]) -> None:
    ours, _ = worlds
    everything = range(100_000)
    with ours.house.reading():
        asked = claims_asked(everything, SOON, SOON.replace(day=SOON.day + 1), datetime.now(UTC))
        query = claim_rows(db.engine.dialect.name, is_all="products" not in asked)
        assert len(db.session.execute(query, asked).all()) == 3


def test_a_row_of_another_organization_cannot_be_written(worlds: tuple[World, World]) -> None:
    ours, theirs = worlds
    with pytest.raises(ForeignRow), ours.house.writing():
        db.session.add(Product(organization_id=theirs.house.organization_id, name="X", sku="X"))
        db.session.flush()
