"""The page of components, and the icons they draw with."""

import re
from pathlib import Path

from app.queries.sentences import SAYINGS
from tests.people import House

APP = Path(__file__).parent.parent / "app"
ICONS = {path.stem for path in (APP / "static" / "icons").glob("*.svg")}
SOURCES = ("templates/**/*.html", "**/*.py", "static/js/*.js", "static/css/*.css")
FORM = re.compile(r"<form.*?</form>", re.DOTALL)
NAMED = re.compile(r"""["'/]([a-z0-9]+(?:-[a-z0-9]+)*)(?:\.svg)?["')]""")
DRAWN = re.compile(r"""\bicon(?:_name)?(?:\(|=)["']([a-z0-9-]+)["']""")


def source() -> str:
    """Everything that can name an icon."""
    return "\n".join(path.read_text() for pattern in SOURCES for path in APP.glob(pattern))


def test_every_icon_that_is_drawn_is_there() -> None:
    drawn = {name for name in DRAWN.findall(source()) if not name.endswith("-")} | {
        saying.icon for saying in SAYINGS.values()
    }
    assert sorted(drawn - ICONS) == []


def test_every_icon_that_is_kept_is_drawn() -> None:
    assert sorted(ICONS - set(NAMED.findall(source()))) == []


def test_every_box_that_takes_scans_has_the_camera_beside_it() -> None:
    boxes = {
        path: form
        for path in (APP / "templates").glob("**/*.html")
        if path.parent.name != "docs"
        for form in FORM.findall(path.read_text())
        if "data-scan-input" in form
    }
    assert len(boxes) > 1
    assert [path.name for path, form in boxes.items() if "layout/_camera_button.html" not in form] == []


def test_whoever_is_signed_in_sees_every_component(house: House) -> None:
    shown = house.browser("Cora").get("/docs/components")
    assert shown.status_code == 200 and shown.text.count("<section") > 10
    assert house.app.test_client().get("/docs/components").status_code in (302, 303)
