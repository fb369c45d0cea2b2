"""A stock room to be counted, and what people do in it."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sqlalchemy import select

from app.extensions import db
from app.models import (
    Asset,
    Code,
    CodeKind,
    CountLine,
    CountSession,
    Location,
    LocationKind,
    Product,
    StockTransaction,
    Tracking,
    TransactionKind,
)
from app.queries.count_review import Review, review_of
from app.queries.count_scope import Scope
from app.rules.codes import code_key
from app.services.count_entries import count as count_in
from app.services.count_posting import post_count
from app.services.count_rows import CountAnswer, Said
from app.services.counts import Wanted, finish_count, start_count
from app.services.ledger import Cause, Movement, post
from app.services.locations import add_location
from app.transactions import lock
from tests import factories
from tests.factories import me
from tests.people import House


@dataclass
class Room:
    """Two shelves with cable (bulk), tape (consumable) and lamps (assets), by their ids."""

    house: House
    one: int
    two: int
    cable: int
    tape: int
    lamp: int
    tags: list[str]
    count_id: int = 0

    def start(self, scope: Scope | None = None, *, by: str = "Ivy", is_blind: bool = True) -> int:
        """Begin a count of everything in the warehouse, or of some of it."""
        actor = self.house.actor(by)
        with self.house.writing():
            wanted = Wanted(scope or Scope(self.house.warehouse_id), is_blind=is_blind)
            self.count_id = start_count(wanted, by=actor).id
        return self.count_id

    def read(
        self,
        code: str,
        at: int | None = None,
        *,
        by: str = "Bob",
        when: datetime | None = None,
        uuid_: str = "",
    ) -> CountAnswer:
        """Somebody reads a code in a place."""
        said = Said(uuid_ or str(uuid.uuid4()), code, location_id=at, counted_at=when)
        return self.say(said, by=by)

    def say(self, said: Said, *, by: str = "Bob") -> CountAnswer:
        """Somebody counts."""
        actor = self.house.actor(by)
        with self.house.writing():
            return count_in(db.session.get_one(CountSession, self.count_id), said, by=actor)

    def read_all(self, *, by: str = "Bob") -> None:
        """Everything is there, but for what a test reads itself."""
        with self.house.reading():
            lines = db.session.scalars(select(CountLine).where(CountLine.count_id == self.count_id)).all()
            expected = [(line.id, line.expected) for line in lines]
        for line_id, quantity in expected:
            self.say(Said(str(uuid.uuid4()), line_id=line_id, quantity=quantity), by=by)

    def finish(self, *, by: str = "Walter", is_rest_none: bool = False) -> None:
        """Hand it in."""
        actor = self.house.actor(by)
        with self.house.writing():
            finish_count(db.session.get_one(CountSession, self.count_id), is_rest_none=is_rest_none, by=actor)

    def post(self, *, by: str = "Ivy") -> list[int]:
        """Post it; the ids of the movements."""
        actor = self.house.actor(by)
        with self.house.writing():
            return [row.id for row in post_count(db.session.get_one(CountSession, self.count_id), by=actor)]

    def review(self) -> Review:
        """How it stands."""
        return review_of(self.session())

    def session(self) -> CountSession:
        """The row of the count."""
        return db.session.get_one(CountSession, self.count_id)

    def line(self, product_id: int, place_id: int, tag: str = "") -> CountLine:
        """A line of the count."""
        query = select(CountLine).where(
            CountLine.count_id == self.count_id,
            CountLine.product_id == product_id,
            CountLine.location_id == place_id,
        )
        if tag:
            query = query.where(CountLine.asset_id == self.asset(tag).id)
        return db.session.scalars(query).one()

    def asset(self, tag: str) -> Asset:
        """An asset by its tag."""
        return db.session.scalars(select(Asset).where(Asset.tag == tag)).one()

    def sku(self, product_id: int) -> str:
        """What is printed on it."""
        with self.house.reading():
            return db.session.get_one(Product, product_id).sku

    def move(
        self, product_id: int, quantity: int, from_id: int | None, to_id: int | None, *,
        at: datetime | None = None, asset_id: int | None = None, kind: TransactionKind | None = None,
    ) -> None:  # fmt: skip
        """Something is booked."""
        guess = TransactionKind.TRANSFER if from_id and to_id else TransactionKind.ISSUE
        kind = kind or (guess if from_id else TransactionKind.RECEIPT)
        with self.house.writing():
            lock({Product: [product_id], Asset: [asset_id] if asset_id else []})
            movement = Movement(product_id, quantity, asset_id, from_id, to_id)
            post(kind, [movement], Cause(me(), happened_at=at, request_id=str(uuid.uuid4())))

    def rows(self) -> list[StockTransaction]:
        """The movements of the count."""
        query = select(StockTransaction).where(StockTransaction.count_line_id.is_not(None))
        return list(db.session.scalars(query.order_by(StockTransaction.id)))


def coded(product: Product) -> int:
    """Its code can be scanned."""
    db.session.add(
        Code(code=product.sku, code_key=code_key(product.sku), kind=CodeKind.SKU, product_id=product.id)
    )
    db.session.flush()
    return product.id


def stock_room(house: House) -> Room:
    """Shelf 1: 10 cable, 24 tape, 2 lamps. Shelf 2: 6 cable, 1 lamp."""
    with house.writing():
        here = db.session.get_one(Location, house.warehouse_id)
        one = add_location("Shelf 1", "S1", LocationKind.SHELF, here, by=me())
        two = add_location("Shelf 2", "S2", LocationKind.SHELF, here, by=me())
        cable = factories.product("Cable", stock=10, at=one.id, average_cost=Decimal(8))
        tape = factories.product(
            "Tape", tracking=Tracking.CONSUMABLE, stock=24, at=one.id, average_cost=Decimal(2)
        )
        lamp = factories.product("Lamp", tracking=Tracking.SERIALIZED, average_cost=Decimal(100))
        post(
            TransactionKind.RECEIPT, [Movement(cable.id, 6, to_id=two.id)],
            Cause(me(), request_id=str(uuid.uuid4())),
        )  # fmt: skip
        tags = [factories.asset(lamp, at=place, tag=f"LAMP-{number}").tag
                for number, place in enumerate((one.id, one.id, two.id), 1)]  # fmt: skip
        return Room(house, one.id, two.id, coded(cable), coded(tape), lamp.id, tags)


def ago(minutes: int) -> datetime:
    """So many minutes before now."""
    return datetime.now(UTC) - timedelta(minutes=minutes)
