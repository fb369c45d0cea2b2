"""What people change about themselves."""

from sqlalchemy import select

from app.extensions import db
from app.models import NotificationPreference, SignIn, User
from app.services.notifications import wanted_channels
from tests.people import PASSWORD, House

NEW = "nine patient loudspeakers"


def test_a_new_password_needs_the_current_one_and_signs_other_devices_out(house: House) -> None:
    here, elsewhere = house.browser("Bob"), house.browser("Bob")
    wrong = here.post("/profile/password", data={"current": "guess", "password": NEW})
    assert wrong.status_code == 422 and "not your current password" in wrong.text
    assert elsewhere.get("/").status_code == 200
    right = here.post("/profile/password", data={"current": PASSWORD, "password": NEW})
    assert right.status_code == 303
    assert here.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 303
    fresh = house.app.test_client()
    assert fresh.post("/sign-in", data={"email": "bob@nightjar.example", "password": NEW}).status_code == 303


def test_an_easy_password_is_refused_and_nothing_changes(house: House) -> None:
    browser = house.browser("Bob")
    for easy in ("short", "aaaaaaaaaaaaaaaa", "bob bob bob bob"):
        answer = browser.post("/profile/password", data={"current": PASSWORD, "password": easy})
        assert answer.status_code == 422, easy
    fresh = house.app.test_client()
    assert (
        fresh.post("/sign-in", data={"email": "bob@nightjar.example", "password": PASSWORD}).status_code
        == 303
    )


def test_one_device_is_signed_out_and_the_others_stay(house: House) -> None:
    here, elsewhere = house.browser("Bob"), house.browser("Bob")
    with house.reading():
        mine = db.session.scalars(select(SignIn.id).where(SignIn.user_id == house.people["Bob"])).all()
    assert here.post(f"/profile/sessions/{mine[-1]}/end").status_code == 303
    assert (here.get("/").status_code, elsewhere.get("/").status_code) == (200, 303)


def test_nobody_ends_somebody_elses_session(house: House) -> None:
    alice = house.browser("Alice")
    with house.reading():
        hers = db.session.scalars(select(SignIn.id).where(SignIn.user_id == house.people["Alice"])).one()
    assert house.browser("Bob").post(f"/profile/sessions/{hers}/end").status_code == 404
    assert alice.get("/").status_code == 200


def test_signing_out_everywhere_ends_every_session(house: House) -> None:
    here, elsewhere = house.browser("Bob"), house.browser("Bob")
    here.post("/sign-out", data={"everywhere": "1"})
    assert (here.get("/").status_code, elsewhere.get("/").status_code) == (303, 303)


def test_what_is_not_wanted_is_not_mailed(house: House) -> None:
    house.browser("Alice").post(
        "/profile/notifications", data={"wanted": ["overdue:app", "quote_accepted:email"]}
    )
    with house.reading():
        assert wanted_channels(house.people["Alice"], "overdue") == {"app"}
        assert wanted_channels(house.people["Alice"], "quote_accepted") == {"email"}
        assert wanted_channels(house.people["Bob"], "overdue") == {"app", "email"}
        assert all(not row.is_wanted for row in db.session.scalars(select(NotificationPreference)))


def test_a_name_is_changed_and_cannot_be_empty(house: House) -> None:
    browser = house.browser("Bob")
    assert browser.post("/profile", data={"name": " "}).status_code == 422
    assert browser.post("/profile", data={"name": "Robert", "phone": "123"}).status_code == 303
    with house.reading():
        assert db.session.get_one(User, house.people["Bob"]).name == "Robert"
