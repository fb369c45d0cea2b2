"""Building the demo: every row through the services that people and programs use, in the order of a year."""

from app.demo.alerting import tend_the_alerts
from app.demo.bench import fill_the_bench, remind_the_late
from app.demo.buying import buy
from app.demo.cases import make_cases
from app.demo.closing import ask_for_deposit, call_off, close
from app.demo.counting import count_the_shelves
from app.demo.house import fill_shelves, finish_catalogue, open_house
from app.demo.inspecting import inspect_the_gear
from app.demo.jobs import give_jobs
from app.demo.letters import keep_letters, notice_what_is_late, tell_the_newest
from app.demo.offers import offer_for, sell
from app.demo.people import Login
from app.demo.pipeline import work_the_pipeline
from app.demo.places import GOODS_IN
from app.demo.present import present_shows
from app.demo.pull_lists import pull_list_offers
from app.demo.season import Show, draw_season
from app.demo.stage import Stage, without_waiting_for_the_disk
from app.demo.today import bring_to, come_back, go_out, mend
from app.demo.workshop import empty_cabinet, fill_cabinet
from app.transactions import finish

__all__ = ["Login", "build_demo"]


def build_demo() -> list[Login]:
    """Build the whole company in an empty, migrated database; who can sign in."""
    finish()
    with without_waiting_for_the_disk():
        logins = build()
    finish()
    return logins


def build() -> list[Login]:
    """Its year, from the opening of the house to the letters of today."""
    stage, logins = open_house()
    fill_shelves(stage)
    finish_catalogue(stage)
    fill_cabinet(stage)
    empty_cabinet(stage)
    play_the_year(stage)
    buy(stage)
    count_the_shelves(stage)
    work_the_pipeline(stage)
    give_jobs(stage)
    inspect_the_gear(stage)
    fill_the_bench(stage)
    make_cases(stage, GOODS_IN)
    notice_what_is_late(stage)
    remind_the_late(stage)
    tend_the_alerts(stage)
    tell_the_newest(stage)
    keep_letters(stage)
    return logins


CALLED_OFF = {3: "The hall was flooded", 17: "Too few tickets were sold"}
"""Which of the coming shows fall through, and why."""
BROKEN = {4: True, 11: False, 19: True, 26: True}
"""On which of the past shows something broke, and whether it could be mended."""

DEPOSIT = 30
"""Percent of what a large event costs, asked for beforehand."""


def play_the_year(stage: Stage) -> None:
    """What is over, what is promised, and what goes on today, in the order in which it was sold."""
    season = draw_season(stage.today, stage.chance)
    for number, show in enumerate(show for show in season if show.back_on < 0):
        play(stage, show, number)
    today = [(state, show, sell(stage, offer_for(show, stage))) for state, show in present_shows()]
    for offer in pull_list_offers(stage.today, stage.zone):
        event_id = sell(stage, offer)
        if offer.truck:
            ask_for_deposit(stage, event_id, DEPOSIT)
    for number, show in enumerate(show for show in season if show.back_on >= 0):
        event_id = sell(stage, offer_for(show, stage))
        if number in CALLED_OFF:
            call_off(stage, event_id, CALLED_OFF[number])
    for state, show, event_id in today:
        bring_to(state, stage, event_id, show)


def play(stage: Stage, show: Show, number: int) -> None:
    """A show that is over: sold, sent out, taken back, mended, closed."""
    event_id = sell(stage, offer_for(show, stage))
    go_out(stage, event_id, show)
    come_back(stage, event_id, show, damaged=int(number in BROKEN))
    if number in BROKEN:
        mend(stage, event_id, is_mended=BROKEN[number])
    close(stage, event_id, show)
