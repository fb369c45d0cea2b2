"""How answers travel: what shrinks is compressed, static files are cached under an address of their content."""

import gzip
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, request

WORTH_COMPRESSING = 1_000
"""Bytes; below this the effort costs more than it saves."""
QUICK, THOROUGH = 1, 9
SHRINKING = (
    "text/", "application/json", "application/javascript", "image/svg+xml", "application/problem+json",
    "application/wasm",
)  # fmt: skip
FOR_GOOD = "public, max-age=31536000, immutable"


def bind_delivery(app: Flask) -> None:
    """Compress answers and let browsers keep static files."""
    app.url_defaults(name_by_content)
    app.after_request(compress)


def name_by_content(endpoint: str, values: dict[str, Any]) -> None:
    """A static file's address carries a mark of its content, so a new version is fetched at once."""
    if endpoint == "static" and values.get("filename"):
        values["v"] = content_mark(Path(current_app.static_folder or ""), values["filename"])


@cache
def content_mark(folder: Path, name: str) -> str:
    """Eight letters that change with the file; none for a file that is not there."""
    path = folder / name
    return hashlib.sha256(path.read_bytes()).hexdigest()[:8] if path.is_file() else "0"


def compress(response: Response) -> Response:
    """gzip for whoever takes it. Static files are compressed once and kept."""
    if request.endpoint == "static":
        return compress_file(response)
    if not is_compressible(response) or response.direct_passthrough or response.is_streamed:
        return response
    body = response.get_data()
    if len(body) < WORTH_COMPRESSING:
        return response
    return with_body(response, gzip.compress(body, QUICK))


def compress_file(response: Response) -> Response:
    """A static file, with leave to keep it when its address says which version it is."""
    if "v" in request.args:
        response.headers["Cache-Control"] = FOR_GOOD
    name = (request.view_args or {}).get("filename", "")
    if response.status_code != 200 or not is_compressible(response):
        return response
    response.direct_passthrough = False
    return with_body(response, compressed_file(Path(current_app.static_folder or ""), name))


@cache
def compressed_file(folder: Path, name: str) -> bytes:
    """A static file as small as it gets."""
    return gzip.compress((folder / name).read_bytes(), THOROUGH)


def is_compressible(response: Response) -> bool:
    """True for what shrinks, that the asker can unpack and nobody has packed yet."""
    return (
        "gzip" in request.headers.get("Accept-Encoding", "")
        and "Content-Encoding" not in response.headers
        and (response.content_type or "").startswith(SHRINKING)
    )


def with_body(response: Response, packed: bytes) -> Response:
    """The response with its packed body."""
    response.set_data(packed)
    response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    return response
