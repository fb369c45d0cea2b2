"""What makes a request good: each is judged against what there is after those before it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from app.actors import Actor
from app.fields import MOST
from app.models import LocationKind, Product, Tracking, TransactionKind
from app.queries.holdings import in_words
from app.queries.places_named import Place
from app.refusals import Refused
from app.rules.periods import FIRST_YEAR
from app.rules.references import reference_sort
from app.rules.stated_costs import piece_cost
from app.rules.units import in_units, unit_size
from app.services.ledger import Cause, Entry, Movement
from app.services.stock_requests import Known, StockRequest

EARLIEST: Final = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
CLOCKS_DIFFER: Final = timedelta(minutes=5)
"""By how much the clock of a phone may be ahead of ours."""


class NotPosted(Refused):
    """Requests that will not do, with what is wrong by field: nothing of them is kept."""

    def __init__(self, errors: dict[str, list[str]], allowed_by: str = "") -> None:
        texts = [text for several in errors.values() for text in several]
        super().__init__(
            texts[0] if len(texts) == 1 else "Nothing was posted. Please look at what will not do.",
            allowed_by=allowed_by,
        )
        self.errors = errors


def entries(
    requests: Sequence[StockRequest], known: Known, *, by: Actor, request_ids: Sequence[str | None]
) -> list[Entry]:
    """The movements of requests, in order. Raises Refused for all that will not do at once.

    Of several requests the fields are named like `3.quantity`, counted from 0; of a single one by themselves.
    """
    made: list[Entry] = []
    errors: dict[str, list[str]] = {}
    allowed_by = ""
    for number, (request, request_id) in enumerate(zip(requests, request_ids, strict=True)):
        try:
            entry = entry_of(request, known, by, request_id)
        except Refused as wrong:
            prefix = f"{number}." if len(requests) > 1 else ""
            errors |= {f"{prefix}{name}": texts for name, texts in wrong.errors.items()}
            allowed_by = wrong.allowed_by
        else:
            known.follow(entry.movement)
            made.append(entry)
    if errors:
        raise NotPosted(errors, allowed_by)
    return made


def entry_of(request: StockRequest, known: Known, by: Actor, request_id: str | None) -> Entry:
    """The movement of one request. Raises Refused."""
    product = countable(request, known)
    refuse_unnoted(request, known)
    refuse_untimely(request, known)
    place = open_place(request.place_id, known, "place_id")
    target = open_place(request.to_id or 0, known, "to_id") if is_transfer(request) else None
    rise = rise_of(request, product, place, known)
    movement = Movement(
        product.id,
        abs(rise),
        from_id=place.id if rise < 0 else None,
        to_id=target.id if target else place.id if rise > 0 else None,
        unit_cost=cost_of(request, rise, product, known),
        said=said_in_packs(request, product, known),
    )
    refuse_missing(request, product, place, target, movement.quantity if rise < 0 else 0, known)
    return Entry(request.kind, movement, cause_of(request, known, by, request_id))


def is_transfer(request: StockRequest) -> bool:
    """True for what goes from one place to another."""
    return request.kind is TransactionKind.TRANSFER


def countable(request: StockRequest, known: Known) -> Product:
    """The product, when it is counted. Raises Refused."""
    product = known.products.get(request.product_id)
    if product is None:
        raise Refused("There is no such product.", "product")
    if product.archived_at is not None:
        raise Refused(f"{product.name} is archived.", "product")
    if product.is_package:
        raise Refused(f"{product.name} is a package: name its parts.", "product")
    if product.tracking is Tracking.SERIALIZED:
        raise Refused(f"{product.name} is followed asset by asset: name its assets.", "product")
    return product


def refuse_unnoted(request: StockRequest, known: Known) -> None:
    """Some kinds of transaction must carry a note, as the organization has set. Raises Refused."""
    if request.kind.value in known.notes_required and not request.notes.strip():
        raise Refused("Please say why: it stands in the ledger.", "notes")


def refuse_untimely(request: StockRequest, known: Known) -> None:
    """It has happened already, and not before there were computers to write it down. Raises Refused."""
    if request.happened_at is None:
        return
    if request.happened_at > known.now + CLOCKS_DIFFER:
        raise Refused("This lies in the future. Post it when it has happened.", "happened_at")
    if request.happened_at < EARLIEST:
        raise Refused(f"This was before the year {FIRST_YEAR}.", "happened_at")


def open_place(place_id: int, known: Known, field: str) -> Place:
    """A place where pieces can be counted. Raises Refused."""
    place = known.places.get(place_id)
    if place is None:
        raise Refused("There is no such location.", field)
    if place.archived_at is not None:
        raise Refused(f"{place.name} is archived.", field)
    if place.kind is LocationKind.EVENT_SITE:
        raise Refused("What is at an event is scanned in and out.", field)
    return place


def rise_of(request: StockRequest, product: Product, place: Place, known: Known) -> int:
    """By how many pieces the place has more afterwards; below zero for less. Raises Refused."""
    if request.kind is TransactionKind.ADJUSTMENT and request.counted is not None:
        return difference(request.counted, product, place, known)
    pieces = pieces_of(request, product, known)
    if request.kind is TransactionKind.RECEIPT:
        return pieces
    if request.kind is not TransactionKind.ADJUSTMENT:
        return -pieces
    if request.is_more is None:
        raise Refused("Say whether there are more or less, or how many were counted.", "direction")
    return pieces if request.is_more else -pieces


def difference(counted: int, product: Product, place: Place, known: Known) -> int:
    """What was counted less what the books say. Raises Refused when they agree."""
    found = counted - known.levels.get((product.id, place.id), 0)
    if found == 0:
        raise Refused(f"{place.name} holds {counted} already: nothing to adjust.", "counted")
    return found


def pieces_of(request: StockRequest, product: Product, known: Known) -> int:
    """The quantity in the product's own unit. Raises Refused."""
    if request.quantity is None:
        raise Refused("Please fill this in.", "quantity")
    packs = known.packs_for(product, request.unit)
    try:
        pieces = in_units(request.quantity, request.unit, product.unit, packs)
    except ValueError as error:
        raise Refused(str(error), "unit") from error
    if not 0 < pieces <= MOST:
        raise Refused(f"At least one, and at most {MOST:,} at once.", "quantity")
    return pieces


