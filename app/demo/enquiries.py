"""The demo's enquiries and open deals as tables: every state of a lead, a deal and a quote is among them."""

from typing import NamedTuple

from app.models import QuoteState
from app.models import Stage as DealStage


class Enquiry(NamedTuple):
    """A lead: who asks for what, when (first and last day from today), and what became of it."""

    name: str
    company: str
    email: str
    source: str
    days: tuple[int, int]
    message: str
    fate: str


ENQUIRIES: tuple[Enquiry, ...] = (
    Enquiry(
        "Hanno Prell", "Prell Zahntechnik", "prell@prell-zahntechnik.example", "web", (40, 41),
        "We turn 25 and would like light and sound for about 120 guests in our workshop.", "new",
    ),
    Enquiry(
        "Carla Mendes", "", "carla.mendes@mail.example", "web", (96, 97),
        "Wedding in a barn, no power nearby. What can you do with battery lights?", "new",
    ),
    Enquiry(
        "Oskar Thiele", "Schützenverein Südrode", "vorstand@schuetzen-suedrode.example", "phone", (70, 73),
        "Fairground for four days, one small stage, announcements in the tent.", "new",
    ),
    Enquiry(
        "Ana Lindqvist", "Fjordlight Films", "ana@fjordlight.example", "email", (18, 20),
        "Shooting in a hall: soft light, dimmable, flicker free. Twelve panels?", "new",
    ),
    Enquiry(
        "Bastian Orth", "", "b.orth@mail.example", "web", (12, 12),
        "Just one loudspeaker and one microphone for a funeral speech, please.", "new",
    ),
    Enquiry(
        "Zoe Klement", "Klement Mode", "zoe@klement-mode.example", "fair", (55, 56),
        "Runway of 16 metres with lights along both edges.", "new",
    ),
    Enquiry(
        "Lars Wieland", "", "lars@mail.example", "web", (3, 3),
        "Can I have a laser show in my garden tomorrow for 50 euros?", "Not something we do",
    ),
    Enquiry(
        "Promo Desk", "Rank Rocket", "offers@rank-rocket.example", "web", (30, 30),
        "We bring your website to page one.", "Advertising",
    ),
    Enquiry(
        "Ute Brahms", "Seniorenkreis Auental", "ute.brahms@mail.example", "phone", (25, 25),
        "A projector for a slide evening, we collect it ourselves.", "Found one at the library",
    ),
)  # fmt: skip


class Prospect(NamedTuple):
    """An open or lost deal: whose, what sort of show, when, how far it came, and how its quote stands."""

    client: int
    kind: str
    name: int
    first_day: int
    days: int
    size: float
    stage: DealStage
    quote: QuoteState | None
    words: str = ""
    next_action: str = ""
    next_in: int | None = None
    from_lead: bool = False


E, Q, D, N = DealStage.ENQUIRY, DealStage.QUALIFIED, DealStage.QUOTED, DealStage.NEGOTIATION
LOST = DealStage.LOST

PROSPECTS: tuple[Prospect, ...] = (
    Prospect(0, "screening", 1, 33, 1, 0.4, E, None, "", "Call about the hall", 2, True),
    Prospect(8, "theatre", 1, 61, 4, 0.7, E, None, "", "Ask for the light plan", 4, True),
    Prospect(13, "gala", 2, 47, 1, 0.6, Q, None, "", "Site visit", 6, True),
    Prospect(3, "fair", 1, 82, 3, 0.8, Q, QuoteState.DRAFT, "", "Finish the quote", 1, True),
    Prospect(16, "screening", 2, 74, 2, 0.3, Q, QuoteState.DRAFT, "", "Finish the quote", 3),
    Prospect(17, "gala", 0, 39, 1, 0.5, D, QuoteState.SENT, "", "Ask whether it arrived", 2),
    Prospect(20, "fair", 2, 90, 4, 0.6, D, QuoteState.SENT, "", "Chase", 5),
    Prospect(11, "congress", 2, 58, 2, 0.9, D, QuoteState.SENT, "", "Chase", 8, True),
    Prospect(19, "club", 3, 44, 1, 0.8, D, QuoteState.VIEWED, "", "They looked at it: call", 1),
    Prospect(6, "festival", 0, 120, 3, 1.0, N, QuoteState.VIEWED, "", "Second round on the price", 3),
    Prospect(9, "gala", 1, 66, 1, 0.9, N, QuoteState.REPLACED, "", "Revised: wait for their yes", 4),
    Prospect(18, "theatre", 0, 104, 5, 0.6, N, QuoteState.REPLACED, "", "Revised: wait for their yes", 7),
    Prospect(22, "band", 3, 51, 2, 0.5, D, QuoteState.EXPIRED, "", "Ask whether to renew", 1),
    Prospect(15, "party", 2, 79, 1, 0.4, D, QuoteState.EXPIRED, "", "Ask whether to renew", 5),
    Prospect(23, "congress", 3, 36, 2, 0.7, LOST, QuoteState.DECLINED, "Another house was cheaper"),
    Prospect(12, "wedding", 1, 131, 1, 0.5, LOST, QuoteState.DECLINED, "Moved to next year"),
    Prospect(5, "festival", 1, 88, 4, 0.8, LOST, None, "The council cut the money"),
    Prospect(7, "wedding", 0, -62, 1, 0.4, LOST, QuoteState.DECLINED, "The venue has its own sound"),
    Prospect(10, "band", 1, -118, 2, 0.5, LOST, None, "Tour cancelled"),
)
LATE_CLIENT = "Circus Fontana"
"""Whose account is stopped: the client of the show that is late."""
