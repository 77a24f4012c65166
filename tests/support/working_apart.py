"""What residents and officers do while hosts are killed and cut off, and what they were shown: to be held against what is there."""

from __future__ import annotations

import re
import threading
from collections import Counter
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import pyotp

from tests.bench import journeys
from tests.support.visitors_apart import Astray, Visitor

WORDS = (
    "amber",
    "birch",
    "cedar",
    "drift",
    "ember",
    "fable",
    "grove",
    "haven",
    "inlet",
    "jetty",
    "kiosk",
    "larch",
    "maple",
    "otter",
)
LINK = re.compile(r"/staff/reports/([0-9a-f-]{36})(?=[\"#?])")
FILE = re.compile(r"/staff/reports/[0-9a-f-]{36}/files/[0-9a-f-]{36}")
OPTION = re.compile(r'<input[^>]*type="radio"[^>]*>')
PHOTO = "photo.jpg"
OUTCOME = "We looked into it and spoke to the people there."


def digest(content: bytes) -> str:
    return blake2b(content, digest_size=16).hexdigest()


@dataclass
class Letter:
    """One report whose receipt was shown, and what was written both ways of which somebody read that it was sent."""

    receipt: str
    words: str
    has_photo: bool
    written: list[str] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)
    is_closed: bool = False


@dataclass
class Town:
    """What all of them know together."""

    letters: dict[str, Letter] = field(default_factory=dict)
    """By the words by which an officer knows it again."""
    begun: set[str] = field(default_factory=set)
    surveys_sent: int = 0
    photos: Counter[str] = field(default_factory=Counter)
    """The digest of each photo as an officer was given it."""
    lost: list[str] = field(default_factory=list)
    _line: threading.Lock = field(default_factory=threading.Lock)

    def sent(self, letter: Letter) -> None:
        with self._line:
            self.letters[letter.words] = letter

    def thanked(self) -> None:
        with self._line:
            self.surveys_sent += 1


class Resident:
    """Reports, comes back, writes, answers surveys and reads what is on."""

    def __init__(self, visitor: Visitor, town: Town, photo: bytes) -> None:
        self.visitor, self.town, self.photo = visitor, town, photo
        self.mine: list[Letter] = []
        self.begun = 0

    def live(self) -> None:
        self.visitor.come_from_elsewhere()
        self.report(with_photo=self.begun % 2 == 0)
        for act in self.visitor.rng.sample([self.come_back, self.answer_survey, self.read_events, self.come_back], 3):
            if self.visitor.is_over.is_set():
                return
            act()
            self.visitor.think()

    def report(self, *, with_photo: bool) -> None:
        """At the pace of a person: what comes faster is looked at as a program's."""
        visitor = self.visitor
        self.begun += 1
        words = f"{' '.join(visitor.rng.sample(WORDS, 6))} {visitor.who} {self.begun}."
        self.town.begun.add(words)
        visitor.open("/report")
        visitor.send("/report", {})
        for path, answer in journeys.ANSWERS.items():
            visitor.think(2.6)
            visitor.open(path)
            if path != "/report/files":
                visitor.send(path, answer)
            elif with_photo:
                self.add_photo(path, words)
            else:
                visitor.send(path, {"narrative": words})
        visitor.expect("/report/check")
        visitor.send("/report/check", {"open_words": "y"})
        visitor.expect("/report/sent")
        shown = journeys.RECEIPT.search(visitor.body)
        if shown is None:
            raise Astray(f"no receipt: {visitor.text[:200]}")
        letter = Letter(re.sub(rb"<[^>]*>|\s", b"", shown[1]).decode(), words, with_photo)
        self.mine.append(letter)
        self.town.sent(letter)
        visitor.send("/report/sent", {})

    def add_photo(self, path: str, words: str) -> None:
        """Whoever was told that it failed opens the page again, and sees whether the photo is there all the same."""
        visitor = self.visitor
        while not visitor.try_to_send(path, {"narrative": words}, {"files": (PHOTO, self.photo)}):
            visitor.think()
            visitor.open(path)
            if PHOTO in visitor.text:
                visitor.send(path, {"narrative": words})
                return

    def come_back(self) -> None:
        """Read what was answered and write back, in a browser that has never been here."""
        if not self.mine:
            return
        visitor, letter = self.visitor, self.visitor.rng.choice(self.mine)
        visitor.come_from_elsewhere()
        self.town.lost += open_letter(visitor, letter)
        if letter.is_closed or len(letter.written) > 2:
            return
        visitor.think()
        message = f"{' '.join(visitor.rng.sample(WORDS, 5))} {visitor.who} {self.begun} {len(letter.written)}"
        visitor.send("/return/report", {"message": message}, {})
        if visitor.text.count(message) != 1:
            raise Astray(f"{visitor.who} does not see their message: {visitor.text[:200]}")
        letter.written.append(message)

    def answer_survey(self) -> None:
        visitor = self.visitor
        visitor.come_from_elsewhere()
        visitor.open("/surveys")
        visitor.open("/surveys/ward-pulse")
        visitor.send("/surveys/ward-pulse", {})
        for _ in range(40):
            if visitor.path.endswith("/send"):
                break
            before, options = visitor.path, first_options(visitor.page)
            visitor.think(0.3)
            visitor.send(before, options)
            if visitor.path == before:  # it asks for something else: that may be left out
                visitor.send(before, {"skip": "1"})
        visitor.expect("/surveys/ward-pulse/send")
        visitor.send("/surveys/ward-pulse/send", {})
        visitor.expect("/surveys/ward-pulse/thanks")
        self.town.thanked()

    def read_events(self) -> None:
        visitor = self.visitor
        visitor.come_from_elsewhere()
        page = visitor.open("/events")
        for path in visitor.rng.sample(sorted(set(re.findall(r'href="(/events/[0-9a-f-]{36})"', page))), 2):
            visitor.think()
            visitor.open(path)