def said_in_packs(request: StockRequest, product: Product, known: Known) -> tuple[int, str] | None:
    """What was said, where that was in packs: 2 boxes."""
    if request.quantity is None or not request.unit:
        return None
    size = unit_size(request.unit, product.unit, known.packs_for(product, request.unit))
    return (request.quantity, request.unit.strip()) if size > 1 else None


def cost_of(request: StockRequest, rise: int, product: Product, known: Known) -> Decimal | None:
    """What a piece that comes in cost; nothing was said: None. Raises Refused."""
    given = "unit_cost" if request.unit_cost is not None else "total_cost"
    if request.unit_cost is None and request.total_cost is None:
        return None
    if rise < 0 or is_transfer(request):
        raise Refused("What goes is valued at the average cost: leave this out.", given)
    said = request.quantity if request.counted is None and request.quantity else rise
    try:
        return piece_cost(said, rise // said, request.unit_cost, request.total_cost)
    except ValueError as error:
        raise Refused(str(error), "total_cost") from error


def refuse_missing(
    request: StockRequest, product: Product, place: Place, target: Place | None, leaving: int, known: Known
) -> None:
    """A place gives only what it holds, and nobody takes what others count on. Raises Refused."""
    if target is not None and target.id == place.id:
        raise Refused("It is there already.", "to_id")
    held = known.levels.get((product.id, place.id), 0)
    if leaving > held:
        raise Refused(f"{place.name} holds {held} of {product.name}, not {leaving}.", "quantity")
    stays = target is not None and target.warehouse_id == place.warehouse_id
    if leaving and request.leaves and not stays and not request.takes_anyway:
        refuse_claimed(product, place, leaving, known)


def refuse_claimed(product: Product, place: Place, leaving: int, known: Known) -> None:
    """What others count on stays. Raises Refused, naming what is free and who holds the rest."""
    key = (product.id, place.warehouse_id)
    free = max(known.free.get(key, 0), 0)
    if leaving > free:
        who = in_words(known.held.get(key, ()))
        raise Refused(
            f"Only {free} of {product.name} are free, not {leaving}.{who}",
            "quantity",
            allowed_by="takes_anyway",
        )


def cause_of(request: StockRequest, known: Known, by: Actor, request_id: str | None) -> Cause:
    """Why it is moved. What refers to nothing refers to itself."""
    is_event = reference_sort(request.reference_type) == "event"
    return Cause(
        by,
        request.reference_type or request.kind.value,
        request.reference_number,
        known.events.get(request.reference_number) if is_event else None,
        request.notes,
        request.happened_at,
        request_id,
        is_new=True,
    )
