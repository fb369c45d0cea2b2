"""Codes: what a scanner reads, unique in an organization, each naming one thing."""

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.actors import Actor
from app.extensions import db
from app.models import Asset, Code, CodeKind, Location, Product
from app.refusals import Refused
from app.rules.codes import LONGEST_CODE, TOO_LONG, code_key
from app.services.activities import record

Named = Product | Asset | Location


def add_code(thing: Named, code: str, kind: CodeKind, *, by: Actor) -> Code:
    """Let a code name a thing. Raises Refused for an empty or taken one."""
    row = name_by_code(thing, code, kind)
    record("code.added", thing, by=by, code=code, kind=str(kind))
    return row


def remove_code(thing: Named, code: Code, *, by: Actor) -> None:
    """Let a code name nothing. The thing's own code stays. Raises Refused."""
    if code.kind in (CodeKind.TAG, CodeKind.SKU, CodeKind.LOCATION):
        raise Refused("This is its own code: change it where the thing itself is edited.")
    record("code.removed", thing, by=by, code=code.code)
    db.session.delete(code)
    db.session.flush()


def name_by_code(thing: Named, code: str, kind: CodeKind, field: str = "code") -> Code:
    """Write the row of a code. Raises Refused for an empty or taken one."""
    refuse_taken(code, field)
    row = Code(code=code, code_key=code_key(code), kind=kind)
    setattr(row, f"{thing.__tablename__}_id", thing.id)
    db.session.add(row)
    db.session.flush()
    return row


def change_own_code(thing: Named, code: str, kind: CodeKind, field: str) -> None:
    """Replace a thing's own code of one kind; an empty one is dropped. Raises Refused for a taken one."""
    column = getattr(Code, f"{thing.__tablename__}_id")
    row = db.session.scalars(select(Code).where(column == thing.id, Code.kind == kind)).first()
    if row is None:
        if code:
            name_by_code(thing, code, kind, field)
        return
    if not code:
        db.session.delete(row)
    elif code_key(code) != row.code_key:
        refuse_taken(code, field)
        row.code, row.code_key = code, code_key(code)
    else:
        row.code = code
    db.session.flush()


def refuse_taken(code: str, field: str = "code") -> None:
    """A code names one thing in an organization. Raises Refused, naming what has it."""
    if len(code) > LONGEST_CODE:
        raise Refused(TOO_LONG, field)
    if not code_key(code):
        raise Refused("Please give it a code.", field)
    things = (joinedload(Code.product), joinedload(Code.asset), joinedload(Code.location))
    row = db.session.scalars(select(Code).where(Code.code_key == code_key(code)).options(*things)).first()
    if row is not None:
        raise Refused(f"{code} is the code of {named_by(row)} already.", field)


def named_by(row: Code) -> str:
    """What a code names, in words."""
    if row.asset is not None:
        return f"the asset {row.asset.tag}"
    if row.product is not None:
        return row.product.name
    return row.location.name if row.location is not None else "another thing"
