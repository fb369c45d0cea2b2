"""What is said of a case that was scanned, and the rows that are kept of it."""

from collections.abc import Sequence
from dataclasses import replace

from app.rules.verdicts import Situation
from app.services.case_loads import Load
from app.services.scan_deeds import Beside, Deed
from app.services.scan_requests import ScanAnswer, ScanRequest, Thing
from app.services.scan_rows import write, write_beside_all


def tell(
    request: ScanRequest,
    thing: Thing,
    load: Load,
    situation: Situation,
    message: str,
    deeds: Sequence[Deed] = (),
    *,
    applied: bool = False,
) -> ScanAnswer:
    """Keep the scan of a case, with a row beside it for each thing that went with it, and answer."""
    answer = write(request, thing, situation, f"{load.opened}{message}", load.by, applied=applied)
    if deeds:
        rows = [
            Beside(deed, deed.quantity, Situation.PLANNED, f"{deed.name}: with {load.name}.")
            for deed in deeds
        ]
        write_beside_all([*rows, *(one for deed in deeds for one in deed.beside)], answer.scan_id)
    return replace(answer, case_code=load.place.code)


def counted(pieces: int) -> str:
    """Pieces in words."""
    return "1 piece" if pieces == 1 else f"{pieces} pieces"


def kilograms(load: Load) -> str:
    """What the case weighs with all that is in it, as far as it is known."""
    weight = load.inside.weight
    at_least = "" if weight.is_all else "More than "
    return f"{at_least}{weight.kilograms.normalize() + 0:f} kg." if weight.kilograms else ""


def overload(load: Load) -> str:
    """Says it when more is in a case than it carries."""
    most = load.case.most_load_kg
    too_much = most is not None and load.inside.contents_weight.kilograms > most
    return (
        f"Too heavy: it carries at most {most.normalize() + 0:f} kg." if too_much and most is not None else ""
    )
