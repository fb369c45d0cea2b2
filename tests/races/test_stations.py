"""Many stations on one event, and a server that dies under them: what was answered is kept, and nothing counts twice.

In full, by name: `pytest tests/races/test_stations.py -m slow`.
"""

import random
import threading
from collections import Counter
from contextlib import suppress
from time import monotonic, sleep

import pytest
from sqlalchemy import func, select

from app.config import Settings
from app.extensions import db
from app.models import Asset, Event, Reservation, Scan, StockTransaction
from app.services.verify import broken_invariants
from tests.people import House
from tests.races.stations import CABLE, PATIENCE, Show, Station, Web, all_at_once, make_show, web
from tests.servers import wait_until

pytestmark = pytest.mark.races

STATIONS = 8
SHARED = 0.25
"""Of a station's single pieces, so many lie between two stations, and both scan them."""
EVERY_NTH_IS_ALL = 5


def scans_of(show: Show, place: int, each: int) -> list[str]:
    """What one of the stations scans: half single pieces, some of them its neighbour's too, and half cable."""
    pieces = each // 2
    first = place * int(pieces * (1 - SHARED))
    codes = [show.tags[at % len(show.tags)] for at in range(first, first + pieces)] + [CABLE] * (
        each - pieces
    )
    random.Random(place).shuffle(codes)
    return codes


def scan_all(station: Station, codes: list[str], every: float = 0) -> None:
    """One station's work; with a pace, a scan each time that so many seconds are over."""
    begun = monotonic()
    for number, code in enumerate(codes):
        sleep(max(0.0, begun + number * every - monotonic()))
        station.scan(code)
    station.lasted = monotonic() - begun


def work_at(server: Web, show: Show, each: int, every: float = 0) -> list[Station]:
    """All stations at once, each as fast as it can or at a pace."""
    stations = [Station(show, server.port, f"station {place}") for place in range(STATIONS)]
    codes = [scans_of(show, place, each) for place in range(STATIONS)]
    all_at_once(
        lambda station=station, own=own: scan_all(station, own, every)  # type: ignore[misc]
        for station, own in zip(stations, codes, strict=True)
    )
    return stations


def out_of(show: Show, product_id: int) -> int:
    """How many pieces the claim says are out."""
    query = select(Reservation.out_quantity - Reservation.returned_quantity).where(
        Reservation.event_id == show.event_id, Reservation.product_id == product_id
    )
    return int(db.session.scalars(query).one())


def at_site(show: Show) -> set[str]:
    """The tags of what lies at the event."""
    event = db.session.get_one(Event, show.event_id)
    return set(db.session.scalars(select(Asset.tag).where(Asset.location_id == event.site_id)))


