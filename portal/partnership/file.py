"""The partnership as data: who it is, what it works on, where, how fast, and who else can help, in each language.

All of it is PORTAL_DATA/partnership.toml, which an administrator edits; the one shipped beside this module is an example.
The dataclasses below are the file's schema: a field is a key, a field without a default must be there.
"""

from __future__ import annotations

import os
import shutil
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from flask import current_app

from portal.languages.i18n import ENGLISH, LANGUAGES
from portal.languages.words import Localised, Words
from portal.partnership.case_review import BY_THE_ACT, CaseReviewRules, check_case_review
from portal.partnership.community_risk import NO_MARAC, CommunityRisk, check_community_risk
from portal.partnership.desks import Desk, check_desks
from portal.partnership.examples import examples
from portal.partnership.figures import ANYBODY, FigureRules
from portal.partnership.help_lines import HelpLine, check_help_lines
from portal.partnership.outcomes import NO_RULES, ClosingRules, Outcome, check_bulk_outcome, check_outcomes
from portal.partnership.places import Places, check_groups
from portal.partnership.populations import Population, check_areas, check_compared
from portal.partnership.priorities import Priority, check_priorities
from portal.partnership.referring import Disposition, OverrideReason
from portal.partnership.retention import Retention
from portal.partnership.risk_questions import NO_QUESTIONS, RiskQuestions, check_risk_questions
from portal.partnership.toml_records import (
    CODE,
    FILLED,
    MAIL,
    MAIL_OR_EMPTY,
    WEB,
    Check,
    Wrong,
    distinct_codes,
    key,
    known_codes,
    matching,
    record,
    some_of,
)

EXAMPLE = Path(__file__).with_name("partnership.toml")
FILE_NAME = "partnership.toml"


class PartnershipError(Exception):
    """The partnership file cannot be used; its text is one sentence naming file, key and mend."""


SHORT_ADDRESS = matching(r"[a-z0-9.-]+(/[a-z0-9-]*)?", "be a short web address without https://, like card.example.org")
DAYS: Check = (lambda value: 1 <= value <= 90, "be a whole number of working days from 1 to 90")
STRANDS = some_of("sex_gender", "alt_subculture", "age")


@dataclass(frozen=True, kw_only=True)
class Controller:
    """Who answers for personal data, as the privacy page names them."""

    name: str = key(FILLED)
    address: str = key(FILLED)
    officer_name: str = key(FILLED)
    officer_email: str = key(MAIL)


@dataclass(frozen=True, kw_only=True)
class Contact:
    """How a resident reaches the partnership. `check`: nobody has yet made sure that these are right."""

    address: str = key(FILLED)
    email: str = key(MAIL)
    phone: str = key(FILLED)
    check: bool = False


@dataclass(frozen=True, kw_only=True)
class Clocks:
    """What the partnership promises, in working days."""

    acknowledge: int = key(DAYS)
    """By when an officer says that they have seen an immediate risk and will act."""
    triage: int = key(DAYS)
    high_risk_contact: int = key(DAYS)
    tell_reporter: int = key(DAYS)
    update: int = key(DAYS)
    case_review_acknowledge: int = key(DAYS)
    referral_answer: int = key(DAYS, default=5)
    """By when an agency says whether it takes a referral, as the partners agreed among themselves."""
    formats_ready: int = key(DAYS, default=15)
    """By when another format or an interpreter that was asked for is there, or its day is told."""
    answer: int = key(DAYS, default=10)
    """By when a message is answered, where nothing sooner was promised already."""
    wait_for_reporter: int = key(DAYS, default=20)
    """How long a promise waits at most for an answer that its reporter was asked for; then it runs again."""


@dataclass(frozen=True, kw_only=True)
class Emergency:
    """Who made sure that 999, 101, 18000, 18001 101 and 999 BSL, which the pages always show, are right."""

    checked_on: date | None = None
    checked_by: str = ""


