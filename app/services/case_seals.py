"""Sealing a case: its contents leave free stock until it is opened, unless an event has claimed them anyway."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime

from sqlalchemy import select

from app.actors import Actor
from app.extensions import db
from app.models import Case, CaseClaim, CaseState, Location, Reservation, ReservationKind, StepKind
from app.queries.cases import insides, trees
from app.refusals import Refused
from app.rules.case_contents import in_words
from app.rules.periods import OPEN_END
from app.services.activities import record
from app.services.case_guards import refuse_closed
from app.services.case_steps import step_called, write_step
from app.services.locations import lock_tree
from app.services.reservations import Overbooking, Wish, release_together, reserve
from app.services.rooms import settle_claims


def seal(case: Case, *, by: Actor, request_id: str = "") -> str:
    """Seal a case; what to know about it, in words. The same request twice seals once.

    Raises Refused for an empty case, for one that is out, and when others count on what is in it.
    """
    place = db.session.get_one(Location, case.location_id)
    lock_tree(place)
    if step_called(request_id):
        return f"{place.name} is sealed."
    return seal_in(case, place, by=by, request_id=request_id)


def seal_in(case: Case, place: Location, *, by: Actor, request_id: str = "") -> str:
    """The same, with the locks held."""
    if case.is_sealed:
        return f"{place.name} is sealed already."
    refuse_closed([place.parent_id])
    if case.state is CaseState.OUT:
        raise Refused(f"{place.name} has left meanwhile: seal it when it is back.")
    inside = insides([place.id])[place.id]
    if not inside.pieces and len(inside.cases) == 1:
        raise Refused(f"{place.name} is empty: there is nothing to seal.")
    case.sealed_at, case.sealed_by_id = datetime.now(UTC), by.id
    db.session.flush()
    settle_seals([case], by=by)
    write_step(case, StepKind.SEALED, by=by, from_id=place.parent_id, request_id=request_id)
    record("case.sealed", case, by=by, label=place.name, pieces=inside.pieces, event_id=case.event_id)
    missing = inside.missing
    return f"{place.name} is sealed." + (f" Missing in it: {in_words(missing)}." if missing else "")


def unseal(case: Case, *, by: Actor, note: str = "", request_id: str = "") -> None:
    """Open a case: its contents are free stock again. The same request twice opens once. Raises Refused."""
    place = db.session.get_one(Location, case.location_id)
    lock_tree(place)
    if not step_called(request_id):
        refuse_closed([place.parent_id])
        unseal_in(case, place, by=by, note=note, request_id=request_id)


def unseal_in(case: Case, place: Location, *, by: Actor, note: str = "", request_id: str = "") -> None:
    """The same, with the locks held."""
    if not case.is_sealed:
        return
    case.sealed_at = case.sealed_by_id = None
    db.session.flush()
    settle_seals([case], by=by)
    write_step(case, StepKind.OPENED, by=by, from_id=place.parent_id, note=note, request_id=request_id)
    record("case.opened", case, by=by, label=place.name, reason=note, event_id=case.event_id)


def settle_seals(cases: Sequence[Case], *, by: Actor, excused: str = "") -> None:
    """Let the claims of cases be what they hold: a sealed and stored one claims its contents, any other nothing.

    Others who count on them are refused (Raises Refused); with `excused`, which says why, it has happened already
    and is marked as short instead. The caller has locked the products.
    """
    if not cases:
        return
    wanted = {case.id: contents_claimed(case) for case in cases}
    houses = houses_of(cases)
    stale: list[Reservation] = []
    wishes: list[tuple[Case, Wish]] = []
    for case in cases:
        claims = claims_of(case)
        held = Counter({(row.product_id, row.warehouse_id): row.quantity for row in claims})
        house = houses[case.location_id]
        now_wanted = Counter({(product, house): pieces for product, pieces in wanted[case.id].items()})
        if held != now_wanted:
            stale += claims
            wishes += [
                (case, wish_of(product, house, pieces)) for (product, house), pieces in now_wanted.items()
            ]
    renew(stale, wishes, by, excused)


def settle_seals_at(location_ids: Collection[int], *, by: Actor, excused: str) -> None:
    """The same for the sealed cases among places whose contents were found to be others, as a count does."""
    query = select(Case).where(Case.location_id.in_(location_ids), Case.sealed_at.is_not(None))
    settle_seals(db.session.scalars(query).all(), by=by, excused=excused)


def renew(stale: Sequence[Reservation], wishes: Sequence[tuple[Case, Wish]], by: Actor, excused: str) -> None:
    """Give claims up and make others."""
    release_together(stale)
    if wishes:
        overbook = Overbooking(by, excused) if excused else None
        made = reserve([wish for _, wish in wishes], by=by, overbook=overbook)
        owners = {(wish.product_id, wish.warehouse_id): case for case, wish in wishes}
        db.session.add_all(
            CaseClaim(case_id=owners[row.product_id, row.warehouse_id].id, reservation_id=row.id)
            for row in made
        )
    db.session.flush()
    freed: dict[int, set[int]] = {}
    for row in stale:
        freed.setdefault(row.warehouse_id, set()).add(row.product_id)
    for house, products in freed.items():
        settle_claims(products, house, by=by, reason="A case was opened")


def wish_of(product_id: int, warehouse_id: int, pieces: int) -> Wish:
    """The claim on what is sealed in: from now on, without an end."""
    return Wish(
        product_id, warehouse_id, pieces, datetime.now(UTC), OPEN_END, kind=ReservationKind.SEALED_CASE
    )


def contents_claimed(case: Case) -> dict[int, int]:
    """Product → pieces that a sealed and stored case keeps from others; sealed cases inside it keep their own."""
    if not case.is_sealed or case.state is not CaseState.STORED:
        return {}
    inside = insides([case.location_id])[case.location_id]
    sealed_inside = [one.location_id for one in inside.cases if one.sealed_at and one.id != case.id]
    theirs = {place for below in trees(sealed_inside).values() for place in below}
    found = Counter[int]()
    for row in (*inside.own, *inside.inner):
        if row.location_id not in theirs:
            found[row.product_id] += row.quantity
    return dict(found)


def claims_of(case: Case) -> list[Reservation]:
    """The claims that keep the contents of a case out of free stock now."""
    query = (
        select(Reservation)
        .join(CaseClaim, CaseClaim.reservation_id == Reservation.id)
        .where(CaseClaim.case_id == case.id, Reservation.released_at.is_(None))
    )
    return list(db.session.scalars(query.order_by(Reservation.id)))


def houses_of(cases: Iterable[Case]) -> dict[int, int]:
    """Case's location → its warehouse."""
    query = select(Location.id, Location.warehouse_id).where(
        Location.id.in_([case.location_id for case in cases])
    )
    return {row.id: row.warehouse_id for row in db.session.execute(query)}


__all__ = ["claims_of", "seal", "seal_in", "settle_seals", "settle_seals_at", "unseal", "unseal_in"]
