"""One row of everything that an address can name, in one organization; and the state of all tables."""

import hashlib
import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

from PIL import Image
from sqlalchemy import Table, select, text

from app.extensions import db
from app.models import (
    Accessory,
    Activity,
    Alert,
    AlertKind,
    ApiToken,
    Asset,
    Assignment,
    AssignmentState,
    Base,
    Case,
    CaseSlot,
    CaseStep,
    Category,
    Code,
    CodeKind,
    Company,
    Contact,
    CostKind,
    CountBy,
    CountEntry,
    CountLine,
    CountPlan,
    CountSession,
    Deal,
    Delivery,
    DeliveryState,
    Event,
    EventCost,
    FactorSchedule,
    Handover,
    ImportRun,
    Inspection,
    InspectionPlan,
    InspectionType,
    Invoice,
    InvoiceKind,
    InvoiceLine,
    InvoiceState,
    Job,
    JobPart,
    JobPhoto,
    JobType,
    JobTypePart,
    Lead,
    LineKind,
    LinkPurpose,
    Location,
    LocationKind,
    LongWork,
    Notification,
    OrderLine,
    OutboxRow,
    OutboxState,
    PackagePart,
    Payment,
    Product,
    ProductFile,
    ProductSupplier,
    PullLine,
    PurchaseOrder,
    Quarantine,
    QuarantineReason,
    Quote,
    QuoteLine,
    QuoteState,
    Repair,
    RepairSending,
    Reservation,
    ReservationKind,
    Role,
    Scan,
    ScanConflict,
    ScanMode,
    ScanResult,
    SignIn,
    StepKind,
    StockTransaction,
    StoredFile,
    Substitute,
    TaxClass,
    Tracking,
    TransactionKind,
    User,
    Venue,
    Verdict,
    WorkState,
)
from app.queries.import_plans import ImportRules
from app.rules.inspections import Question
from app.services.accounts import add_user, make_link, make_setup_link
from app.services.job_uses import Use, finish_use, take_pieces
from app.services.ledger import Cause, Movement, post
from app.services.sessions import hash_token
from tests import factories
from tests.factories import SOON, me
from tests.people import House
from tests.routes import Route

NOW = datetime(2027, 6, 1, tzinfo=UTC)
LATER = SOON + timedelta(days=3)

MODELS: dict[str, type[Base]] = {
    "accessory_id": Accessory, "document_id": ProductFile, "substitute_id": Substitute,
    "count_id": CountSession, "plan_id": CountPlan, "entry_id": CountEntry,
    "case_id": Case, "slot_id": CaseSlot, "step_id": CaseStep,
    "activity_id": Activity, "alert_id": Alert, "asset_id": Asset, "category_id": Category,
    "code_id": Code, "company_id": Company, "contact_id": Contact, "cost_id": EventCost, "deal_id": Deal,
    "delivery_id": Delivery, "event_id": Event, "factor_table_id": FactorSchedule, "file_id": StoredFile,
    "import_id": ImportRun, "inspection_id": Inspection, "inspection_plan_id": InspectionPlan,
    "inspection_type_id": InspectionType, "invoice_id": Invoice, "invoice_line_id": InvoiceLine,
    "job_id": Job, "job_part_id": JobPart, "job_photo_id": JobPhoto, "job_type_id": JobType,
    "template_part_id": JobTypePart, "lead_id": Lead,
    "location_id": Location, "run_id": ImportRun,
    "notification_id": Notification, "part_id": PackagePart, "payment_id": Payment, "product_id": Product,
    "quote_id": Quote, "repair_id": Repair, "reservation_id": Reservation, "role_id": Role, "row_id": OutboxRow,
    "scan_id": Scan, "session_id": SignIn, "tax_class_id": TaxClass, "token_id": ApiToken,
    "order_id": PurchaseOrder, "order_line_id": OrderLine, "seller_id": ProductSupplier,
    "conflict_id": ScanConflict, "handover_id": Handover, "sending_id": RepairSending,
    "quarantine_id": Quarantine, "transaction_id": StockTransaction, "user_id": User, "venue_id": Venue,
    "package_id": Product, "work_id": LongWork,
}  # fmt: skip
"""What an address means by the name of its argument."""
ELSEWHERE: dict[tuple[str, str], type[Base]] = {
    ("inventory", "line_id"): CountLine,
    ("crm", "line_id"): QuoteLine,
    ("planning", "line_id"): PullLine,
    ("warehouse", "line_id"): PullLine,
}
"""The same where it depends on the module."""
CALLED = frozenset({"scan_uuid", "put_id"})
"""Arguments that name a row by something else than its id."""


