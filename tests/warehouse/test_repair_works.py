"""A repair to its end: sent away and back, parts on a job, tested, paid for once, and put on a shelf."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, text

from app.extensions import db
from app.gateways.pdf import typeset
from app.models import (
    Activity,
    Asset,
    Company,
    EventCost,
    Job,
    JobPart,
    Location,
    OutboxRow,
    Product,
    Repair,
    RepairSending,
    RepairState,
    RepairTest,
    Tracking,
)
from app.queries.invariants import INVARIANTS
from app.queries.repair_page import Column, repair_board, story_of
from app.refusals import Refused
from app.services.job_parts import PartWanted, plan_part
from app.services.job_uses import Use, use_part
from app.services.repair_endings import Ending, close_repair
from app.services.repair_jobs import plan_work
from app.services.repair_sendings import Parcel, send_away, take_back_sending
from app.services.repair_tests import keep_test
from app.services.repairs import Damage, open_repair, use_meanwhile
from app.services.stock import receive_stock
from tests import factories
from tests.factories import me
from tests.people import found_house
from tests.planning.stories import event_with
from tests.warehouse.test_repairs import MENDED, SCRAPPED, Shop, shop

__all__ = ["shop"]
SOON_BACK = datetime.now(UTC) + timedelta(days=12)


def find(shop: Shop, repair_id: int) -> Repair:
    """The repair, in the transaction that is open."""
    return db.session.get_one(Repair, repair_id)


def sent(shop: Shop, repair_id: int, **more: object) -> int:
    """It is sent to a repairer; the sending."""
    with shop.house.writing():
        parcel = Parcel(factories.company("Lamp Clinic"), "RMA-7", "1Z-99", **more)
        return send_away(find(shop, repair_id), parcel, by=me()).id


def back(shop: Shop, repair_id: int, cost: str) -> None:
    """It is back, and cost so much."""
    with shop.house.writing():
        take_back_sending(find(shop, repair_id), Decimal(cost), by=me())


def try_out(shop: Shop, repair_id: int, is_passed: bool, note: str = "Burned for an hour") -> None:
    """Somebody tests it."""
    with shop.house.writing():
        keep_test(find(shop, repair_id), is_passed, note, by=me())


def broken_rules() -> list[str]:
    """The invariants about repairs that do not hold."""
    known = [one for one in INVARIANTS if one.id in ("I6b", "I6c", "I6d")]
    return [one.id for one in known if db.session.execute(text(one.sql)).all()]


def test_a_thing_goes_to_a_repairer_with_a_slip_and_its_day_is_seen_by_availability(shop: Shop) -> None:
    repair_id = shop.open()
    sending_id = sent(shop, repair_id, expected_back_at=SOON_BACK)
    assert shop.free() == 2, "in June it is back"
    with shop.house.reading():
        row = db.session.get_one(RepairSending, sending_id)
        assert row.number.startswith("RS-") and find(shop, repair_id).expected_back_at == SOON_BACK
        (task,) = db.session.scalars(select(OutboxRow).where(OutboxRow.kind == "documents.typeset")).all()
        said = task.payload["content"]
        assert ["Your RMA", "RMA-7"] in said["facts"] and shop.tag in said["lines"][0]["tags"]
        assert typeset("repair_sending", said).startswith(b"%PDF")


def test_what_is_away_is_neither_sent_again_nor_put_on_a_shelf(shop: Shop) -> None:
    repair_id = shop.open()
    sent(shop, repair_id)
    with pytest.raises(Refused, match="is away already"):
        sent(shop, repair_id)
    for ending in (MENDED, SCRAPPED):
        with pytest.raises(Refused, match="is back"):
            shop.close(repair_id, ending)
    back(shop, repair_id, "80")
    with pytest.raises(Refused, match="Nothing of it is away"):
        back(shop, repair_id, "80")
    shop.close(repair_id, MENDED)
    with shop.house.reading():
        assert broken_rules() == []


def test_what_is_with_a_repairer_is_not_used_meanwhile(shop: Shop) -> None:
    repair_id = shop.open()
    sent(shop, repair_id)
    with shop.house.writing(), pytest.raises(Refused, match="is away"):
        use_meanwhile(find(shop, repair_id), True, by=me())
    page = shop.house.browser("Serge").get(f"/warehouse/repairs/{repair_id}").text
    assert "Use it meanwhile" not in page and "Lamp Clinic" in page


def test_a_failed_test_keeps_the_repair_open_until_one_is_passed(shop: Shop) -> None:
    repair_id = shop.open()
    with pytest.raises(Refused, match="what still fails"):
        try_out(shop, repair_id, False, " ")
    try_out(shop, repair_id, False, "Shutter sticks")
    with pytest.raises(Refused, match="failed its last test"):
        shop.close(repair_id, MENDED)
    assert shop.free() == 1
    try_out(shop, repair_id, True)
    shop.close(repair_id, Ending(True, "New lens"))
    assert shop.free() == 2
    with shop.house.reading():
        assert [row.is_passed for row in story_of(repair_id).tests] == [True, False]
        verbs = set(db.session.scalars(select(Activity.verb)))
        assert {"repair.failed", "repair.passed", "repair.closed"} <= verbs


@pytest.mark.parametrize("is_passed", [True, False])
def test_what_was_tested_before_a_repairer_had_it_is_tested_again(shop: Shop, is_passed: bool) -> None:
    repair_id = shop.open()
    try_out(shop, repair_id, is_passed)
    sent(shop, repair_id)
    back(shop, repair_id, "80")
    with pytest.raises(Refused, match="or came back"):
        shop.close(repair_id, Ending(True, "New lens"))
    with shop.house.reading():
        assert story_of(repair_id).last_test is None
        assert find(shop, repair_id) in column(Column.WORKED_ON)
    page = shop.house.browser("Serge").get(f"/warehouse/repairs/{repair_id}").text
    assert "since it came back" in page and "it works." not in page
    try_out(shop, repair_id, True)
    with shop.house.reading():
        assert find(shop, repair_id) in column(Column.TO_SHELF)
    shop.close(repair_id, Ending(True, "New lens"))
    with shop.house.reading():
        assert broken_rules() == []


def column(wanted: Column) -> list[Repair]:
    """What stands in a column of the board."""
    return [row for one in repair_board() if one.column is wanted for row in one.repairs]


def test_what_is_tested_as_the_repair_ends_is_kept_as_a_test(shop: Shop) -> None:
    repair_id = shop.open()
    shop.close(repair_id, MENDED)
    with shop.house.reading():
        test = db.session.scalars(select(RepairTest)).one()
        assert test.is_passed and test.by_name == me().name
        assert find(shop, repair_id).shelf_id == shop.shelf


def test_verify_finds_what_was_mended_although_it_failed(shop: Shop) -> None:
    repair_id = shop.open()
    try_out(shop, repair_id, False, "Dead")
    with shop.house.writing():
        find(shop, repair_id).state = RepairState.REPAIRED
    with shop.house.reading():
        assert "I6d" in broken_rules()


def with_screws(shop: Shop) -> int:
    """Ten screws at 2.50 on the shelf."""
    with shop.house.writing():
        screw = factories.product("Screw", tracking=Tracking.CONSUMABLE)
        place = db.session.get_one(Location, shop.shelf)
        receive_stock(screw, 10, place, Decimal("2.50"), by=me(), request_id="screws")
        return screw.id


def use_screws(shop: Shop, repair_id: int, screw: int, pieces: int) -> int:
    """So many are used on the repair's job; the job."""
    with shop.house.writing():
        job_id = plan_work(find(shop, repair_id), by=me()).id
    with shop.house.writing():
        part_id = plan_part(db.session.get_one(Job, job_id), PartWanted(screw, pieces), by=me()).id
    with shop.house.writing():
        use_part(db.session.get_one(JobPart, part_id), Use(pieces), by=me())
    return job_id


