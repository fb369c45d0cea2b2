"""Who does something: a signed-in person, a program with a token, a client with a link, or the system."""

from dataclasses import dataclass

from app.permissions import Permission


@dataclass(frozen=True)
class Actor:
    """The one in whose name a deed is done, what they may do, and how many notifications wait for them."""

    id: int | None
    name: str
    organization_id: int
    permissions: frozenset[str] = frozenset()
    email: str = ""
    roles: tuple[str, ...] = ()
    session_id: int | None = None
    unread: int = 0

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        """What Flask-Login calls this person; the session itself is looked up by its token."""
        return str(self.id)

    def may(self, permission: Permission | str) -> bool:
        """True when this actor holds the permission."""
        return str(permission) in self.permissions


def system_actor(organization_id: int, name: str = "Crosshire") -> Actor:
    """The system itself, for what happens by the clock; it may do everything."""
    return Actor(None, name, organization_id, frozenset(map(str, Permission)))
