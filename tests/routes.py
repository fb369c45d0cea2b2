"""Every route of the application, as the tests that walk all of them see it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from app.permissions import MARK, PUBLIC, ROLES, SIGNED_IN

SAFE = ("GET",)
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
FLASKS_OWN = ("static",)


@dataclass(frozen=True)
class Route:
    """One method of one rule."""

    rule: Rule
    method: str
    mark: str | None

    @property
    def endpoint(self) -> str:
        """Flask's name for it."""
        return str(self.rule.endpoint)

    @property
    def is_api(self) -> bool:
        """True for what programs call with a token."""
        return self.endpoint.startswith("api.")

    @property
    def arguments(self) -> list[str]:
        """What stands in its address, sorted."""
        return sorted(self.rule.arguments)

    def is_open_to(self, role: str) -> bool:
        """What the role table says."""
        return self.mark in (PUBLIC, SIGNED_IN) or self.mark in ROLES[role][1]

    def url(self, app: Flask, values: dict[str, Any]) -> str:
        """Its address with these values in it."""
        adapter = app.url_map.bind("localhost")
        return adapter.build(self.endpoint, values, self.method)

    def __str__(self) -> str:
        return f"{self.method} {self.rule.rule} ({self.endpoint})"


def routes(app: Flask, methods: tuple[str, ...] = (*SAFE, *UNSAFE)) -> Iterator[Route]:
    """All routes that answer one of these methods."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint)):
        if rule.endpoint in FLASKS_OWN:
            continue
        mark = getattr(app.view_functions[rule.endpoint], MARK, None)
        for method in sorted(set(methods) & (rule.methods or set())):
            yield Route(rule, method, mark)
