"""A year of invented reports, each marked as a sample."""

from __future__ import annotations

import io
import random
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from PIL import Image, ImageDraw
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import random_id, today
from portal.files import store
from portal.files.store import Kept
from portal.files.uploads import CLEANED, MAX_FILE_BYTES
from portal.reporting.again import Happening, on_calendar
from portal.reporting.conversations import seal_message, unlock_conversation
from portal.reporting.models import Author, Message, Report, State, Translation
from portal.reporting.series import add_to_series
from portal.reporting.storing import store_report
from portal.reporting.translations import Original, seal_translation
from portal.sample.promises import keep_promises
from portal.vault import receipts

MARK = "[Sample]"
MONTHS = 12
REPORTS_A_MONTH = 6


@dataclass(frozen=True)
class Told:
    """What someone might write; invented, in the language it would be written in."""

    language: str
    kind: str
    text: str
    more: dict[str, Any]
    reply: str = ""
    english: str = ""
    """What a person translated it into."""
    has_photo: bool = False
    again: tuple[int, ...] = ()
    """How many days later it happened again, each time."""


TOLD = (
    Told(
        "en",
        "hate",
        "A man on the 6 bus shouted at me to go home. He called me a name because of my scarf.",
        {
            "because": {"strands": ["race", "religion"], "religion": "muslim"},
            "hate_types": {"types": ["verbal"], "words": f"{MARK} Go home."},
            "setting": {"setting": "transport"},
            "contact": {
                "reach": "contact",
                "ways": ["text", "email"],
                "leave_message": "no",
                "called": f"{MARK} Maryam",
                "phone": "07700 900123",
                "email": "maryam@example.org",
            },
            "safe_contact": {
                "spoken": "ur",
                "needs": ["interpreter"],
                "safe_when": f"{MARK} Weekdays after nine",
                "unaware": f"{MARK} My brother",
            },
            "consent": {"partner_police": "what", "partner_victims-first": "how", "partner_landlord": "nothing"},
        },
        "Thank you for telling us. Are you all right to travel on that bus? We can ask the bus company to help.",
    ),
    Told(
        "en",
        "asb",
        "Motorbikes race along the redway behind our houses every weekend until two in the morning.",
        {
            "when": {"when": "keeps_happening", "part": ["evening", "night"]},
            "affected": {"affected": "nuisance"},
            "asb_group": {"group": "vehicles"},
            "asb_types": {"types": ["vehicle_nuisance", "noise_vehicles"]},
            "often": {"often": "weekly", "worse": "yes"},
            "risk-whom": {"risk-targeted": "nobody", "risk-others": "neighbours"},
            "risk-effect": {"risk-affected": "moderately"},
        },
        again=(6, 7, 13, 20),
    ),
    Told(
        "en",
        "asb",
        "Someone leaves bags of rubbish and a broken fridge by the garages.",
        {
            "affected": {"affected": "environmental"},
            "asb_group": {"group": "rubbish"},
            "asb_types": {"types": ["dumping"], "size": "car_boot", "material": ["household", "white_goods"]},
        },
        has_photo=True,
    ),
    Told(
        "en",
        "not_sure",
        "A group waits outside the shop and laughs at my son. He has a learning disability. He will not go there now.",
        {
            "often": {"often": "weekly", "worse": "yes"},
            "people": {"number": "group", "known": "by_sight"},
            "harm": {"harm": ["afraid", "avoid"]},
            "risk-whom": {"risk-targeted": "me", "risk-others": "household"},
            "risk-effect": {"risk-affected": "a-lot", "risk-harder": ["illness"]},
            "risk-people": {"risk-friends": "a-few", "risk-professional": "yes"},
            "wish": {"wish": ["support", "act"]},
            "contact": {"reach": "website"},
            "consent": {"partner_council-asb": "what"},
        },
        "Thank you. It is right to tell us. Is there a time of day when it happens most?",
    ),
    Told(
        "en",
        "hate",
        "They painted words on the wall of the community centre.",
        {"because": {"strands": ["not_sure"]}, "hate_types": {"types": ["graffiti"]}, "who": {"who": "community"}},
    ),
    Told(
        "pl",
        "hate",
        "Sąsiad krzyczy na nas, żebyśmy wracali do siebie. Dzieci boją się wychodzić na podwórko.",
        {
            "because": {"strands": ["race"]},
            "hate_types": {"types": ["verbal", "threats"]},
            "often": {"often": "daily", "worse": "yes"},
            "people": {"number": "one", "known": "neighbour"},
            "harm": {"harm": ["children"]},
            "risk-before": {"risk-linked": "yes", "risk-reputation": "yes"},
            "risk-whom": {"risk-targeted": "household", "risk-others": "household"},
            "risk-effect": {"risk-affected": "a-lot", "risk-harder": ["language"]},
        },
        english="A neighbour shouts at us to go back where we came from. The children are afraid to go out into the yard.",
    ),
    Told(
        "pl",
        "asb",
        "Głośna muzyka prawie każdej nocy. Nie możemy spać przed pracą.",
        {
            "affected": {"affected": "personal"},
            "asb_group": {"group": "noise"},
            "asb_types": {"types": ["noise_home", "noise"]},
            "often": {"often": "daily"},
            "told": {"told": ["landlord"]},
            "contact": {
                "reach": "contact",
                "ways": ["letter"],
                "leave_message": "yes",
                "address": f"{MARK} 1 Example Street, Milton Keynes",
            },
            "consent": {"partner_landlord": "how"},
            "risk-before": {"risk-linked": "yes"},
            "risk-people": {"risk-friends": "lots", "risk-professional": "no"},
        },
    ),
    Told(
        "ro",
        "hate",
        "Cineva a scris cuvinte urâte pe mașina noastră pentru că suntem români.",
        {"because": {"strands": ["race"]}, "hate_types": {"types": ["graffiti", "damage"]}, "told": {"told": ["none"]}},
        "Thank you for telling us. Please do not clean it yet: an officer can come and look at it.",
    ),
    Told(
        "ro",
        "asb",
        "Se adună tineri pe scara blocului și fumează. Bunica mea se teme să iasă.",
        {
            "affected": {"affected": "nuisance"},
            "asb_group": {"group": "groups"},
            "asb_types": {"types": ["rowdy"]},
            "harm": {"harm": ["afraid"]},
        },
    ),
    Told(
        "ur",
        "hate",
        "کل رات انہوں نے پھر ہمارے دروازے پر لکھا۔ میرے بچے باہر جانے سے ڈرتے ہیں۔",
        {
            "because": {"strands": ["religion", "race"], "religion": "muslim"},
            "hate_types": {"types": ["graffiti"]},
            "often": {"often": "sometimes", "worse": "yes"},
            "harm": {"harm": ["home", "children"]},
            "risk-before": {"risk-linked": "yes", "risk-reputation": "no"},
            "risk-whom": {"risk-targeted": "household", "risk-others": "household"},
            "risk-effect": {"risk-affected": "a-lot"},
        },
        english="Last night they wrote on our door again. My children are afraid to go outside.",
    ),
    Told(
        "ur",
        "asb",
        "پارک میں رات کو لوگ شراب پیتے ہیں اور بوتلیں توڑتے ہیں۔",
        {
            "affected": {"affected": "nuisance"},
            "asb_group": {"group": "drugs"},
            "asb_types": {"types": ["street_drinking"]},
            "setting": {"setting": "park"},
        },
    ),
)
PLACES = (
    "e-fishermead",
    "e-netherfield",
    "p-wolverton-greenleys",
    "p-stony-stratford",
    "p-central-milton-keynes",
    "e-conniburrow",
)
WHEN = ("today", "yesterday", "last_7_days", "longer_ago", "keeps_happening", "not_sure")


