"""Changing how an organization works: its address and rules, its taxes, its factor tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any
from zoneinfo import available_timezones

from babel import Locale, UnknownLocaleError
from babel.numbers import list_currencies
from sqlalchemy import func, select, update

from app.actors import Actor
from app.extensions import db
from app.models import FactorSchedule, Organization, Product, TaxClass
from app.models.base import Base
from app.refusals import Refused
from app.services.activities import record
from app.transactions import lock

COLOURS = ("amber", "red", "rose", "violet", "blue", "teal", "green", "slate")
MOST_STEPS = 60


def change_organization(organization: Organization, values: dict[str, Any], *, by: Actor) -> None:
    """Change the organization's own fields. Raises Refused for a currency, zone or locale that nobody knows."""
    lock({Organization: [organization.id]})
    refuse_unknown(values)
    changed = [name for name, value in values.items() if getattr(organization, name) != value]
    for name in changed:
        setattr(organization, name, values[name])
    if changed:
        record("organization.changed", organization, by=by, fields=changed)
    db.session.flush()


def refuse_unknown(values: dict[str, Any]) -> None:
    """What is typed must exist in the world. Raises Refused naming every field that does not."""
    errors = {}
    if values.get("currency", "EUR") not in list_currencies():
        errors["currency"] = "This is not a currency; EUR, GBP and USD are some."
    if values.get("timezone", "UTC") not in available_timezones():
        errors["timezone"] = "There is no such time zone; Europe/Berlin is one."
    if not is_locale(values.get("locale", "en")):
        errors["locale"] = "This language is not known; en, en_GB, de and fr are some."
    if values.get("colour", "amber") not in COLOURS:
        errors["colour"] = "Please choose one of the colours."
    if errors:
        raise Refused.many(errors)


def is_locale(name: str) -> bool:
    """True for a language and country whose dates and numbers are known."""
    try:
        return bool(Locale.parse(name))
    except (UnknownLocaleError, ValueError):
        return False


def save_tax_class(
    tax_class: TaxClass | None, name: str, rate: Decimal, *, is_default: bool, by: Actor
) -> TaxClass:
    """Add or change a tax class. Lines that were written keep the rate they had. Raises Refused."""
    refuse_taken_name(TaxClass, name, tax_class)
    row = tax_class or TaxClass(name=name, rate=rate)
    row.name, row.rate = name, rate
    db.session.add(row)
    db.session.flush()
    settle_default(TaxClass, row, is_default)
    record("tax_class.changed" if tax_class else "tax_class.added", row, by=by, rate=str(rate))
    return row


def drop_tax_class(tax_class: TaxClass, *, by: Actor) -> None:
    """Take a tax class out of use. Raises Refused for the default one."""
    if tax_class.is_default:
        raise Refused("This is the default rate: make another one the default first.")
    record("tax_class.removed", tax_class, by=by)
    db.session.delete(tax_class)
    db.session.flush()


def save_factor_table(
    table: FactorSchedule | None, name: str, typed: str, *, is_default: bool, by: Actor
) -> FactorSchedule:
    """Add or change a factor table. Raises Refused for steps that do not grow."""
    refuse_taken_name(FactorSchedule, name, table)
    steps = [[step.days, str(step.factor)] for step in read_steps(typed)]
    row = table or FactorSchedule(name=name, steps=steps)
    row.name, row.steps = name, steps
    db.session.add(row)
    db.session.flush()
    settle_default(FactorSchedule, row, is_default)
    record("factor_table.changed" if table else "factor_table.added", row, by=by)
    return row


def drop_factor_table(table: FactorSchedule, *, by: Actor) -> None:
    """Take a factor table out of use. Raises Refused while products are priced by it."""
    used = db.session.scalar(select(func.count(Product.id)).where(Product.factor_table_id == table.id))
    if table.is_default or used:
        reason = (
            "This is the default table" if table.is_default else f"{used} products are priced by this table"
        )
        raise Refused(f"{reason}: choose another one there first.")
    record("factor_table.removed", table, by=by)
    db.session.delete(table)
    db.session.flush()


@dataclass(frozen=True)
class Step:
    """From so many days on, the day rate is taken so many times."""

    days: int
    factor: Decimal


def read_steps(typed: str) -> Sequence[Step]:
    """Steps as people write them: `1: 1`, `2: 1.5`, one a line. Raises Refused."""
    steps = [read_step(line) for line in typed.splitlines() if line.strip()]
    days = [step.days for step in steps]
    if not steps or len(steps) > MOST_STEPS or days != sorted(set(days)) or days[0] != 1:
        raise Refused("Write one step a line, from 1 day upwards: 1: 1, then 2: 1.5, and so on.", "steps")
    if any(later.factor < earlier.factor for earlier, later in pairwise(steps)):
        raise Refused("A longer rental cannot have a smaller factor.", "steps")
    return steps


def read_step(line: str) -> Step:
    """One line of a factor table. Raises Refused."""
    days, _, factor = line.replace("=", ":").partition(":")
    try:
        step = Step(int(days), Decimal(factor.strip().replace(",", ".")))
    except (ValueError, InvalidOperation) as error:
        raise Refused(f"'{line.strip()}' is not a step; write days and factor like 3: 2", "steps") from error
    if step.days < 1 or not 0 < step.factor < 1000 or -int(step.factor.as_tuple().exponent) > 4:
        raise Refused(f"'{line.strip()}': days from 1, factors up to 1000 with at most 4 decimals.", "steps")
    return step


def refuse_taken_name(model: type[TaxClass] | type[FactorSchedule], name: str, besides: Base | None) -> None:
    """Names are unique in an organization. Raises Refused."""
    row = db.session.scalars(select(model).where(model.name == name)).one_or_none()
    if row is not None and row is not besides:
        raise Refused("This name is taken.", "name")


def settle_default(
    model: type[TaxClass] | type[FactorSchedule], row: TaxClass | FactorSchedule, is_default: bool
) -> None:
    """Exactly one is the default: choosing one takes the mark off the other. Raises Refused for none."""
    if row.is_default and not is_default:
        raise Refused("One must be the default: choose another one instead.", "is_default")
    if is_default:
        db.session.execute(update(model).values(is_default=False))
        row.is_default = True
        db.session.flush()


__all__ = [
    "COLOURS", "change_organization", "drop_factor_table", "drop_tax_class", "read_steps",
    "save_factor_table", "save_tax_class",
]  # fmt: skip
