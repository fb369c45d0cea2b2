"""Letters: the same words as text and as HTML, in the organization's colours, with nothing that runs or reports."""

import pytest
from sqlalchemy import Row, select

from app.extensions import db
from app.gateways.stationery import COLOURS
from app.models import Delivery, Organization, User
from app.scope import current_organization_id
from app.services.leads import LeadFacts, receive_lead
from app.services.password_resets import ask_for_reset, invite
from tests.crm import offers
from tests.factories import me
from tests.people import House
from tests.tasks import do_tasks


def letters(house: House) -> dict[str, Row[str, str, str]]:
    """One of every letter, by subject."""
    with house.writing():
        organization = db.session.get_one(Organization, current_organization_id())
        organization.colour, organization.address = "teal", "Kai 7\n20457 <Hamburg>"
        ask_for_reset("bob@nightjar.example")
        invite(db.session.get_one(User, house.people["Vic"]))
    with house.writing():
        product = offers.products(house, 1)[0]
        offers.sent(house, [(product.id, 2)])
    with house.writing():
        facts = LeadFacts(
            name="Nora <b>Lind</b>",
            email="nora@lindenau.example",
            message="Two lamps & a desk",
            source="Website",
        )
        receive_lead(facts, by=me(), request_id="lead-1")
    do_tasks(house)
    with house.reading():
        query = select(Delivery.subject, Delivery.body, Delivery.html)
        return {row.subject: row for row in db.session.execute(query)}


def test_every_letter_says_the_same_as_text_and_in_the_organizations_colour(house: House) -> None:
    found = letters(house)
    assert len(found) == 4
    for subject, letter in found.items():
        assert COLOURS["teal"] in letter.html and "Nightjar Audio" in letter.html, subject
        assert "Nightjar Audio" in letter.body and "http" in letter.body, subject
        address = next(word for word in letter.body.split() if word.startswith("http"))
        assert f'href="{address}"' in letter.html, subject


def test_what_people_typed_cannot_become_part_of_a_letter(house: House) -> None:
    for letter in letters(house).values():
        assert "<b>" not in letter.html and "20457 &lt;Hamburg&gt;" in letter.html
        assert "<script" not in letter.html and "<img" not in letter.html


@pytest.mark.parametrize("colour", COLOURS.values(), ids=COLOURS)
def test_white_is_legible_on_every_colour(colour: str) -> None:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels]
    brightness = sum(weight * one for weight, one in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    assert 1.05 / (brightness + 0.05) >= 4.5
