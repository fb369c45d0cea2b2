"""The demo's people: one for each role, all made up, with passwords that are new in every installation."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from app.actors import Actor
from app.extensions import db
from app.services.accounts import add_user
from app.services.sessions import actor_of_user

MAIL = "tallow-truss.example"
STAFF: tuple[tuple[str, str], ...] = (
    ("administrator", "Mirela Voss"),
    ("inventory_manager", "Jonas Ekwall"),
    ("warehouse_manager", "Bettina Harms"),
    ("warehouse_staff", "Luca Ferrant"),
    ("service_manager", "Sunniva Krogh"),
    ("technician", "Emre Talay"),
    ("sales", "Clara Oduya"),
    ("planner", "Tobias Renn"),
    ("crew", "Pia Sandvik"),
    ("viewer", "Henrik Maas"),
)
"""Role and name."""

CONSONANTS, VOWELS = "bdfgklmnprstvz", "aeiou"
WORDS_OF_PASSWORD = 4


@dataclass(frozen=True)
class Login:
    """What somebody signs in with."""

    role: str
    email: str
    password: str


@dataclass(frozen=True)
class Cast:
    """The people of the demo by role, in whose name everything is done."""

    by_role: Mapping[str, Actor]

    def __getitem__(self, role: str) -> Actor:
        return self.by_role[role]


def new_password() -> str:
    """A password that can be read out and typed, of about 49 bits: "toku-rena-fisa-dolu"."""
    return "-".join("".join(syllable() + syllable()) for _ in range(WORDS_OF_PASSWORD))


def syllable() -> str:
    """One consonant and one vowel."""
    return secrets.choice(CONSONANTS) + secrets.choice(VOWELS)


def hire_everybody(*, by: Actor) -> list[Login]:
    """Add a person for each role."""
    logins = []
    for role, name in STAFF:
        login = Login(role, f"{name.split()[0].lower()}@{MAIL}", new_password())
        add_user(name, login.email, [role], by=by, password=login.password)
        db.session.flush()
        logins.append(login)
    return logins


def cast_of(user_ids: Mapping[str, int]) -> Cast:
    """The people as services know them, from their ids by role."""
    actors = {role: actor_of_user(user_id) for role, user_id in user_ids.items()}
    return Cast({role: actor for role, actor in actors.items() if actor is not None})
