"""The demo's bench: what is broken and who sees to it, what is at a repairer's, and what is kept back."""

from collections.abc import Callable
from datetime import UTC, datetime, time
from functools import partial
from typing import NamedTuple

from sqlalchemy import select

from app.actors import Actor
from app.demo.places import GOODS_IN, place
from app.demo.stage import Stage
from app.extensions import db
from app.models import Asset, Company, Event, Location, Product, Quarantine, QuarantineReason, Repair, User
from app.services.companies import CompanyFacts, add_company
from app.services.overdue import overdue_events
from app.services.quarantines import Doubt, keep_back, let_go
from app.services.repair_hands import hand_to
from app.services.repair_sendings import Parcel, send_away
from app.services.repair_tests import keep_test
from app.services.repairs import Damage, expect_back, open_repair, start_repair
from app.services.return_reminders import remind_now

REPAIRER = CompanyFacts(
    name="Leuchtwerk Service Süd", email="annahme@leuchtwerk.example", phone="+49 40 66969 210",
    address="Werkstraße 3\n09998 Hafenrode-Süd", is_supplier=True,
)  # fmt: skip


class Fault(NamedTuple):
    """What is broken: its tag, what is wrong, how far it is, and in how many days it is back."""

    tag: str
    note: str
    state: str = "reported"
    days: int = 0
    rma: str = ""


FAULTS: tuple[Fault, ...] = (
    Fault("AR773-03", "Pan loses its position after an hour, whirrs loudly."),
    Fault("AR874-06", "One of the four diodes is darker than the others.", "usable"),
    Fault("AR175-02", "The fan rattles.", "works"),
    Fault("AR85-02", "Does not ignite: error 41, although the lamp is new.", "sent", 9, "LWS-2207"),
    Fault("AR339-05", "The voice coil scrapes.", "sent", 3),
    Fault("AR978-04", "The push-to-talk button sticks.", "planned", 2),
)
"""Of products that no coming show needs: the shortages of the demo are those of its pull lists."""


class Kept(NamedTuple):
    """What is kept back: a tag or, of what is counted, a code and how many; why; and why it was released."""

    code: str
    quantity: int
    reason: QuarantineReason
    note: str
    released: str = ""


KEPT: tuple[Kept, ...] = (
    Kept("AR445-03", 1, QuarantineReason.RECALLED, "The maker has the welds of this batch looked at."),
    Kept("AR25-04", 1, QuarantineReason.BOUGHT_BACK, "Came with the gear of a house that closed. To be tested."),
    Kept("AR241", 2, QuarantineReason.SUSPICIOUS, "Two links look bent."),
    Kept("AR198-02", 1, QuarantineReason.SUSPICIOUS, "Lay in the rain.", "Dried and measured: every line is fine."),
)  # fmt: skip


def fill_the_bench(stage: Stage) -> None:
    """Report what broke in the house, bring each repair to where it is, and keep back what nobody may use."""
    with stage.deed():
        add_company(REPAIRER, by=stage.cast["service_manager"])
    for fault in FAULTS:
        bring_along(stage, report(stage, fault), fault)
    for kept in KEPT:
        set_aside(stage, kept)


def report(stage: Stage, fault: Fault) -> int:
    """Somebody in the hall says what is wrong; which repair that is."""
    with stage.deed():
        asset = db.session.scalars(select(Asset).where(Asset.tag == fault.tag)).one()
        product = db.session.get_one(Product, asset.product_id)
        damage = Damage(fault.note, is_usable=fault.state == "usable")
        return open_repair(product, asset, 1, damage, by=stage.cast["warehouse_staff"]).id


def bring_along(stage: Stage, repair_id: int, fault: Fault) -> None:
    """The workshop sees to it."""
    keeper, mender = stage.cast["service_manager"], stage.cast["technician"]
    back_at = stage.at(fault.days, time(17))
    match fault.state:
        case "planned":
            work(stage, repair_id, lambda repair: hand_to(repair, user_of(mender), by=keeper))
            work(stage, repair_id, lambda repair: expect_back(repair, back_at, by=keeper))
        case "works":
            work(stage, repair_id, lambda repair: start_repair(repair, by=mender))
            work(
                stage,
                repair_id,
                lambda repair: keep_test(repair, True, "New bearing, ran for hours.", by=mender),
            )
        case "sent":
            parcel = partial(
                Parcel,
                rma_number=fault.rma,
                note="Please call us before you order parts.",
                expected_back_at=back_at,
            )
            work(stage, repair_id, lambda repair: send_away(repair, parcel(repairer()), by=keeper))


def work(stage: Stage, repair_id: int, deed: Callable[[Repair], object]) -> None:
    """One deed on a repair."""
    with stage.deed():
        deed(db.session.get_one(Repair, repair_id))


def user_of(actor: Actor) -> User:
    """Somebody of the house, as a row."""
    return db.session.get_one(User, actor.id)


def repairer() -> Company:
    """To whom the house sends what it cannot mend."""
    return db.session.scalars(select(Company).where(Company.name == REPAIRER.name)).one()


def set_aside(stage: Stage, kept: Kept) -> None:
    """Put something into quarantine, and let it go again where nothing was wrong with it."""
    keeper = stage.cast["warehouse_manager"]
    with stage.deed():
        asset = db.session.scalars(select(Asset).where(Asset.tag == kept.code)).one_or_none()
        named = Product.id == asset.product_id if asset else Product.sku == kept.code
        product = db.session.scalars(select(Product).where(named)).one()
        house = db.session.get_one(Location, place(GOODS_IN).warehouse_id)
        row_id = keep_back(product, asset, kept.quantity, house, Doubt(kept.reason, kept.note), by=keeper).id
    if kept.released:
        with stage.deed():
            let_go(db.session.get_one(Quarantine, row_id), kept.released, by=keeper)


def remind_the_late(stage: Stage) -> None:
    """Write to the clients whose gear should be back."""
    with stage.deed():
        late = [event.id for event in overdue_events(datetime.now(UTC))]
    for event_id in late:
        with stage.deed():
            remind_now(db.session.get_one(Event, event_id), by=stage.cast["warehouse_manager"])
