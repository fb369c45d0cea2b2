"""What all tables share: names, types, the owner, and references that cannot leave the organization."""

import enum
import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ColumnElement,
    Date,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    String,
    TypeDecorator,
    UniqueConstraint,
    event,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeEngine

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe"})


class Instant(TypeDecorator[datetime]):
    """A moment in UTC: microseconds since 1970 on SQLite, timestamptz on PostgreSQL. Refuses naive values."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(TIMESTAMP(timezone=True))
        return dialect.type_descriptor(BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("An instant needs a time zone.")
        if dialect.name == "postgresql":
            return value
        return microseconds(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if dialect.name == "postgresql":
            return value.astimezone(UTC)  # type: ignore[no-any-return]
        return datetime.fromtimestamp(value / 1_000_000, UTC)


def as_stored(column: Any, dialect: str) -> ColumnElement[Any]:
    """An instant as the database keeps it, for reading many without making a datetime of each."""
    kept: ColumnElement[Any] = type_coerce(column, BigInteger() if dialect == "sqlite" else TIMESTAMP(True))
    return kept


def stored(moment: datetime, dialect: str) -> Any:
    """A moment in the measure of as_stored()."""
    return microseconds(moment) if dialect == "sqlite" else moment


def from_stored(kept: Any, dialect: str) -> datetime:
    """The moment that as_stored() gave."""
    moment: datetime = datetime.fromtimestamp(kept / 1_000_000, UTC) if dialect == "sqlite" else kept
    return moment.astimezone(UTC)


def microseconds(moment: datetime) -> int:
    """Whole microseconds since 1970."""
    elapsed = moment - EPOCH
    return (elapsed.days * 86_400 + elapsed.seconds) * 1_000_000 + elapsed.microseconds


class Scaled(TypeDecorator[Decimal]):
    """A decimal kept as a whole number of its smallest step, so that sums never drift."""

    impl = BigInteger
    cache_ok = True

    def __init__(self, digits: int) -> None:
        super().__init__()
        self.digits = digits

    def process_bind_param(self, value: Decimal | int | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        scaled = Decimal(value).scaleb(self.digits)
        if scaled != scaled.to_integral_value():
            raise ValueError(f"{value} has more than {self.digits} decimal places.")
        return int(scaled)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(int(value)).scaleb(-self.digits)


class Amount(Scaled):
    """Money in the organization's currency, kept in minor units (hundredths)."""

    cache_ok = True

    def __init__(self) -> None:
        super().__init__(2)


class UnitCost(Scaled):
    """What one piece costs us; a screw costs less than a cent."""

    cache_ok = True

    def __init__(self) -> None:
        super().__init__(4)


class Factor(Scaled):
    """A multiplier, such as a duration factor of 1.75."""

    cache_ok = True

    def __init__(self) -> None:
        super().__init__(4)


class Percent(Scaled):
    """A percentage, kept in basis points: 12.5 % is 1250."""

    cache_ok = True

    def __init__(self) -> None:
        super().__init__(2)


class Choice(TypeDecorator[enum.Enum]):
    """A Python enum, stored as its readable value and checked by the database."""

    impl = String
    cache_ok = True

    def __init__(self, choices: type[enum.Enum]) -> None:
        super().__init__(40)
        self.choices = choices

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else str(self.choices(value).value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> enum.Enum | None:
        return None if value is None else self.choices(value)


class Base(DeclarativeBase):
    """The root of all tables."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: Instant(),
        date: Date(),
        str: String(),
        int: Integer(),
        dict[str, Any]: JSON(),
        list[str]: JSON(),
    }

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.__dict__.get('id')}>"


class OrganizationOwned:
    """A row that belongs to one organization and can only refer to rows of the same."""

    id: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))


def owner_index(*columns: str) -> tuple[str, ...]:
    """Columns of an index that the organization leads, so one company's rows lie together."""
    return ("organization_id", *columns)


def refers_to(table: str, **options: Any) -> Mapped[Any]:
    """A column holding the id of a row in `table`, which must belong to the same organization."""
    return mapped_column(Integer, info={"refers_to": table}, **options)


def names(table: str, **options: Any) -> Mapped[Any]:
    """The same where the database itself cannot follow: the row may lie in another partition or file."""
    return mapped_column(Integer, info={"refers_to": table, "is_followed": False}, **options)


def related(model: str, column: str, **options: Any) -> Any:
    """The row whose id stands in `column` ("Table.column_id"); the query that shows it loads it."""
    options.setdefault("lazy", "raise")
    return relationship(model, primaryjoin=f"{model}.id == foreign({column})", **options)


def listed(model: str, column: str, **options: Any) -> Any:
    """The rows of `model` whose `column` ("Table.column_id") holds this row's id."""
    owner = options.pop("owner")
    options.setdefault("lazy", "raise")
    options.setdefault("viewonly", True)
    return relationship(model, primaryjoin=f"{owner}.id == foreign({column})", uselist=True, **options)


class Findable:
    """A row that the search box finds by its `search_text`, kept in step with the named columns."""

    found_by: ClassVar[tuple[str, ...]] = ()
    search_text: Mapped[str] = mapped_column(default="")


def plain_text(text: str) -> str:
    """How text is compared when searching: no case, no accents, ß as ss, one space between words."""
    if text.isascii():
        return " ".join(text.casefold().split())
    folded = unicodedata.normalize("NFKD", text.casefold().replace("\u00ad", ""))
    kept = "".join(letter for letter in folded if not unicodedata.combining(letter))
    return " ".join(kept.translate(LETTERS).split())


@event.listens_for(Findable, "before_insert", propagate=True)
@event.listens_for(Findable, "before_update", propagate=True)
def _keep_search_text(_mapper: Any, _connection: Any, row: Findable) -> None:
    row.search_text = plain_text(" ".join(str(getattr(row, name) or "") for name in row.found_by))


def choice(kinds: type[enum.Enum], **options: Any) -> Mapped[Any]:
    """A column holding one value of an enum."""
    return mapped_column(Choice(kinds), info={"choices": kinds}, **options)


def bind_organizations(metadata: MetaData) -> None:
    """Give every owned table its composite key, its composite references and its value checks.

    Called once, when all tables are known. The reference is (organization_id, x_id), so the
    database itself refuses a row that points into another organization.
    """
    for table in metadata.tables.values():
        if "organization_id" not in table.c or "id" not in table.c:
            continue
        if not table.info.get("nothing_refers_here"):
            table.append_constraint(UniqueConstraint("organization_id", "id"))
        for column in list(table.c):
            target = column.info.get("refers_to")
            if target and column.info.get("is_followed", True):
                table.append_constraint(
                    ForeignKeyConstraint(
                        ["organization_id", column.name], [f"{target}.organization_id", f"{target}.id"]
                    )
                )
            if choices := column.info.get("choices"):
                values = ", ".join(f"'{member.value}'" for member in choices)
                table.append_constraint(
                    CheckConstraint(f"{column.name} IN ({values})", name=f"{column.name}_known")
                )


__all__ = [
    "Amount",
    "Base",
    "Choice",
    "Factor",
    "Findable",
    "Instant",
    "OrganizationOwned",
    "Percent",
    "Scaled",
    "UnitCost",
    "as_stored",
    "bind_organizations",
    "choice",
    "from_stored",
    "listed",
    "names",
    "owner_index",
    "plain_text",
    "refers_to",
    "related",
    "stored",
]
