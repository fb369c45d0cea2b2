"""What is done about the differences of a count: what is proposed, and which movements carry it out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, Literal

Deed = Literal["none", "adjust", "transfer", "recount", "ignore"]

WORTH_A_SECOND_LOOK: Final = Decimal(250)
"""A difference of this value, in the organization's currency, is counted twice before it is written."""


@dataclass(frozen=True, slots=True)
class Case:
    """A line whose count differs from the books.

    `value` is what the difference is worth, without a sign. `booked_at` is where an asset is in the books.
    `is_held` says that an event has prepped it or a repair has it, which explains where it stands; `is_out`
    that it is out on an event, from which it must be returned.
    """

    line_id: int
    product_id: int
    location_id: int
    difference: int
    asset_id: int | None = None
    value: Decimal = Decimal(0)
    is_unsure: bool = False
    is_second_look: bool = False
    booked_at: int | None = None
    is_held: bool = False
    is_out: bool = False


@dataclass(frozen=True, slots=True)
class Proposal:
    """What to do about a line; a transfer names the place where the things are booked."""

    action: Deed
    from_id: int | None = None


def propose(cases: Sequence[Case]) -> dict[int, Proposal]:
    """Line → what to do about it, judged together: what is too many here may be what is missing there."""
    found: dict[int, Proposal] = {}
    missing = {case.line_id: case for case in cases if case.difference < 0}
    for case in sorted(cases, key=lambda case: (-case.difference, case.line_id)):
        if case.difference > 0 and not (case.is_held or case.is_out or case.is_unsure):
            origin = booked_elsewhere(case, missing.values())
            if origin is not None:
                found[case.line_id] = Proposal("transfer", origin)
                explain(case, origin, missing)
    for case in cases:
        left = missing.get(case.line_id, case)
        found.setdefault(case.line_id, Proposal(alone(left)))
    return found


def booked_elsewhere(case: Case, missing: Iterable[Case]) -> int | None:
    """The place that the things come from: where the books have the asset, or where as many are missing."""
    if case.asset_id is not None:
        return case.booked_at if case.booked_at != case.location_id else None
    places = [
        (other.difference, other.location_id)
        for other in missing
        if other.product_id == case.product_id and not other.asset_id and -other.difference >= case.difference
    ]
    return min(places)[1] if places else None


def explain(case: Case, origin: int, missing: dict[int, Case]) -> None:
    """What was found here is missing there no more."""
    for line_id, other in missing.items():
        if (other.product_id, other.location_id, other.asset_id) == (case.product_id, origin, case.asset_id):
            share = Decimal(other.difference + case.difference) / other.difference
            missing[line_id] = replace(
                other, difference=other.difference + case.difference, value=other.value * share
            )


def alone(case: Case) -> Deed:
    """What to do about a difference that nothing else explains."""
    if case.difference == 0:
        return "adjust"
    if case.is_out:
        return "none"
    if case.is_held:
        return "ignore"
    if case.is_unsure or (case.value >= WORTH_A_SECOND_LOOK and not case.is_second_look):
        return "recount"
    return "adjust"


@dataclass(frozen=True, slots=True)
class Decided:
    """A difference, and what was decided about it."""

    line_id: int
    product_id: int
    location_id: int
    difference: int
    action: Deed
    asset_id: int | None = None
    from_id: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One movement: so many, from a place or from nowhere, to a place or to nowhere."""

    line_id: int
    product_id: int
    asset_id: int | None
    quantity: int
    from_id: int | None
    to_id: int | None


def steps(decided: Sequence[Decided]) -> list[Step]:
    """The movements that carry out what was decided: what comes first, so that no place runs below nothing.

    A transfer takes from the place where the things are booked; where that place is counted too, what is taken
    is missing there no more, so that both places end with what was counted in them.
    """
    rest = {key_of(one): one.difference for one in decided if one.action in ("adjust", "transfer")}
    carried = [one for one in decided if one.action == "transfer" and one.difference > 0 and one.from_id]
    for one in carried:
        rest[key_of(one)] = 0
        origin = (one.product_id, one.from_id, one.asset_id)
        if origin in rest:
            rest[origin] += one.difference
    adjusted = [adjustment(one, left) for one in decided if (left := rest.get(key_of(one), 0))]
    came = [step for step in adjusted if step.from_id is None]
    went = [step for step in adjusted if step.to_id is None]
    return [*came, *map(transfer, carried), *went]


def key_of(one: Decided) -> tuple[int, int | None, int | None]:
    """What a line is about."""
    return one.product_id, one.location_id, one.asset_id


def adjustment(one: Decided, left: int) -> Step:
    """Bring so many into the books of a place, or take them out."""
    here = one.location_id
    return Step(
        one.line_id,
        one.product_id,
        one.asset_id,
        abs(left),
        None if left > 0 else here,
        here if left > 0 else None,
    )


def transfer(one: Decided) -> Step:
    """Move so many to the place where they were found."""
    return Step(
        one.line_id, one.product_id, one.asset_id, one.difference, from_id=one.from_id, to_id=one.location_id
    )
