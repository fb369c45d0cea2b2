"""The demo's jobs: one that is done, one of today, one that is short, one that nobody has yet."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal

from sqlalchemy import select

from app.demo.places import place
from app.demo.stage import Stage
from app.demo.workshop import CABINET
from app.extensions import db
from app.models import Company, Job, JobPart, JobType, Product, Substitute
from app.services.accounts import first_warehouse
from app.services.job_parts import PartWanted, allocate_all, parts_of, plan_part, plan_template
from app.services.job_states import finish_job, start_job
from app.services.job_types import put_on_template
from app.services.job_uses import Use, use_part
from app.services.jobs import JobFacts, add_job
from app.services.stock import adjust_stock

TIES, BOLTS, TAPE, BATTERIES = "WS-0991", "WS-0159", "WS-0943", "WS-1565"
WHITE, IVORY = "WS-0613", "WS-0608"
BROKEN_COVERS = 3
USUAL = {"Installation": {TIES: 20, BOLTS: 12, TAPE: 2}, "Service": {BATTERIES: 16, TIES: 10}}
"""What each sort of job takes."""


@dataclass(frozen=True)
class Work:
    """One job: what it is, when, who has it, what it takes beside the usual parts, and what was used of it."""

    kind: str
    title: str
    site: str
    days: int
    clock: time
    role: str | None
    revenue: int
    parts: Mapping[str, int] = field(default_factory=dict)
    used: Mapping[str, int] = field(default_factory=dict)
    is_allocated: bool = True
    is_done: bool = False


JOBS = (
    Work("Service", "Batteries and belt packs", "Stage door, 2nd floor", -2, time(9), "technician", 320,
         used={BATTERIES: 14, TIES: 6}, is_done=True),
    Work("Installation", "Hang the bar lights", "Foyer bar, ladder in the store", 0, time(10), "technician", 890,
         used={BOLTS: 8}),
    Work("Repair", "New covers in the control room", "Control room, key at reception", 1, time(13, 30), "technician",
         260, parts={WHITE: 24}),
    Work("Installation", "Cable trays above the workshop", "Workshop", 6, time(8), None, 1450, is_allocated=False),
)  # fmt: skip


def give_jobs(stage: Stage) -> None:
    """Say what jobs usually take, then plan them and bring each to where it is."""
    planner = stage.cast["service_manager"]
    with stage.deed():
        products = products_called({*USUAL["Installation"], *USUAL["Service"], WHITE, IVORY})
        types = {row.name: row for row in db.session.scalars(select(JobType))}
        for kind, usual in USUAL.items():
            for sku, quantity in usual.items():
                put_on_template(types[kind], products[sku], quantity, by=planner)
        db.session.add(Substitute(product_id=products[WHITE].id, substitute_id=products[IVORY].id))
    for number, work in enumerate(JOBS):
        bring_about(stage, work, number)
    break_some_covers(stage)


def break_some_covers(stage: Stage) -> None:
    """Some of what tomorrow's job counts on lie broken in their box: they will run short."""
    with stage.deed():
        covers = products_called({WHITE})[WHITE]
        left = covers.on_hand - BROKEN_COVERS
        adjust_stock(
            covers, place(CABINET), left, "Broken in their box", by=stage.cast["warehouse_manager"],
            request_id="broken-covers",
        )  # fmt: skip


def products_called(skus: set[str]) -> dict[str, Product]:
    """The parts of the cabinet by their codes."""
    return {row.sku: row for row in db.session.scalars(select(Product).where(Product.sku.in_(skus)))}


def bring_about(stage: Stage, work: Work, number: int) -> None:
    """One job, in the order in which it would go."""
    planner = stage.cast["service_manager"]
    with stage.deed():
        job_id = add_job(facts_of(stage, work, number), by=planner).id
    with stage.deed():
        plan_template(db.session.get_one(Job, job_id), by=planner)
    for sku, quantity in work.parts.items():
        with stage.deed():
            wanted = PartWanted(products_called({sku})[sku].id, quantity)
            plan_part(db.session.get_one(Job, job_id), wanted, by=planner)
    if work.is_allocated:
        with stage.deed():
            allocate_all(db.session.get_one(Job, job_id), by=planner)
    work_on(stage, work, job_id)


def facts_of(stage: Stage, work: Work, number: int) -> JobFacts:
    """What is said about the job; its customer is one of the house's clients."""
    starts_at: datetime = stage.at(work.days, work.clock)
    companies = db.session.scalars(select(Company).order_by(Company.id).limit(len(JOBS))).all()
    kind = db.session.scalars(select(JobType).where(JobType.name == work.kind)).one()
    technician = stage.cast[work.role].id if work.role else None
    return JobFacts(
        work.title, kind.id, first_warehouse().id, starts_at, starts_at + timedelta(hours=4),
        company=companies[number].name, site=work.site, technician_id=technician,
        revenue=Decimal(work.revenue),
    )  # fmt: skip


def work_on(stage: Stage, work: Work, job_id: int) -> None:
    """What the technician has used so far, and whether the job is over."""
    hand = stage.cast["technician"]
    if not work.used:
        return
    with stage.deed():
        start_job(db.session.get_one(Job, job_id), by=hand)
    for sku, quantity in work.used.items():
        with stage.deed():
            part = part_of(job_id, sku)
            use = Use(
                quantity,
                "customer_site",
                happened_at=min(stage.at(work.days, time(15)), datetime.now(stage.zone)),
            )
            use_part(part, use, by=hand, request_id=f"demo-{job_id}-{sku}")
    if work.is_done:
        with stage.deed():
            finish_job(db.session.get_one(Job, job_id), by=hand, rest_returned=True)


def part_of(job_id: int, sku: str) -> JobPart:
    """The part of a job that is this product."""
    product_id = products_called({sku})[sku].id
    return next(part for part in parts_of(job_id) if part.product_id == product_id)
