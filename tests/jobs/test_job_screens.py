"""The screens of jobs: who sees and does what, what stays typed, and what they cost to show."""

import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Company, Contact, Job, JobPart, JobPhoto, JobState, JobType, Notification
from app.queries.job_board import job_board
from app.queries.job_parts import part_rows
from app.queries.jobs import JobFilters, job_rows
from app.rules.job_parts import cost_share
from app.services.jobs import add_job
from tests.factories import me
from tests.jobs.stories import TOMORROW, Bench, another_job, facts, stocked
from tests.tasks import do_tasks
from tests.world import a_photo

ZONE = "Europe/Berlin"
FORM = {
    "title": "Hang the sign", "job_type_id": "1", "company": "Hotel Seeblick", "contact_name": "Ines",
    "site": "Lobby",
    "starts_at": "2027-06-08T09:00", "ends_at": "2027-06-08T12:00", "warehouse_id": "1", "revenue": "250,50",
}  # fmt: skip


def test_a_job_is_planned_in_a_form_with_its_customer(bench: Bench) -> None:
    made = bench.house.browser("Serge").post("/jobs/new", data=FORM | {"request_id": "one-form"})
    again = bench.house.browser("Serge").post("/jobs/new", data=FORM | {"request_id": "one-form"})
    assert (made.status_code, again.status_code) == (303, 303)
    with bench.house.reading():
        job = db.session.scalars(select(Job).where(Job.title == "Hang the sign")).one()
        assert job.number.startswith("JOB-") and job.starts_at.hour == 7, "nine in Berlin is seven in UTC"
        assert db.session.get_one(Company, job.company_id).name == "Hotel Seeblick"
        assert db.session.get_one(Contact, job.contact_id).name == "Ines"


@pytest.mark.parametrize(
    ("field", "value"),
    [("title", ""), ("ends_at", "2027-06-08T08:00"), ("revenue", "much"), ("job_type_id", "99")],
)
def test_what_will_not_do_is_said_beside_its_field_and_the_rest_stays_typed(
    bench: Bench, field: str, value: str
) -> None:
    answer = bench.house.browser("Serge").post("/jobs/new", data=FORM | {field: value})
    assert (
        answer.status_code == 422
        and f'id="field-{field}-error"' in answer.text
        and "Hotel Seeblick" in answer.text
    )


def test_what_the_plan_will_cost_stands_below_its_parts_and_beside_them_at_once(bench: Bench) -> None:
    answer = bench.house.browser("Serge").post(
        f"/jobs/{bench.job_id}/parts",
        data={"product_id": str(bench.screws), "quantity": "20", "buffer_percent": "0"},
        headers={"HX-Request": "true", "HX-Target": "job-parts"},
    )
    parts, _, aside = answer.text.partition('<div id="job-costs" hx-swap-oob="true">')
    for place in (parts, aside):
        words = " ".join(re.sub(r"<[^>]+>", " ", place).split())
        assert "Parts used €0.00 With what is planned €2.00" in words


def test_a_technician_uses_some_of_what_nobody_set_aside_and_more_only_afterwards(bench: Bench) -> None:
    part_id, tess = bench.plan(5), bench.house.browser("Tess")
    page = f"/jobs/mine/{bench.job_id}"
    assert "<span>Used some</span>" in tess.get(page).text
    tess.post(f"/jobs/mine/parts/{part_id}/use", data={"quantity": "5", "request_id": "five"})
    assert "<span>Used more</span>" in tess.get(page).text


def test_a_job_that_changed_meanwhile_is_not_overwritten(bench: Bench) -> None:
    browser = bench.house.browser("Serge")
    assert browser.post(f"/jobs/{bench.job_id}/edit", data=FORM | {"version": "1"}).status_code == 303
    assert browser.post(f"/jobs/{bench.job_id}/edit", data=FORM | {"version": "1"}).status_code == 409


def test_the_list_is_narrowed_by_its_filters_and_goes_into_a_file(bench: Bench) -> None:
    another_job(bench, title="Fix the winch", technician_id=bench.house.people["Serge"])
    browser = bench.house.browser("Vic")
    for query, seen in (("", 2), ("find=winch", 1), ("find=lindenau", 2), ("state=done", 0),
                        (f"technician={bench.house.people['Tess']}", 1)):  # fmt: skip
        page = browser.get(f"/jobs?{query}", headers={"HX-Request": "true", "HX-Target": "job-list"}).text
        assert page.count('data-label="Job"') == seen, query
    lines = browser.get("/jobs/list.csv?find=winch").text.splitlines()
    assert len(lines) == 2 and "Fix the winch" in lines[1]


