"""Nobody else's page can make a browser do something here."""

import pytest
from flask import Flask

from tests.people import PASSWORD, House
from tests.routes import UNSAFE, routes
from tests.walks import complain
from tests.world import World, checksums


@pytest.fixture
def guarded(app: Flask) -> Flask:
    """The application as it is in reality."""
    app.config["WTF_CSRF_ENABLED"] = True
    return app


@pytest.mark.parametrize("data", [{}, {"csrf_token": "IjEyMyI.aaaa.bbbb"}], ids=["no token", "wrong token"])
def test_an_unsafe_request_without_the_right_token_changes_nothing(
    house: House, guarded: Flask, data: dict[str, str]
) -> None:
    world, failures = World(house), []
    browser = house.browser("Ada")
    before = checksums()
    for route in routes(guarded, UNSAFE):
        if route.is_api:
            continue
        response = browser.open(route.url(guarded, world.values(route)), method=route.method, data=data)
        if not 400 <= response.status_code < 500:
            failures.append(f"{route}: {response.status_code}")
    assert [name for name, value in checksums().items() if value != before[name]] == [], failures
    complain(failures)


def test_somebody_elses_token_will_not_do(house: House, guarded: Flask) -> None:
    theirs = csrf_token(house.browser("Bob").get("/").text)
    response = house.browser("Ada").post("/sign-out", data={"csrf_token": theirs})
    assert response.status_code == 400


def test_the_right_token_is_taken_from_the_form_and_from_the_header(house: House, guarded: Flask) -> None:
    for carry in ("data", "headers"):
        browser = house.browser("Ada")
        token = csrf_token(browser.get("/").text)
        sent = {"data": {"csrf_token": token}} if carry == "data" else {"headers": {"X-CSRFToken": token}}
        assert browser.post("/sign-out", **sent).status_code == 303


def test_who_opened_several_sign_in_pages_is_asked_once_more_and_keeps_what_was_typed(
    house: House, guarded: Flask
) -> None:
    browser = guarded.test_client()
    first = csrf_token(browser.get("/sign-in").text)
    browser.delete_cookie("sid")
    browser.get("/sign-in")
    typed = {"email": "bob@nightjar.example", "password": PASSWORD}
    again = browser.post("/sign-in", data={**typed, "csrf_token": first})
    assert (
        again.status_code == 422
        and "once more" in again.text
        and 'value="bob@nightjar.example"' in again.text
    )
    assert PASSWORD not in again.text
    done = browser.post("/sign-in", data={**typed, "csrf_token": csrf_token(again.text)})
    assert done.status_code == 303 and browser.get("/").status_code == 200


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["page", "part"])
def test_what_is_refused_for_its_token_leaves_the_cookie_of_another_page_alone(
    guarded: Flask, headers: dict[str, str]
) -> None:
    late = guarded.test_client(use_cookies=False).post("/warehouse/put-away", headers=headers)
    assert late.status_code == 400 and "Set-Cookie" not in late.headers


def test_the_api_takes_no_cookies(house: House, guarded: Flask) -> None:
    world, browser, failures = World(house), house.browser("Ada"), []
    before = checksums()
    for route in routes(guarded, UNSAFE):
        if route.is_api:
            url = route.url(guarded, world.values(route))
            response = browser.open(url, method=route.method, json={})
            if response.status_code != 401:
                failures.append(f"{route}: {response.status_code}")
    assert checksums() == before
    complain(failures)


def csrf_token(page: str) -> str:
    """The token in a page's forms."""
    return page.partition('name="csrf_token" value="')[2].partition('"')[0]