class NoExample(LookupError):
    """An address has an argument of which this file knows no example."""


class World:
    """The rows of one organization, and secrets of the links that lead into it."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.ids: dict[type[Base], int] = {}
        self.words: dict[str, str] = {}
        with house.writing():
            fill(self)

    def keep(self, row: Any) -> Any:
        """Write a row and remember it as the example of its kind."""
        db.session.add(row)
        db.session.flush()
        self.ids.setdefault(type(row), row.id)
        return row

    def values(self, route: Route) -> dict[str, Any]:
        """What to put into an address. Raises NoExample."""
        return {name: self.value(route, name) for name in route.arguments}

    def value(self, route: Route, name: str) -> Any:
        """One argument of an address. Raises NoExample."""
        module = route.endpoint.partition(".")[0] if not route.is_api else route.rule.rule.split("/")[3]
        model = ELSEWHERE.get((module, name)) or MODELS.get(name)
        if model is not None:
            return self.ids[model]
        word = self.words.get(f"{route.endpoint}:{name}") or self.words.get(name)
        if word is None:
            raise NoExample(f"{route}: tests/world.py knows no example of '{name}'")
        return word


def fill(world: World) -> None:
    """One of everything, so that every address leads somewhere."""
    fill_people(world)
    fill_stock(world)
    fill_clients(world)
    fill_event(world)
    fill_orders(world)
    fill_jobs(world)
    fill_alerts(world)
    fill_money(world)
    fill_log(world)
    fill_counts(world)
    fill_inspections(world)


def fill_people(world: World) -> None:
    house, slug = world.house, world.house.slug
    world.keep(Role(key="spare", name="Spare", permissions=[]))
    user = add_user("Spare", f"spare@{slug}.example", ["viewer"], by=me())
    world.ids[User] = user.id
    world.keep(TaxClass(name="Reduced", rate=Decimal(7)))
    world.keep(FactorSchedule(name="Long", steps=[[1, "1"], [7, "3"]]))
    times = {"created_at": NOW, "expires_at": datetime(2090, 1, 1, tzinfo=UTC)}
    world.keep(SignIn(token_hash=hash_token(f"spare-{slug}"), user_id=house.people["Ada"], **times))
    times["expires_at"] = NOW + timedelta(days=90)
    world.keep(ApiToken(name="Spare", user_id=user.id, token_hash=hash_token(f"api-{slug}"), **times))
    world.words["token"] = make_link(LinkPurpose.INVITATION, user)
    world.words["accounts.first_start:token"] = make_setup_link() or make_link(LinkPurpose.SETUP)
    world.words["accounts.start_first:token"] = world.words["accounts.first_start:token"]
    world.words["slug"] = slug


def fill_stock(world: World) -> None:
    here = world.house.warehouse_id
    world.keep(Category(name="Audio"))
    speaker = world.keep(factories.product("Speaker", tracking=Tracking.SERIALIZED, stock=3, at=here))
    cable = factories.product("Cable", stock=20, at=here)
    world.ids[Asset] = db.session.scalars(select(Asset.id).order_by(Asset.id)).first() or 0
    world.ids[StockTransaction] = db.session.scalars(select(StockTransaction.id)).first() or 0
    package = factories.product("Set")
    package.is_package = True
    world.keep(PackagePart(package_id=package.id, product_id=cable.id, quantity=2))
    world.keep(Accessory(product_id=speaker.id, accessory_id=cable.id))
    world.keep(Substitute(product_id=speaker.id, substitute_id=cable.id))
    shelf = Location(name="Shelf", code="S-1", kind=LocationKind.SHELF, parent_id=here, warehouse_id=here)
    world.keep(shelf)
    world.keep(Code(code="S-1", code_key="s-1", kind=CodeKind.LOCATION, location_id=shelf.id))
    world.words["code"] = "S-1"
    world.words["put_id"] = str(uuid.uuid4())
    put = Movement(cable.id, 1, None, from_id=here, to_id=shelf.id)
    post(TransactionKind.TRANSFER, [put], Cause(me(), "put_away", request_id=world.words["put_id"]))
    fill_cases(world, cable.id, shelf.id)
    world.words["report_name"] = "usage"
    world.words["step"] = "places"
    file = world.keep(
        StoredFile(name="a.csv", media_type="text/csv", sha256="0" * 64, content=b"name\n", created_at=NOW)
    )
    manual = StoredFile(
        name="m.pdf", media_type="application/pdf", sha256="0" * 64, content=b"%PDF-", created_at=NOW
    )
    db.session.add(manual)
    db.session.flush()
    world.keep(
        ProductFile(product_id=speaker.id, file_id=manual.id, title="Manual", is_photo=False, added_at=NOW)
    )
    world.keep(
        ImportRun(
            kind="catalogue", file_id=file.id, mapping=ImportRules().as_json(), summary={}, created_at=NOW
        )
    )


def fill_cases(world: World, product_id: int, shelf_id: int) -> None:
    here = world.house.warehouse_id
    place = Location(name="Case", code="C-1", kind=LocationKind.CASE, parent_id=shelf_id, warehouse_id=here)
    db.session.add(place)
    db.session.flush()
    case = world.keep(Case(location_id=place.id, home_id=shelf_id))
    world.keep(CaseSlot(case_id=case.id, product_id=product_id, quantity=2))
    moved = {"kind": StepKind.MOVED, "from_id": here, "to_id": shelf_id, "happened_at": NOW}
    world.keep(CaseStep(case_id=case.id, **moved))


def fill_clients(world: World) -> None:
    deal = world.keep(factories.deal(world.house.warehouse_id))
    world.ids[Company] = deal.company_id
    contact = world.keep(Contact(company_id=deal.company_id, name="Nora", created_at=NOW))
    deal.contact_id = contact.id
    world.keep(Venue(name="Hall"))
    world.keep(Lead(number="L-1", name="Max", email="max@lindenau.example", created_at=NOW))


def fill_event(world: World) -> None:
    here, deal_id = world.house.warehouse_id, world.ids[Deal]
    site = Location(name="Site", code="EV-1", kind=LocationKind.EVENT_SITE, parent_id=here, warehouse_id=here)
    db.session.add(site)
    db.session.flush()
    times = {"occupied_from": SOON, "occupied_until": LATER, "charged_from": SOON, "charged_until": LATER}
    owners = {"deal_id": deal_id, "company_id": world.ids[Company], "warehouse_id": here, "site_id": site.id}
    event = world.keep(Event(number="EV-1", name="Gala", created_at=NOW, **times, **owners))
    line = world.keep(
        PullLine(event_id=event.id, product_id=world.ids[Product], quantity=1, position=1, created_at=NOW)
    )
    claim = {"product_id": line.product_id, "warehouse_id": here, "quantity": 1, "event_id": event.id}
    spans = {"starts_at": SOON, "ends_at": LATER, "created_at": NOW}
    reservation = world.keep(Reservation(kind=ReservationKind.EVENT, line_id=line.id, **claim, **spans))
    world.keep(
        Assignment(
            asset_id=world.ids[Asset], reservation_id=reservation.id, event_id=event.id, starts_at=SOON,
            ends_at=LATER, state=AssignmentState.PREPPED,
        )
    )  # fmt: skip
    world.keep(EventCost(event_id=event.id, kind=CostKind.OTHER, description="Fuel", created_at=NOW))
    photo = StoredFile(
        name="p.jpg", media_type="image/jpeg", sha256="0" * 64, content=a_photo(), created_at=NOW
    )
    db.session.add(photo)
    db.session.flush()
    repair = world.keep(
        Repair(
            number="R-1",
            product_id=line.product_id,
            event_id=event.id,
            note="Dent",
            photo_id=photo.id,
            reported_at=NOW,
        )
    )
    claim = {
        "product_id": line.product_id,
        "warehouse_id": here,
        "quantity": 1,
        "out_quantity": 1,
    }
    db.session.add(Reservation(kind=ReservationKind.REPAIR, repair_id=repair.id, **claim, **spans))
    world.keep(
        RepairSending(
            number="RS-1", repair_id=repair.id, company_id=world.ids[Company], sent_by_name="Ada", sent_at=NOW,
            returned_at=NOW, pdf_id=photo.id,
        )
    )  # fmt: skip
    kept = world.keep(
        Quarantine(
            number="QT-1", product_id=line.product_id, reason=QuarantineReason.RECALLED, put_by_name="Ada", put_at=NOW
        )
    )  # fmt: skip
    db.session.add(Reservation(kind=ReservationKind.QUARANTINE, quarantine_id=kept.id, **claim, **spans))
    world.words["scan_uuid"] = str(uuid.uuid4())
    world.keep(
        Scan(
            uuid=world.words["scan_uuid"], event_id=event.id, mode=ScanMode.PREP, raw_code="S-1", situation="unknown",
            verdict=Verdict.REFUSED, result=ScanResult.UNRESOLVED, message="?", scanned_at=NOW, recorded_at=NOW,
        )
    )  # fmt: skip
    late = world.ids[Scan]
    world.keep(ScanConflict(event_id=event.id, scan_id=late, said="kept"))
    world.keep(
        Handover(
            number="DN-1", event_id=event.id, mode=ScanMode.OUT, after_scan_id=0, last_scan_id=1, pieces=1,
            moved={}, request_id="note", by_name="Ada", made_at=NOW, pdf_id=photo.id,
        )
    )  # fmt: skip


def fill_orders(world: World) -> None:
    """A supplier that sells cable, and a draft to them."""
    company, product_id = db.session.get_one(Company, world.ids[Company]), world.ids[Product]
    company.is_supplier = True
    world.keep(ProductSupplier(product_id=product_id, company_id=company.id, is_preferred=True))
    order = world.keep(
        PurchaseOrder(
            number="PO-2027-0001", company_id=company.id, location_id=world.house.warehouse_id, created_at=NOW
        )
    )
    world.keep(OrderLine(order_id=order.id, product_id=product_id, position=1, quantity=5))


def a_photo() -> bytes:
    """A picture as phones make them, only smaller."""
    written = BytesIO()
    Image.new("RGB", (8, 8), "grey").save(written, "JPEG")
    return written.getvalue()


def fill_jobs(world: World) -> None:
    """A job of Ada's with a part that was used, and a photo of it."""
    here, now = world.house.warehouse_id, datetime.now(UTC)
    screws = factories.product("Screws", stock=9, at=here)
    kind = world.keep(JobType(name="Rigging"))
    world.keep(JobTypePart(job_type_id=kind.id, product_id=screws.id, quantity=4))
    job = world.keep(
        Job(
            number="JOB-1", title="Mount", job_type_id=kind.id, company_id=world.ids[Company], warehouse_id=here,
            starts_at=SOON, ends_at=LATER, technician_id=world.house.people["Ada"], created_at=now,
        )
    )  # fmt: skip
    part = world.keep(
        JobPart(
            job_id=job.id, product_id=screws.id, quantity_required=20, quantity_planned=20, created_at=now
        )
    )
    db.session.flush()
    world.words["use_id"] = str(uuid.uuid4())
    take_pieces(job, part, 3, Use(3), by=me(), request_id=world.words["use_id"])
    finish_use(job, part, Use(3))
    photo = StoredFile(
        name="j.jpg", media_type="image/jpeg", sha256="0" * 64, content=a_photo(), created_at=NOW
    )
    db.session.add(photo)
    db.session.flush()
    world.keep(JobPhoto(job_id=job.id, file_id=photo.id, taken_at=NOW))


