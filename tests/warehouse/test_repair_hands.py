"""Whose a repair is: one person sees to it, and everybody sees who."""

import pytest

from app.extensions import db
from app.models import Repair, User
from app.refusals import Refused
from app.services.repair_hands import hand_to
from app.services.repairs import start_repair
from tests.warehouse.test_repairs import MENDED, Shop, shop

__all__ = ["shop"]


def hand(shop: Shop, repair_id: int, name: str | None) -> None:
    """Somebody is asked to see to it, or nobody."""
    by = shop.house.actor("Ada")
    with shop.house.writing():
        person = db.session.get_one(User, shop.house.people[name]) if name else None
        hand_to(db.session.get_one(Repair, repair_id), person, by=by)


def whose(shop: Shop, repair_id: int) -> str | None:
    """The name of who sees to it."""
    with shop.house.reading():
        found = db.session.get_one(Repair, repair_id).assignee_id
    return next((name for name, number in shop.house.people.items() if number == found), None)


def test_a_repair_is_given_to_somebody_and_to_nobody(shop: Shop) -> None:
    repair_id = shop.open()
    for name in ("Tess", None):
        hand(shop, repair_id, name)
        assert whose(shop, repair_id) == name


def test_only_who_may_mend_sees_to_a_repair(shop: Shop) -> None:
    repair_id = shop.open()
    with pytest.raises(Refused, match="may not see to repairs") as refused:
        hand(shop, repair_id, "Sally")
    assert list(refused.value.errors) == ["assignee_id"]
    shop.close(repair_id, MENDED)
    with pytest.raises(Refused, match="ended already"):
        hand(shop, repair_id, "Tess")


def test_whoever_starts_what_nobody_has_sees_to_it(shop: Shop) -> None:
    for given, seen_to_by in ((None, "Ada"), ("Tess", "Tess")):
        repair_id = shop.open()
        hand(shop, repair_id, given)
        by = shop.house.actor("Ada")
        with shop.house.writing():
            start_repair(db.session.get_one(Repair, repair_id), by=by)
        assert whose(shop, repair_id) == seen_to_by
        shop.close(repair_id, MENDED)


def test_my_repairs_are_a_list_of_their_own(shop: Shop) -> None:
    repair_id = shop.open()
    tess = shop.house.browser("Tess")
    url = f"/warehouse/repairs/{repair_id}"
    assert url not in tess.get("/warehouse/repairs?state=mine").text
    assert "I see to it" in tess.get(url).text
    tess.post(f"{url}/assignee", data={"assignee_id": str(shop.house.people["Tess"])})
    assert url in tess.get("/warehouse/repairs?state=mine").text
    page = tess.get(url).text
    assert "I see to it" not in page and "Seen to by" in page
    assert url not in shop.house.browser("Ada").get("/warehouse/repairs?state=mine").text


def test_an_unknown_person_is_told_beside_the_field(shop: Shop) -> None:
    repair_id = shop.open()
    answer = shop.house.browser("Tess").post(
        f"/warehouse/repairs/{repair_id}/assignee", data={"assignee_id": str(shop.house.people["Sally"])}
    )
    assert answer.status_code == 422 and "may not see to repairs" in answer.text
