"""What may stand in for a product is named on its page, and offered first when it is short."""

from sqlalchemy import select

from app.extensions import db
from app.models import Category, PullLine, Substitute
from app.queries.shortages import event_shortages
from tests import factories
from tests.people import House, found_house
from tests.planning.stories import event_with, lamps


def name_it(house: House, product_id: int, text: str, who: str = "Ivy") -> int:
    """Name a substitute on the product's page; the status of the answer."""
    url = f"/inventory/products/{product_id}/substitutes"
    return house.browser(who).post(url, data={"substitute": text}).status_code


def test_a_substitute_is_named_once_shown_and_taken_off(house: House) -> None:
    with house.writing():
        lamp, spare = lamps(house).id, lamps(house, name="Spare lamp").id
    assert [name_it(house, lamp, "Spare lamp") for _ in range(2)] == [303, 303]
    ivy, page = house.browser("Ivy"), f"/inventory/products/{lamp}"
    assert f'href="/inventory/products/{spare}">Spare lamp' in ivy.get(page).text
    with house.reading():
        row_id = db.session.scalars(select(Substitute.id)).one()
    assert ivy.post(f"{page}/substitutes/{row_id}/removal").status_code == 303
    assert "Spare lamp" not in ivy.get(page).text


def test_a_product_does_not_stand_in_for_itself_and_nothing_unknown_does(house: House) -> None:
    with house.writing():
        lamp = lamps(house).id
    assert [name_it(house, lamp, text) for text in ("Lamp", "Nothing like it")] == [422, 422]


def test_only_who_manages_products_names_substitutes(house: House) -> None:
    with house.writing():
        lamp, _ = lamps(house).id, lamps(house, name="Spare lamp")
    assert name_it(house, lamp, "Spare lamp", who="Alice") == 403
    stranger = found_house(house.app, "Other", "other")
    assert name_it(stranger, lamp, "Lamp") == 404


def test_what_was_named_is_offered_before_what_is_only_of_the_same_category(house: House) -> None:
    with house.writing():
        lamp, alike = lamps(house), lamps(house, name="Alike")
        named, gone = lamps(house, name="Named"), factories.product("Gone")
        category = Category(name="Lamps")
        db.session.add(category)
        db.session.flush()
        lamp.category_id = alike.category_id = category.id
        db.session.add_all(Substitute(product_id=lamp.id, substitute_id=other.id) for other in (named, gone))
        event = event_with(house, {lamp: 6}, why="hire")
        (item,) = event_shortages(event)
        offered = [(way.product.name, way.is_named) for way in item.ways.substitutes]
        assert offered == [("Named", True), ("Alike", False)]
        event_id, line_id, named_id = event.id, db.session.scalars(select(PullLine.id)).one(), named.id
    alice = house.browser("Alice")
    assert '<optgroup label="Named for it">' in alice.get(f"/planning/events/{event_id}/shortages").text
    given = {"product_id": str(named_id), "quantity": "2"}
    assert alice.post(f"/planning/lines/{line_id}/substitution", data=given).status_code == 303
    assert b"Nothing is short" in alice.get(f"/planning/events/{event_id}/shortages").data
