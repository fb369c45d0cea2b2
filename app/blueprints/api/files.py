"""Files in JSON: their content in Base64, and how large a body may be that carries one."""

from typing import Final

from pydantic import Base64Bytes

from app.blueprints.api.contract import MEGABYTE
from app.blueprints.warehouse.photos import keep_picture
from app.refusals import Refused
from app.services.product_files import JPEG, LARGEST, PDF

LARGEST_UPLOAD: Final = LARGEST * 4 // 3 + MEGABYTE
"""Base64 makes four letters of three bytes; the rest is for what stands around them."""
FileContent = Base64Bytes


def kept_picture(photo: bytes) -> int:
    """Keep a picture; its id. Raises Refused beside the field `photo`."""
    try:
        return keep_picture(photo)
    except Refused as refused:
        raise Refused(refused.message, "photo") from refused


__all__ = ["JPEG", "LARGEST_UPLOAD", "PDF", "FileContent", "kept_picture"]
