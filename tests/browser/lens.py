"""What a camera is shown: films of our own labels, which Chromium plays in its place, over and over."""

import io
import json
from pathlib import Path

import typst
from PIL import Image

from app.gateways.labels import laid_on
from app.gateways.pdf import TEMPLATES
from app.rules.label_sheets import SHEETS, Label, Symbol

SIZE = (640, 480)
PER_SECOND = 10
FLOOR = Image.new("L", SIZE, 90)
"""What is seen where no label is."""


def in_front(code: str, symbol: Symbol) -> Image.Image:
    """A printed label in front of the camera."""
    content = laid_on([Label(code, "Shown to a camera")], SHEETS["tape-62"], symbol)
    drawn = typst.compile(
        str(TEMPLATES / "labels.typ"), root=str(TEMPLATES), format="png", ppi=300,
        ignore_system_fonts=True, sys_inputs={"content": json.dumps(content)},
    )  # fmt: skip
    label = Image.open(io.BytesIO(drawn[0] if isinstance(drawn, list) else drawn)).convert("L")
    label.thumbnail((460, 460))
    seen = FLOOR.copy()
    seen.paste(label, ((SIZE[0] - label.width) // 2, (SIZE[1] - label.height) // 2))
    return seen


def film(folder: Path, *scenes: tuple[Image.Image, float]) -> list[str]:
    """The switches with which Chromium plays these pictures, each for some seconds, and lets every page see them."""
    path = folder / "film.y4m"
    colourless = bytes([128]) * (SIZE[0] * SIZE[1] // 2)
    with path.open("wb") as out:
        out.write(f"YUV4MPEG2 W{SIZE[0]} H{SIZE[1]} F{PER_SECOND}:1 Ip A1:1 C420jpeg\n".encode())
        for picture, seconds in scenes:
            out.write((b"FRAME\n" + picture.tobytes() + colourless) * round(seconds * PER_SECOND))
    return [
        "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={path}",
    ]  # fmt: skip
