"""A survey's rules as staff read them: whom a question is asked, in sentences with the questions' and options' words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from portal.surveys.definition import Instrument, Page, Question, Rule, Variant
from portal.surveys.expressions import (
    All,
    Answered,
    AnyOf,
    Atom,
    Between,
    Compares,
    Expression,
    Includes,
    Is,
    Not,
)


def asked_if(instrument: Instrument, page: Page, question: Question, code: str) -> str:
    """Whom the question is asked, in the page's language around the questionnaire's words in `code`."""
    said = Said(instrument, code)
    return " ".join(sentence for rule in (page.only_if, question.only_if) for sentence in said.sentences(rule))


def asked_as(instrument: Instrument, question: Question, code: str) -> list[str]:
    """The other words in which the question is asked, each with for whom."""
    said = Said(instrument, code)
    return [said.variant(variant) for variant in question.variants]


@dataclass(frozen=True)
class Said:
    """Rules of this instrument in the page's language, around the questionnaire's words in `code`."""

    instrument: Instrument
    code: str

    def sentences(self, rule: Rule) -> Iterator[str]:
        """One for each part that must hold; none where it always does."""
        parts = rule.expression.parts if isinstance(rule.expression, All) else (rule.expression,)
        for part in parts:
            if isinstance(part, Is | Includes) and not (isinstance(part, Includes) and part.every):
                question, options = self._question(part), self._options(part, part.codes)
                yield _("Only if “%(question)s” was answered: %(options)s.", question=question, options=options)
            else:
                yield _("Only if %(condition)s.", condition=self._clause(part))

    def variant(self, variant: Variant) -> str:
        text = variant.text.in_(self.code)
        return _("Asked as “%(text)s” if %(condition)s.", text=text, condition=self._clause(variant.when.expression))

    def _clause(self, expression: Expression) -> str:
        match expression:
            case All(parts):
                return self._joined(parts, _("%(first)s, and %(second)s"))
            case AnyOf(parts):
                return self._joined(parts, _("%(first)s, or %(second)s"))
            case Not(part):
                return self._denied(part)
        return self._held(expression)

    def _joined(self, parts: Sequence[Expression], pattern: str) -> str:
        said = ""
        for part in parts:
            clause = self._clause(part)
            if isinstance(part, All | AnyOf):
                clause = f"({clause})"
            said = pattern % {"first": said, "second": clause} if said else clause
        return said

    def _held(self, atom: Atom) -> str:
        question = self._question(atom)
        match atom:
            case Answered():
                return _("“%(question)s” was answered", question=question)
            case Includes(_question, codes, True):
                options = self._options(atom, codes)
                return _("all of these were chosen for “%(question)s”: %(options)s", question=question, options=options)
            case Is(_question, codes) | Includes(_question, codes):
                options = self._options(atom, codes)
                return _("“%(question)s” was answered: %(options)s", question=question, options=options)
            case Between(_question, low, high):
                ends = {"low": self._options(atom, [low]), "high": self._options(atom, [high])}
                return _("the answer to “%(question)s” was from %(low)s to %(high)s", question=question, **ends)
            case Compares(_question, sign, number):
                said = {
                    ">=": _("the answer to “%(question)s” was %(number)s or more", question=question, number=number),
                    "<=": _("the answer to “%(question)s” was %(number)s or less", question=question, number=number),
                    ">": _("the answer to “%(question)s” was more than %(number)s", question=question, number=number),
                    "<": _("the answer to “%(question)s” was less than %(number)s", question=question, number=number),
                }
                return said[sign]

    def _denied(self, part: Expression) -> str:
        """Skipped or not asked, none of this was answered: so it holds as well."""
        match part:
            case Answered():
                return _("“%(question)s” was skipped or not asked", question=self._question(part))
            case Is(_question, codes) | Includes(_question, codes, False):
                question, options = self._question(part), self._options(part, codes)
                return _("“%(question)s” was not answered with: %(options)s", question=question, options=options)
        return _("it is not so that (%(condition)s)", condition=self._clause(part))

    def _question(self, atom: Atom) -> str:
        return self._asked(atom).text.in_(self.code)

    def _asked(self, atom: Atom) -> Question:
        return self.instrument.questionnaire.questions[atom.question]

    def _options(self, atom: Atom, codes: Sequence[str]) -> str:
        options = self.instrument.questionnaire.options_of(self._asked(atom))
        words = {option.code: option.text.in_(self.code) for option in options}
        return " / ".join(words.get(one, one) for one in codes)