def fill_alerts(world: World) -> None:
    """An alert about the first product, which is low."""
    product = db.session.get_one(Product, world.ids[Product])
    product.reorder_level = 5
    levels = {"on_hand": product.on_hand, "reorder_level": 5}
    world.keep(Alert(product_id=product.id, kind=AlertKind.LOW, raised_at=NOW, **levels))


def fill_money(world: World) -> None:
    link = f"link-{world.house.slug}-{uuid.uuid4()}"
    quote = world.keep(
        Quote(
            number="Q-1", deal_id=world.ids[Deal], version_number=1, state=QuoteState.SENT, link_token=link,
            valid_until=date(2090, 1, 1), created_at=NOW, sent_at=NOW, pdf_id=world.ids[StoredFile],
        )
    )  # fmt: skip
    world.words["link_token"] = link
    world.keep(
        QuoteLine(quote_id=quote.id, position=1, kind=LineKind.TEXT, description="Thank you", quantity=1)
    )
    invoice = world.keep(
        Invoice(
            number="R-2027-1", kind=InvoiceKind.FINAL, state=InvoiceState.ISSUED, company_id=world.ids[Company],
            event_id=world.ids[Event], deal_id=world.ids[Deal], issued_on=date(2027, 6, 1),
            due_on=date(2027, 6, 15), created_at=NOW, pdf_id=world.ids[StoredFile], gross=Decimal(10),
        )
    )  # fmt: skip
    world.keep(InvoiceLine(invoice_id=invoice.id, position=1, description="Rental"))
    world.keep(
        Payment(
            invoice_id=invoice.id, amount=Decimal(1), paid_on=date(2027, 6, 2), request_id="p", created_at=NOW
        )
    )