def test_a_repair_costs_its_work_its_parts_and_what_repairers_charge(shop: Shop) -> None:
    with shop.house.writing():
        event = event_with(shop.house, {db.session.get_one(Product, shop.cable): 1})
        event_id = event.id
        asset = db.session.get_one(Asset, shop.asset)
        damage = Damage("No light", event_id)
        spot = db.session.get_one(Product, shop.spot)
        repair_id = open_repair(spot, asset, 1, damage, by=me()).id
    use_screws(shop, repair_id, with_screws(shop), 4)
    sent(shop, repair_id)
    back(shop, repair_id, "80")
    with shop.house.writing():
        close_repair(find(shop, repair_id), Ending(True, "New lens", Decimal(30), tested="Works"), by=me())
    with shop.house.reading():
        repair = find(shop, repair_id)
        assert (repair.labour_cost, repair.cost) == (Decimal(30), Decimal(120))
        costs = db.session.scalars(select(EventCost).where(EventCost.event_id == event_id)).all()
        assert [cost.actual for cost in costs] == [Decimal(120)]


def test_the_work_of_a_repair_is_one_open_job(shop: Shop) -> None:
    repair_id = shop.open()
    tess = shop.house.browser("Tess")
    places = [tess.post(f"/warehouse/repairs/{repair_id}/work").location for _ in range(2)]
    assert places[0] == places[1] and re.fullmatch(r"/jobs/mine/\d+", places[0])
    with shop.house.reading():
        job = db.session.scalars(select(Job)).one()
        assert (job.repair_id, job.technician_id) == (repair_id, shop.house.people["Tess"])


