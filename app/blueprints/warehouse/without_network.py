"""The station on a device: the page that opens without a network, and the worker that keeps it there."""

import hashlib
import re
from pathlib import Path
from typing import Final

from flask import Response, current_app, json, make_response, render_template, url_for

from app.blueprints.warehouse import blueprint
from app.htmx import page
from app.permissions import public

SHELL: Final = "warehouse/offline_station.html"
NOBODY: Final = {"me": None, "scan_url": ""}
"""Who looks at it: whoever is signed in, it is kept for anybody."""
WORKER: Final = "js/station_worker.js"
ASSET: Final = re.compile(r'(?:src|href|data-\w+)="([^"]*/static/[^"]+)"')
IN_STYLES: Final = re.compile(r'url\("\.\./([^"?]+\?v=\w+)"\)')
TOKEN: Final = re.compile(r'(csrf[-_]token"[^>]*?")[^"]*"')


@blueprint.get("/without-network")
@public
def without_network() -> Response:
    """The station as it opens without a network: the same for everybody, and with nothing of anybody."""
    return page(SHELL, **NOBODY)


@blueprint.get("/worker.js")
@public
def worker() -> Response:
    """The service worker, with the names of what it keeps before it: its text changes when one of these does."""
    shell = TOKEN.sub(r'\1"', render_template(SHELL, **NOBODY))
    assets = assets_of(shell)
    version = hashlib.sha256("\n".join((shell, *assets)).encode()).hexdigest()[:12]
    named = {"SHELL": url_for("warehouse.without_network"), "ASSETS": assets, "VERSION": version}
    lines = [f"const {name} = {json.dumps(value)};" for name, value in named.items()]
    response = make_response("\n".join((*lines, static_text(WORKER))))
    response.headers["Content-Type"] = "text/javascript; charset=utf-8"
    response.headers["Service-Worker-Allowed"] = url_for("warehouse.today")
    return response


def assets_of(shell: str) -> list[str]:
    """What the page is made of: what it names, and what its styles name."""
    named = list(dict.fromkeys(ASSET.findall(shell)))
    styles = [re.sub(r".*/static/|\?.*", "", address) for address in named if ".css" in address]
    fonts = [font for style in styles for font in IN_STYLES.findall(static_text(style))]
    root = url_for("static", filename="")
    return list(dict.fromkeys([*named, *(f"{root.partition('?')[0]}{font}" for font in fonts)]))


def static_text(name: str) -> str:
    """A static file that is text."""
    return (Path(current_app.static_folder or "") / name).read_text()
