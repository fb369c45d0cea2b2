"""Inviting people, changing them, switching them off."""

import re

from sqlalchemy import select

from app.extensions import db
from app.models import Activity, Delivery, Role, User
from tests.people import House

LINK = re.compile(r"/password/\S+")


def link_to(house: House, address: str) -> str:
    """The newest link that was mailed to an address."""
    with house.reading():
        bodies = db.session.scalars(
            select(Delivery.body).where(Delivery.address == address).order_by(Delivery.id)
        ).all()
    found = LINK.search(bodies[-1])
    assert found
    return found.group(0)


def test_an_invited_person_chooses_a_password_and_is_in(house: House) -> None:
    ada = house.browser("Ada")
    data = {"name": "Nina", "email": "Nina@Nightjar.example", "roles": ["sales", "planner"]}
    assert ada.post("/settings/people/new", data=data).status_code == 303
    assert "Invited" in ada.get("/settings/people").text
    link, nina = link_to(house, "nina@nightjar.example"), house.app.test_client()
    assert nina.post(link, data={"password": "five unhurried faders"}).status_code == 303
    assert nina.get("/").status_code == 200
    assert house.app.test_client().get(link).status_code == 404


def test_an_invitation_that_is_sent_again_ends_the_older_one(house: House) -> None:
    ada = house.browser("Ada")
    ada.post(
        "/settings/people/new", data={"name": "Nina", "email": "nina@nightjar.example", "roles": ["sales"]}
    )
    older = link_to(house, "nina@nightjar.example")
    with house.reading():
        nina = db.session.scalars(select(User.id).where(User.name == "Nina")).one()
    assert ada.post(f"/settings/people/{nina}/invitation").status_code == 303
    assert house.app.test_client().get(older).status_code == 404
    assert house.app.test_client().get(link_to(house, "nina@nightjar.example")).status_code == 200


def test_somebody_with_a_password_is_not_invited_again(house: House) -> None:
    answer = house.browser("Ada").post(f"/settings/people/{house.people['Bob']}/invitation")
    assert answer.status_code == 422 and "has a password already" in answer.text


def test_a_taken_address_is_refused_and_what_was_typed_stays(house: House) -> None:
    data = {"name": "Second Bob", "email": "bob@nightjar.example", "roles": ["sales"]}
    answer = house.browser("Ada").post("/settings/people/new", data=data)
    assert answer.status_code == 422 and "Second Bob" in answer.text and "uses this email" in answer.text


def test_somebody_who_is_switched_off_is_signed_out_at_once(house: House) -> None:
    bob, ada = house.browser("Bob"), house.browser("Ada")
    data = {"name": "Bob", "email": "bob@nightjar.example", "roles": ["warehouse_staff"]}
    assert ada.post(f"/settings/people/{house.people['Bob']}", data=data).status_code == 303
    assert bob.get("/").status_code == 303


def test_the_last_administrator_stays_one(house: House) -> None:
    ada = house.browser("Ada")
    data = {"name": "Ada", "email": "ada@nightjar.example", "roles": ["viewer"], "is_active": "on"}
    answer = ada.post(f"/settings/people/{house.people['Ada']}", data=data)
    assert answer.status_code == 422 and "last administrator" in answer.text
    assert ada.get("/settings/people").status_code == 200


def test_a_changed_role_counts_from_the_next_click_and_is_in_the_log(house: House) -> None:
    cora, ada = house.browser("Cora"), house.browser("Ada")
    assert cora.get("/activity").status_code == 403
    with house.reading():
        crew = db.session.scalars(select(Role).where(Role.key == "crew")).one()
        wanted, crew_id = [*crew.permissions, "insight:activity:read"], crew.id
    assert ada.post(f"/settings/roles/{crew_id}", data={"permissions": wanted}).status_code == 303
    assert cora.get("/activity").status_code == 200
    with house.reading():
        assert db.session.scalars(
            select(Activity.actor_name).where(Activity.verb == "role.changed")
        ).all() == ["Ada"]


def test_the_administrators_role_and_unknown_permissions_are_refused(house: House) -> None:
    with house.reading():
        ids = {role.key: role.id for role in db.session.scalars(select(Role))}
    ada = house.browser("Ada")
    assert ada.post(f"/settings/roles/{ids['administrator']}", data={"permissions": []}).status_code == 422
    assert ada.post(f"/settings/roles/{ids['crew']}", data={"permissions": ["x:y:z"]}).status_code == 422
