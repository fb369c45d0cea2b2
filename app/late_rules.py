"""Routes that learn to write their addresses when they are first asked for one."""

from collections.abc import Callable

from werkzeug.routing import Rule


class LateRule(Rule):
    """A route as Werkzeug has it, only later: at once, it compiles two functions for each of our 650 routes, which
    takes half a second of every start, and most processes use a few of them."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        """What writes this address; the first call compiles it, and the next ones find it in its place."""
        compile_now = super()._compile_builder
        place = "_build_unknown" if append_unknown else "_build"

        def build(rule: Rule, /, **values: object) -> tuple[str, str]:
            compiled = compile_now(append_unknown).__get__(rule, None)
            setattr(rule, place, compiled)
            return compiled(**values)  # type: ignore[no-any-return]

        return build
