"""What codes name, for programs."""

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.blueprints.api.contract import Output, operation
from app.blueprints.api.fields import named
from app.blueprints.warehouse.linking import Link
from app.edge import actor
from app.extensions import db
from app.models import Asset, Code, Product
from app.permissions import Permission
from app.refusals import NotFound
from app.rules.codes import code_key
from app.services.scan_links import link


class CodeOut(Output):
    """What a code names."""

    code: str
    product_id: int | None
    asset_id: int | None
    location_id: int | None


@operation("GET", "/codes/<code>", permission=Permission.PRODUCTS_READ, answer=CodeOut)
def get_code(code: str) -> Code:
    """What a code names."""
    query = select(Code).where(Code.code_key == code_key(code)).options(joinedload(Code.asset))
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound("This code names nothing here.")
    return found


class CodeLinkIn(Link):
    """A code, and the one thing that it is to name: a product, an asset or a case."""


@operation(
    "POST",
    "/codes",
    permission=Permission.SCANS_WRITE,
    answer=CodeOut,
    body=CodeLinkIn,
    status=201,
    is_idempotent=True,
)
def link_code(body: CodeLinkIn) -> Code:
    """Let an unknown code name a product, an asset or a case, for who may keep those."""
    if body.product_id is not None:
        named(Product, body.product_id, "product_id")
    if body.asset_id is not None:
        named(Asset, body.asset_id, "asset_id")
    link(body.code, body.product_id, body.asset_id, body.case_id, by=actor())
    return get_code(body.code)
