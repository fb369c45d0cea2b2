"""Pictures from outside: decoded, made small, and written anew without anything but the picture."""

import hashlib
from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

from app.refusals import Refused

LONGEST_SIDE = 1600
MOST_PIXELS = 50_000_000
QUALITY = 82


def cleaned_picture(content: bytes) -> tuple[bytes, str]:
    """A JPEG of at most 1600 pixels a side without metadata, and its SHA-256. Raises Refused."""
    try:
        picture = Image.open(BytesIO(content), formats=("JPEG", "PNG", "WEBP"))
        if picture.width * picture.height > MOST_PIXELS:
            raise Refused("This picture is too large.", "photo")
        upright = ImageOps.exif_transpose(picture).convert("RGB")
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
        raise Refused("This is not a JPEG, PNG or WebP picture.", "photo") from error
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    upright.info.clear()  # a comment would be written along
    written = BytesIO()
    upright.save(written, "JPEG", quality=QUALITY)
    cleaned = written.getvalue()
    return cleaned, hashlib.sha256(cleaned).hexdigest()
