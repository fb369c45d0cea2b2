"""The facts that an invoice's document shows, in the organization's own words and figures."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from babel.dates import format_date
from babel.numbers import format_currency, format_decimal

from app.models import Invoice, InvoiceKind, InvoiceLine, Organization
from app.rules.money import ZERO, round_money, share

TITLES = {
    InvoiceKind.DEPOSIT: "Deposit invoice",
    InvoiceKind.FINAL: "Invoice",
    InvoiceKind.CREDIT: "Credit note",
}


def facts_of(
    invoice: Invoice, lines: Sequence[InvoiceLine], organization: Organization, credits: str
) -> dict[str, Any]:
    """Everything on the document, written out."""
    locale = organization.locale

    def money(amount: Decimal) -> str:
        return format_currency(amount, organization.currency, locale=locale)

    def day(value: Any) -> str:
        return format_date(value, "d MMM y", locale=locale) if value else ""

    return {
        "title": TITLES[invoice.kind],
        "number": invoice.number or "Draft",
        "credits": credits,
        "sender": {
            "name": organization.name,
            "colour": organization.colour,
            "address": organization.address,
            "vat_id": organization.vat_id,
            "email": organization.email,
            "phone": organization.phone,
            "bank": organization.bank,
        },
        "address": invoice.address,
        "introduction": invoice.introduction,
        "issued_on": day(invoice.issued_on),
        "due_on": "" if invoice.kind is InvoiceKind.CREDIT else day(invoice.due_on),
        "lines": [
            {
                "description": line.description,
                "quantity": format_decimal(line.quantity.normalize(), locale=locale),
                "unit_price": money(line.unit_price),
                "net": money(line.net),
            }
            for line in lines
        ],
        "net": money(invoice.net),
        "taxes": [
            {"rate": format_decimal(rate.normalize(), locale=locale), "amount": money(amount)}
            for rate, amount in taxes_of(lines).items()
        ],
        "gross": money(invoice.gross),
    }


def taxes_of(lines: Sequence[InvoiceLine]) -> dict[Decimal, Decimal]:
    """The tax of each rate, rounded once."""
    sums: dict[Decimal, Decimal] = {}
    for line in lines:
        sums[line.tax_rate] = sums.get(line.tax_rate, ZERO) + line.net
    return {rate: round_money(share(net, rate)) for rate, net in sums.items()}
