"""A condition's text read into records: its words, its grammar, and what is said at the word where it goes wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator

from portal.surveys.expressions import COMPARED, All, Answered, AnyOf, Between, Compares, Expression, Includes, Is, Not

MAX_LETTERS = 2000
MAX_DEPTH = 10
"""Of parentheses within parentheses."""

_WORDS = re.compile(r"(?P<word>[A-Za-z0-9_]+)|(?P<sign>[<>!]=|[(),<>=])|(?P<space>\s+)", re.ASCII)
RESERVED = {"and", "or", "not", "is", "in", "includes"}
_TESTS = "is, is not, in, not in, includes, is at least, is at most, is more than or is less than"


class Word(str):
    """A word of the text, which knows at which letter it begins, from 1; 0 where it comes from no text."""

    __slots__ = ("at",)
    at: int

    def __new__(cls, text: str, at: int = 0) -> Word:
        made = super().__new__(cls, text)
        made.at = at
        return made


class ExpressionError(ValueError):
    """What is wrong and how to mend it. `word` is the one at which it goes wrong, at letter `at`; empty: at the end."""

    def __init__(self, says: str, word: str, at: int) -> None:
        # What a terminal would obey instead of showing it is named by its number.
        self.says, self.word, self.at = says, word if word.isprintable() else f"U+{ord(word[0]):04X}", at
        super().__init__(f'goes wrong at "{self.word}" (letter {at}): {says}' if word else f"ends too early: {says}")


def parse(text: str) -> Expression:
    """Raises ExpressionError."""
    if len(text) > MAX_LETTERS:
        says = f"this is longer than {MAX_LETTERS} letters; ask less, or put a question before it that sums it up"
        raise ExpressionError(says, text[MAX_LETTERS], MAX_LETTERS + 1)
    return _Parser(text).whole()


def _read(text: str) -> Iterator[Word]:
    place = 0
    while place < len(text):
        found = _WORDS.match(text, place)
        if found is None:
            sign = text[place]
            mend = "write codes without quotation marks" if sign in "\"'`“”‘’" else "take it out"
            raise ExpressionError(
                f"only codes, numbers and the words of conditions stand here; {mend}", sign, place + 1
            )
        if found.lastgroup != "space":
            # Codes are small letters, and whoever writes AND means and.
            yield Word(found[0].lower(), place + 1)
        place = found.end()


class _Parser:
    """One word after the other; "" stands for the end."""

    def __init__(self, text: str) -> None:
        self.text, self.words = text, [*_read(text)]
        self.place = 0
        self.before: Is | None = None
        """The part that was read last, where it was one answer of one question."""

    def whole(self) -> Expression:
        if not self.words:
            raise ExpressionError("nothing is asked; write a condition like tenure is rent, or take the key out", "", 0)
        found = self.joined(0)
        if self.now() == ")":
            raise self.wrong("this parenthesis was never opened; take it out or put ( before it")
        if self.now():
            raise self.wrong("here the condition could end; write and or or before it, or take it out")
        return found

    def now(self, ahead: int = 0) -> Word:
        place = self.place + ahead
        return self.words[place] if place < len(self.words) else Word("")

    def take(self, *wanted: str) -> bool:
        """Go on past these words if they stand here."""
        is_here = all(self.now(number) == word for number, word in enumerate(wanted))
        self.place += len(wanted) if is_here else 0
        return is_here

    def wrong(self, says: str) -> ExpressionError:
        """Here, at the word as it was typed."""
        word = self.now()
        return ExpressionError(says, self.text[word.at - 1 :][: len(word)] if word else "", word.at)

    def joined(self, depth: int) -> Expression:
        parts = [self.part(depth)]
        joiner = self.now()
        while self.now() in ("and", "or"):
            if self.now() != joiner:
                raise self.wrong("and and or stand side by side; put ( and ) around what belongs together")
            self.place += 1
            parts.append(self.part(depth))
        if len(parts) == 1:
            return parts[0]
        return All(tuple(parts)) if joiner == "and" else AnyOf(tuple(parts))

    def part(self, depth: int) -> Expression:
        if self.words[self.place - 1 : self.place] != ["or"]:
            self.before = None
        if self.take("not"):
            if self.now() == "(":
                return Not(self.group(depth))
            if self.now() == "answered" and self.now(1) == "(":
                return Not(self.answered())
            raise self.wrong(
                "after not comes a parenthesis or answered; write not (...), or is not and not in behind the code"
            )
        if self.now() == "(":
            return self.group(depth)
        if self.now() == "answered" and self.now(1) == "(":
            return self.answered()
        return self.test()

    def group(self, depth: int) -> Expression:
        if depth == MAX_DEPTH:
            raise self.wrong(f"more than {MAX_DEPTH} parentheses stand inside each other; ask for less at once")
        self.place += 1
        found = self.joined(depth + 1)
        if not self.take(")"):
            raise self.wrong(
                "a parenthesis is still open; write ) before this" if self.now() else "a ) is missing at the end"
            )
        return found

    def answered(self) -> Expression:
        self.place += 2
        question = self.code("a question's code")
        if not self.take(")"):
            raise self.wrong("write one question's code between ( and ), like answered(tenure)")
        return Answered(question)

    def test(self) -> Expression:
        earlier, self.before = self.before, None
        question = self.code("a question's code")
        if self.take("is", "not", "in") or self.take("not", "in"):
            return Not(self.listed(question))
        if self.take("is", "in") or self.take("in"):
            return self.listed(question)
        if self.take("includes"):
            return self.ticked(question)
        for words, sign in COMPARED.items():
            if self.take("is", *words.split()) or self.take(sign):
                return Compares(question, sign, self.number())
        if self.take("is", "not") or self.take("!="):
            return Not(self.one(question))
        if self.take("is") or self.take("="):
            return self.one(question)
        mend = (
            f"; for one of several answers write {earlier.question} in {earlier.codes[0]}, {question}"
            if earlier
            else ""
        )
        raise self.wrong(f"after {question} write {_TESTS}{mend}")

    def one(self, question: str) -> Expression:
        code = self.code("an option's code or a number")
        if self.now() == ",":
            raise self.wrong(
                f"is takes one answer; for one of several write in, like {question} in {code}, {self.now(1)}"
            )
        self.before = Is(question, (code,))
        return self.before

    def listed(self, question: str) -> Expression:
        codes = self.codes()
        if self.now() != "to":
            return Is(question, codes)
        if len(codes) > 1:
            raise self.wrong("a list and a range do not mix; write them apart, with or between them")
        self.place += 1
        return Between(question, codes[0], self.code("the last option or number of the range"))

    def ticked(self, question: str) -> Expression:
        every = self.take("all", "of")
        many = every or self.take("any", "of")
        codes = self.codes()
        if len(codes) > 1 and not many:
            self.place -= 2 * len(codes) - 1
            raise self.wrong("before several options write any of or all of, like includes any of litter, noise")
        return Includes(question, codes, every and len(codes) > 1)

    def codes(self) -> tuple[str, ...]:
        found = [self.code("an option's code or a number")]
        while self.take(","):
            found.append(self.code("an option's code or a number"))
        return tuple(found)

    def code(self, what: str) -> str:
        word = self.now()
        if not word:
            raise self.wrong(f"{what} is missing")
        if word in RESERVED or not word[0].isalnum():
            raise self.wrong(f"{what} is missing before this")
        self.place += 1
        return word

    def number(self) -> str:
        if not self.now():
            raise self.wrong("a number is missing")
        # No number that a survey may ask for is longer.
        if not self.now().isdecimal() or len(self.now()) > 7:
            raise self.wrong(
                "this is no number; write digits, at most 7, like 18, or for options a range like in 16_24 to 35_49"
            )
        self.place += 1
        return Word(str(int(self.words[self.place - 1])), self.words[self.place - 1].at)