@dataclass(frozen=True, kw_only=True)
class Accessibility:
    """What the accessibility statement says of itself: the law wants its dates and who tested what."""

    prepared_on: date
    reviewed_on: date
    tested: Words


@dataclass(frozen=True, kw_only=True)
class Agency:
    """A partner that a report can be passed to. Rows keep its code: retire one, never reuse its code."""

    code: str = key(CODE)
    name: Words
    offered: bool = False
    """Whether each reporter is asked what it may be told."""
    mail: str = key(MAIL_OR_EMPTY, default="")
    """The mailbox of those who have accounts here: it is told that something waits for them, and nothing of what."""
    retired: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Partnership:
    name: str = key(FILLED)
    area: Words
    strapline: Words
    about: Words
    strategy: Words
    exit_url: str = key(WEB)
    card_address: str = key(SHORT_ADDRESS)
    duty_address: str = key(MAIL_OR_EMPTY)
    handling_mark: str = key(FILLED, default="OFFICIAL-SENSITIVE")
    """What stands on every printed page of a report: how the paper is to be handled."""
    reports_read: Words
    reports_read_agreed_by: str = ""
    controller: Controller
    contact: Contact
    emergency: Emergency = Emergency()
    clocks: Clocks
    retention: Retention
    accessibility: Accessibility
    bank_holidays: frozenset[date]
    agencies: tuple[Agency, ...]
    override_reasons: tuple[OverrideReason, ...] = ()
    dispositions: tuple[Disposition, ...] = ()
    priorities: tuple[Priority, ...]
    help_lines: tuple[HelpLine, ...]
    desks: tuple[Desk, ...] = ()
    places: Places
    populations: tuple[Population, ...] = ()
    extra_strands: tuple[str, ...] = key(STRANDS, default=("sex_gender", "alt_subculture", "age"))
    """What hate may also be about here, beside the five strands that are monitored nationally."""
    risk: RiskQuestions = NO_QUESTIONS
    outcomes: tuple[Outcome, ...] = ()
    closing: ClosingRules = NO_RULES
    marac: CommunityRisk = NO_MARAC
    figures: FigureRules = ANYBODY
    case_review: CaseReviewRules = BY_THE_ACT

    @cached_property
    def _views(self) -> dict[str, Localised]:
        return {language.code: Localised(self, language.code) for language in LANGUAGES}

    @cached_property
    def _examples(self) -> tuple[str, ...]:
        return tuple(examples(self))

    def localised(self, code: str) -> Localised:
        """This partnership as a page in language `code` reads it; English for a language it does not know."""
        return self._views.get(code, self._views[ENGLISH])

    def find_population(self, code: str) -> Population | None:
        return next((population for population in self.populations if population.code == code), None)

    def find_outcome(self, code: str) -> Outcome | None:
        return next((outcome for outcome in self.outcomes if outcome.code == code), None)

    @property
    def bulk_outcome(self) -> Outcome | None:
        """That with which many joke reports are closed at once; None where each is closed on its own page."""
        return self.find_outcome(self.closing.bulk_outcome)

    def find_agency(self, code: str) -> Agency | None:
        return next((agency for agency in self.agencies if agency.code == code), None)

    def find_priority(self, code: str) -> Priority | None:
        return next((priority for priority in self.priorities if priority.code == code), None)

    def shown_help_lines(self, today: date, demonstration: bool = False) -> tuple[HelpLine, ...]:
        """Those a resident may rely on; a demonstration shows all, and its pages mark the unchecked ones."""
        return tuple(line for line in self.help_lines if demonstration or line.is_verified(today))

    def missing_for_live(self) -> list[str]:
        """What this file still wants before residents may use the portal, one sentence each."""
        wanted = [
            (
                self.contact.check,
                "Set [contact] in partnership.toml: how residents reach you; take check out once it is right.",
            ),
            (
                not self.reports_read_agreed_by,
                "Set reports_read in partnership.toml to your opening hours, and reports_read_agreed_by to who agreed them.",
            ),
            (
                not self.duty_address,
                "Set duty_address in partnership.toml: the mailbox that is told of an urgent report.",
            ),
            (
                not (self.emergency.checked_on and self.emergency.checked_by),
                "Set [emergency] in partnership.toml: the day the emergency lines were checked, and by whom.",
            ),
        ]
        missing = [sentence for is_missing, sentence in wanted if is_missing]
        return missing + [f"Set {key} in partnership.toml: it still is an example." for key in self._examples]


