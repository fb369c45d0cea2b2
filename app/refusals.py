"""How a deed says no: one exception that names the field."""

from collections.abc import Mapping


class Refused(Exception):
    """The deed is not done, and nothing of it is kept. The message is meant for the person who tried."""

    status = 422

    def __init__(self, message: str, field: str | None = None, *, allowed_by: str = "") -> None:
        """`allowed_by` is the field with which somebody who may decide that does it all the same."""
        super().__init__(message)
        self.message = message
        self.allowed_by = allowed_by
        self.errors: dict[str, list[str]] = {field: [message]} if field else {}

    @classmethod
    def many(cls, errors: Mapping[str, str]) -> "Refused":
        """Several fields at once."""
        refused = cls("Please look at the marked fields.")
        refused.errors = {field: [message] for field, message in errors.items()}
        return refused


class NotFound(Refused):
    """It does not exist, or belongs to another organization: the answer is the same."""

    status = 404


class Stale(Refused):
    """Somebody else changed the thing meanwhile."""

    status = 409


class Forbidden(Refused):
    """The person may not do this."""

    status = 403


class Busy(Refused):
    """Somebody else holds what this deed needs; trying again in a second will do."""

    status = 503