def fill_log(world: World) -> None:
    activity = world.keep(
        Activity(
            verb="lead.received", subject_type="lead", subject_id=world.ids[Lead], subject_label="L-1",
            actor_name="Crosshire", facts={}, happened_at=NOW,
        )
    )  # fmt: skip
    world.keep(
        Notification(
            user_id=world.house.people["Ada"],
            activity_id=activity.id,
            kind="enquiry",
            title="New",
            created_at=NOW,
        )
    )
    world.keep(
        Delivery(
            channel="email", address="a@b.example", subject="Hi", body="Hi", state=DeliveryState.FAILED,
            created_at=NOW,
        )
    )  # fmt: skip
    fill_work(world)
    world.keep(
        OutboxRow(kind="holds.expire", payload={}, state=OutboxState.DEAD, run_after=NOW, created_at=NOW)
    )


def fill_work(world: World) -> None:
    """A work of Ada's that has ended, with its file."""
    world.keep(
        LongWork(
            kind="report", title="Usage", wanted={}, outcome={}, state=WorkState.DONE, created_at=NOW,
            ended_at=NOW, by_id=world.house.people["Ada"], file_id=world.ids[StoredFile],
        )
    )  # fmt: skip


def fill_counts(world: World) -> None:
    """A count with a line that somebody has counted, and a plan."""
    here = world.house.warehouse_id
    scope = {"count_by": CountBy.LOCATION, "scope": {"location_id": here}}
    world.keep(CountPlan(name="Everything", every_days=91, next_on=date(2027, 6, 1), **scope))
    count = world.keep(CountSession(number="CT-1", name="Everything", started_at=NOW, **scope))
    line = world.keep(
        CountLine(count_id=count.id, product_id=world.ids[Product], location_id=here, expected=1)
    )
    world.keep(
        CountEntry(
            count_id=count.id, line_id=line.id, uuid=str(uuid.uuid4()), quantity=1, counted_at=NOW, recorded_at=NOW,
            by_id=world.house.people["Ada"], by_name="Ada",
        )
    )  # fmt: skip


