"""Cases: adding and changing them, what belongs into them, and carrying them from place to place."""

from sqlalchemy import select

from app.actors import Actor
from app.extensions import db
from app.fields import Count, Facts, Id, Kilograms, LongText, Name
from app.models import (
    Case,
    CaseSlot,
    CaseStep,
    CheckInMode,
    CodeKind,
    Location,
    LocationKind,
    Product,
    StepKind,
)
from app.queries.cases import case_at
from app.refusals import Refused
from app.rules.codes import code_key
from app.services.activities import record
from app.services.case_seals import claims_of, settle_seals
from app.services.case_steps import is_taken_back, last_step, step_called
from app.services.codes import change_own_code
from app.services.locations import add_location, carry_to, lock_tree
from app.transactions import lock

SAID = (
    "check_in", "dissolves", "own_weight_kg", "most_load_kg", "inner_length_mm", "inner_width_mm", "inner_height_mm",
    "notes",
)  # fmt: skip


class CaseFacts(Facts):
    """All that is said about a case: weights in kg, the inner space in mm, and the place where it belongs."""

    name: Name
    code: Name
    home_id: Id
    check_in: CheckInMode = CheckInMode.WHOLE
    dissolves: bool = False
    own_weight_kg: Kilograms | None = None
    most_load_kg: Kilograms | None = None
    inner_length_mm: Count | None = None
    inner_width_mm: Count | None = None
    inner_height_mm: Count | None = None
    notes: LongText = ""


def add_case(facts: CaseFacts, *, by: Actor) -> Case:
    """Add a case; it stands at its home. Raises Refused for a taken code, or a home that is none."""
    home = home_of(facts.home_id)
    place = add_location(facts.name, facts.code, LocationKind.CASE, home, by=by)
    case = case_at(place.id)
    assert case is not None
    say_of(case, facts)
    return case


def say_of(case: Case, facts: CaseFacts) -> None:
    """Write down what was said."""
    for name in SAID:
        setattr(
            case,
            name,
            getattr(facts, name) or (None if name.endswith(("_kg", "_mm")) else getattr(facts, name)),
        )
    case.home_id = facts.home_id
    db.session.flush()


def home_of(location_id: int) -> Location:
    """The place where a case belongs: any of a warehouse but an event's site. Raises Refused."""
    home = db.session.get(Location, location_id)
    if home is None or home.archived_at is not None or home.kind is LocationKind.EVENT_SITE:
        raise Refused("This is no place where a case can belong.", "home_id")
    return home


def change_case(case: Case, facts: CaseFacts, *, by: Actor) -> None:
    """Say anew what a case is. Where it is now does not change. Raises Refused for a taken code."""
    place = db.session.get_one(Location, case.location_id)
    lock_tree(place)
    if home_of(facts.home_id).id == place.id:
        raise Refused("A case does not belong into itself.", "home_id")
    if code_key(facts.code) != code_key(place.code) or not code_key(facts.code):
        change_own_code(place, facts.code, CodeKind.LOCATION, "code")
    place.name, place.code = facts.name, facts.code
    say_of(case, facts)
    record("case.changed", case, by=by, label=place.name)


def set_slot(case: Case, product: Product, quantity: int, *, by: Actor) -> CaseSlot:
    """Say that so many of a product belong into a case. Raises Refused for a package."""
    lock({Location: [case.location_id], Product: [product.id]})
    if product.is_package:
        raise Refused(f"{product.name} is a package on paper: name its parts.", "product")
    query = select(CaseSlot).where(CaseSlot.case_id == case.id, CaseSlot.product_id == product.id)
    slot = db.session.scalars(query).one_or_none()
    if slot is None:
        slot = CaseSlot(case_id=case.id, product_id=product.id)
        db.session.add(slot)
    slot.quantity = quantity
    db.session.flush()
    tell_fixed(case, f"{quantity} × {product.name}", by)
    return slot


def remove_slot(case: Case, slot: CaseSlot, *, by: Actor) -> None:
    """Say that a product does not belong into a case any more; what lies in it stays there."""
    lock({Location: [case.location_id]})
    product = db.session.get_one(Product, slot.product_id)
    db.session.delete(slot)
    db.session.flush()
    tell_fixed(case, f"no {product.name}", by)


def tell_fixed(case: Case, what: str, by: Actor) -> None:
    """One activity for a change of what belongs into a case."""
    place = db.session.get_one(Location, case.location_id)
    record("case.fixed", case, by=by, label=place.name, summary=f"Holds {what}.")


def move_case(case: Case, target: Location, *, by: Actor, request_id: str = "") -> None:
    """Carry a case with all that is in it to another place. The same request twice moves once. Raises Refused."""
    place = db.session.get_one(Location, case.location_id)
    lock_tree(place)
    move_case_in(case, place, target, by=by, request_id=request_id)


def move_case_in(case: Case, place: Location, target: Location, *, by: Actor, request_id: str = "") -> None:
    """The same, with the locks held."""
    if step_called(request_id):
        return
    if place.parent_id == target.id:
        raise Refused(f"{place.name} is in {target.name} already.", "parent_id")
    carry_to(place, target, by=by, request_id=request_id)
    if claims_of(case):
        settle_seals([case], by=by, excused=f"{place.name} was moved")


def take_back_move(step: CaseStep, *, by: Actor, request_id: str = "") -> None:
    """Carry a case back to where it was before its last move by hand. Raises Refused when something followed."""
    case = db.session.get_one(Case, step.case_id)
    place = db.session.get_one(Location, case.location_id)
    lock_tree(place)
    if step_called(request_id):
        return
    if step.kind is not StepKind.MOVED or is_taken_back(step):
        raise Refused("This is not a move that can be taken back.")
    last = last_step(case)
    if last is None or last.id != step.id or step.from_id is None:
        raise Refused(f"Something happened to {place.name} since: move it instead.")
    carry_to(
        place, db.session.get_one(Location, step.from_id), by=by, request_id=request_id, undoes_id=step.id
    )
    if claims_of(case):
        settle_seals([case], by=by, excused=f"{place.name} was moved back")
