"""What templates can say: money, numbers, dates, icons, and who is looking."""

import re
from collections.abc import Iterable, MutableMapping
from copy import copy
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_timedelta
from babel.numbers import format_currency, format_decimal
from flask import Flask, current_app, g, render_template, request, url_for
from flask.globals import app_ctx
from flask.templating import Environment as FlaskEnvironment
from markupsafe import Markup

from app.forms import current_form
from app.models import Organization
from app.navigation import navigation
from app.permissions import Permission, can, who
from app.rules.provisional import LOOKS
from app.swift_templates import SwiftCode, written

IN_HAND: Any = app_ctx
"""What Flask has in hand just now: the request with all that belongs to it."""
ICONS = Path(__file__).parent / "static" / "icons"
MINUS = "\u2212"
WRITTEN_NUMBER = re.compile(r"(\b[A-Z]{1,5}\d{0,6}(?:-\d{1,6}){1,2}\b)")
"""EV-2026-0042, R-17, AR170-01: numbers of things, which would break at their hyphens."""


class Environment(FlaskEnvironment):
    """Jinja for the application: every template shares one set of words."""

    code_generator_class = SwiftCode
    written = staticmethod(written)

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """The words themselves where a template brings none of its own; a copy costs time at each import."""
        return super().make_globals(d) if d else self.globals


def bind_templating(app: Flask) -> None:
    """Give every template its words. Comes before whatever else looks at the templates, which would fix Flask's."""
    app.jinja_environment = Environment
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        money=money, unit_cost=unit_cost, number=number, quantified=quantified, date=short_date, instant=instant,
        ago=ago, icon=icon, can=can, Permission=Permission, navigation=navigation, unread=unread, framed=framed,
        current_url=current_url, day_and_month=day_and_month, clock=clock, local_input=local_input, url_for=address,
        remember=lru_cache(4096, typed=True), unbroken=unbroken, options=options, provisional_looks=LOOKS,
    )  # fmt: skip
    app.context_processor(looking)


def looking() -> dict[str, Any]:
    """What depends on who looks."""
    is_someone = who().is_authenticated
    return {
        "me": who() if is_someone else None,
        "organization": g.get("organization"),
        "form": current_form(),
        "search_url": url_for("insight.search") if is_someone else "",
        "bell_url": url_for("insight.notifications") if is_someone else "",
        "sign_out_url": url_for("accounts.sign_out") if is_someone else "",
        "profile_url": link("accounts.profile") if is_someone else "",
        "scan_url": link("warehouse.today") if is_someone and can(Permission.SCANS_READ) else "",
    }


def link(endpoint: str) -> str:
    """The address of a page, or nothing where its module is not part of this installation."""
    return url_for(endpoint) if endpoint in current_app.view_functions else ""


def company() -> Organization | None:
    """Whose page this is. A page asks hundreds of times, and through the proxy that g is it would take five times
    as long."""
    found: Organization | None = IN_HAND._get_current_object().g.get("organization")
    return found


def locale() -> str:
    """The organization's locale."""
    organization = company()
    return organization.locale if organization else "en"


def zone() -> ZoneInfo:
    """The organization's time zone."""
    organization = company()
    return ZoneInfo(organization.timezone if organization else "UTC")


def currency_code() -> str:
    """The organization's currency."""
    organization = company()
    return organization.currency if organization else "EUR"


def money(amount: Decimal | None, currency: str | None = None) -> str:
    """An amount with its currency, as the organization's people write it."""
    return "–" if amount is None else written_money(amount, currency or currency_code(), locale())


def unit_cost(amount: Decimal) -> str:
    """What one piece costs, in the organization's currency: to the cent, or finer where that is more exact."""
    return written_cost(amount, currency_code(), locale())


@lru_cache(maxsize=4096)
def written_cost(amount: Decimal, code: str, locale: str) -> str:
    """A unit cost as it is written there: most are asked for again."""
    digits = None if amount == amount.quantize(Decimal("0.01")) else 4
    return written_money(amount, code, locale, digits=digits)


