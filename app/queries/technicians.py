"""Who does jobs: the active people whose roles let them use parts."""

from collections.abc import Sequence

from sqlalchemy import select

from app.extensions import db
from app.models import Role, User, UserRole
from app.permissions import Permission


def technicians() -> Sequence[tuple[int, str]]:
    """Everybody who does jobs, by name, as options of a select."""
    query = (
        select(User.id, User.name, Role.permissions)
        .join(UserRole, UserRole.user_id == User.id)
        .join(Role, Role.id == UserRole.role_id)
        .where(User.is_active)
        .order_by(User.name, User.id)
    )
    found = {
        row.id: row.name
        for row in db.session.execute(query)
        if str(Permission.JOB_PARTS_USE) in row.permissions
    }
    return list(found.items())


def is_technician(user_id: int) -> bool:
    """True for somebody who does jobs."""
    return user_id in dict(technicians())
