"""What scanned codes name."""

from collections.abc import Sequence

from sqlalchemy import select

from app.extensions import db
from app.models import Code


def first_code(keys: Sequence[str]) -> Code | None:
    """The first of these codes that names something; the keys are in order of preference."""
    found = {row.code_key: row for row in db.session.scalars(select(Code).where(Code.code_key.in_(keys)))}
    return next((found[key] for key in keys if key in found), None)