def test_the_board_shows_how_far_each_repair_has_come(shop: Shop) -> None:
    repair_id = shop.open()

    def column() -> Column:
        with shop.house.reading():
            (found,) = [one for one in repair_board() if one.repairs]
            assert (found.total, found.repairs[0].id) == (1, repair_id)
            return found.column

    assert column() is Column.REPORTED
    sent(shop, repair_id)
    assert column() is Column.AWAY
    back(shop, repair_id, "10")
    assert column() is Column.WORKED_ON
    try_out(shop, repair_id, True)
    assert column() is Column.TO_SHELF
    shown = shop.house.browser("Vic").get("/warehouse/repairs/board").text
    assert "Works, to be put back" in shown and shop.tag in shown


def test_an_empty_column_of_the_board_says_so_on_every_screen(shop: Shop) -> None:
    page = shop.house.browser("Tess").get("/warehouse/repairs/board").text
    assert (
        page.count('<p class="muted small">None.</p>') == len(Column)
        and "<ol>" not in page.partition("repair-board")[2]
    )


def test_the_board_costs_the_same_for_many_repairs(shop: Shop, statements: Callable[[], list[str]]) -> None:
    costs = []
    for many in (1, 19):
        for _ in range(many):
            with shop.house.writing():
                cable = factories.product("Lead", stock=1, at=shop.shelf)
                open_repair(cable, None, 1, Damage("Torn"), by=me())
        with shop.house.reading():
            statements()
            assert sum(column.total for column in repair_board()) in (1, 20)
            costs.append(len(statements()))
    assert costs[0] == costs[1]


def test_a_repair_that_somebody_works_on_is_under_way_wherever_it_stands(shop: Shop) -> None:
    repair_id = shop.open()
    serge = shop.house.browser("Serge")
    serge.post(f"/warehouse/repairs/{repair_id}/start")
    for address in (f"repairs/{repair_id}", "repairs", "repairs/board"):
        shown = serge.get(f"/warehouse/{address}").text
        assert "Under way" in shown and "In progress" not in shown and "worked on" not in shown, address


