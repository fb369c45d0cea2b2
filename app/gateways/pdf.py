"""Setting documents as PDF with Typst: a template, values, no network, the fonts that come with it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typst

TEMPLATES = Path(__file__).resolve().parent.parent / "templates" / "print"


SCREEN = 192
"""Dots an inch of a picture that is looked at on a screen."""


def typeset(template: str, content: Mapping[str, Any]) -> bytes:
    """The document of templates/print/<template>.typ; it finds `content` as JSON in sys.inputs.content."""
    document: bytes = drawn(template, content, format="pdf")
    return document


def pictured(template: str, content: Mapping[str, Any], dots: int = SCREEN) -> bytes:
    """The first page of the same as a PNG picture, with so many dots an inch."""
    pages = drawn(template, content, format="png", ppi=dots)
    first: bytes = pages[0] if isinstance(pages, list) else pages
    return first


def drawn(template: str, content: Mapping[str, Any], **how: Any) -> Any:
    """The document as Typst draws it, without a network, in the fonts that come with it."""
    return typst.compile(
        str(TEMPLATES / f"{template}.typ"),
        root=str(TEMPLATES),
        ignore_system_fonts=True,
        sys_inputs={"content": json.dumps(content, ensure_ascii=False)},
        **how,
    )