@lru_cache(maxsize=4096)
def written_money(amount: Decimal, code: str, locale: str, digits: int | None = None) -> str:
    """An amount as it is written there: most are asked for again."""
    if digits is None:
        return format_currency(amount, code, locale=locale).replace("-", MINUS)
    pattern = copy(Locale.parse(locale).currency_formats["standard"])
    pattern.frac_prec = (2, digits)
    written: str = pattern.apply(amount, locale, currency=code, currency_digits=False)
    return written.replace("-", MINUS)


def number(value: Decimal | int | None, digits: int | None = None) -> str:
    """A number as the organization's people write it."""
    if value is None:
        return "–"
    return written_number(value, digits, locale())


@lru_cache(maxsize=4096)
def written_number(value: Decimal | int, digits: int | None, locale: str) -> str:
    """A number as it is written there: most are asked for again."""
    pattern = None if digits is None else f"#,##0.{'0' * digits}" if digits else "#,##0"
    return format_decimal(value, format=pattern, locale=locale).replace("-", MINUS)


def quantified(value: Decimal | int, unit: str | None = None) -> Markup:
    """So many of something, as quantities look everywhere: red below zero, quiet at zero, the unit small."""
    return written_quantity(value, unit, locale())


@lru_cache(maxsize=8192)
def written_quantity(value: Decimal | int, unit: str | None, locale: str) -> Markup:
    """A quantity as it is written there: most are asked for again."""
    tone = "ink red" if value < 0 else "quiet-number" if value == 0 else ""
    shown = Markup('<span class="{}">{}</span>').format(tone, written_number(value, None, locale))
    return shown + Markup(' <span class="unit">{}</span>').format(unit) if unit else shown


@lru_cache(maxsize=4096)
def unbroken(text: str) -> Markup:
    """A sentence whose numbers of things (EV-2026-0042) stay on one line."""
    number_of = Markup('<span class="nowrap">{}</span>')
    parts = enumerate(WRITTEN_NUMBER.split(text))
    return Markup("").join(number_of.format(part) if place % 2 else part for place, part in parts)


def options(pairs: Iterable[tuple[Any, str]], chosen: Any = None) -> Markup:
    """What a select offers: keys with their names, one of them chosen."""
    plain = tuple((key, str(name)) for key, name in pairs)
    return written_options(plain, chosen) if len(plain) <= OFTEN_SHOWN else new_options(plain, chosen)


OFTEN_SHOWN = 300
"""A longer list takes too much room to be remembered."""


@lru_cache(maxsize=64)
def written_options(pairs: tuple[tuple[Any, str], ...], chosen: Any) -> Markup:
    """The options of a select as they are written: the same ones stand on many pages."""
    return new_options(pairs, chosen)


def new_options(pairs: tuple[tuple[Any, str], ...], chosen: Any) -> Markup:
    """The same, written anew."""
    one, mark = Markup('<option value="{}"{}>{}</option>'), Markup(" selected")
    return Markup("").join(one.format(key, mark if key == chosen else "", name) for key, name in pairs)


def short_date(value: date | datetime | None) -> str:
    """A day: 5 Mar 2027."""
    return "–" if value is None else written_day(local_day(value), "d MMM y", locale())


def day_and_month(value: date | datetime) -> str:
    """A day without its year: Fri 5 Mar."""
    return written_day(local_day(value), "EEE d MMM", locale())


def instant(value: datetime | None) -> str:
    """A moment: Fri 5 Mar 2027, 10:00."""
    if value is None:
        return "–"
    there = value.astimezone(zone())
    return f"{written_day(there.date(), 'EEE d MMM y', locale())}, {by_the_clock(there)}"


def clock(value: datetime) -> str:
    """A time of day: 10:00."""
    return by_the_clock(value.astimezone(zone()))


def by_the_clock(there: datetime) -> str:
    """Hours and minutes. strftime() writes the same and takes six times as long."""
    return f"{there.hour:02}:{there.minute:02}"


