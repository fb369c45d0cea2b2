"""Whose rows this piece of work may see. Without an answer, nothing can be read."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, Final
from weakref import WeakKeyDictionary

from sqlalchemy import BindParameter, FunctionFilter, Integer, Over, Select, Table, event
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.sql.base import ExecutableOption, ExecutableStatement
from sqlalchemy.sql.visitors import iterate

from app.models.base import OrganizationOwned

EVERYTHING: Final = 0
_scope: ContextVar[int | None] = ContextVar("organization", default=None)


class Unscoped(RuntimeError):
    """A query ran before it was said whose rows it may see: a mistake in the program."""


class ForeignRow(RuntimeError):
    """A row of one organization was about to be written inside another's scope."""


def current_organization_id() -> int:
    """The organization in whose name this work runs. Raises Unscoped."""
    organization_id = _scope.get()
    if organization_id is None or organization_id == EVERYTHING:
        raise Unscoped("No organization is set for this work.")
    return organization_id


def is_scoped() -> bool:
    """True when an organization has been chosen."""
    return bool(_scope.get())


def enter_organization(organization_id: int) -> None:
    """Choose the organization for the rest of this request."""
    _scope.set(organization_id)


def leave_organization() -> None:
    """Forget the organization: the next request on this thread starts closed."""
    _scope.set(None)


@contextmanager
def organization_scope(organization_id: int) -> Iterator[None]:
    """See and write the rows of one organization inside the block."""
    token = _scope.set(organization_id)
    try:
        yield
    finally:
        _scope.reset(token)


@contextmanager
def system_scope(reason: str) -> Iterator[None]:
    """See every organization's rows. The reason stands in the code for whoever reads it."""
    assert reason
    token = _scope.set(EVERYTHING)
    try:
        yield
    finally:
        _scope.reset(token)


def guard_session(session_class: type[Session]) -> None:
    """Make every ORM statement of these sessions scope itself, and every new row carry its owner."""
    event.listen(session_class, "do_orm_execute", _filter_by_organization)
    event.listen(session_class, "before_flush", _stamp_and_check)


def _filter_by_organization(state: ORMExecuteState) -> None:
    """Filter every table of the statement, in unions, subqueries and counts as well.

    The option is added whatever the statement selects: what it selects says little about the tables
    it reads. Loads of relations and columns belong to rows that were filtered when they were found.
    """
    organization_id = _scope.get()
    if organization_id == EVERYTHING or state.is_column_load or state.is_relationship_load:
        return
    if not (state.is_select or state.is_update or state.is_delete):
        return
    if organization_id is None:
        if _touches_owned_rows(state.statement):
            raise Unscoped("A query of organization-owned rows ran without an organization.")
    elif isinstance(state.statement, ExecutableStatement):
        state.statement = _scoped(state.statement, organization_id)


_known_statements: WeakKeyDictionary[Any, dict[int, Any]] = WeakKeyDictionary()
"""Statement → organization → the statement filtered. Those that are built once need to be filtered once, and
keep the key by which SQLAlchemy knows them. A statement derived from another is another statement."""


def _scoped(statement: ExecutableStatement, organization_id: int) -> Any:
    known = _known_statements.setdefault(statement, {})
    if organization_id not in known:
        _refuse_hidden_tables(statement)
        known[organization_id] = statement.options(_belonging_to(organization_id))
    return known[organization_id]


class Owner(BindParameter[int]):
    """The organization in a statement. Where SQLAlchemy asks whether two of these are the same, it is told so:
    by itself it writes a comparison in SQL each time, which takes as long as a third of the statement."""

    inherit_cache = True

    def __eq__(self, other: object) -> bool:  # type: ignore[override]
        return hash(self) == hash(other)

    def __hash__(self) -> int:
        return super().__hash__()


@lru_cache(maxsize=1024)
def _belonging_to(organization_id: int) -> ExecutableOption:
    owner = Owner(None, organization_id, type_=Integer(), unique=True)
    return with_loader_criteria(
        OrganizationOwned, lambda cls: cls.organization_id == owner, include_aliases=True
    )


def _refuse_hidden_tables(statement: ExecutableStatement) -> None:
    """Refuse the one shape that the option does not reach: a table named inside FILTER or OVER only."""
    if not isinstance(statement, Select) or statement._from_obj or statement._where_criteria:
        return
    if not any(column.get("entity") for column in statement.column_descriptions) and _is_hiding(statement):
        raise Unscoped("Say select_from(Model): a table inside FILTER or OVER alone is not filtered.")


def _is_hiding(statement: Any) -> bool:
    parts = iterate(statement)
    return any(isinstance(part, FunctionFilter | Over) and _touches_owned_rows(part) for part in parts)


def _touches_owned_rows(statement: Any) -> bool:
    parts = (getattr(part, "table", part) for part in iterate(statement))
    return any(isinstance(part, Table) and "organization_id" in part.c for part in parts)


def _stamp_and_check(session: Session, _context: Any, _instances: Any) -> None:
    organization_id = _scope.get()
    for row in session.new:
        if isinstance(row, OrganizationOwned) and not row.organization_id:
            row.organization_id = current_organization_id()
    if organization_id == EVERYTHING:
        return
    for row in (*session.new, *session.dirty, *session.deleted):
        if isinstance(row, OrganizationOwned) and row.organization_id != organization_id:
            raise ForeignRow(f"{row!r} belongs to another organization.")
