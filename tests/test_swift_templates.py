"""Templates are compiled in our own way, and what comes out is what Jinja makes of them."""

from decimal import Decimal
from typing import Any

import jinja2
import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from jinja2.compiler import CodeGenerator
from markupsafe import Markup
from werkzeug.local import LocalProxy

from app.swift_templates import SwiftCode, written


class Ours(jinja2.Environment):
    """Jinja with our compiler, and nothing else of ours."""

    code_generator_class = SwiftCode
    written = staticmethod(written)


def shown(environment: type[jinja2.Environment], source: str, **values: Any) -> str:
    """What a template with this source shows."""
    words = {"link": lambda name, **more: Markup("<a {}>{}</a>").format(more, name)}
    made = environment(autoescape=True, extensions=["jinja2.ext.loopcontrols"])
    made.globals.update(words)
    return made.from_string(source).render(values)


VALUES = {
    "text": "<b> & 'x' \"y\"", "safe": Markup("<i>ok</i>"), "number": 7, "price": Decimal("1.50"), "none": None,
    "rows": [{"name": "<1>", "kind": "a"}, {"name": "2", "kind": "b"}], "more": {"data-x": "<"}, "truth": True,
}  # fmt: skip
SOURCES = (
    "{{ text }}{{ safe }}{{ number }}{{ price }}{{ none }}{{ truth }}{{ missing }}",
    "{{ link(text) }}{{ link(text, href='<') }}{{ link(text, **more) }}"
    "{{ link(*[text]) }}{{ link(text, class='x') }}",
    "{{ text.upper() }}{{ rows[0].name.replace('<', '>') }}{{ '%s' % text }}{{ text ~ safe }}",
    "{% macro one(x, y=2) %}<p>{{ x }}{{ y }}{{ caller() if caller else '' }}</p>{% endmacro %}"
    "{{ one(text) }}{{ one(safe, y=text) }}{% call one(1) %}<u>{{ text }}</u>{% endcall %}{{ one(1) | upper }}",
    "{% for row in rows %}{{ loop.index }}{{ loop.cycle('a', '<') }}{{ row.name }}{% else %}none{% endfor %}",
    "{% for row in rows recursive %}{{ row.name }}{% if loop.depth < 2 %}{{ loop(rows) }}{% endif %}{% endfor %}",
    "{% set kept %}{{ text }}<br>{% endset %}{{ kept }}{{ kept | length }}",
    "{% autoescape false %}{{ text }}{% endautoescape %}{{ text }}{{ text | safe }}{{ text | e }}",
    "{% set space = namespace(n=0) %}{% for row in rows %}{% set space.n = space.n + 1 %}{% endfor %}{{ space.n }}",
    "{% filter upper %}{{ text }}{% endfilter %}{% block body %}{{ text }}{% endblock %}{{ self.body() }}",
    "{{ joiner(', ')() }}{{ range(3) | list }}{{ dict(a=text) }}{{ cycler('<', 'b').next() }}",
)


@pytest.mark.parametrize("source", SOURCES)
def test_what_comes_out_is_the_same(source: str) -> None:
    assert shown(Ours, source, **VALUES) == shown(jinja2.Environment, source, **VALUES)


@given(st.one_of(st.text(), st.integers(), st.decimals(), st.none(), st.booleans(), st.text().map(Markup)))
def test_every_value_is_escaped_as_jinja_does(value: Any) -> None:
    assert shown(Ours, "{{ value }}", value=value) == shown(jinja2.Environment, "{{ value }}", value=value)


def test_a_text_that_only_looks_like_html_stays_text() -> None:
    class Odd(str):
        """A text of another class."""

    assert shown(Ours, "{{ value }}", value=Odd("<script>")) == "&lt;script&gt;"


@pytest.mark.parametrize("source", ["{{ missing.name }}", "{{ missing() }}", "{{ text() }}"])
def test_what_is_not_there_is_told_as_loudly(source: str) -> None:
    errors = []
    for environment in (Ours, jinja2.Environment):
        with pytest.raises((jinja2.UndefinedError, TypeError)) as told:
            shown(environment, source, **VALUES)
        errors.append(told.type)
    assert errors[0] is errors[1]


def test_the_application_uses_it_and_none_of_its_words_wants_the_context(app: Flask) -> None:
    environment = app.jinja_env
    assert environment.code_generator_class is SwiftCode and SwiftCode is not CodeGenerator
    words = {name: word for name, word in environment.globals.items() if type(word) is not LocalProxy}
    assert not [name for name, word in words.items() if hasattr(word, "jinja_pass_arg")]