def test_a_card_is_put_on_another_day_and_to_somebody_else(bench: Bench) -> None:
    with bench.house.reading():
        day = bench.job.starts_at.date() + timedelta(days=2)
    column = f"{day.isoformat()}/{bench.house.people['Serge']}"
    browser = bench.house.browser("Serge")
    moved = browser.post(
        f"/jobs/{bench.job_id}/move", data={"column": column, "position": "0"},
        headers={"HX-Request": "true", "HX-Target": "job-board"},
    )  # fmt: skip
    assert moved.status_code == 200 and 'id="job-board"' in moved.text
    with bench.house.reading():
        job = bench.job
        assert (job.starts_at.date(), job.technician_id) == (day, bench.house.people["Serge"])
        assert job.ends_at - job.starts_at == timedelta(hours=4)
    assert browser.post(f"/jobs/{bench.job_id}/move", data={"column": "2027-02-31/0"}).status_code == 422
    assert (
        browser.post(
            f"/jobs/{bench.job_id}/move", data={"column": f"{day}/{bench.house.people['Cora']}"}
        ).status_code
        == 422
    )


def test_a_technician_sees_their_own_jobs_and_no_others(bench: Bench) -> None:
    theirs = another_job(bench, title="Not hers", technician_id=bench.house.people["Serge"])
    part_id = bench.plan(5, job_id=theirs, allocated=True)
    tess = bench.house.browser("Tess")
    assert "Mount the truss" in tess.get("/jobs/mine").text and "Not hers" not in tess.get("/jobs/mine").text
    assert tess.get(f"/jobs/mine/{bench.job_id}").status_code == 200
    for answer in (
        tess.get(f"/jobs/mine/{theirs}"),
        tess.post(f"/jobs/mine/parts/{part_id}/use", data={"quantity": "1"}),
        tess.post(f"/jobs/mine/parts/{part_id}/return"),
        tess.post(f"/jobs/mine/{theirs}/done"),
        tess.post(f"/jobs/mine/{theirs}/notes", data={"text": "Hello"}),
    ):
        assert answer.status_code == 404
    assert bench.numbers(part_id) == ("allocated", 5, 5, 0, 0)
    assert tess.get("/jobs").status_code == 403 and tess.get(f"/jobs/{bench.job_id}").status_code == 403


def test_a_technician_uses_returns_notes_photographs_and_finishes_each_once(bench: Bench) -> None:
    used, kept = bench.plan(25, allocated=True), bench.plan(4, bench.bolts, allocated=True)
    tess = bench.house.browser("Tess")
    for _ in range(2):
        tess.post(f"/jobs/mine/parts/{used}/use", data={"quantity": "20", "request_id": "use-once-1"})
        tess.post(f"/jobs/mine/parts/{kept}/return", data={"quantity": "1", "request_id": "back-once-1"})
        tess.post(
            f"/jobs/mine/{bench.job_id}/notes", data={"text": "Ladder is loose", "request_id": "note-once"}
        )
        photo = {"photo": (BytesIO(a_photo()), "p.jpg"), "request_id": "photo-once"}
        tess.post(f"/jobs/mine/{bench.job_id}/photos", data=photo, content_type="multipart/form-data")
    assert bench.numbers(used) == ("used", 25, 25, 20, 5)
    assert bench.numbers(kept) == ("allocated", 4, 4, 0, 1)
    with bench.house.reading():
        assert bench.job.notes.count("Ladder is loose") == 1 and "Tess, " in bench.job.notes
        assert len(db.session.scalars(select(JobPhoto)).all()) == 1
    asked = tess.post(f"/jobs/mine/{bench.job_id}/done")
    assert asked.status_code == 422 and "neither used nor returned" in asked.text
    assert tess.post(f"/jobs/mine/{bench.job_id}/done", data={"rest_returned": "on"}).status_code == 303
    with bench.house.reading():
        assert bench.job.state is JobState.DONE
    assert bench.broken() == []


def test_the_phones_queue_is_told_in_json_why_a_deed_was_refused(bench: Bench) -> None:
    part_id = bench.plan(4, bench.bolts, allocated=True)
    tess, asks = bench.house.browser("Tess"), {"Accept": "application/json"}
    path = f"/jobs/mine/parts/{part_id}/use"
    refused = tess.post(path, data={"quantity": "9", "request_id": "too-many-1"}, headers=asks)
    assert refused.status_code == 422 and refused.json is not None
    assert refused.json["errors"] == {"quantity": ["Bolts: 4 allocated and 1 more free, not 9."]}
    done = tess.post(path, data={"quantity": "4", "request_id": "all-four-1"}, headers=asks)
    assert (done.status_code, done.json) == (200, {"said": "4 used."})


