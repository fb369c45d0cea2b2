"""What the demo composes itself out of catalogue products: packages, accessories, and what is used up."""

from typing import NamedTuple

from app.models import AccessoryPer

PIECE, LINE = AccessoryPer.PIECE, AccessoryPer.LINE


class Bundle(NamedTuple):
    """A package of catalogue products; `shape` says which published kit it follows, if any."""

    sku: str
    name: str
    shape: str
    parts: tuple[tuple[str, int], ...]


BUNDLES: tuple[Bundle, ...] = (
    Bundle(
        "PK-DJ",
        "DJ set for 150 guests",
        "composed after 'djset' in kits.csv",
        (("AR783", 2), ("AR346", 1), ("AR158", 1), ("AR192", 4), ("AR306", 2), ("AR764", 3)),
    ),
    Bundle(
        "PK-SPEECH",
        "Speech PA for 80 seats",
        "composed after 'Liten lydpakke' in kits.csv",
        (("AR504", 2), ("AR163", 2), ("AR188", 1), ("AR266", 1), ("AR192", 4), ("AR765", 2)),
    ),
    Bundle(
        "PK-LIGHT",
        "Stage light, small",
        "composed after 'lichtset' in kits.csv",
        (("AR122", 6), ("AR151", 1), ("AR514", 8), ("AR460", 2), ("AR765", 2)),
    ),
    Bundle(
        "PK-CABLE",
        "Cable set for a small stage",
        "after no published kit",
        (("AR192", 10), ("AR764", 6)),
    ),
    Bundle(
        "PK-SITE",
        "Site set: power, ramps, signal",
        "after no published kit",
        (("AR520", 6), ("AR430", 6), ("AR129", 20)),
    ),
)
"""None of the published kits can be built from this catalogue part by part, so the first three keep only the
shape of one; the others are ours alone."""

ACCESSORIES: tuple[tuple[str, str, int, AccessoryPer], ...] = (
    ("AR675", "AR660", 1, PIECE),
    ("AR675", "AR516", 1, PIECE),
    ("AR24", "AR660", 1, PIECE),
    ("AR712", "AR518", 1, PIECE),
    ("AR783", "AR764", 1, PIECE),
    ("AR276", "AR259", 1, PIECE),
    ("AR678", "AR998", 1, LINE),
    ("AR36", "AR910", 1, LINE),
)
"""Product, what comes along with it, how many, and whether per piece or once per line."""

CONSUMED: tuple[tuple[str, int, int, int], ...] = (
    ("AR923", 6, 36, 24),
    ("AR924", 4, 24, 12),
    ("AR790", 4, 12, 0),
    ("AR922", 3, 12, 0),
    ("AR81", 3, 8, 0),
    ("AR900", 3, 8, 40),
)
"""Code, reorder level, order up to, and how many came in after the opening stock."""
