"""The file that a backup is: a zip with the database and a manifest that says what must be in it."""

import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from app.refusals import Refused

FORMAT = 1
MANIFEST = "manifest.json"
SQLITE_FILE = "database.sqlite3"
SQLITE_ARCHIVE = "database-archive.sqlite3"
"""Closed years of the ledger, beside the database as in an installation."""
TABLES = "tables/"
AT_ONCE = 1 << 20
FAST = 3
"""How hard to compress: a backup is made often."""
UNREADABLE = (
    OSError,
    EOFError,
    KeyError,
    TypeError,
    ValueError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What reading a file that is no backup, or a damaged one, may raise."""


class BrokenBackup(Refused):
    """The file is not what its manifest says; nothing was done with it."""


@dataclass(frozen=True)
class Manifest:
    """What a backup holds."""

    made_at: str
    version: str
    database: str
    revision: str
    rows: dict[str, int]
    sha256: dict[str, str]
    format: int = FORMAT


def sha256_of(path: Path) -> str:
    """The fingerprint of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as content:
        while piece := content.read(AT_ONCE):
            digest.update(piece)
    return digest.hexdigest()


def write_archive(target: Path, folder: Path, manifest: Manifest) -> None:
    """Write the folder's files and the manifest into one file, down to the disk."""
    with target.open("xb") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=FAST) as archive:
            archive.writestr(MANIFEST, json.dumps(asdict(manifest), indent=2))
            for name in manifest.sha256:
                archive.write(folder / name, name)
        file.flush()
        os.fsync(file.fileno())


def keep_as(partial: Path, target: Path) -> None:
    """Give a finished file its name, for its owner's eyes; after a power cut there is all of it or nothing."""
    partial.chmod(0o600)
    os.replace(partial, target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def unpacked(source: Path, near: Path) -> Iterator[tuple[Manifest, Path]]:
    """The manifest, and a folder with the files that it names, each compared. Raises BrokenBackup.

    Only names that we write are read, into a folder of our own: an archive from elsewhere cannot put
    files where it likes.
    """
    with TemporaryDirectory(dir=near, prefix=".unpacked-") as name:
        folder = Path(name)
        (folder / TABLES).mkdir()
        try:
            with zipfile.ZipFile(source) as archive:
                manifest = read_manifest(archive)
                for member in manifest.sha256:
                    unpack(archive, member, folder / member)
        except UNREADABLE as error:
            raise BrokenBackup(f"{source} is no backup that can be read: {error}.") from error
        for member, expected in manifest.sha256.items():
            if sha256_of(folder / member) != expected:
                raise BrokenBackup(f"{source} is damaged: {member} is not what was written.")
        yield manifest, folder


def read_manifest(archive: zipfile.ZipFile) -> Manifest:
    """What the archive says it holds. Raises ValueError, KeyError, TypeError."""
    manifest = Manifest(**json.loads(archive.read(MANIFEST)))
    if manifest.format != FORMAT:
        raise ValueError(f"its format is {manifest.format}, this version reads {FORMAT}")
    if foreign := [name for name in manifest.sha256 if not is_ours(name)]:
        raise ValueError(f"it holds a file that is not ours, {foreign[0]}")
    return manifest


def is_ours(name: str) -> bool:
    """True for the names that we write."""
    table = name.removeprefix(TABLES).removesuffix(".jsonl")
    is_table = name == f"{TABLES}{table}.jsonl" and table.replace("_", "").isalnum()
    return is_table or name in (SQLITE_FILE, SQLITE_ARCHIVE)


def unpack(archive: zipfile.ZipFile, member: str, target: Path) -> None:
    """Copy one file out of the archive."""
    with archive.open(member) as packed, target.open("xb") as file:
        while piece := packed.read(AT_ONCE):
            file.write(piece)
