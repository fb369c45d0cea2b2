"""Setting documents as PDF with Typst: a template, values, no network, the fonts that come with it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typst

TEMPLATES = Path(__file__).resolve().parent.parent / "templates" / "print"


def typeset(template: str, content: Mapping[str, Any]) -> bytes:
    """The document of templates/print/<template>.typ; it finds `content` as JSON in sys.inputs.content."""
    document: bytes = typst.compile(
        str(TEMPLATES / f"{template}.typ"),
        root=str(TEMPLATES),
        format="pdf",
        ignore_system_fonts=True,
        sys_inputs={"content": json.dumps(content, ensure_ascii=False)},
    )
    return document
