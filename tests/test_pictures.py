"""Pictures from outside are kept without anything but the picture."""

from io import BytesIO

from PIL import Image

from app.gateways.pictures import LONGEST_SIDE, cleaned_picture


def test_nothing_is_kept_beside_the_picture_and_it_is_made_small() -> None:
    taken, given = Image.new("RGB", (4000, 3000), "teal"), BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "the back door of the hall"
    taken.save(given, "JPEG", exif=exif, comment=b"key under the mat", dpi=(300, 300))
    content, _ = cleaned_picture(given.getvalue())
    kept = Image.open(BytesIO(content))
    assert max(kept.size) == LONGEST_SIDE and not kept.getexif()
    assert b"mat" not in content and b"door" not in content and "comment" not in kept.info
