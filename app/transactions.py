"""One transaction per request and per task, one lock call in it, and things to do after its commit."""

import random
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any, Final, TypeVar

from sqlalchemy import (
    ARRAY,
    BindParameter,
    ColumnElement,
    Connection,
    Integer,
    Select,
    any_,
    bindparam,
    column,
    event,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import instance_state, set_committed_value

from app.extensions import OF_A_SESSION, OwnedSession, db
from app.models import (
    Asset,
    Base,
    CountSession,
    Deal,
    Event,
    Handover,
    Inspection,
    InspectionType,
    Invoice,
    Job,
    Location,
    Organization,
    Product,
    PurchaseOrder,
    Quote,
    Repair,
)
from app.refusals import Busy
from app.scope import current_organization_id, organization_scope
from app.turns import begin_writing
from app.whole_ledger import lacks_archive, see_archive

Row = TypeVar("Row", bound=Base)
T = TypeVar("T")

LOCK_ORDER: tuple[type[Base], ...] = (
    Organization, Deal, Quote, Event, Handover, Invoice, Repair, InspectionType,
    Inspection, Job, PurchaseOrder, CountSession, Location,
    Product, Asset,
)  # fmt: skip
"""Everybody locks in this order, and by id within a table, so that nobody waits in a circle."""

TRIES = 5
PG_READ, PG_BEGIN = b"BEGIN READ ONLY", b"BEGIN READ WRITE"
PG_WRITE = PG_BEGIN + b"; SET LOCAL lock_timeout = '3s'; SET LOCAL statement_timeout = '15s'"
"""How a writing transaction begins on PostgreSQL, and how long it waits, until its end."""
OWN_WAYS: Final = frozenset({OF_A_SESSION, "isolation_level"})
WAITED_TOO_LONG = ("55P03", "57014")
"""For one lock, or for many one after the other."""
RETRY_STATES = ("40001", "40P01")

_writing: ContextVar[bool] = ContextVar("writing", default=False)


class LockedTwice(RuntimeError):
    """A transaction asked for locks a second time: a mistake in the program that could deadlock."""


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    """Writers take SQLite's write lock at once: a reader that turns writer can fail without waiting.

    On PostgreSQL it is said who writes; so it is on a connection that no session has taken, unless that asked for
    an isolation of its own.
    """
    if connection.dialect.name == "sqlite":
        _begin_on_sqlite(connection)
        if lacks_archive(connection):
            connection.exec_driver_sql("ROLLBACK")
            see_archive(connection)
            _begin_on_sqlite(connection)
    elif _writing.get():
        say(connection, PG_WRITE)
    elif OWN_WAYS.isdisjoint(connection.get_execution_options()):
        say(connection, PG_BEGIN)


def _begin_on_sqlite(connection: Connection) -> None:
    begin_writing(connection) if _writing.get() else connection.exec_driver_sql("BEGIN")


def say(connection: Connection, words: bytes) -> None:
    """Words to PostgreSQL that have no answer. What only reads says none: each of its statements sees what is
    committed when it begins, in a transaction or out of one, and each word is a way to the server and back.

    Nothing is lost should they not arrive: the statement that follows would be refused, as a writing one outside
    of a transaction, or because there is no connection any more.
    """
    if driver(connection).autocommit:
        driver(connection).pgconn.exec_(words)


def read_in_portions() -> None:
    """Let the session keep one transaction open while it reads: on PostgreSQL rows that come in portions need it."""
    if not db.is_sqlite and not _writing.get():
        say(db.session.connection(), PG_READ)


def driver(connection: Connection) -> Any:
    """The connection as the driver of the database has it."""
    return connection.connection.driver_connection


def start_writing() -> None:
    """Let the transaction that the next statement begins be a writing one."""
    _writing.set(True)


def start_reading() -> None:
    """Let the transaction that the next statement begins be a reading one."""
    _writing.set(False)


def is_writing() -> bool:
    """True inside a writing transaction."""
    return _writing.get()


def commit() -> None:
    """Keep what was written, then read on in a transaction of its own and do what waited for the commit."""
    waiting: list[Callable[[], None]] = db.session.info.pop("after_commit", [])
    db.session.commit()
    forget_transaction()
    start_reading()
    for deed in waiting:
        deed()


def rollback() -> None:
    """Keep nothing."""
    for waiting in ("after_commit", "signals"):
        db.session.info.pop(waiting, None)
    forget_transaction()
    db.session.rollback()


def forget_transaction() -> None:
    """What was true for one transaction only: what it has locked, and which requests it has posted."""
    for kept in ("locked", "posted"):
        db.session.info.pop(kept, None)


def after_commit(deed: Callable[[], None]) -> None:
    """Do this once the commit stands, and once however often it is asked for. For wake-up calls only:
    what must happen goes to the outbox."""
    waiting: list[Callable[[], None]] = db.session.info.setdefault("after_commit", [])
    if deed not in waiting:
        waiting.append(deed)


def finish() -> None:
    """End whatever transaction is open, keep nothing of it, and give the connection back."""
    if db.session.registry.has():
        rollback()
        db.session.remove()
    start_reading()


@contextmanager
def write_transaction(organization_id: int) -> Iterator[OwnedSession]:
    """A writing transaction of its own, for tasks, the command line and tests: commits at the end."""
    finish()
    start_writing()
    try:
        with organization_scope(organization_id):
            yield db.session()
            commit()
    finally:
        finish()


@contextmanager
def reading_first() -> Iterator[None]:
    """Read without the write lock before a deed, where something slow lies between (a password hash).

    Nothing may have been written yet: it would be lost.
    """
    was_writing = _writing.get()
    rollback()
    start_reading()
    try:
        yield
    finally:
        rollback()
        _writing.set(was_writing)


Ids = Iterable[int] | Callable[[], Iterable[int]]


def lock(wanted: Mapping[type[Base], Ids], shared: Collection[type[Base]] = ()) -> None:
    """Lock rows until the transaction ends and read them afresh. Once per transaction, first thing.

    Which rows these are may hang on rows that are locked before them, as the products of an event's
    claims do: give a function then, which is asked when its turn has come. It reads columns, no rows.

    An id of 0 stands for none, as of the event of a repair that has none: nobody waits for it.

    Of the models that are `shared` the rows stay as they are, and others may count on that at the same time: for
    whoever writes what hangs on them, but neither them nor anything that only their lock guards.

    On SQLite the write lock is held already; there only the fresh reading is needed. Raises
    LockedTwice on a second call, Busy when somebody else holds a row for too long.
    """
    session = db.session()
    if "locked" in session.info:
        raise LockedTwice("Locks are taken once per transaction.")
    # Kept here, or the session would forget rows that nobody holds and read them once more.
    locked = session.info["locked"] = []
    forget_rows(session)
    for model in LOCK_ORDER:
        named = wanted.get(model, ())
        asked = named() if callable(named) else named
        if ids := sorted({row_id for row_id in asked if row_id}):
            locked += _lock_rows(session, model, ids, is_shared=model in shared)


def forget_rows(session: OwnedSession) -> None:
    """Read every row afresh when it is needed next, but for the organization's own: this transaction began with
    it, and every deed looks at it."""
    for row in list(session.identity_map.values()):
        if not isinstance(row, Organization):
            session.expire(row)


@cache
def locking(model: type[Base], *, is_shared: bool, is_sqlite: bool) -> Select[Any]:
    """The statement that locks rows of a model and reads them.

    Every row refers to its organization: locked like the others, it would stop everybody who writes. On PostgreSQL
    the words are the same however many rows it is, and before events everybody queues up.
    """
    row_id, ids = model.__table__.c.id, bindparam("ids", type_=ARRAY(Integer))
    meant = row_id.in_(bindparam("ids", expanding=True)) if is_sqlite else row_id == any_(ids)
    query = (
        select(model)
        .where(meant)
        .order_by(row_id)
        .with_for_update(read=is_shared, key_share=model is Organization)
        .execution_options(populate_existing=True)
    )
    return query if is_sqlite or model is not Event else query.where(queued(ids, is_shared=is_shared))


def queued(ids: BindParameter[Any], *, is_shared: bool) -> ColumnElement[bool]:
    """True once it is this transaction's turn with these events: before any of them is looked at.

    PostgreSQL lets everybody who would share a row pass those who wait to have it alone, so that they never get it
    while others come and go. Its advisory locks are given in the order they are asked for in.
    """
    take = func.pg_advisory_xact_lock_shared if is_shared else func.pg_advisory_xact_lock
    queue = func.unnest(ids).table_valued(column("id", Integer)).render_derived(name="queue")
    turns = select(take(EVENT_QUEUE, queue.c.id).label("turn")).subquery("turns")
    return select(func.count()).select_from(turns).scalar_subquery() > 0


EVENT_QUEUE: Final = 20_270_101
"""Which of PostgreSQL's advisory locks are the queues before events; each is that of an event's id."""


def be_alone() -> None:
    """Until the commit nobody else changes what hangs together in the organization: who may let others in, and
    which package is inside which. Everybody else writes on. Before lock(), where both are needed."""
    db.session.execute(ALONE, {"organization": current_organization_id()})


ALONE: Final = (
    select(Organization.id)
    .where(Organization.id == bindparam("organization"))
    .with_for_update(key_share=True)
)


def _lock_rows(session: Session, model: type[Base], ids: list[int], *, is_shared: bool) -> Sequence[Base]:
    query = locking(model, is_shared=is_shared, is_sqlite=db.is_sqlite)
    rows: Sequence[Base] = session.scalars(query, {"ids": ids}).all()
    return rows


def locked_rows(model: type[Row], ids: Collection[int]) -> list[Row]:
    """Rows of these ids. Those that this transaction has locked are known; only others are read."""
    wanted, session = set(ids), db.session()
    rows = {row.__dict__["id"]: row for row in all_locked(model) if row.__dict__.get("id") in wanted}
    if unknown := wanted - rows.keys():
        query = select(model).where(model.__table__.c.id.in_(unknown))
        rows |= {row.__dict__["id"]: row for row in session.scalars(query)}
    return list(rows.values())


def all_locked(model: type[Row]) -> list[Row]:
    """The rows of a model that this transaction has locked."""
    return [row for row in db.session().info.get("locked", ()) if isinstance(row, model)]


def write_changes(rows: Iterable[Base]) -> None:
    """Write what has changed of rows before the session finds it out: rows of one kind that changed alike at once.
    Nothing that goes with saving a row is done, as finding the words that it is searched by."""
    alike: dict[Any, dict[Base, dict[str, Any]]] = {}
    for row in rows:
        changed = instance_state(row).committed_state.keys() & row.__table__.c.keys()
        if names := tuple(sorted(changed)):
            alike.setdefault((type(row), names), {})[row] = {name: row.__dict__[name] for name in names}
    with db.session.no_autoflush:
        for written in alike.values():
            write_columns(written)


def write_columns(rows: Mapping[Row, Mapping[str, Any]]) -> None:
    """Write some columns of rows of one kind, the same of each, at once. It goes past the session, which takes
    twice as long to find out what it has to write; it is told afterwards."""
    if not rows:
        return
    first, values = next(iter(rows.items()))
    told = [{"row_id": row.__dict__["id"], **written} for row, written in rows.items()]
    writing, owner = (type(first), tuple(values)), {"owner": current_organization_id()}
    if db.is_sqlite or len(told) == 1:
        db.session.execute(writing_columns(*writing), [one | owner for one in told])
    else:
        db.session.execute(writing_together(*writing), columns_of(told) | owner)
    for row, written in rows.items():
        for name, value in written.items():
            set_committed_value(row, name, value)


@cache
def writing_columns(model: type[Base], names: tuple[str, ...]) -> Any:
    """The statement that writes these columns of a row; built once."""
    table: Any = model.__table__
    its_own = (table.c.id == bindparam("row_id"), table.c.organization_id == bindparam("owner"))
    return update(table).where(*its_own).values({name: bindparam(name) for name in names})


@cache
def writing_together(model: type[Base], names: tuple[str, ...]) -> Any:
    """The same of many rows on PostgreSQL, in one statement: one for each row takes it three times as long."""
    table: Any = model.__table__
    given = told_rows({"row_id": table.c.id.type} | {name: table.c[name].type for name in names})
    its_own = (table.c.id == given.c.row_id, table.c.organization_id == bindparam("owner"))
    return update(table).where(*its_own).values({name: given.c[name] for name in names})


def add_rows(model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows of one kind that give the same columns, past the session and all at once."""
    owner = {"organization_id": current_organization_id()}
    told = [owner | dict(row) for row in rows]
    if len(told) == 1:
        db.session.execute(adding(model), told[0])
    elif told and db.is_sqlite:
        db.session.execute(adding(model), told)
    elif told:
        db.session.execute(adding_together(model, tuple(told[0])), columns_of(told))


@cache
def adding(model: type[Base]) -> Any:
    """The statement that inserts a row after the other."""
    table: Any = model.__table__
    return insert(table).inline()


@cache
def adding_together(model: type[Base], names: tuple[str, ...]) -> Any:
    """The statement that inserts many rows on PostgreSQL, whose words are the same however many they are: it need
    not be read and planned anew for each number."""
    table: Any = model.__table__
    given = told_rows({name: table.c[name].type for name in names})
    return insert(table).from_select(list(names), select(*(given.c[name] for name in names)))


def told_rows(kinds: Mapping[str, Any]) -> Any:
    """Rows that are told to PostgreSQL as a list for each column, in the order they are told in."""
    lists = [bindparam(name, type_=ARRAY(kind)) for name, kind in kinds.items()]
    told = func.unnest(*lists).table_valued(*(column(name, kind) for name, kind in kinds.items()))
    return told.render_derived(name="given")


def columns_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Rows as a list for each of their columns."""
    return {name: [row[name] for row in rows] for name in rows[0]}


def begin_again(wanted: Mapping[type[Base], Ids]) -> None:
    """Keep nothing of this writing transaction so far, and go on in a new one with these locks."""
    rollback()
    lock(wanted)


def retrying(deed: Callable[[], T]) -> T:
    """Run a whole deed again when the database says that only the timing was wrong. Raises Busy."""
    for _ in range(TRIES):
        try:
            return deed()
        except (DBAPIError, OperationalError) as error:
            rollback()
            if not is_worth_retrying(error):
                raise
            time.sleep(random.uniform(0.005, 0.05))
    raise Busy("Somebody else is working on the same things. Please try again.")


def is_worth_retrying(error: DBAPIError) -> bool:
    """True for a deadlock, a serialization failure or a busy SQLite file."""
    state = getattr(error.orig, "sqlstate", None)
    return state in RETRY_STATES or "database is locked" in str(error.orig)


def is_lock_timeout(error: DBAPIError) -> bool:
    """True when a lock could not be had in time, or a deadlock was broken up: trying again will do."""
    return getattr(error.orig, "sqlstate", None) in WAITED_TOO_LONG or is_worth_retrying(error)


def dialect_is(name: str) -> bool:
    """True when the database speaks this dialect."""
    return db.engine.dialect.name == name


__all__ = [
    "LockedTwice",
    "add_rows",
    "after_commit",
    "all_locked",
    "be_alone",
    "begin_again",
    "commit",
    "dialect_is",
    "finish",
    "is_lock_timeout",
    "is_worth_retrying",
    "is_writing",
    "lock",
    "locked_rows",
    "read_in_portions",
    "reading_first",
    "retrying",
    "rollback",
    "start_reading",
    "start_writing",
    "write_changes",
    "write_columns",
    "write_transaction",
]  # fmt: skip