def load_or_create(data: Path, check: Callable[[Partnership], None] | None = None) -> Partnership:
    """The partnership of this installation; the first start puts the example there to be edited.

    `check` is what the features ask of the file, and raises Wrong.
    """
    path = data / FILE_NAME
    if not path.exists():
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Several processes may start at once: none may read a half-written file.
        copy = path.with_suffix(f".{os.getpid()}")
        shutil.copyfile(EXAMPLE, copy)
        copy.chmod(0o644)
        copy.replace(path)
    return load(path, check)


def load(path: Path, check: Callable[[Partnership], None] | None = None) -> Partnership:
    """Read a partnership file. Raises PartnershipError."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise PartnershipError(f"{path} cannot be read; put the file there or mend its permissions.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise PartnershipError(f"{path} is not a TOML file; mend this: {problem}.") from None
    try:
        partnership: Partnership = record(Partnership, content, "")
        _check_references(partnership)
        check_help_lines(partnership.help_lines)
        check_priorities(partnership.priorities)
        check_risk_questions(partnership.risk)
        check_outcomes(partnership.outcomes)
        check_bulk_outcome(partnership.outcomes, partnership.closing)
        check_case_review(partnership.case_review)
        check_community_risk(partnership.marac, {agency.code for agency in partnership.agencies})
        if check:
            check(partnership)
    except Wrong as wrong:
        raise PartnershipError(f"{path}: {wrong}.") from None
    return partnership


def current_partnership() -> Partnership:
    """The partnership of the running portal."""
    found: Partnership = current_app.extensions["partnership"]
    return found


def _check_references(partnership: Partnership) -> None:
    places = partnership.places
    lists: dict[str, Sequence[Any]] = {
        "agencies": partnership.agencies,
        "override_reasons": partnership.override_reasons,
        "dispositions": partnership.dispositions,
        "priorities": partnership.priorities,
        "help_lines": partnership.help_lines,
        "desks": partnership.desks,
        "outcomes": partnership.outcomes,
        "places.groups": places.groups,
        "populations": partnership.populations,
        "places (parishes and estates together)": (*places.parishes, *places.estates),
    }
    codes = {name: distinct_codes(name, records) for name, records in lists.items()}
    for priority in partnership.priorities:
        known_codes(priority.help_lines, codes["help_lines"], f"priorities.{priority.code}.help_lines", "help_lines")
    for parish in places.parishes:
        known_codes([parish.group], codes["places.groups"], f"places.parishes.{parish.code}.group", "places.groups")
    for estate in places.estates:
        known_codes(
            [estate.parish],
            {p.code for p in places.parishes},
            f"places.estates.{estate.code}.parish",
            "places.parishes",
        )
    check_groups(places)
    for population in partnership.populations:
        for number, margin in enumerate(population.margins, 1):
            at = f"populations.{population.code}.margins number {number}"
            if not margin.by or not margin.cells:
                raise Wrong(f"{at} needs by, the questions it counts, and cells, the counts")
            if any(len(cell.of) != len(margin.by) for cell in margin.cells):
                raise Wrong(f"{at}.cells must each have as many answers in of as by has questions")
        check_areas(population, codes["places.groups"])
        for compared in population.compared:
            check_compared(compared, f"populations.{population.code}.compared")
            if compared.by == "place_group":
                at = f"populations.{population.code}.compared"
                known_codes([g.code for g in compared.groups if g.code], codes["places.groups"], at, "places.groups")
    check_desks(partnership.desks)