def add_reports(db: Session) -> list[str]:
    """A year of reports, older ones further along; returns their receipts, oldest first."""
    rng = random.Random(2018)  # noqa: S311 (the same year of reports each time)
    first = today() - timedelta(days=30 * MONTHS)
    days = sorted(first + timedelta(days=rng.randrange(30 * MONTHS + 1)) for _ in range(MONTHS * REPORTS_A_MONTH))
    return [_report(db, rng, TOLD[number % len(TOLD)], day) for number, day in enumerate(days)]


def _photo() -> Kept:
    """A drawing of bags and a fridge by a garage door, which nobody takes for a photo of a real place."""
    with store.Incoming(MAX_FILE_BYTES) as written:
        picture = Image.new("RGB", (800, 600), "#cfc4b2")
        draw = ImageDraw.Draw(picture)
        draw.rectangle((0, 430, 800, 600), "#6b7678")
        draw.rectangle((80, 130, 520, 430), "#e2efed", "#4a5759", 4)
        for height in range(180, 430, 50):
            draw.line((80, height, 520, height), "#4a5759", 3)
        draw.rounded_rectangle((560, 210, 700, 470), 12, "#ffffff", "#4a5759", 4)
        for left in (240, 330, 440):
            draw.ellipse((left, 390, left + 120, 520), "#1f2a2c")
        draw.text((30, 20), MARK, "#1f2a2c", font_size=40)
        drawn = io.BytesIO()
        picture.save(drawn, "JPEG")
        written.write(drawn.getvalue())
        return written.keep(CLEANED)


