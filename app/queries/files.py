"""Stored bytes, read whole."""

from sqlalchemy.orm import undefer

from app.finding import find
from app.models import StoredFile


def stored_file(file_id: int) -> StoredFile:
    """A stored file with its content. Raises NotFound."""
    return find(StoredFile, file_id, undefer(StoredFile.content))