def fill_inspections(world: World) -> None:
    """A failed inspection of the first asset, whose product needs it every year."""
    product_id = world.ids[Product]
    checklist = [Question("In order").as_kept()]
    kind = world.keep(InspectionType(name="Visual check", code="VIS", checklist=checklist))
    world.keep(InspectionPlan(product_id=product_id, type_id=kind.id, every_days=365))
    world.keep(
        Inspection(
            number="INS-1", type_id=kind.id, product_id=product_id, asset_id=world.ids[Asset], checklist=checklist,
            answers=["no"], passed=False, inspected_on=date(2027, 6, 1), inspected_at=NOW, recorded_at=NOW,
            request_id="inspection", by_name="Ada", pdf_id=world.ids[StoredFile],
        )
    )  # fmt: skip


def checksums() -> dict[str, str]:
    """Table → what it holds, in short. Asked outside of any organization."""
    with db.engine.connect() as connection:
        return {table.name: checksum(connection, table) for table in Base.metadata.sorted_tables}


def checksum(connection: Any, table: Table) -> str:
    """What a table holds, in short."""
    order = ", ".join(f'"{column.name}"' for column in table.primary_key)
    rows = connection.execute(text(f'SELECT * FROM "{table.name}" ORDER BY {order}'))
    return hashlib.sha256(repr([tuple(row) for row in rows]).encode()).hexdigest()
