"""The demo's calendar: drawn alike every time, and always around today."""

from datetime import date, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from app.demo.files import rows_of
from app.demo.pull_lists import pull_list_offers
from app.demo.season import draw_season
from app.demo.shows import SORTS
from app.demo.stage import SEED

ZONE = ZoneInfo("Europe/Berlin")
DAYS = [date(2026, 11, 21), date(2027, 3, 28), date(2028, 2, 29), date(2031, 12, 31)]


@pytest.mark.parametrize("today", DAYS)
def test_the_same_day_draws_the_same_year(today: date) -> None:
    assert draw_season(today, Random(SEED)) == draw_season(today, Random(SEED))


@pytest.mark.parametrize("today", DAYS)
def test_shows_lie_on_both_sides_of_today(today: date) -> None:
    season = draw_season(today, Random(SEED))
    assert sum(show.back_on < 0 for show in season) >= 30
    assert sum(show.out_on > 0 for show in season) >= 30


@pytest.mark.parametrize("today", DAYS)
def test_pull_lists_lie_ahead_and_keep_their_relation(today: date) -> None:
    spans = {offer.introduction[10:13]: offer.occupied for offer in pull_list_offers(today, ZONE)}
    published = {row["list"]: row["out_at"] for row in rows_of("pull_lists.csv")}
    assert all(starts_at.date() > today for starts_at, _ in spans.values())
    assert {code: span[0].weekday() for code, span in spans.items()} == {
        code: date.fromisoformat(out_at[:10]).weekday() for code, out_at in published.items()
    }
    assert spans["PL2"][0] < spans["PL3"][0] < spans["PL2"][1]
    assert spans["PL4"][0] < spans["PL5"][0] < spans["PL5"][1] < spans["PL4"][1]
    assert spans["PL4"][0] - spans["PL2"][0] > timedelta(0)


def test_shows_use_products_of_the_catalogue() -> None:
    known = {row["source_id"] for row in rows_of("catalogue.csv")}
    asked = {need.sku for sort in SORTS.values() for need in sort.needs if not need.sku.startswith("PK-")}
    assert asked <= known
