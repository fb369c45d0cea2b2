"""What people change about themselves."""

from sqlalchemy import select

from app.extensions import db
from app.models import NotificationPreference, SignIn, User
from app.services.preferences import ways_of
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
        assert heard(house, "Alice", "overdue") == {"app": "at_once"}
        assert heard(house, "Alice", "quote_accepted") == {"email": "at_once"}
        assert heard(house, "Bob", "overdue") == {"app": "at_once", "email": "at_once"}
        assert all(not row.is_wanted for row in db.session.scalars(select(NotificationPreference)))


def heard(house: House, name: str, kind: str, has_digest: bool = False) -> dict[str, str]:
    """Over which channels a person hears of a kind, and when."""
    ways = ways_of([house.people[name]], kind, has_digest=has_digest)[house.people[name]]
    return {channel: way.value for channel, way in ways.items() if way.value != "off"}


def test_stock_alerts_are_gathered_until_somebody_wants_them_at_once(house: House) -> None:
    with house.reading():
        assert heard(house, "Ivy", "stock_low", True) == {"app": "at_once", "email": "digest"}
    ivy = house.browser("Ivy")
    assert ivy.post("/profile", data={"name": "Ivy", "phone": "+49 (0)170 123-4567"}).status_code == 303
    wanted = ["", "stock_low:email", "stock_low:sms:digest", "stock_out:app"]
    assert ivy.post("/profile/notifications", data={"wanted": wanted}).status_code == 303
    with house.reading():
        assert heard(house, "Ivy", "stock_low", True) == {"email": "at_once", "sms": "digest"}
        assert heard(house, "Ivy", "stock_out", True) == {"app": "at_once"}
    page = ivy.get("/profile").text
    assert '<option value="stock_low:sms:digest" selected>' in page


def test_text_messages_need_a_number_that_can_be_found_from_everywhere(house: House) -> None:
    ivy = house.browser("Ivy")
    refused = ivy.post("/profile/notifications", data={"wanted": ["stock_out:sms", "enquiry:app"]})
    assert refused.status_code == 422 and "country code" in refused.text
    assert '<option value="stock_out:sms" selected>' in refused.text
    assert ivy.post("/profile", data={"name": "Ivy", "phone": "0049 170 1234567"}).status_code == 303
    assert ivy.post("/profile/notifications", data={"wanted": ["stock_out:sms"]}).status_code == 303
    for phone, words in (
        ("0170 1234567", "country code"),
        ("call me", "not a phone number"),
        ("", "country code"),
    ):
        answer = ivy.post("/profile", data={"name": "Ivy", "phone": phone})
        assert answer.status_code == 422 and words in answer.text, phone


def test_a_name_is_changed_and_cannot_be_empty(house: House) -> None:
    browser = house.browser("Bob")
    assert browser.post("/profile", data={"name": " "}).status_code == 422
    assert browser.post("/profile", data={"name": "Robert", "phone": "123"}).status_code == 303
    with house.reading():
        assert db.session.get_one(User, house.people["Bob"]).name == "Robert"