def _report(db: Session, rng: random.Random, told: Told, day: date) -> str:
    digits = receipts.draw()
    age = (today() - day).days
    answers: dict[str, Any] = {
        "kind": {"kind": told.kind},
        "narrative": {"narrative": f"{MARK} {told.text}"},
        "when": {"when": rng.choice(WHEN)},
        "where": {"place": rng.choice(PLACES)},
        "risk": {"risk": "yes" if age < 4 and rng.random() < 0.4 else rng.choice(("no", "not_sure"))},
        "check": {"open_words": True},
    } | told.more
    state = (
        State.NEW
        if age < 4
        else rng.choice((State.LOOKED_AT, State.LOOKED_AT, State.ACTION))
        if age < 60
        else State.CLOSED
    )
    keys = receipts.derive(digits)
    files = [asdict(_photo())] if told.has_photo and age < 60 else []
    content = {"token": random_id().hex, "answers": answers, "files": files}
    report = store_report(db, content, keys, told.language, state, day)
    key, answered_on = unlock_conversation(report, keys), min(today(), day + timedelta(days=2))
    if told.english and state is not State.NEW:
        first = db.scalars(select(Message).where(Message.report_id == report.id)).one()
        original = Original(report.id, first.id, Author.REPORTER, told.text, told.language, report.conversation_id, key)
        translation = Translation(id=random_id(), position=1, language="en", made_on=answered_on)
        seal_translation(db, translation, original, f"{MARK} {told.english}", "Amina K.")
    if told.reply and state is not State.NEW:
        message = Message(id=random_id(), report_id=report.id, position=2, author=Author.OFFICER, seen=age > 60)
        seal_message(db, message, report.conversation_id, key, f"{MARK} {told.reply}", "en", answered_on, "Amina K.")
    _happen_again(db, report, key, told, day)
    keep_promises(db, report, key, MARK, asks=told.reply.endswith("?"))
    return digits


def _happen_again(db: Session, report: Report, key: bytes, told: Told, day: date) -> None:
    days = [on for later in told.again if (on := day + timedelta(days=later)) <= today()]
    for position, on in enumerate(days, 3):
        happened = Happening(on_calendar({"when": "today", "time": "01:30"}, on), "hours", ("unwell",))
        message = Message(
            id=random_id(),
            report_id=report.id,
            position=position,
            author=Author.REPORTER,
            seen=report.state is State.CLOSED,
        )
        words = f"{MARK} The motorbikes again."
        again = happened.as_content()
        seal_message(db, message, report.conversation_id, key, words, told.language, on, again=again)
        add_to_series(db, report, key, on, is_hurt=False)
