"""The demo's company itself: made up, with settings as a rental house would have them."""

from app.models import Organization
from app.services.accounts import found_organization

NAME = "Tallow & Truss"
SLUG = "tallow-truss"
TIMEZONE = "Europe/Berlin"
FACTS = {
    "timezone": TIMEZONE,
    "currency": "EUR",
    "address": "Kranweg 7\n09999 Hafenrode",
    "vat_id": "DE000000000",
    "email": "office@tallow-truss.example",
    "phone": "+49 40 66969 100",
    "bank": "Made-up Bank · DE00 0000 0000 0000 0000 00",
    "colour": "amber",
    "working_weekdays": "01234",
    "quote_terms": (
        "Prices are net, plus VAT, for the days named. Gear is insured by whoever has it.\n"
        "Cancelling within 14 days of the first day costs half of the sum, within 3 days all of it.\n"
        "Please bring everything back clean, coiled and in its case."
    ),
}


def found_company() -> Organization:
    """Found the organization, marked as a demo on every screen."""
    organization = found_organization(NAME, SLUG, is_demo=True, **FACTS)
    organization.quote_valid_days = 21
    organization.payment_days = 14
    return organization
