"""The demo's clients and venues. Every name is made up; every address ends in .example, so no mail leaves."""

from typing import NamedTuple


class Client(NamedTuple):
    """A company, its domain, its person, what that person does there, and what the company does most."""

    name: str
    domain: str
    contact: str
    role: str
    shows: tuple[str, ...]


CLIENTS: tuple[Client, ...] = (
    Client("Filmhaus Lindenau", "filmhaus-lindenau", "Nora Weidtmann", "Production", ("gala", "screening")),
    Client("Karusell Kulturverein", "karusell", "Ivo Brandner", "Booking", ("club", "band")),
    Client("Ostkai Club", "ostkai", "Samira Duhn", "Technical manager", ("club", "party")),
    Client("Hallig & Söhne Maschinenbau", "hallig-soehne", "Greta Hallig", "Marketing", ("fair", "congress")),
    Client(
        "Meridian Congress Agency", "meridian-congress", "Paul Aster", "Project lead", ("congress", "gala")
    ),
    Client("Stadt Hafenrode, Kulturamt", "hafenrode", "Dr. Vera Loh", "Events", ("festival", "theatre")),
    Client("Nordfeld Festival", "nordfeld-festival", "Malte Ohmsen", "Site manager", ("festival", "band")),
    Client("Bluebell Weddings", "bluebell-weddings", "Amelie Torres", "Planner", ("wedding", "party")),
    Client("Kranich Theater", "kranich-theater", "Rafael Immen", "Head of light", ("theatre", "screening")),
    Client("Velox E-Mobility", "velox-mobility", "Jule Anders", "Brand events", ("fair", "gala")),
    Client("Tonhaus Agentur", "tonhaus-agentur", "Kenji Marlow", "Tour production", ("band", "festival")),
    Client(
        "Universität Südrode", "uni-suedrode", "Prof. Ida Kern", "Congress office", ("congress", "screening")
    ),
    Client("Gut Silberbach", "gut-silberbach", "Leonie Fass", "Hospitality", ("wedding", "party")),
    Client("Pfauenhof Hotels", "pfauenhof", "Matteo Grau", "Banqueting", ("gala", "congress")),
    Client("Radio Küste", "radio-kueste", "Franka Piel", "Outside broadcast", ("festival", "band")),
    Client("Sportbund Hafenrode", "sportbund-hafenrode", "Ole Tamm", "Office", ("party", "gala")),
    Client("Lichtspiel am Damm", "lichtspiel-damm", "Yara Seibt", "Cinema manager", ("screening",)),
    Client("Brückner & Vale Architects", "brueckner-vale", "Simon Vale", "Partner", ("gala", "screening")),
    Client("Circus Fontana", "circus-fontana", "Dana Fontana", "Director", ("theatre", "festival")),
    Client("Wagenhalle 9", "wagenhalle-9", "Tilda Rehm", "House manager", ("club", "theatre")),
    Client("Apfelkern Food Fair", "apfelkern", "Benno Kahl", "Organiser", ("fair", "festival")),
    Client("The Copper Larks", "copper-larks", "Mina Roth", "Band", ("band", "club")),
    Client(
        "Hochschule für Musik Auental", "hfm-auental", "Elias Norden", "Concert office", ("theatre", "band")
    ),
    Client("Kaleido Pharma", "kaleido-pharma", "Ruth Ammer", "Communications", ("congress", "gala")),
)

VENUES: tuple[tuple[str, str], ...] = (
    ("Ostkai Club, Hafenrode", "club"),
    ("Wagenhalle 9, Hafenrode", "club"),
    ("Alte Seilerei, Südrode", "party"),
    ("Stadthalle Hafenrode", "congress"),
    ("Kongresshaus am Fluss", "congress"),
    ("Gut Silberbach, Scheune", "wedding"),
    ("Orangerie Auental", "wedding"),
    ("Pfauenhof Ballsaal", "gala"),
    ("Speicher 12", "gala"),
    ("Nordfeld Flugplatz", "festival"),
    ("Uferwiese Hafenrode", "festival"),
    ("Kranich Theater, Große Bühne", "theatre"),
    ("Messehalle B, Südrode", "fair"),
    ("Lichtspiel am Damm", "screening"),
    ("Dampfschmiede", "band"),
)
"""Name, and what happens there most."""


def address_of(client: Client) -> str:
    """The email address of a client's person."""
    return f"{client.contact.split()[-1].lower()}@{client.domain}.example"


def phone_of(client: Client) -> str:
    """A number out of the range that is kept for films, in which nobody can be called."""
    return f"+49 40 66969 {200 + CLIENTS.index(client)}"