def show_for(house: House, each: int) -> Show:
    """A show that is large enough for what all stations scan."""
    return make_show(house, spots=STATIONS * each // 2, cables=STATIONS * each)


def is_every_count_right(house: House, settings: Settings, each: int, every: float = 0) -> list[Station]:
    """Eight stations scan so many codes each; every count is what they scanned. The stations, for their times."""
    show = show_for(house, each)
    with web(settings) as server:
        stations = work_at(server, show, each, every)
    codes = Counter(code for place in range(STATIONS) for code in scans_of(show, place, each))
    tags = set(codes) - {CABLE}
    with house.reading():
        assert out_of(show, show.cable_id) == codes[CABLE]
        assert out_of(show, show.spot_id) == len(tags) < codes.total() - codes[CABLE]
        assert at_site(show) == tags
        rows = db.session.scalar(select(func.count()).select_from(Scan).where(Scan.event_id == show.event_id))
        assert rows == STATIONS * each
        assert broken_invariants() == []
    return stations


def test_eight_stations_on_one_event_count_every_piece_once(house: House, settings: Settings) -> None:
    is_every_count_right(house, settings, each=30)


@pytest.mark.only("postgresql")
def test_the_race_is_real_stations_that_lock_nothing_lose_counts(house: House, settings: Settings) -> None:
    show = show_for(house, 30)
    # The database's own guards answer some of them with an error, and the station gives up.
    with web(settings, RACE_WITHOUT_LOCKS="1") as server, suppress(AssertionError):
        work_at(server, show, 30)
    with house.reading():
        counted = select(func.sum(Scan.change)).where(Scan.product_id == show.cable_id)
        assert out_of(show, show.cable_id) < (db.session.scalar(counted) or 0)


@pytest.mark.slow
@pytest.mark.parametrize("per_second", [100, 0], ids=["a_hundred_a_second", "as_fast_as_they_can"])
def test_eight_stations_and_four_thousand_scans(house: House, settings: Settings, per_second: int) -> None:
    every = STATIONS / per_second if per_second else 0
    stations = is_every_count_right(house, settings, each=500, every=every)
    waits = sorted(wait for station in stations for wait in station.seconds)
    longest = max(station.lasted for station in stations)
    print(f"\n{len(waits) / longest:.0f} scans/s, p95 {waits[int(len(waits) * 0.95)] * 1000:.0f} ms")


def is_nothing_lost(house: House, settings: Settings, kills: int) -> None:
    """Stations check out and in while the server is shot so many times: every answer holds, and every deed is one."""
    show = make_show(house, spots=40, cables=100_000)
    with web(settings) as server:
        stations = shot_at(server, show, kills)
    answered = {key: said for station in stations for key, said in station.answered.items()}
    assert sum(station.again for station in stations) > 0, "no scan was interrupted: nothing was shown"
    with house.reading():
        rows = db.session.scalars(select(Scan).where(Scan.event_id == show.event_id)).all()
        assert {row.uuid: row.id for row in rows} == {key: said["scan_id"] for key, said in answered.items()}
        assert {row.uuid: row.result for row in rows} == {
            key: said["result"] for key, said in answered.items()
        }
        assert out_of(show, show.cable_id) == sum(
            row.change for row in rows if row.product_id == show.cable_id
        )
        assert len(rows) == sum(len(station.seconds) for station in stations)
        moved = Counter(db.session.scalars(select(StockTransaction.request_id).where(
            StockTransaction.event_id == show.event_id)))  # fmt: skip
        assert moved == Counter(row.uuid for row in rows if row.change)
        assert broken_invariants() == []


def shot_at(server: Web, show: Show, kills: int, *, is_careful: bool = True) -> list[Station]:
    """Three stations work, until the server was shot so many times at moments that nobody knows."""
    done, chance = threading.Event(), random.Random()
    stations = [Station(show, server.port, f"station {place}", is_careful) for place in range(3)]

    def shooting() -> None:
        try:
            for kill in range(1, kills + 1):
                wait_for_work(stations)
                sleep(chance.uniform(0, 0.2))
                server.shoot_all() if kill % EVERY_NTH_IS_ALL == 0 else server.shoot_workers()
        finally:
            done.set()

    def working(station: Station, tags: tuple[str, ...]) -> None:
        while not done.is_set():
            for tag in tags:
                station.scan(tag, "out")
                station.scan(CABLE, "out")
                station.scan(tag, "in")

    shares = [show.tags[place::4] for place in range(3)]
    all_at_once(
        (lambda station=station, tags=tags: working(station, tags)  # type: ignore[misc]
         for station, tags in zip(stations, shares, strict=True)),
        meanwhile=shooting,
    )  # fmt: skip
    return stations


def wait_for_work(stations: list[Station]) -> None:
    """Wait until the server that was shot answers again: who shoots before that shoots at nothing."""
    before = sum(len(station.seconds) for station in stations)
    wait_until(lambda: sum(len(station.seconds) for station in stations) > before, PATIENCE, pause=0.01)


def test_a_server_that_is_killed_loses_no_scan_that_it_has_answered_and_doubles_none(
    house: House, settings: Settings
) -> None:
    is_nothing_lost(house, settings, kills=6)


def test_the_danger_is_real_a_device_that_sends_again_under_a_new_id_counts_twice(
    house: House, settings: Settings
) -> None:
    show, asked = make_show(house, spots=40, cables=100_000), 0
    with web(settings) as server:
        for _ in range(20):
            stations = shot_at(server, show, 10, is_careful=False)
            asked += sum(len(station.seconds) for station in stations)
            with house.reading():
                kept = db.session.scalar(select(func.count()).select_from(Scan)) or 0
            if kept > asked:
                return
    pytest.fail("no answer was lost after its commit")


@pytest.mark.slow
def test_five_hundred_kills(house: House, settings: Settings) -> None:
    is_nothing_lost(house, settings, kills=500)
