"""What sales has on the table: enquiries, open deals, and quotes that wait, were declined, or ran out."""

import uuid
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import select

from app.actors import Actor
from app.demo.clients import CLIENTS, address_of, phone_of
from app.demo.enquiries import ENQUIRIES, LATE_CLIENT, PROSPECTS, Enquiry, Prospect
from app.demo.offers import Offer, client_of, offer_for, open_deal, send, write_quote
from app.demo.season import show_of
from app.demo.shows import SORTS
from app.demo.stage import Stage
from app.extensions import db
from app.models import Company, Deal, Lead, Quote, QuoteState
from app.models import Stage as DealStage
from app.queries.quote_content import content_hash
from app.services.acceptance import decline_quote, view_quote
from app.services.companies import CompanyFacts, change_company
from app.services.deals import Chase, chase_deal, move_deal
from app.services.holds import expire_quotes
from app.services.leads import LeadFacts, disqualify, receive_lead
from app.services.quotes import lines_of, revise_quote


def receive_enquiries(stage: Stage) -> None:
    """The enquiries of the last days, some of them turned away already."""
    for enquiry in ENQUIRIES:
        lead_id = receive(stage, facts_of(enquiry, stage))
        if enquiry.fate != "new":
            with stage.deed():
                disqualify(db.session.get_one(Lead, lead_id), enquiry.fate, by=stage.cast["sales"])


def facts_of(enquiry: Enquiry, stage: Stage) -> LeadFacts:
    """An enquiry as it came in."""
    first, last = (stage.today + timedelta(days=day) for day in enquiry.days)
    return LeadFacts(
        name=enquiry.name,
        email=enquiry.email,
        company_name=enquiry.company,
        message=enquiry.message,
        wanted_from=first,
        wanted_until=last,
        source=enquiry.source,
    )


def receive(stage: Stage, facts: LeadFacts) -> int:
    """Write an enquiry down, as the public form does."""
    with stage.deed():
        visitor = Actor(None, facts.name, stage.organization_id)
        return receive_lead(facts, by=visitor, request_id=str(uuid.uuid4())).id


def court(stage: Stage, prospect: Prospect) -> None:
    """Bring a deal as far as it came."""
    offer = offer_to(stage, prospect)
    lead_id = receive(stage, asked_by(prospect, stage)) if prospect.from_lead else None
    deal_id = open_deal(stage, offer, lead_id)
    if prospect.quote is not None:
        quote(stage, deal_id, offer, prospect, prospect.quote)
    settle(stage, deal_id, prospect)


def offer_to(stage: Stage, prospect: Prospect) -> Offer:
    """What is offered to a prospect."""
    last_day = prospect.first_day + prospect.days - 1
    show = show_of(prospect.kind, prospect.client, prospect.first_day, last_day, prospect.size, prospect.name)
    early = prospect.stage if prospect.stage is DealStage.ENQUIRY else DealStage.QUALIFIED
    return replace(offer_for(show, stage), stage=early, discount=Decimal(0))


def asked_by(prospect: Prospect, stage: Stage) -> LeadFacts:
    """The enquiry that a deal began with."""
    client = CLIENTS[prospect.client]
    first = stage.today + timedelta(days=prospect.first_day)
    return LeadFacts(
        name=client.contact, email=address_of(client), phone=phone_of(client), company_name=client.name,
        message=f"{SORTS[prospect.kind].names[prospect.name]}: please send us an offer.",
        wanted_from=first, wanted_until=first + timedelta(days=prospect.days - 1), source="web",
    )  # fmt: skip


def quote(stage: Stage, deal_id: int, offer: Offer, prospect: Prospect, state: QuoteState) -> None:
    """Write the quote of a prospect, and let happen to it what did."""
    quote_id = write_quote(stage, deal_id, offer)
    if state is QuoteState.DRAFT:
        return
    send(stage, quote_id, offer)
    if state is not QuoteState.SENT:
        with stage.deed():
            view_quote(db.session.get_one(Quote, quote_id), by=client_of(stage, offer))
    if deed := WHAT_HAPPENED.get(state):
        deed(stage, quote_id, offer, prospect)


def revise(stage: Stage, quote_id: int, offer: Offer, _prospect: Prospect) -> None:
    """A second version at a better price, which replaces the first."""
    with stage.deed():
        newer_id = revise_quote(db.session.get_one(Quote, quote_id), by=stage.cast["sales"]).id
    send(
        stage, newer_id, replace(offer, discount=Decimal(8), introduction="With the discount we spoke about.")
    )


def decline(stage: Stage, quote_id: int, offer: Offer, prospect: Prospect) -> None:
    """The client says no, and why."""
    client = client_of(stage, offer)
    with stage.deed():
        found = db.session.get_one(Quote, quote_id)
        decline_quote(found, client.name, prospect.words, "192.0.2.10", by=client)


def let_expire(stage: Stage, quote_id: int, _offer: Offer, _prospect: Prospect) -> None:
    """Nobody answered in time. No service sends a quote whose last day is over, so its day is moved here."""
    with stage.deed():
        quote = db.session.get_one(Quote, quote_id)
        quote.valid_until = stage.today - timedelta(days=3)
        quote.content_hash = content_hash(quote, db.session.get_one(Deal, quote.deal_id), lines_of(quote))
    with stage.deed():
        expire_quotes()


WHAT_HAPPENED = {
    QuoteState.REPLACED: revise,
    QuoteState.DECLINED: decline,
    QuoteState.EXPIRED: let_expire,
}


def settle(stage: Stage, deal_id: int, prospect: Prospect) -> None:
    """The stage that the deal is in now, and what comes next."""
    seller = stage.cast["sales"]
    with stage.deed():
        move_deal(db.session.get_one(Deal, deal_id), prospect.stage, by=seller, reason=prospect.words)
    if prospect.next_action and prospect.next_in is not None:
        chase = Chase(
            "phone",
            "Talked to them",
            prospect.next_action,
            stage.today + timedelta(days=prospect.next_in),
        )
        with stage.deed():
            chase_deal(db.session.get_one(Deal, deal_id), chase, by=seller)


def stop_a_company(stage: Stage, name: str) -> None:
    """A client who keeps our gear is supplied no more until it is back."""
    with stage.deed():
        company = db.session.scalars(select(Company).where(Company.name == name)).one()
        facts = CompanyFacts(
            name=company.name,
            email=company.email,
            phone=company.phone,
            address=company.address,
            is_stopped=True,
            popup_note="Brings gear back late, and has some of ours now: nothing leaves before it is back.",
        )
        change_company(company, facts, by=stage.cast["sales"])


def work_the_pipeline(stage: Stage) -> None:
    """All of it, the newest enquiries last."""
    for prospect in PROSPECTS:
        court(stage, prospect)
    stop_a_company(stage, LATE_CLIENT)
    receive_enquiries(stage)
