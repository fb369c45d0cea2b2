"""Where deeds are done in any order, and judged after each.

A model knows only what every deed promises about how many there are in all. Everything else is judged by the
invariants, which look at the whole database.
"""

import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test
from sqlalchemy import select

from app.extensions import db
from app.models import Base, Product
from app.refusals import Refused
from app.services.verify import broken_invariants
from app.transactions import finish
from tests.people import House

Row = TypeVar("Row", bound=Base)


class Room:
    """A house, its products, and how many there should be of each."""

    done: ClassVar[Counter[str]]
    refused: ClassVar[Counter[str]]
    """Deed → how often it was done, or refused, in all rooms of this kind."""

    def __init_subclass__(cls) -> None:
        cls.done, cls.refused = Counter(), Counter()

    def __init__(self, house: House) -> None:
        self.house = house
        self.products: list[int] = []
        self.expected: Counter[int] = Counter()

    def attempt(self, deed: Callable[[], Counter[int] | None], name: str = "") -> None:
        """Do a deed in a transaction of its own, or be refused and change nothing.

        The deed answers by how much there is more of each product then. It has the name of the rule that it
        stands in, unless another is given.
        """
        name = name or getattr(deed, "__qualname__", ".fill").split(".")[1]
        try:
            with self.house.writing():
                change = deed()
        except Refused:
            self.refused[name] += 1
            return
        self.done[name] += 1
        self.expected.update(change or Counter())

    def judge(self) -> None:
        """There is what was promised, and every invariant holds, of this house: a game that broke one is played again
        in another, to find its shortest form, and what it broke is still there."""
        with self.house.reading():
            found = db.session.execute(
                select(Product.id, Product.on_hand).where(Product.id.in_(self.products))
            )
            held = dict(found.all())
        assert held == {product_id: self.expected[product_id] for product_id in self.products}
        finish()
        mine = self.house.organization_id
        with self.house.app.app_context():
            broken = [
                (one.invariant.id, one.invariant.sentence, row)
                for one in broken_invariants()
                for row in one.rows
                if row.get("organization_id", mine) == mine
            ]
        assert not broken, broken


def one_of(model: type[Row], chance: int, *conditions: Any) -> Row:
    """A row of many, chosen by a number. Raises Refused when there is none."""
    column: Any = model.id  # type: ignore[attr-defined]
    ids = db.session.scalars(select(column).where(*conditions).order_by(column)).all()
    if not ids:
        raise Refused("There is none.")
    return db.session.get_one(model, ids[chance % len(ids)])


def a_request() -> str:
    """The id of a deed that comes once."""
    return str(uuid.uuid4())


def play(machine: type[RuleBasedStateMachine], app: Flask, examples: int, steps: int) -> None:
    """Let a machine play so many games of so many deeds in this application."""
    run_state_machine_as_test(
        type("Played", (machine,), {"app": app}),
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip


def never_done(machine: type[RuleBasedStateMachine], room: type[Room], *besides: str) -> list[str]:
    """The rules of a machine of which nothing was shown, because each was refused every time."""
    rules = {name for name, method in vars(machine).items() if hasattr(method, "hypothesis_stateful_rule")}
    return sorted(rules - {*besides} - room.done.keys())
