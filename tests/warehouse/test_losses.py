"""What did not come back: whoever marks it as lost hears what that leads to."""

from app.services.pull_lines import Wanted
from tests.warehouse.test_scans import Hall, hall

__all__ = ["hall"]


def lose(hall: Hall, place: int) -> str:
    """Walter marks one of the spots as lost; what he reads then."""
    with hall.house.reading():
        line_id, asset_id = hall.line(hall.spot).id, hall.asset(place).id
    sent = {"line_id": line_id, "asset_id": asset_id, "charge": "0", "request_id": f"loss-{place}"}
    path = f"/warehouse/events/{hall.here}/losses"
    return hall.house.browser("Walter").post(path, data=sent, follow_redirects=True).text


def test_a_loss_names_the_events_that_it_leaves_short(hall: Hall) -> None:
    with hall.house.writing():
        hall.event("Later", days=1, lines=[Wanted(hall.spot, 4)], begins_after_days=30)
    hall.scan(hall.tags[0])
    said = lose(hall, 0)
    assert "Short now:" in said and "Later (1 missing)" in said


def test_a_loss_that_leaves_nobody_short_says_no_more_than_that(hall: Hall) -> None:
    hall.scan(hall.tags[0])
    said = lose(hall, 0)
    assert "Marked as lost" in said and "Short now" not in said