def open_letter(visitor: Visitor, letter: Letter) -> list[str]:
    """Open it with its receipt; gives what was sent and is not on its page exactly once."""
    known = (letter.words, *letter.written, *letter.answered)  # an officer may answer while the page is on its way
    visitor.open("/return")
    visitor.send("/return", {"receipt": letter.receipt})
    visitor.expect("/return/report")
    seen = visitor.text
    return [f"{letter.receipt}: {seen.count(words)} times {words!r}" for words in known if seen.count(words) != 1]


def first_options(page: str) -> dict[str, str]:
    """The first answer of each question that has some to choose from."""
    found: dict[str, str] = {}
    for tag in OPTION.findall(page):
        given = dict(re.findall(r'(name|value)="([^"]*)"', tag))
        found.setdefault(given["name"], given.get("value", ""))
    return found


class Officer:
    """Signs in, unlocks, and works through what residents sent."""

    def __init__(self, visitor: Visitor, town: Town, account: dict[str, Any]) -> None:
        self.visitor, self.town, self.account = visitor, town, account
        self.known: dict[str, str] = {}
        """What each report's words are, or nothing where it is none of the test's, by the report's id."""
        self.code_at = 0.0
        self.is_in = False

    def come_to_work(self, now: float) -> None:
        """A code works once: where the answer to it was lost, the next one is taken."""
        visitor = self.visitor
        visitor.open("/staff/sign-in")
        self.code_at = max(self.code_at + 30, now)
        code = pyotp.TOTP(self.account["totp"]).at(int(self.code_at))
        visitor.send(
            "/staff/sign-in", {"name": self.account["name"], "password": self.account["password"], "code": code}
        )
        if visitor.path == "/staff/sign-in":
            return
        visitor.open("/staff/unlock")
        visitor.send("/staff/unlock", {"passphrase": self.account["password"]})
        self.is_in = "/sign-in" not in visitor.path and "/unlock" not in visitor.path

    def look(self) -> None:
        """Whatever is new in the list is opened, taken and answered; every second one is closed."""
        page = self.visitor.open("/staff/reports")
        for found in dict.fromkeys(LINK.findall(page)):
            if found in self.known:
                continue
            at = f"/staff/reports/{found}"
            self.visitor.open(at)
            words = self.words_here()
            self.known[found] = words
            if words in self.town.letters:
                self.work(at, self.town.letters[words])
            if self.visitor.is_over.is_set():
                return
            self.visitor.think()

    def words_here(self) -> str:
        return next((words for words in sorted(self.town.begun) if words in self.visitor.text), "")

    def work(self, at: str, letter: Letter) -> None:
        visitor = self.visitor
        if letter.has_photo:
            self.check_photo(letter)
            visitor.open(at)
        visitor.send(f"{at}/owner", {"take": "1"})
        visitor.think()
        visitor.open(at)
        answer = f"{' '.join(visitor.rng.sample(WORDS, 5))} {visitor.who} {len(self.known)}"
        for _ in range(3):  # what the reporter wrote meanwhile is to be read first
            visitor.send(at, {"message": answer, "language": "en"}, {})
            if "Something came while this page was open" not in visitor.text:
                letter.answered.append(answer)
                break
        if len(self.known) % 2:
            visitor.open(f"{at}/close")
            visitor.send(f"{at}/close", {"outcome": "spoke", "message": OUTCOME, "language": "en"})
            letter.is_closed = visitor.path == at

    def check_photo(self, letter: Letter) -> None:
        """It comes whole: each is the same photo, made anew in the same way."""
        files = sorted(set(FILE.findall(self.visitor.page)))
        if len(files) != 1:
            self.town.lost.append(f"{letter.receipt}: {len(files)} photos")
            return
        self.visitor.open(files[0])
        self.town.photos[digest(self.visitor.body)] += 1
