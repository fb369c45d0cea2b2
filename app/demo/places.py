"""The demo's places: two warehouses with halls, racks and shelves, a van, a truck and a repair bench."""

from sqlalchemy import select

from app.actors import Actor
from app.extensions import db
from app.models import Location, LocationKind
from app.services.accounts import first_warehouse
from app.services.locations import add_location

ZONE, SHELF = LocationKind.ZONE, LocationKind.SHELF
SECOND = "WH2"
GOODS_IN = "IN"

PLACES: tuple[tuple[str, str, LocationKind, str], ...] = (
    (GOODS_IN, "Goods-in", ZONE, "WH"),
    ("A", "Hall A · Sound", ZONE, "WH"),
    ("A1", "Rack A1 · Microphones", ZONE, "A"),
    ("A1-1", "Shelf A1-1 · Wired", SHELF, "A1"),
    ("A1-2", "Shelf A1-2 · Wireless", SHELF, "A1"),
    ("A1-3", "Shelf A1-3 · Stands", SHELF, "A1"),
    ("A2", "Rack A2 · Desks and recording", ZONE, "A"),
    ("A2-1", "Shelf A2-1 · Desks", SHELF, "A2"),
    ("A2-2", "Shelf A2-2 · DJ and DI", SHELF, "A2"),
    ("A3", "Floor A3 · Loudspeakers", ZONE, "A"),
    ("A3-1", "Bay A3-1 · Active", SHELF, "A3"),
    ("A3-2", "Bay A3-2 · Line array and passive", SHELF, "A3"),
    ("A3-3", "Bay A3-3 · Amplifiers", SHELF, "A3"),
    ("A4", "Rack A4 · Backline", ZONE, "A"),
    ("A4-1", "Shelf A4-1 · Drums", SHELF, "A4"),
    ("A4-2", "Shelf A4-2 · Guitars and keys", SHELF, "A4"),
    ("B", "Hall B · Light, video, power", ZONE, "WH"),
    ("B1", "Rack B1 · Light", ZONE, "B"),
    ("B1-1", "Shelf B1-1 · Moving heads", SHELF, "B1"),
    ("B1-2", "Shelf B1-2 · Static and LED", SHELF, "B1"),
    ("B1-3", "Shelf B1-3 · Desks and haze", SHELF, "B1"),
    ("B2", "Rack B2 · Video", ZONE, "B"),
    ("B2-1", "Shelf B2-1 · Projectors and displays", SHELF, "B2"),
    ("B2-2", "Bay B2-2 · LED wall", SHELF, "B2"),
    ("B3", "Rack B3 · Cable and power", ZONE, "B"),
    ("B3-1", "Shelf B3-1 · Signal cable", SHELF, "B3"),
    ("B3-2", "Shelf B3-2 · Power cable", SHELF, "B3"),
    ("B3-3", "Shelf B3-3 · Distribution", SHELF, "B3"),
    ("C", "Yard C · Truss and staging", ZONE, "WH"),
    ("C1", "Bay C1 · Truss", SHELF, "C"),
    ("C2", "Bay C2 · Staging", SHELF, "C"),
    ("C3", "Cage C3 · Hoists", SHELF, "C"),
    ("D1", "Cabinet D1 · Tape and strings", SHELF, "WH"),
    ("D2", "Cabinet D2 · Workshop", SHELF, "WH"),
    ("BENCH", "Repair bench", LocationKind.REPAIR_BENCH, "WH"),
    ("VAN-1", "Van 1", LocationKind.VEHICLE, "WH"),
    ("TRUCK-1", "Truck 1", LocationKind.VEHICLE, "WH"),
    ("S1", "South · Light", SHELF, SECOND),
    ("S2", "South · Sound", SHELF, SECOND),
)
"""Code, name, kind, and the place that it is in."""

SHELVES: tuple[tuple[str, str], ...] = (
    ("Mikrofon drahtlos", "A1-2"),
    ("Mikrofon - Headset", "A1-2"),
    ("Mikrofon", "A1-1"),
    ("In Ear", "A1-2"),
    ("Funktechnik", "A1-2"),
    ("Stativ", "A1-3"),
    ("Mischpulte Licht", "B1-3"),
    ("Mischpulte", "A2-1"),
    ("Recording", "A2-1"),
    ("Effektgerät", "A2-1"),
    ("DJ-Hardware", "A2-2"),
    ("Zubehör Tontechnik", "A2-2"),
    ("Lautsprecher - aktiv", "A3-1"),
    ("Lautsprecher", "A3-2"),
    ("Endstufen", "A3-3"),
    ("Drum", "A4-1"),
    ("Guitar", "A4-2"),
    ("Keys", "A4-2"),
    ("Musikinstrumente", "A4-2"),
    ("Lichteffekte kopfbewegt", "B1-1"),
    ("Lichteffekte", "B1-2"),
    ("Scheinwerfer", "B1-2"),
    ("Laser", "B1-2"),
    ("Lichtsteuerungen", "B1-3"),
    ("Nebel", "B1-3"),
    ("Zubehör Lichttechnik", "B1-3"),
    ("Videowände", "B2-2"),
    ("Video", "B2-1"),
    ("Displays", "B2-1"),
    ("Leinwände", "B2-1"),
    ("Zubehör Videotechnik", "B2-1"),
    ("Kabel - Strom", "B3-2"),
    ("Kabel Starkstrom", "B3-2"),
    ("Kabel", "B3-1"),
    ("Stromverteilung", "B3-3"),
    ("Traversen", "C1"),
    ("Bühnenpodeste", "C2"),
    ("Rigging", "C3"),
    ("Verbrauchsmaterial", "D1"),
)
"""How a category begins, and where its products stand; the first that fits counts."""

ELSEWHERE = "B2-1"


def make_places(*, by: Actor) -> dict[str, Location]:
    """Build both warehouses; their places by code."""
    main = first_warehouse()
    main.address = "Kranweg 7, 09999 Hafenrode"
    second = add_location(
        "Warehouse South", SECOND, LocationKind.WAREHOUSE, None, by=by, address="Am Gleis 3, 09998 Südrode"
    )
    places = {"WH": main, SECOND: second}
    for code, name, kind, inside in PLACES:
        places[code] = add_location(name, code, kind, places[inside], by=by)
    return places


def shelf_of(category: str) -> str:
    """The code of the shelf on which products of a category stand."""
    return next((code for start, code in SHELVES if category.startswith(start)), ELSEWHERE)


def place(code: str) -> Location:
    """The place with this code."""
    return db.session.scalars(select(Location).where(Location.code == code)).one()
