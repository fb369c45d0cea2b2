"""Every report answers on screen and as a file, for whoever may see it, in a constant number of statements."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import CodeKind, Job, Location, LocationKind, LongWork, StoredFile, WorkState
from app.queries.reports import REPORTS
from app.services.codes import add_code
from app.services.locations import add_location
from tests.factories import me
from tests.people import House
from tests.reports import ledger
from tests.tasks import do_tasks

DAYS = datetime.now(UTC).date()


def day(ago: int) -> str:
    """So many days ago."""
    return (DAYS - timedelta(days=ago)).isoformat()


def use(house: House, count: int) -> None:
    """So many products, each received long ago and used lately, on jobs of their own."""
    with house.writing():
        for number in range(count):
            product = ledger.consumable(f"Part {number}", reorder_level=100)
            ledger.receive(product, 20, "1.25", house.warehouse_id, day(300))
            work = ledger.job(
                f"J-{product.id}", day(40), house.warehouse_id, revenue="90", kind=f"Kind {number}"
            )
            ledger.issue(product, 5, house.warehouse_id, day(40), part=ledger.part(work, product))


def test_who_began_this_month_is_led_to_the_days_in_which_something_happened(house: House) -> None:
    with house.writing():
        tape = ledger.consumable("Tape")
        ledger.receive(tape, 20, "1.25", house.warehouse_id, day(0))
        ledger.issue(tape, 5, house.warehouse_id, day(0))
    browser = house.browser("Vic")
    page = browser.get("/reports/usage").text
    assert "Nothing to show" in page and "Look at the last 30 days" in page
    assert "Tape" in browser.get("/reports/usage?period=30_days").text
    assert "Look at the last 30 days" not in browser.get("/reports/usage?period=30_days&customer=9").text


def test_a_report_stays_narrowed_to_a_product_whose_name_others_have_and_whose_code_is_a_number(
    house: House,
) -> None:
    with house.writing():
        tape, other = ledger.consumable("Tape"), ledger.consumable("Tape")
        tape.sku = str(other.id)
        add_code(tape, tape.sku, CodeKind.SKU, by=me())
        for product, pieces in ((tape, 20), (other, 700)):
            ledger.receive(product, pieces, "1.25", house.warehouse_id, day(3))
        code, opened = tape.sku, tape.id
    browser = house.browser("Vic")
    linked = browser.get(f"/reports/valuation?product={opened}&by=product").text
    typed = browser.get(f"/reports/valuation?code={code}&by=product").text
    for page in (linked, typed):
        assert f'name="code" value="{code}"' in page and "€25.00" in page and "€875.00" not in page
    unclear = browser.get("/reports/valuation?code=Tape&by=product").text
    assert "No single product fits “Tape”" in unclear and 'value="Tape"' in unclear and "€875.00" in unclear


def test_a_report_is_narrowed_to_a_place_that_is_typed_or_scanned(house: House) -> None:
    with house.writing():
        hall = db.session.get_one(Location, house.warehouse_id)
        rack = add_location("Rack 7", "RACK-7", LocationKind.SHELF, hall, by=me())
        add_location("Rack 8", "RACK-8", LocationKind.SHELF, hall, by=me())
        add_code(rack, "000777", CodeKind.OTHER, by=me())
        for place, pieces in ((rack.id, 20), (house.warehouse_id, 700)):
            ledger.receive(ledger.consumable("Tape"), pieces, "1.25", place, day(3))
        rack_id = rack.id
    browser = house.browser("Vic")
    for said in (f"location={rack_id}", "place=rack-7", "place=000777", "place=Rack+7"):
        page = browser.get(f"/reports/valuation?{said}").text
        assert 'name="place" value="RACK-7"' in page and "€25.00" in page and "€875.00" not in page
    assert "875" not in browser.get("/reports/valuation.csv?place=rack-7").text
    unclear = browser.get("/reports/valuation?place=Rack").text
    assert "No single place fits “Rack”" in unclear and 'value="Rack"' in unclear and "€875.00" in unclear


def test_the_worth_of_a_single_place_has_a_chart_too(house: House) -> None:
    with house.writing():
        ledger.receive(ledger.consumable("Tape"), 20, "1.25", house.warehouse_id, day(3))
    assert "Most worth by location" in house.browser("Vic").get("/reports/valuation").text


def test_the_area_below_a_line_ends_where_the_line_does(house: House) -> None:
    use(house, 1)
    page = house.browser("Vic").get("/reports/seasons").text
    month = (DAYS - timedelta(days=40)).month
    area = re.findall(r'class="area" points="(\d+),100 (\d+),', page)
    assert area == [(str(month * 20 - 10), str(month * 20 - 10))]


@pytest.mark.parametrize("name", REPORTS)
def test_the_figure_of_a_report_comes_however_little_is_known(house: House, name: str) -> None:
    for count in (1, 2):
        use(house, count)
        assert house.browser("Ivy").get(f"/reports/{name}/figure").status_code == 200


@pytest.mark.parametrize("name", REPORTS)
def test_a_house_with_nothing_gets_every_report(house: House, name: str) -> None:
    browser = house.browser("Vic")
    for address in (f"/reports/{name}", f"/reports/{name}.csv", f"/reports/{name}/figure"):
        assert browser.get(address).status_code == 200, address


@pytest.mark.parametrize(
    ("name", "by"), [(name, by) for name, one in REPORTS.items() for by in one.groups or ("",)]
)
def test_more_rows_cost_no_more_statements(
    house: House, statements: Callable[[], list[str]], name: str, by: str
) -> None:
    browser, counts = house.browser("Vic"), []
    for count in (1, 19):
        use(house, count)
        browser.get(f"/reports/{name}?by={by}")
        statements()
        answer = browser.get(f"/reports/{name}?by={by}&since={day(200)}")
        assert answer.status_code == 200
        counts.append(len(statements()))
    assert counts[0] == counts[1]


def test_the_address_keeps_what_was_chosen_and_whatever_else_it_says_is_left_out(house: House) -> None:
    use(house, 2)
    browser = house.browser("Vic")
    page = browser.get(f"/reports/usage?by=job_type&since={day(50)}&until={day(1)}&sort=-pieces")
    assert (
        'value="job_type" selected' in page.text
        and f'value="{day(50)}"' in page.text
        and "Kind 1" in page.text
    )
    for nonsense in (
        "since=soon&until=2027-99-99", "by=moon&step=century", "product=999999999999&event=x", "page=99",
        "sort=-nothing", "at=1066-10-14", "since=2027-05-01&until=2026-01-01", "days=9999999",
    ):  # fmt: skip
        for name in ("usage", "valuation", "idle-stock"):
            assert browser.get(f"/reports/{name}?{nonsense}").status_code == 200, nonsense


def test_rows_are_sorted_by_any_column_and_come_in_pages(house: House) -> None:
    use(house, 60)
    browser = house.browser("Vic")
    last = browser.get("/reports/usage?by=product&sort=-product&page=2", headers={"HX-Request": "true"}).text
    assert "Part 0<" in last and "Part 9<" not in last and "51–60 of 60" in last.replace(" ", " ")


def test_numbers_open_what_they_are_made_of(house: House) -> None:
    use(house, 1)
    browser = house.browser("Vic")
    text = browser.get(f"/reports/usage?since={day(50)}").text
    assert "/inventory/transactions?" in text and "kind=issue" in text and f"since={day(50)}" in text
    text = browser.get(f"/reports/usage?by=job_type&since={day(50)}").text
    assert "/reports/usage?" in text and "job_type=" in text


def test_what_the_ledger_cannot_be_narrowed_to_opens_the_jobs_on_which_it_was_used(house: House) -> None:
    use(house, 2)
    browser, days = house.browser("Vic"), f"since={day(50)}&until={day(1)}"
    with house.reading():
        made = db.session.scalars(select(Job).order_by(Job.id)).first()
        job_id, kind, number = made.id, made.job_type_id, made.number
    page = browser.get(f"/reports/usage?by=product&job_type={kind}&{days}").text
    source = re.search(r'class="opens" href="(/reports/usage\?[^"]*by=job[^_][^"]*)"', page)
    finer = browser.get(unescape(source[1])).text
    assert f'href="/jobs/{job_id}"' in finer and number in finer
    assert f"{number}," not in browser.get("/reports/usage.csv?by=job&period=30_days").text


def test_costs_are_told_to_those_who_may_see_them_only(house: House) -> None:
    use(house, 1)
    walter, vic = house.browser("Walter"), house.browser("Vic")
    for name, report in REPORTS.items():
        assert walter.get(f"/reports/{name}").status_code == (403 if report.needs_costs else 200)
        assert walter.get(f"/reports/{name}.csv").status_code == (403 if report.needs_costs else 200)
        assert walter.post(f"/reports/{name}/runs").status_code == (403 if report.needs_costs else 303)
    address = f"/reports/usage.csv?since={day(50)}"
    assert "cost" in vic.get(address).text and "cost" not in walter.get(address).text
    assert "Cost" in vic.get(f"/reports/usage?since={day(50)}").text
    assert "Valuation" in vic.get("/reports").text and "Valuation" not in walter.get("/reports").text


@pytest.mark.parametrize("name", ["Bob", "Tess", "Sally", "Alice", "Cora"])
def test_who_has_no_business_with_reports_sees_none(house: House, name: str) -> None:
    assert house.browser(name).get("/reports").status_code == 403


def test_a_service_manager_reads_usage_and_what_parts_cost(house: House) -> None:
    serge = house.browser("Serge")
    for name in ("usage", "cost-of-goods", "parts-share"):
        assert serge.get(f"/reports/{name}").status_code == 200


def test_there_is_no_such_report(house: House) -> None:
    for address in ("/reports/horoscope", "/reports/horoscope.csv", "/reports/horoscope/figure"):
        assert house.browser("Vic").get(address).status_code == 404


def test_a_report_is_made_in_the_background_as_the_same_file(house: House) -> None:
    use(house, 3)
    browser = house.browser("Vic")
    chosen = {"by": "job_type", "since": day(50), "until": day(1)}
    answer = browser.post("/reports/usage/runs", data=chosen)
    do_tasks(house)
    page = browser.get(answer.location)
    assert "3 rows" in page.text
    file = browser.get(f"{answer.location}/file")
    assert file.data == browser.get("/reports/usage.csv", query_string=chosen).data and b"Kind 2" in file.data


def test_who_lost_the_sight_of_costs_gets_no_file_with_costs(house: House) -> None:
    browser = house.browser("Vic")
    answer = browser.post("/reports/valuation/runs")
    with house.writing():
        work = db.session.get_one(LongWork, int(answer.location.rpartition("/")[2]))
        work.by_id = house.people["Walter"]
    do_tasks(house)
    with house.reading():
        work = db.session.get_one(LongWork, work.id)
        assert work.state is WorkState.FAILED and "costs" in work.message
        assert db.session.query(StoredFile).count() == 0


def test_what_would_take_long_is_offered_to_the_worker(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    use(house, 2)
    monkeypatch.setattr("app.queries.reports.size.AT_ONCE", 1)
    browser = house.browser("Vic")
    text = browser.get("/reports/usage").text
    assert "This takes a while" in text and "<tbody>" not in text
    answer = browser.post("/reports/usage/runs")
    do_tasks(house)
    assert browser.get(f"{answer.location}/file").status_code == 200
