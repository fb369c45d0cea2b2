"""What a quote says: the facts that its hash binds, and the same as the words that a client reads."""

import hashlib
import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal

from app.models import Company, Deal, LineKind, Organization, Quote, Venue
from app.queries.quote_totals import PRICED, Sums
from app.rules.money import round_money

HASHED = (
    "position", "kind", "description", "quantity", "charge_units", "unit_price", "factor", "discount_percent",
    "tax_rate", "is_discountable", "is_optional", "net",
)  # fmt: skip


def content_hash(quote: Quote, deal: Deal, lines: Sequence[Any]) -> str:
    """The fingerprint of everything the client is asked to agree to."""
    said = {
        "quote": [
            quote.number,
            quote.version_number,
            quote.introduction,
            quote.terms,
            quote.discount_percent,
        ],
        "valid_until": quote.valid_until,
        "deal": [
            deal.number,
            deal.name,
            deal.occupied_from,
            deal.occupied_until,
            deal.charged_from,
            deal.charged_until,
        ],
        "lines": [[getattr(line, name) for name in HASHED] for line in lines],
    }
    return hashlib.sha256(json.dumps(said, default=plain, sort_keys=True).encode()).hexdigest()


def plain(value: object) -> str:
    """A value as text that is the same on every database."""
    return format(value.normalize(), "f") if isinstance(value, Decimal) else str(value)


class Words:
    """Money, numbers and dates as the organization writes them."""

    def __init__(self, organization: Organization) -> None:
        self.locale, self.currency = organization.locale, organization.currency
        self.zone = ZoneInfo(organization.timezone)

    def money(self, amount: Decimal) -> str:
        """€ 1,234.50."""
        return format_currency(amount, self.currency, locale=self.locale).replace("-", "\u2212")

    def number(self, value: Decimal | int) -> str:
        """1,234.5 without zeros at the end."""
        return format_decimal(value, locale=self.locale)

    def day(self, value: date | datetime) -> str:
        """5 Mar 2027."""
        local = value.astimezone(self.zone).date() if isinstance(value, datetime) else value
        return format_date(local, "d MMM y", locale=self.locale)

    def moment(self, value: datetime) -> str:
        """Fri 5 Mar 2027, 10:00."""
        return format_datetime(value, "EEE d MMM y, HH:mm", tzinfo=self.zone, locale=self.locale)


def letterhead(organization: Organization) -> dict[str, str]:
    """Who writes, as it stands on everything that is printed."""
    return {name: getattr(organization, name) for name in LETTERHEAD}


LETTERHEAD = ("name", "colour", "address", "vat_id", "email", "phone")


def document(
    quote: Quote,
    deal: Deal,
    company: Company,
    venue: Venue | None,
    organization: Organization,
    sums: Sums,
    charged: int,
) -> dict[str, Any]:
    """The quote in words, for the printed page; the client pays for `charged` days."""
    words = Words(organization)
    return {
        "owner": letterhead(organization),
        "number": quote.number,
        "version": quote.version_number,
        "title": deal.name,
        "client": [company.name, *company.address.splitlines()],
        "facts": facts(quote, deal, venue, words, charged),
        "introduction": quote.introduction,
        "terms": quote.terms,
        "sections": [
            {
                "title": section.title.description if section.title else "",
                "net": words.money(section.net),
                "discount": percent(section.title.discount_percent if section.title else Decimal(0), words),
                "lines": [printed(line, words, charged) for line in section.lines],
            }
            for section in sums.sections
        ],
        "totals": totals(quote, sums, words),
        "gross": words.money(sums.totals.gross),
        "options": words.money(sums.options) if sums.options else "",
    }


def facts(quote: Quote, deal: Deal, venue: Venue | None, words: Words, charged: int) -> list[list[str]]:
    """When, where, until when."""
    rows = [
        ["Date", words.day(datetime.now(words.zone))],
        ["Event", days(deal, words)],
        ["Charged", count_of_days(charged, words)],
    ]
    if venue:
        rows.append(["Venue", venue.name])
    if quote.valid_until:
        rows.append(["Valid until", words.day(quote.valid_until)])
    return rows


def days(deal: Deal, words: Words) -> str:
    """The days that the client pays for."""
    first, last = words.day(deal.charged_from), words.day(deal.charged_until)
    return first if first == last else f"{first} – {last}"


def count_of_days(count: Decimal | int, words: Words) -> str:
    """2 days."""
    return f"{words.number(count)} day{'' if count == 1 else 's'}"


def printed(line: Any, words: Words, charged: int) -> dict[str, Any]:
    """One line as it is printed: its price is that of one piece for all its days, so that the row adds up."""
    is_priced = line.kind in PRICED
    has_own_days = line.kind in (LineKind.PRODUCT, LineKind.CREW) and line.charge_units != charged
    return {
        "kind": str(line.kind),
        "text": line.description,
        "quantity": words.number(line.quantity) if is_priced else "",
        "days": count_of_days(line.charge_units, words) if has_own_days else "",
        "price": words.money(round_money(line.unit_price * line.factor)) if is_priced else "",
        "discount": percent(line.discount_percent, words) if is_priced else "",
        "net": words.money(line.net) if is_priced else "",
        "optional": bool(line.is_optional),
    }


def percent(value: Decimal, words: Words) -> str:
    """12.5 %, or nothing for none."""
    return f"{words.number(value)} %" if value else ""


def totals(quote: Quote, sums: Sums, words: Words) -> list[list[str]]:
    """The rows above the sum to be paid."""
    rows = []
    if sums.totals.discount:
        rows.append(["Subtotal", words.money(sums.totals.subtotal)])
        rows.append(["Discount", words.money(-sums.totals.discount)])
    rows.append(["Net", words.money(sums.totals.net)])
    for rate, amount in sums.totals.tax.items():
        if Decimal(rate):
            rows.append([f"VAT {words.number(Decimal(rate))} %", words.money(amount)])
    return rows
