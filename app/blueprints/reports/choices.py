"""What a report can be narrowed to, as options of its filters."""

from typing import Any

from sqlalchemy import select

from app.extensions import db
from app.models import Company, Event, Job, JobType, Location, Product, User
from app.queries.choices import categories
from app.queries.reports.shape import Asked, Report

MOST_OFFERED = 300


def filter_choices(report: Report, asked: Asked) -> list[tuple[str, str, Any]]:
    """(word in the address, label, options) of each filter that this report has."""
    return [(name, LABELS[name], OPTIONS[name](asked)) for name in report.filters]


def products(asked: Asked) -> list[tuple[int, str]]:
    """The product that is chosen, by its code, which no other has; others are typed."""
    return named(Product, Product.sku, asked.product)


def places(asked: Asked) -> list[tuple[int, str]]:
    """The place that is chosen, by its code; others are typed or scanned."""
    return named(Location, Location.code, asked.location)


def events(asked: Asked) -> list[tuple[int, str]]:
    """The latest events, and the one that is chosen."""
    latest = select(Event.id, Event.number.concat(" ").concat(Event.name)).order_by(
        Event.charged_from.desc(), Event.id.desc()
    )
    return with_chosen(pairs(latest.limit(MOST_OFFERED)), Event, Event.number, asked.event)


def customers(asked: Asked) -> list[tuple[int, str]]:
    """Companies by name, and the one that is chosen."""
    known = select(Company.id, Company.name).order_by(Company.name).limit(MOST_OFFERED)
    return with_chosen(pairs(known), Company, Company.name, asked.customer)


def technicians(_asked: Asked) -> list[tuple[int, str]]:
    """Whoever ever had a job."""
    had_one = select(Job.technician_id).where(Job.technician_id.is_not(None)).distinct()
    return pairs(select(User.id, User.name).where(User.id.in_(had_one)).order_by(User.name))


def job_types(_asked: Asked) -> list[tuple[int, str]]:
    """Sorts of jobs, those out of use as well: they have a past."""
    return pairs(select(JobType.id, JobType.name).order_by(JobType.name))


def pairs(query: Any) -> list[tuple[int, str]]:
    """Options out of a query."""
    return [(key, name) for key, name in db.session.execute(query)]


def named(model: Any, name: Any, key: int | None) -> list[tuple[int, str]]:
    """One thing as an option."""
    return [] if key is None else pairs(select(model.id, name).where(model.id == key))


def with_chosen(
    options: list[tuple[int, str]], model: Any, name: Any, key: int | None
) -> list[tuple[int, str]]:
    """The options, with what is chosen among them."""
    return options if key in dict(options) else [*named(model, name, key), *options]


LABELS = {
    "product": "Product", "category": "Category", "location": "Location", "job_type": "Job type",
    "technician": "Technician", "customer": "Customer", "event": "Event",
}  # fmt: skip
OPTIONS: dict[str, Any] = {
    "product": products, "category": lambda _asked: categories(), "location": places,
    "job_type": job_types, "technician": technicians, "customer": customers, "event": events,
}  # fmt: skip
