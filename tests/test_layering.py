"""Who may import whom, as data; and what keeps the code small enough to read and safe to show."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PORTAL = ROOT / "portal"
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PORTAL.rglob("*.py"))
}

FEATURES = {"reporting", "surveys", "events", "cohesion", "staff"}
# What puts the features together: it stands above them and may import anything.
ABOVE = {
    "portal",
    "portal.__main__",
    "portal.cli",
    "portal.cli_keys",
    "portal.serving",
    "portal.worker",
    "portal.sample",
}
# The modules of a feature by the part they play, and which parts a part may import of its own feature.
PARTS = {
    "reporting": {
        "models": "models",
        "services": "services", "conversations": "services", "queue": "services", "endings": "services", "storing": "services", "counts": "services",
        "contacts": "services", "deleted": "services", "equality": "services", "translations": "services",
        "judging": "services", "files": "services",
        "forms": "forms", "when_and_where": "forms",
        "question": "pure", "questions": "pure", "hate_questions": "pure", "asb_questions": "pure",
        "contact_questions": "pure", "equality_questions": "pure", "suspicion": "pure", "risk": "pure",
        "steps": "words",  # the questions and answers as people read them
        "wording": "words",
        "routes": "door",
        "views": "views", "returning": "views", "about_you": "views", "sent": "views",
    },
    "surveys": {
        "models": "models",
        "definition": "pure", "routing": "pure", "columns": "pure", "reading": "pure", "wording": "pure",
        "tallies": "pure", "export": "pure",
        "services": "services", "waves": "services", "answers": "services",
        "forms": "forms",
        "views": "views",
    },
    "events": {
        "models": "models",
        "times": "pure", "feeds": "pure",
        "services": "services", "listing": "services",
        "facts": "words",  # what an event says of itself, as people read it
        "views": "views",
    },
    "cohesion": {
        "models": "models",
        "weighting": "pure", "estimates": "pure", "disclosure": "pure",
        "services": "services", "measures": "services", "releases": "services",
        "wording": "words",  # the figures as people read them
        "views": "views",
    },
    "staff": {
        "models": "models",
        "accounts": "services",
        "forms": "forms", "event_forms": "forms", "wave_forms": "forms",
        "questionnaires": "words",
        "replies": "pure",
        "access": "door", "opening": "door",
        "sign_in": "views", "triage": "views", "casework": "views", "translation": "views",
        "waves": "views", "results": "views", "releases": "views", "moderation": "views", "taking": "views",
        "equality": "views",
    },
}  # fmt: skip
WITHIN = {
    "models": set(),
    "pure": {"pure"},
    "services": {"models", "pure", "services"},
    "forms": {"models", "pure", "services", "forms"},
    "words": {"models", "pure", "services", "forms"},
    "door": {"models", "services", "door"},
    "views": {"models", "pure", "services", "forms", "words", "door"},
}
# Across features only services; staff pages also show a report in the words in which it was asked.
ACROSS = {
    ("staff", "reporting"): {"services", "words"},
    ("staff", "surveys"): {"services", "pure", "words"},
    ("staff", "events"): {"services", "pure", "words"},
    ("staff", "cohesion"): {"services", "pure", "words"},
    ("cohesion", "surveys"): {"services", "pure"},
}
# Of models, whoever may import them from outside their services takes the closed vocabularies and no table.
VOCABULARIES = {
    "Kind",
    "State",
    "RiskBand",
    "Source",
    "Part",
    "Author",
    "Refusal",
    "Role",
    "SampleType",
    "WaveState",
    "ReleaseState",
    "EventState",
    "AccessFact",
}
TAKES_TABLES = {"services", "models"}
# The parts of a database row: models know nothing else.
MODELS_IMPORT = {"portal.db"}

# Flask's request, session and render_template: pages, and the parts around every page.
WEB = {
    "portal.assets", "portal.caching", "portal.cookies", "portal.errors", "portal.i18n", "portal.pages", "portal.security",
    "portal.limits",  # whose address it is; services are given it as text
    "portal.reporting.views", "portal.reporting.returning", "portal.reporting.routes", "portal.staff.access", "portal.staff.sign_in", "portal.staff.triage", "portal.staff.casework",
    "portal.surveys.views", "portal.events.views", "portal.cohesion.views",
    "portal.staff.waves", "portal.staff.results", "portal.staff.releases", "portal.staff.moderation",
    "portal.staff.taking", "portal.staff.equality", "portal.reporting.about_you", "portal.reporting.sent",
    "portal.staff.translation",
}  # fmt: skip
OF_A_REQUEST = {"request", "session", "render_template", "g"}
# The database's session lives in Flask's `g`, also where there is no request.
OUTSIDE_A_REQUEST = {("portal.db", "g"), ("portal", "g")}

PURE = {"portal.sealing", "portal.text", "portal.flock", "portal.place_search", "portal.picture"}
MOST_LINES = 350


def tree(name: str) -> ast.Module:
    return ast.parse(MODULES[name].read_text(encoding="utf-8"))


def imports(name: str) -> Iterator[tuple[str, str]]:
    """(module, what is taken of it) for each import, wherever it stands; `*` for the module itself."""
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Import):
            yield from ((each.name, "*") for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name} imports relatively"
            for each in node.names:
                inner = f"{node.module}.{each.name}"
                yield (inner, "*") if inner in MODULES else (str(node.module), each.name)


def feature_of(module: str) -> str | None:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[0] == "portal" and parts[1] in FEATURES else None


def part_of(module: str) -> str | None:
    feature = feature_of(module)
    last = module.split(".")[-1]
    return PARTS[feature][last] if feature and last != feature else None


def is_above(module: str) -> bool:
    return module in ABOVE or module.startswith(("portal.sample.", "portal.migrations"))


def wrong(module: str, imported: str, taken: str) -> str | None:
    """Why `module` may not import that, or None where it may."""
    mine, theirs = feature_of(module), feature_of(imported)
    if is_above(module) or not imported.startswith("portal"):
        return None
    if is_above(imported):
        return "nothing below imports what stands above"
    if theirs is None:
        return "models import db only" if part_of(module) == "models" and imported not in MODELS_IMPORT else None
    if mine is None:
        return "a shared part imports no feature"
    my_part, their_part = part_of(module), part_of(imported)
    if their_part == "models" and my_part not in TAKES_TABLES:
        if my_part == "door" or mine != theirs:
            return None if taken in VOCABULARIES else "only a feature's own services touch its tables"
        return None if taken in VOCABULARIES else "of models, forms and views take the closed vocabularies only"
    allowed = WITHIN[str(my_part)] if mine == theirs else ACROSS.get((mine, str(theirs)), set())
    return None if their_part in allowed else f"{mine}'s {my_part} may not import {theirs}'s {their_part}"


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_what_it_may(module: str) -> None:
    found = [
        f"{imported} ({taken}): {why}" for imported, taken in imports(module) if (why := wrong(module, imported, taken))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("module", "imported", "taken"),
    [
        ("portal.audit", "portal.staff.accounts", "*"),
        ("portal.outbox", "portal.reporting.models", "Kind"),
        ("portal.reporting.services", "portal.reporting.forms", "KINDS"),
        ("portal.reporting.services", "portal.staff.accounts", "Officer"),
        ("portal.reporting.models", "portal.vault", "Grant"),
        ("portal.reporting.models", "portal.reporting.services", "TEAMS"),
        ("portal.reporting.views", "portal.reporting.models", "Report"),
        ("portal.staff.triage", "portal.reporting.models", "Report"),
        ("portal.staff.triage", "portal.reporting.forms", "KINDS"),
        ("portal.staff.triage", "portal.reporting.returning", "state_for_reporter"),
        ("portal.staff.accounts", "portal.cli", "main"),
    ],
)
def test_the_rules_notice_what_they_forbid(module: str, imported: str, taken: str) -> None:
    assert wrong(module, imported, taken)


def test_every_module_of_a_feature_has_its_part() -> None:
    for feature in FEATURES:
        there = {path.stem for path in (PORTAL / feature).glob("*.py")} - {"__init__"}
        assert there == PARTS[feature].keys()


def test_only_pages_and_what_surrounds_them_know_the_request() -> None:
    for module in MODULES:
        taken = {(module, name) for imported, name in imports(module) if imported == "flask" and name in OF_A_REQUEST}
        assert not taken - OUTSIDE_A_REQUEST or module in WEB, f"{module}: {taken}"


def test_what_calls_itself_pure_imports_nothing_of_the_portal_and_no_framework() -> None:
    for module in PURE:
        taken = {imported.split(".")[0] for imported, _ in imports(module)}
        assert not taken & {"portal", "flask", "sqlalchemy"}, f"{module}: {taken}"


def test_transactions_are_the_only_way_to_write() -> None:
    """A commit elsewhere would pass by the writers' line and the all-or-nothing rule."""
    for module in set(MODULES) - {"portal.db", "portal.migrations.env"}:
        called = {
            node.func.attr
            for node in ast.walk(tree(module))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        }
        assert "commit" not in called, module


