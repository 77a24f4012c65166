"""Who may import whom, as data; and what keeps the code small enough to read and safe to show."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PORTAL = ROOT / "portal"
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PORTAL.rglob("*.py"))
}

FEATURES = {"reporting", "surveys", "events", "cohesion", "case_review", "marac", "profiles", "staff"}
# What puts the features together: it stands above them and may import anything.
ABOVE = {"portal", "portal.__main__", "portal.server", "portal.sample", "portal.migrations"}
# A shared folder imports what stands above it here, itself and nothing below; the modules on top of portal/ are the first.
SHARED = ["", "languages", "vault", "partnership", "files", "web", "questions"]
# Of the modules on top, those that build on a folder.
BUILDS_ON = {"portal.limits": "vault", "portal.limit_keys": "vault", "portal.outbox": "partnership"}
# The modules of a feature by the part they play: by its folder, by its name where it has one of its own, or the first word.
PARTS = {
    "reporting": {
        "models": "models", "count_models": "models", "second_look_models": "models", "referral_models": "models", "case_models": "models", "hold_models": "models",
        "questions": "pure", "suspicion": "pure",
        "likeness": "pure", "traces": "pure", "everyday_words": "pure",
        "pages.steps": "words", "pages.wording": "words", "pages.danger": "words", "pages.desks": "words",  # the questions and answers as people read them
        "pages.series_wording": "words", "pages.outcome_wording": "words", "pages.referral_wording": "words", "pages.ticked": "words",
        "pages.counted_wording": "words",
        "pages.forms": "forms", "pages.when_and_where": "forms", "pages.again_form": "forms",
        "pages.routes": "door", "pages.receipt": "door",
        "pages": "views",
        "": "services",
    },
    "surveys": {
        "models": "models", "definition_models": "models", "coding_models": "models", "paper_models": "models",
        "indicators": "pure", "indicator_checks": "pure",
        "mistakes": "pure", "differences": "pure", "translated": "pure",
        "definition": "pure", "grids": "pure", "routing": "pure", "columns": "pure", "reading": "pure", "wording": "pure",
        "expressions": "pure", "expression_parser": "pure", "rules": "pure", "bank": "pure", "comparing": "pure", "cautions": "pure",
        "tallies": "pure", "reach": "pure", "demographics": "pure", "export": "pure", "spreadsheets": "pure", "variables": "pure", "variable_names": "pure", "anonymity": "pure", "tables": "pure",
        "codebook": "pure", "agreement": "pure", "signals": "pure", "paper_marks": "pure", "workbooks": "pure", "spss": "pure", "scripts": "pure", "sheet": "pure", "possible": "pure", "ddi": "pure", "csvw": "pure",
        "xlsform_conditions": "pure", "xlsform_writing": "pure", "xlsform_sheets": "pure", "xlsform_opening": "pure", "xlsform_words": "pure",
        "xlsform_questions": "pure", "xlsform_file": "pure", "xlsform_reading": "pure",
        "forms": "forms", "code_forms": "forms",
        "routes": "door", "kiosk_door": "door",
        "views": "views", "coming_back": "views", "kiosk_pages": "views", "offline_pages": "views",
        "": "services",
    },
    "events": {
        "models": "models",
        "awareness_models": "models",
        "times": "pure", "headcounts": "pure", "searching": "pure", "feeds": "pure", "atom": "pure", "awareness_feed": "pure",
        "event_json": "files",  # an event as other programs say it
        "awareness_words": "words", "awareness_pages": "views",
        "poster_words": "pure",
        "feed_pages": "views", "paper_pages": "views",
        "facts": "words",  # what an event says of itself, as people read it
        "help_words": "words",  # what people need there
        "choices": "words",  # what the calendar offers to choose by
        "routes": "door",
        "when_form": "forms", "facts_form": "forms", "propose_form": "forms", "afterwards_form": "forms", "help_form": "forms",
        "proposal_models": "models", "trusted_models": "models", "picture_models": "models",
        "proposal_door": "door", "picture_form": "forms",
        "afterwards_models": "models", "help_models": "models",
        "feedback_pages": "views",
        "source_models": "models",
        "source_entries": "pure", "source_ical": "pure", "source_schema": "pure",
        "source_words": "words", "source_pages": "views",
        "calendars": "panels",  # the file that each page offers
        "views": "views", "calendar_pages": "views", "date_pages": "views", "proposing": "views", "help_pages": "views",
        "proposing_pictures": "views", "proposing_afterwards": "views", "picture_pages": "views",
        "": "services",
    },
    "cohesion": {
        "models": "models", "board_models": "models", "finding_models": "models", "activity_models": "models",
        "weighting": "pure", "estimates": "pure", "disclosure": "pure", "differencing": "pure", "changes": "pure", "selection": "pure", "coded": "pure",
        "means": "pure", "reporting_gap": "pure", "calibration": "pure", "earlier_weighting": "pure", "caveats": "pure", "intervals": "pure", "data_file": "pure", "file_estimates": "pure",
        "areas": "pure", "gaps": "pure", "overlaps": "pure", "modelled": "pure", "modelled_areas": "pure", "modelled_coverage": "pure",
        "datasets": "words",  # what is said of the open data
        "wording": "words", "finding_words": "words", "activity_words": "words", "modelled_words": "words",  # the figures, and what came of them, as people read them
        "views": "views", "finding_pages": "views", "data_pages": "views",
        "": "services",
    },
    "profiles": {"models": "models", "volt": "pure", "": "services"},
    "case_review": {
        "models": "models", "period_models": "models",
        "threshold": "pure",
        "panel_models": "models", "panel_rules": "pure", "panel_sealing": "pure", "panel_forms": "forms", "panel_pages": "views",
        "reason_words": "words", "checker_form": "forms", "applying_form": "forms",
        "routes": "door",
        "procedures": "views", "checker": "views", "figures_pages": "views", "apply_pages": "views", "yours": "views",
        "": "services",
    },
    "marac": {"models": "models", "criteria": "pure", "": "services"},
    "staff": {
        "models": "models",
        "activity_owners": "services", "profile_words": "words", "profile_forms": "forms", "profile_document": "files", "profile_tabs": "panels",
        "marac_board": "files", "marac_people": "services", "marac_forms": "forms", "marac_words": "words", "marac_door": "door",
        "export_models": "models", "passkey_models": "models", "oidc_models": "models", "oidc": "services", "oidc_asking": "services", "oidc_provider": "services", "oidc_forms": "forms",
        "activity_figures": "services", "accounts": "services", "account_changes": "services", "passwords": "pure", "recovery_codes": "services", "joining": "services", "invitation_mail": "services", "role_table": "words", "own_account": "services", "passkeys": "services", "authenticator": "services", "waiting_for_keys": "services", "colleagues": "services", "saved_views": "services", "export_jobs": "services",
        "forms": "forms", "seen": "forms", "event_forms": "forms", "event_proposal_forms": "forms", "event_help_forms": "forms", "event_source_forms": "forms", "picture_forms": "forms", "trusted_forms": "forms", "people_forms": "forms", "passkey_forms": "forms", "planning_forms": "forms", "wave_forms": "forms", "closing_forms": "forms", "refer_forms": "forms", "case_forms": "forms",
        "hold_forms": "forms", "link_forms": "forms", "export_forms": "forms", "invitation_forms": "forms", "tablet_forms": "forms", "coding_forms": "forms", "signal_forms": "forms",
        "definition_forms": "forms", "xlsform_forms": "forms", "board_forms": "forms", "you_said_forms": "forms", "paper_forms": "forms", "sheet_forms": "forms", "release_forms": "forms", "case_review_period_forms": "forms", "case_review_forms": "forms", "case_review_words": "words",
        "questionnaires": "words", "definition_words": "words", "rule_words": "words", "desk_words": "words", "action_words": "words", "clock_words": "words", "outcome_words": "words",
        "consent_words": "words", "referral_words": "words", "referral_sheet": "words", "link_words": "words", "queue_words": "words",
        "event_differences": "words", "figure_words": "words", "evidence_pack": "words", "result_words": "words", "coding_words": "words",
        "export_words": "files", "export_files": "files", "export_making": "files", "board_document": "files", "board_figures": "files", "board_caveats": "files", "paper_words": "files", "export_study": "files",  # made of the words, for a page or by the worker
        "audit_sentences": "pure", "audit_words": "words", "audit_forms": "forms",
        "case_review_panel_accounts": "services", "case_review_deciders": "services", "case_review_page": "panels", "case_review_panel_forms": "forms", "case_review_panel_door": "door",
        "replies": "pure", "spans": "pure",
        "access": "door", "arriving": "door", "way_back": "door", "proving": "door", "open_report": "door", "one_wave": "door", "one_batch": "door", "acting": "door", "one_survey": "door",
        "panels": "panels",  # the page of one report
        "release_pages": "panels",  # what the pages of one release say
        "result_pages": "panels",  # the pages of a wave's results
        "queue_list": "panels",  # the list of reports, with which many acts end
        "": "views",
    },
}  # fmt: skip
WITHIN = {
    "models": {"models"},
    "pure": {"pure"},
    "services": {"models", "pure", "services"},
    "forms": {"models", "pure", "services", "forms"},
    "words": {"models", "pure", "services", "forms"},
    "files": {"models", "pure", "services", "forms", "words", "files"},
    "door": {"models", "pure", "services", "words", "door"},
    "panels": {"models", "pure", "services", "forms", "words", "door", "panels"},
    "views": {"models", "pure", "services", "forms", "words", "files", "door", "panels"},
}
# Across features only services; staff pages also show a report in the words in which it was asked.
ACROSS = {
    ("staff", "reporting"): {"services", "words"},
    ("staff", "surveys"): {"services", "pure", "words"},
    ("staff", "events"): {"services", "pure", "words", "forms"},
    ("staff", "cohesion"): {"services", "pure", "words"},
    ("staff", "profiles"): {"services", "pure"},
    ("profiles", "reporting"): {"services"},
    ("staff", "case_review"): {"services", "pure", "words", "forms"},
    ("case_review", "reporting"): {"services", "words"},
    ("staff", "marac"): {"services", "pure"},
    ("reporting", "marac"): {"services"},  # what no meeting has heard ends with its report
    ("marac", "reporting"): {"services"},  # whether a legal hold keeps the report of a case
    ("cohesion", "surveys"): {"services", "pure"},
    ("events", "surveys"): {"services"},  # the survey that asks who came how it was
}
# Of models, whoever may import them from outside their services takes the closed vocabularies and no table.
VOCABULARIES = {
    "Kind",
    "ReviewPart",
    "ReviewState",
    "INCIDENTS",
    "State",
    "RiskBand",
    "Source",
    "Part",
    "Author",
    "Refusal",
    "Promise",
    "ReferralState",
    "ReferralWay",
    "ReferralPart",
    "OPEN_REFERRALS",
    "HandOverState",
    "HandOverProblem",
    "Role",
    "Audience",
    "SampleType",
    "Mode",
    "SheetState",
    "WaveState",
    "ReleaseState",
    "FindingState",
    "ActionState",
    "ChangeReason",
    "FindingSource",
    "FindingAct",
    "Reason",
    "EventState",
    "AccessFact",
    "EventKind",
    "ForWhom",
    "ProposalState",
    "Need",
    "Outcome",
    "HelpState",
    "Rhythm",
    "Trouble",
    "Skipped",
    "Purpose",
    "About",
    "Direction",
    "ActivityState",
    "Standing",
    "Attendance",
    "Progress",
    "Acceptance",
    "Correction",
    "CaseState",
}
TAKES_TABLES = {"services", "models"}
# The parts of a database row: models know nothing else.
MODELS_IMPORT = {"portal.db"}

# Flask's request, session and render_template: pages, their doors, and the parts around every page.
WEB = {
    "portal.web",
    "portal.languages.i18n",
    "portal.languages.sentences",
    "portal.limits",  # whose address it is; services are given it as text
}
OF_A_REQUEST = {"request", "session", "render_template", "g"}
# The database's session lives in Flask's `g`, also where there is no request.
OUTSIDE_A_REQUEST = {("portal.db", "g"), ("portal.statements", "g"), ("portal", "g")}

PURE = {
    "portal.vault.sealing",
    "portal.text",
    "portal.keeper",
    "portal.flock",
    "portal.partnership.place_search",
    "portal.files.picture",
}
MAX_LINES = 350


@cache
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
    if feature is None or module == f"portal.{feature}":
        return None
    parts, name = PARTS[feature], module.removeprefix(f"portal.{feature}.")
    return parts.get(name) or parts.get(name.split(".")[0]) or parts[""]


def is_within(module: str, places: Iterable[str]) -> bool:
    return any(module == place or module.startswith(f"{place}.") for place in places)


def is_above(module: str) -> bool:
    return module == "portal" or is_within(module, ABOVE - {"portal"})


def shared_folder_of(module: str) -> str:
    parts = module.split(".")
    return BUILDS_ON.get(module) or (parts[1] if len(parts) > 1 and parts[1] in SHARED else "")


def wrong(module: str, imported: str, taken: str) -> str | None:
    """Why `module` may not import that, or None where it may."""
    mine, theirs = feature_of(module), feature_of(imported)
    if is_above(module) or not imported.startswith("portal"):
        return None
    if is_above(imported):
        return "nothing below imports what stands above"
    if theirs is None and mine is None:
        above, below = shared_folder_of(imported), shared_folder_of(module)
        return None if SHARED.index(above) <= SHARED.index(below) else f"{below or 'the top'} stands above {above}"
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


@pytest.mark.dear
def test_a_module_imports_only_what_it_may() -> None:
    found = [
        f"{module} imports {imported} ({taken}): {why}"
        for module in MODULES
        for imported, taken in imports(module)
        if (why := wrong(module, imported, taken))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("module", "imported", "taken"),
    [
        ("portal.audit", "portal.staff.accounts", "*"),
        ("portal.outbox", "portal.reporting.models", "Kind"),
        ("portal.reporting.services", "portal.reporting.pages.forms", "KINDS"),
        ("portal.reporting.services", "portal.staff.accounts", "Officer"),
        ("portal.reporting.models", "portal.vault.keyholders", "Grant"),
        ("portal.reporting.models", "portal.reporting.services", "TEAMS"),
        ("portal.reporting.pages.report", "portal.reporting.models", "Report"),
        ("portal.staff.triage", "portal.reporting.models", "Report"),
        ("portal.staff.triage", "portal.reporting.pages.forms", "KINDS"),
        ("portal.staff.triage", "portal.reporting.pages.come_back", "state_for_reporter"),
        ("portal.staff.accounts", "portal.server.cli", "main"),
    ],
)
def test_the_rules_notice_what_they_forbid(module: str, imported: str, taken: str) -> None:
    assert wrong(module, imported, taken)


def test_every_part_that_is_named_is_there() -> None:
    for feature, parts in PARTS.items():
        for name in parts.keys() - {""}:
            assert is_within(f"portal.{feature}.{name}", MODULES), f"{feature}: {name}"


def test_every_shared_folder_has_its_place() -> None:
    there = {path.name for path in PORTAL.iterdir() if (path / "__init__.py").is_file()}
    assert there == {*SHARED, *FEATURES, "server", "sample", "migrations"} - {""}


def test_only_pages_and_what_surrounds_them_know_the_request() -> None:
    for module in MODULES:
        taken = {(module, name) for imported, name in imports(module) if imported == "flask" and name in OF_A_REQUEST}
        may = is_within(module, WEB) or part_of(module) in {"views", "door", "panels"}
        assert not taken - OUTSIDE_A_REQUEST or may, f"{module}: {taken}"


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


def test_every_module_begins_with_a_sentence_on_what_it_is_for() -> None:
    said = {module: (ast.get_docstring(tree(module)) or "").split("\n\n")[0] for module in MODULES}
    sentence = {module: r"[A-Z`].{15,}" if "versions" in module else r"[A-Z`].*[.?]$" for module in MODULES}
    assert [module for module in MODULES if not re.match(sentence[module], said[module], re.DOTALL)] == []


def test_no_module_is_longer_than_one_can_keep_in_mind() -> None:
    lines = {module: len(path.read_text(encoding="utf-8").splitlines()) for module, path in MODULES.items()}
    assert {module: count for module, count in lines.items() if count > MAX_LINES} == {}


SAFE_WORDS = {
    "templates/components.html": ["drawings[name]|safe"],  # the icons' drawings, which stand in the same file
    "templates/events/event.html": ["words.description|safe"],  # bleach has cleaned it: see portal.text.rich
    "templates/events/poster.html": ["words.description|safe"],  # the same
}
# Words that were escaped the line before, and translations, which are trusted as templates are.
MARKED_WORDS = {
    ("portal.languages.sentences", """_LATIN_RUN.sub('<bdi dir="ltr">\\\\1</bdi>', str(said))"""),
    ("portal.languages.sentences", "self.catalogue.ugettext(sentence)"),
    # A template of the frame, in which everything was escaped as in any other.
    ("portal.web.frame", "part"),
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


def test_no_template_decides_by_the_calendar() -> None:
    """What is late, or over, is a rule: it stands in a service or a model, where it can be found and tested."""
    day = r"\b(today|now|\w+_(on|at))\b"
    compared = re.compile(rf"{day}\s*(<|>|==|<=|>=)|(<|>|==|<=|>=)\s*{day}")
    found = [
        (path.name, statement)
        for path in sorted((ROOT / "templates").rglob("*.html"))
        for statement in re.findall(r"\{[%{].*?[%}]\}", path.read_text(encoding="utf-8"), re.DOTALL)
        if compared.search(re.sub(r'"[^"]*"', "", statement))
    ]
    assert found == []


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
    assert set(stored) == {"rich(written.typed)"}


def test_nothing_is_called_after_nothing_in_particular() -> None:
    assert not {path.stem for path in MODULES.values()} & {"utils", "helpers", "common", "misc", "base", "core"}


# Each keeps what a visitor is still filling in, and tells nobody that anything has arrived or is gone.
NOT_DURABLE = {
    ("portal.case_review.applying", "begin_application"),
    ("portal.case_review.applying", "keep_typed"),
    ("portal.case_review.applying", "show_receipt"),
    ("portal.case_review.applying", "take_out_report"),
    ("portal.reporting.services", "begin_report"),
    ("portal.reporting.services", "begin_request"),
    ("portal.reporting.queue_index", "save"),
    ("portal.reporting.services", "_change_draft"),
    ("portal.reporting.conversations", "keep_typed"),
    ("portal.surveys.services", "begin_answers"),
    ("portal.surveys.saving", "open_saved"),
    ("portal.surveys.services", "_change_draft"),
    ("portal.web.keep_open", "_renewed"),
    # Whoever calls it stands here as well.
    ("portal.statements", "writing"),
}


def test_only_what_is_still_being_filled_in_is_stored_without_waiting_for_the_disk() -> None:
    found = {
        (module, function.name)
        for module in MODULES
        for function in ast.walk(tree(module))
        if isinstance(function, ast.FunctionDef)
        for call in ast.walk(function)
        if isinstance(call, ast.Call) and any(named.arg == "durable" for named in call.keywords)
    }
    assert found == NOT_DURABLE