def test_the_whole_way_on_screen(shop: Shop) -> None:
    repair_id = shop.open()
    with shop.house.writing():
        factories.company("Lamp Clinic")
    serge, url = shop.house.browser("Serge"), f"/warehouse/repairs/{repair_id}"
    unknown = serge.post(f"{url}/sendings", data={"company": "Nobody Ltd", "rma_number": "R-1"})
    assert unknown.status_code == 422 and "Nobody Ltd" in unknown.text and "R-1" in unknown.text
    assert (
        serge.post(f"{url}/sendings", data={"company": "lamp clinic", "rma_number": "R-1"}).status_code == 303
    )
    shown = serge.get(url).text
    assert "Lamp Clinic" in shown and "RMA R-1" in shown and "It is back" in shown
    assert serge.post(f"{url}/sendings/return", data={"outside_cost": "12,50"}).status_code == 303
    failed = {"is_passed": "false", "test_note": "Still dark"}
    assert serge.post(f"{url}/tests", data=failed).status_code == 303
    ended = {"ending": "mended", "outcome": "New lens"}
    refused = serge.post(f"{url}/ending", data=ended)
    assert (
        refused.status_code == 422 and "failed its last test" in refused.text and "New lens" in refused.text
    )
    assert serge.post(f"{url}/tests", data={"is_passed": "true", "test_note": "Bright"}).status_code == 303
    assert serge.post(f"{url}/ending", data=ended).status_code == 303
    shown = serge.get(url).text
    assert "Still dark" in shown and "12.50" in shown and "Put back in" in shown


def test_nothing_is_mended_that_nobody_has_tested(shop: Shop) -> None:
    repair_id = shop.open()
    serge, url = shop.house.browser("Serge"), f"/warehouse/repairs/{repair_id}"
    assert "Nobody has tested it yet." in serge.get(url).text
    ended = {"ending": "mended", "outcome": "New lens"}
    refused = serge.post(f"{url}/ending", data=ended)
    assert refused.status_code == 422 and "say what was tested" in refused.text and "New lens" in refused.text
    assert serge.post(f"{url}/ending", data=ended | {"tested": "Bright for an hour"}).status_code == 303
    with shop.house.reading():
        test = db.session.scalars(select(RepairTest)).one()
        assert (test.is_passed, test.note, test.by_name) == (True, "Bright for an hour", "Serge")
    assert "Bright for an hour" in serge.get(url).text


def test_what_was_tested_before_is_mended_without_another_word(shop: Shop) -> None:
    repair_id = shop.open()
    serge, url = shop.house.browser("Serge"), f"/warehouse/repairs/{repair_id}"
    serge.post(f"{url}/tests", data={"is_passed": "true", "test_note": "Bright"})
    assert "Tested by Serge" in serge.get(url).text
    ended = serge.post(f"{url}/ending", data={"ending": "mended", "outcome": "New lens"})
    assert ended.status_code == 303
    with shop.house.reading():
        assert [test.note for test in db.session.scalars(select(RepairTest))] == ["Bright"]


def test_what_is_written_off_needs_no_test(shop: Shop) -> None:
    url = f"/warehouse/repairs/{shop.open()}"
    given = {"ending": "written_off", "outcome": "Burnt"}
    assert shop.house.browser("Serge").post(f"{url}/ending", data=given).status_code == 303


def test_nobody_sends_or_tests_what_another_organization_mends(shop: Shop) -> None:
    other = found_house(shop.house.app, "Other", "other")
    repair_id = shop.open()
    ada = other.browser("Ada")
    for deed in ("tests", "sendings", "sendings/return", "work", "use"):
        given = {"is_passed": "true", "company": "X", "is_usable": "true"}
        assert ada.post(f"/warehouse/repairs/{repair_id}/{deed}", data=given).status_code == 404
    with shop.house.reading():
        assert not db.session.scalars(select(Company)).all() and find(shop, repair_id).is_open