@pytest.mark.parametrize("module", MODULES)
def test_every_module_begins_with_a_sentence_on_what_it_is_for(module: str) -> None:
    said = (ast.get_docstring(tree(module)) or "").split("\n\n")[0]
    assert re.match(r"[A-Z`].{15,}" if "versions" in module else r"[A-Z`].*[.?]$", said, re.DOTALL), module


@pytest.mark.parametrize("module", MODULES)
def test_no_module_is_longer_than_one_can_keep_in_mind(module: str) -> None:
    assert len(MODULES[module].read_text(encoding="utf-8").splitlines()) <= MOST_LINES


SAFE_WORDS = {
    "templates/components.html": ["drawings[name]|safe"],  # the icons' drawings, which stand in the same file
    "templates/events/event.html": ["words.description|safe"],  # bleach has cleaned it: see portal.text.rich
}
# Words that were escaped the line before, and translations, which are trusted as templates are.
MARKED_WORDS = {
    ("portal.i18n", """_LATIN_RUN.sub('<bdi dir="ltr">\\\\1</bdi>', str(said))"""),
    ("portal.i18n", "self.catalogue.ugettext(sentence)"),
}


def test_no_template_shows_text_without_escaping_it() -> None:
    found = {}
    for path in sorted((ROOT / "templates").rglob("*")):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            unescaped = re.findall(r"[^\s{]+\s*\|\s*safe\b|\{%-?\s*autoescape\b|\bMarkup\b", text)
            if unescaped:
                found[str(path.relative_to(ROOT))] = unescaped
    assert found == SAFE_WORDS


def test_no_code_marks_anything_but_its_own_words_as_html() -> None:
    for module in MODULES:
        for node in ast.walk(tree(module)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "Markup":
                (argument,) = node.args
                is_escaped = isinstance(argument, ast.Constant) or (module, ast.unparse(argument)) in MARKED_WORDS
                assert is_escaped, f"{module}, line {node.lineno}: {ast.unparse(argument)}"
            if isinstance(node, ast.Attribute):
                assert node.attr not in {"render_template_string", "from_string"}, f"{module}, line {node.lineno}"


def test_bleach_is_called_in_one_place_and_cleans_what_is_shown_unescaped() -> None:
    assert {module for module in MODULES for imported, _ in imports(module) if imported.startswith("bleach")} == {
        "portal.text"
    }
    stored = [
        ast.unparse(node.value)
        for module in MODULES
        for node in ast.walk(tree(module))
        if isinstance(node, ast.keyword) and node.arg == "description" and module.startswith("portal.events")
    ]
    assert stored == ["rich(written.typed)"]


def test_nothing_is_called_after_nothing_in_particular() -> None:
    assert not {path.stem for path in MODULES.values()} & {"utils", "helpers", "common", "misc", "base", "core"}