def test_whoever_gets_keeps_or_loses_a_job_hears_of_it(bench: Bench) -> None:
    with bench.house.writing():
        job_id = add_job(facts(bench.house), by=me()).id
    serge = bench.house.browser("Serge")
    with bench.house.reading():
        day = db.session.get_one(Job, job_id).starts_at.date() + timedelta(days=1)
    tess_id, ivy_id = bench.house.people["Tess"], bench.house.people["Ivy"]
    serge.post(f"/jobs/{job_id}/move", data={"column": f"{day}/{tess_id}"})
    serge.post(f"/jobs/{job_id}/move", data={"column": f"{day}/{ivy_id}"})
    do_tasks(bench.house)
    with bench.house.reading():
        heard = [
            (row.user_id, row.title.partition(":")[0], row.url)
            for row in db.session.scalars(select(Notification).order_by(Notification.id))
            if str(job_id) in row.url or row.url == "/jobs/mine"
        ]
    assert (tess_id, "A job for you", f"/jobs/mine/{job_id}") in heard
    assert (tess_id, "Your job has changed", f"/jobs/mine/{job_id}") in heard
    assert (tess_id, "No longer your job", "/jobs/mine") in heard
    assert (ivy_id, "A job for you", f"/jobs/mine/{job_id}") in heard


def test_many_jobs_and_parts_cost_as_many_statements_as_one(
    bench: Bench, statements: Callable[[], list[str]]
) -> None:
    bench.plan(1, allocated=True)
    few = costs_of_showing(bench, statements)
    for number in range(19):
        another_job(bench, title=f"Job {number}", starts_at=TOMORROW, ends_at=TOMORROW + timedelta(hours=1))
        with bench.house.writing():
            product = stocked(bench.house, f"Part {number}", 5, "1.00", f"P-{number}")
        bench.plan(1, product.id, allocated=True)
    assert costs_of_showing(bench, statements) == few


def costs_of_showing(bench: Bench, statements: Callable[[], list[str]]) -> list[int]:
    """How many statements the list, the page of a job and the board take."""
    counts = []
    for show in (
        lambda: job_rows(JobFilters(), 1, ZONE),
        lambda: part_rows(bench.job),
        lambda: job_board(TOMORROW.date() - timedelta(days=TOMORROW.weekday()), ZONE),
    ):
        with bench.house.reading():
            statements()
            show()
            counts.append(len([said for said in statements() if said.startswith("SELECT")]))
    return counts


def test_the_cost_is_shown_as_a_share_of_the_revenue_to_who_may_see_costs(bench: Bench) -> None:
    part_id = bench.plan(25, allocated=True)
    bench.house.browser("Serge").post(f"/jobs/parts/{part_id}/use", data={"quantity": "20"})
    page = bench.house.browser("Serge").get(f"/jobs/{bench.job_id}").text
    assert "€2.00" in page and "1.0 %" in page
    assert "Parts of revenue" not in bench.house.browser("Alice").get(f"/jobs/{bench.job_id}").text
    with bench.house.reading():
        part = db.session.get_one(JobPart, part_id)
        assert (
            str(cost_share(part.cost, bench.job.revenue)) == "1.0"
            and cost_share(part.cost, part.cost * 0) is None
        )


def test_a_part_is_planned_by_typing_scanning_or_choosing(bench: Bench) -> None:
    serge = bench.house.browser("Serge")
    offers = serge.get(f"/jobs/{bench.job_id}/products?product=scr").text
    assert "Screws" in offers and "40 free" in offers
    made = serge.post(f"/jobs/{bench.job_id}/parts", data={"product": "Screws", "quantity": "25"})
    assert made.status_code == 303
    assert "25 + 10 %" in serge.get(f"/jobs/{bench.job_id}").text
    empty = serge.post(f"/jobs/{bench.job_id}/parts", data={"product": " ", "quantity": "25"})
    assert empty.status_code == 422 and "Please fill this in." in empty.text and 'value="25"' in empty.text
    refused = serge.post(f"/jobs/{bench.job_id}/parts", data={"product": "Nothing like it", "quantity": "25"})
    assert refused.status_code == 422 and "Nothing like it" in refused.text


def test_the_buffer_and_types_are_kept_on_their_page(bench: Bench) -> None:
    serge = bench.house.browser("Serge")
    assert serge.post("/jobs/buffer", data={"buffer_percent": "12,5"}).status_code == 303
    assert serge.post("/jobs/buffer", data={"buffer_percent": "50"}).status_code == 422
    assert serge.post("/jobs/types", data={"name": "Rigging"}).status_code == 303
    with bench.house.reading():
        type_id = db.session.scalars(select(JobType.id).where(JobType.name == "Rigging")).one()
    assert (
        serge.post(f"/jobs/types/{type_id}/parts", data={"product": "Screws", "quantity": "4"}).status_code
        == 303
    )
    assert "Screws" in serge.get(f"/jobs/types/{type_id}").text
