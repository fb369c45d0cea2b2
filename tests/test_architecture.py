"""The arrows between the layers, and what the design asks of every file."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import inspect
from sqlalchemy.orm import Mapper

from app.models import Base

ROOT = Path(__file__).parent.parent
APP = ROOT / "app"
TEMPLATES = APP / "templates"

FORBIDDEN: dict[str, tuple[str, ...]] = {
    "rules": (
        "app.blueprints",
        "app.gateways",
        "app.models",
        "app.queries",
        "app.services",
        "app.extensions",
    ),
    "models": (
        "app.blueprints",
        "app.gateways",
        "app.queries",
        "app.services",
        "app.extensions",
        "app.scope",
    ),
    "queries": (
        "app.blueprints",
        "app.gateways",
        "app.services",
        "app.htmx",
        "app.forms",
        "app.edge",
        "app.outbox",
    ),
    "services": ("app.blueprints", "app.htmx", "app.forms", "app.edge", "app.errors"),
    "gateways": ("app.blueprints", "app.queries", "app.services", "app.htmx", "app.forms", "app.edge"),
}
"""Layer → what it must not import."""
KNOWS_A_REQUEST = ("blueprints", "htmx.py", "errors.py", "delivery.py", "permissions.py", "forms.py", "edge.py",
                   "templating.py", "navigation.py", "application.py")  # fmt: skip
OF_A_REQUEST = {"request", "session", "g", "flash", "make_response", "render_template", "redirect", "url_for"}


@cache
def tree(path: Path) -> ast.Module:
    """A file, parsed."""
    return ast.parse(path.read_text(), str(path))


def files(folder: str = "") -> list[Path]:
    """The Python files of a layer."""
    return sorted((APP / folder).rglob("*.py"))


def imports(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Every module that a file imports, with the names it takes."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, []) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, [alias.name for alias in node.names]


def named(path: Path) -> str:
    """A path as people write it."""
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("layer", FORBIDDEN)
def test_arrows_point_one_way(layer: str) -> None:
    assert not [
        f"{named(path)} imports {module}"
        for path in files(layer)
        for module, _ in imports(path)
        if module.startswith(FORBIDDEN[layer])
    ]


def is_ours_or_a_framework(module: str) -> bool:
    """True for what a rule cannot know of."""
    return module.partition(".")[0] in ("app", "flask", "sqlalchemy")


def test_rules_import_nothing_of_ours_but_rules() -> None:
    assert not [
        f"{named(path)} imports {module}"
        for path in files("rules")
        for module, _ in imports(path)
        if is_ours_or_a_framework(module) and not module.startswith("app.rules")
    ]


def test_only_the_application_itself_imports_blueprints() -> None:
    allowed = (APP / "application.py",)
    assert not [
        named(path)
        for path in files()
        if path not in allowed and "blueprints" not in path.parts
        for module, _ in imports(path)
        if module.startswith("app.blueprints")
    ]


def test_only_the_edge_knows_a_request() -> None:
    assert not [
        f"{named(path)} takes {sorted(OF_A_REQUEST & set(names))}"
        for path in files()
        if path.relative_to(APP).parts[0] not in KNOWS_A_REQUEST
        for module, names in imports(path)
        if module == "flask" and OF_A_REQUEST & set(names)
    ]


def test_no_import_stands_inside_a_function() -> None:
    assert not [
        f"{named(path)}:{node.lineno}"
        for path in [*files(), *(ROOT / "tests").rglob("*.py"), ROOT / "worker.py", ROOT / "wsgi.py"]
        for function in ast.walk(tree(path))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]


def test_no_name_is_empty_of_meaning() -> None:
    empty = re.compile(r"(^|_)(utils?|helpers?|managers?|data|info|process|handle)($|_)")
    allowed = {
        "data_dir",
        "data_option",
        "process_bind_param",
        "process_result_value",
    }  # two are SQLAlchemy's
    names = [
        (f"{named(path)}:{node.lineno}", node.name)
        for path in files()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    ]
    assert not [
        f"{where} {name}" for where, name in names if empty.search(name.lower()) and name not in allowed
    ]
    assert not [named(path) for path in files() if empty.search(path.stem)]


def test_public_functions_and_modules_say_what_they_do() -> None:
    silent = [
        f"{named(path)}:{node.lineno} {node.name}"
        for path in files()
        for node in tree(path).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert not silent
    assert not [named(path) for path in files() if tree(path).body and not ast.get_docstring(tree(path))]


def test_relations_load_explicitly() -> None:
    lazy = [
        f"{mapper.class_.__name__}.{relation.key}: {relation.lazy}"
        for mapper in Base.registry.mappers
        for relation in inspect_relations(mapper)
        if relation.lazy not in ("raise", "raise_on_sql")
    ]
    assert not lazy


def inspect_relations(mapper: Mapper[object]) -> list[object]:
    """The relations of a model."""
    return list(inspect(mapper.class_).relationships)


def test_every_table_belongs_to_an_organization_or_says_why_not() -> None:
    shared = {"organization", "sign_in_attempt", "one_time_link", "heartbeat", "ledger_reach"}
    assert {t.name for t in Base.metadata.tables.values() if "organization_id" not in t.c} == shared


def test_no_query_goes_around_the_scope() -> None:
    """Tables named without their model are not filtered, and raw SQL is not either."""
    allowed = {"app/queries/health.py", "app/services/activities.py", "app/services/bulk_products.py",
               "app/services/doctor.py", "app/services/exports.py", "app/queries/partitions.py",
               "app/services/dropped_years.py", "app/services/openings.py", "app/services/partitions.py",
               "app/services/restore.py", "app/services/verify.py"}  # fmt: skip
    raw = re.compile(r"__table__|\btext\(|exec_driver_sql|system_scope\(\s*\)|system_scope\(\"\"\)")
    assert not [
        f"{named(path)}: {found.group(0)}"
        for layer in ("blueprints", "queries", "services")
        for path in files(layer)
        if named(path) not in allowed and (found := raw.search(path.read_text()))
    ]


# --- templates


def templates(pattern: str = "*.html") -> list[Path]:
    """The templates, without what draws e-mails and print."""
    return sorted(TEMPLATES.rglob(pattern))


FORBIDDEN_IN_TEMPLATES = {
    "|safe": re.compile(r"\|\s*safe\b"),
    "autoescape off": re.compile(r"autoescape\s+false", re.IGNORECASE),
    "style=": re.compile(r"<[a-z][^>]*\sstyle\s*=", re.IGNORECASE),
    "a style element": re.compile(r"<style", re.IGNORECASE),
    "on…=": re.compile(r"<[a-z][^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "hx-on": re.compile(r"hx-on", re.IGNORECASE),
    "js:": re.compile(r"['\"]js:", re.IGNORECASE),
    "an inline script": re.compile(r"<script(?![^>]*\bsrc=)", re.IGNORECASE),
}
COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
MACRO = re.compile(r"\{%-?\s*macro\b.*?endmacro\s*-?%\}", re.DOTALL)


@pytest.mark.parametrize("name", FORBIDDEN_IN_TEMPLATES)
def test_no_template_holds_what_the_policy_forbids(name: str) -> None:
    pattern = FORBIDDEN_IN_TEMPLATES[name]
    assert not [
        f"{named(path)}: {found.group(0)[:60]}"
        for path in templates()
        if "mail" not in path.parts and (found := pattern.search(COMMENT.sub("", path.read_text())))
    ]


def test_the_root_of_every_part_has_its_name_as_its_id() -> None:
    wrong = []
    for path in templates("_*.html"):
        if path.relative_to(TEMPLATES).parts[0] in ("layout", "docs", "mail", "print"):
            continue
        wanted = path.stem.strip("_").replace("_", "-")
        source = MACRO.sub("", COMMENT.sub("", path.read_text()))
        body = re.sub(r"\{%.*?%\}", "", source, flags=re.DOTALL)
        if not body.strip():
            continue  # macros only
        root = re.search(r"<[a-z][^>]*>|\{\{.*?\}\}", body, re.DOTALL)
        if root is None or not re.search(rf"""["']{wanted}(["'-])""", root.group(0)):
            wrong.append(f"{named(path)}: {root.group(0)[:70] if root else 'nothing'}")
    assert not wrong


def test_the_supervisor_and_the_command_line_load_none_of_it() -> None:
    script = "import sys, app.cli.running; print(*(set(sys.modules) & {'flask', 'sqlalchemy', 'pydantic'}))"
    loaded = subprocess.run(
        [sys.executable, "-c", script], cwd=APP.parent, capture_output=True, text=True, check=True
    )
    assert loaded.stdout.split() == []