def local_day(value: date | datetime) -> date:
    """The day that it is there."""
    return value.astimezone(zone()).date() if isinstance(value, datetime) else value


@lru_cache(maxsize=4096)
def written_day(day: date, pattern: str, locale: str) -> str:
    """A day as it is written there: most are asked for again."""
    return format_date(day, pattern, locale=locale)


def ago(value: datetime | None) -> str:
    """How long ago something was, or how soon it will be."""
    if value is None:
        return "never"
    distance: timedelta = value - datetime.now(UTC)
    return format_timedelta(distance, add_direction=True, locale=locale())


def local_input(value: datetime | None) -> str:
    """A moment as a datetime-local box holds it."""
    return "" if value is None else value.astimezone(zone()).strftime("%Y-%m-%dT%H:%M")


def address(endpoint: str, /, **values: Any) -> str:
    """url_for, remembered: a page names a hundred addresses, and they are the same for everybody.

    What came in with this page's own address may be passed on: words that url_for has for itself are left out.
    """
    if values.pop("_external", False) or endpoint.startswith("."):
        return url_for(endpoint, _external=True, **values)
    pattern = numbered_path(endpoint, frozenset(values))
    if pattern and all(type(value) is int for value in values.values()):
        return pattern.format(**values)
    return remembered_address(endpoint, tuple(sorted(values.items())))


@cache
def numbered_path(endpoint: str, names: frozenset[str]) -> str:
    """The path of an endpoint that is told apart by ids alone, with gaps for these; nothing for other endpoints."""
    rules = list(current_app.url_map.iter_rules(endpoint)) if endpoint in current_app.view_functions else []
    if len(rules) != 1 or not names or rules[0].arguments != names:
        return ""
    gaps = re.sub(r"<int:(\w+)>", r"{\1}", rules[0].rule)
    return "" if "<" in gaps else gaps


@lru_cache(maxsize=8192)
def remembered_address(endpoint: str, values: tuple[tuple[str, Any], ...]) -> str:
    """The path of an endpoint below this installation's root."""
    passed = {name: value for name, value in values if name == "_anchor" or name not in OF_URL_FOR}
    return url_for(endpoint, **passed)


OF_URL_FOR = frozenset({"endpoint", "_anchor", "_external", "_method", "_scheme"})
"""What url_for takes for itself, and no page's address may say."""


@cache
def read_icon(name: str) -> str:
    """The drawing of a Lucide icon without its outer tag."""
    drawing = (ICONS / f"{name}.svg").read_text()
    return drawing[drawing.index(">", drawing.index("<svg")) + 1 : drawing.rindex("</svg>")].strip()


@cache
def icon(name: str, label: str = "") -> Markup:
    """An icon: decoration beside words, or with a label where it stands alone."""
    spoken = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    head = Markup(
        '<svg class="icon" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" '
        'stroke-linecap="round" stroke-linejoin="round" {}>'
    ).format(spoken)
    return head + Markup(read_icon(name)) + Markup("</svg>")


def unread() -> int:
    """How many notifications wait for this person."""
    return getattr(who(), "unread", 0)


def framed(template: str) -> Markup:
    """A part of the frame: the same for all who may do the same, wherever they are on the same page."""
    permissions = frozenset(getattr(who(), "permissions", ()))
    return remembered_part(template, permissions, request.endpoint or "")


@lru_cache(maxsize=1024)
def remembered_part(template: str, _permissions: frozenset[str], _endpoint: str) -> Markup:
    """The part, rendered once for everybody whom it looks the same to."""
    return Markup(render_template(template))


def current_url(**changes: Any) -> str:
    """This page with some query arguments changed; None drops one."""
    arguments: dict[str, Any] = request.args.to_dict(flat=False) | changes
    kept = {name: value for name, value in arguments.items() if value is not None and name not in OF_URL_FOR}
    return url_for(request.endpoint or "insight.dashboard", **(request.view_args or {}), **kept)
