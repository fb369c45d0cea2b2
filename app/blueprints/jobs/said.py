"""What may be said about jobs and their parts: the same in a form and for programs."""

from datetime import datetime
from typing import Any

from app.blueprints.crm.fields import instant
from app.fields import (
    Contingency,
    Email,
    FormId,
    Id,
    Input,
    LongText,
    Money,
    Name,
    Percentage,
    Quantity,
    ShortText,
)
from app.rules.money import ZERO
from app.services.companies import ContactFacts
from app.services.job_parts import PartWanted
from app.services.jobs import JobFacts


class JobSaid(Input):
    """What is said about a job besides its time. Company and contact are names: unknown ones are added."""

    title: Name
    job_type_id: Id
    company: ShortText = ""
    contact_name: ShortText = ""
    contact_email: Email = ""
    contact_phone: ShortText = ""
    site: ShortText = ""
    technician_id: Id | None = None
    event_id: Id | None = None
    revenue: Money = ZERO
    notes: LongText = ""

    def facts_at(self, warehouse_id: int, starts_at: datetime, ends_at: datetime) -> JobFacts:
        """The same as services take it."""
        contact = ContactFacts(self.contact_name, self.contact_email, self.contact_phone)
        plain: dict[str, Any] = self.model_dump(
            include=set(JobSaid.model_fields) - {"contact_name", "contact_email", "contact_phone"}
        )
        return JobFacts(
            warehouse_id=warehouse_id, starts_at=starts_at, ends_at=ends_at, contact=contact, **plain
        )


class JobForm(JobSaid):
    """The same in a form, with clock times."""

    warehouse_id: Id
    starts_at: datetime
    ends_at: datetime
    version: int = 0
    request_id: FormId = ""

    def facts(self) -> JobFacts:
        """The same as services take it: clock times become instants."""
        starts_at, ends_at = instant(self.starts_at), instant(self.ends_at)
        assert starts_at is not None and ends_at is not None
        return self.facts_at(self.warehouse_id, starts_at, ends_at)


class PartSaid(Input):
    """How many of a product a job needs. Without a buffer of its own the proposed one is taken."""

    unit: ShortText = ""
    buffer_percent: Percentage | None = None
    notes: LongText = ""

    def wanted(self, product_id: int, quantity: int) -> PartWanted:
        """The same as services take it."""
        return PartWanted(product_id, quantity, self.unit, self.buffer_percent, self.notes)


class PlanSaid(Input):
    """What is planned of a part."""

    quantity_required: Quantity
    buffer_percent: Percentage
    notes: LongText = ""


class StandInSaid(Input):
    """What stands in, for how many."""

    product_id: Id
    quantity: Quantity


class PurchaseSaid(Input):
    """How many are bought urgently, and what the buyer should know."""

    quantity: Quantity
    notes: ShortText = ""


class TypeSaid(Input):
    """A sort of job, and the buffer of its own where it has one."""

    name: Name
    buffer_percent: Percentage | None = None


class BufferSaid(Input):
    """What is proposed as contingency, in percent."""

    buffer_percent: Contingency
