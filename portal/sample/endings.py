"""How invented reports ended: an outcome of the partnership's list, its text with the blanks filled, who decided and who agreed."""

from __future__ import annotations

import random
from datetime import date

from sqlalchemy.orm import Session

from portal.db import random_id
from portal.partnership.file import current_partnership
from portal.partnership.outcomes import BLANK, Outcome
from portal.reporting.closing import Decided, keep_ending, needs_second_look
from portal.reporting.conversations import seal_message
from portal.reporting.models import Author, Message, Report
from portal.sample.told import MARK
from portal.vault import keyholders
from portal.vault.keyholders import Keyring

# Whoever looks at closings a second time.
SECOND = "Nadia S."
# Nine in ten are closed with one of the first outcomes of the partnership's list, and not with one that does not fit.
USUAL_OUTCOMES = 6
UNFIT = {"hate": ("put-right",), "asb": ("supported",), "not_sure": ("put-right", "formal")}
WHY = "Nobody could say more, and there is no camera."
# What stands in the blanks of the outcomes that come with the portal, in their order.
FILLED: dict[str, dict[str, tuple[str, ...]]] = {
    "spoke": {
        "en": ("we visited them and sent them a letter",),
        "pl": ("byliśmy u nich i wysłaliśmy im list",),
        "ro": ("i-am vizitat și le-am trimis o scrisoare",),
        "ur": ("ہم ان سے ملے اور انہیں خط بھیجا",),
    },
    "formal": {
        "en": ("we sent a written warning",),
        "pl": ("wysłaliśmy pisemne ostrzeżenie",),
        "ro": ("am trimis un avertisment scris",),
        "ur": ("ہم نے تحریری تنبیہ بھیجی",),
    },
    "put-right": {
        "en": ("the place was cleaned and repaired",),
        "pl": ("to miejsce posprzątano i naprawiono",),
        "ro": ("locul a fost curățat și reparat",),
        "ur": ("جگہ صاف کی گئی اور مرمت ہوئی",),
    },
    "watched": {
        "en": ("officers walk there twice a week, for three months",),
        "pl": ("przez trzy miesiące jesteśmy tam dwa razy w tygodniu",),
        "ro": ("mergem acolo de două ori pe săptămână, timp de trei luni",),
        "ur": ("ہم تین مہینے تک ہفتے میں دو بار وہاں جاتے ہیں",),
    },
    "supported": dict.fromkeys(("en", "pl", "ro", "ur"), ("Victims First, www.victims-first.org.uk",)),
    "not-known-who": {
        "en": ("we asked the neighbours and looked for cameras",),
        "pl": ("pytaliśmy sąsiadów i szukaliśmy kamer",),
        "ro": ("am întrebat vecinii și am căutat camere",),
        "ur": ("ہم نے پڑوسیوں سے پوچھا اور کیمرے ڈھونڈے",),
    },
    "no-power": {
        "en": ("we asked the police", "the law allows it"),
        "pl": ("zapytaliśmy policję", "prawo na to pozwala"),
        "ro": ("am întrebat poliția", "legea permite asta"),
        "ur": ("ہم نے پولیس سے پوچھا", "قانون اس کی اجازت دیتا ہے"),
    },
    "duplicate": {
        "en": ("we visited the place",),
        "pl": ("byliśmy na miejscu",),
        "ro": ("am mers la fața locului",),
        "ur": ("ہم اس جگہ گئے",),
    },
    "outside": dict.fromkeys(
        ("en", "pl", "ro", "ur"), ("Central Bedfordshire Council, www.centralbedfordshire.gov.uk",)
    ),
    "with-police": {
        "en": ("Monday", "0000"),
        "pl": ("poniedziałek", "0000"),
        "ro": ("luni", "0000"),
        "ur": ("پیر", "0000"),
    },
    "with-other": {
        "en": ("the landlord", "Monday", "they visit"),
        "pl": ("właściciel budynku", "poniedziałek", "wizyta na miejscu"),
        "ro": ("proprietarul clădirii", "luni", "o vizită la fața locului"),
        "ur": ("مالک مکان", "پیر", "جا کر دیکھیں گے"),
    },
    "asked-to-stop": {
        "en": ("we read your report",),
        "pl": ("przeczytaliśmy zgłoszenie",),
        "ro": ("am citit sesizarea",),
        "ur": ("ہم نے آپ کی رپورٹ پڑھی",),
    },
}
# For the blanks of an outcome that a partnership has added or changed.
OTHERWISE = {
    "en": "we looked into it",
    "pl": "zajęliśmy się tym",
    "ro": "ne-am ocupat de asta",
    "ur": "ہم نے اسے دیکھا",
}


def add_ending(
    db: Session, rng: random.Random, report: Report, key: bytes, held: Keyring, by: str, on: date, position: int
) -> None:
    """Of a report that is closed; `key` is its conversation's, `by` whoever closed it on that day, `position` its last message's."""
    outcome = _chosen(rng, report)
    text, language = message_of(outcome, report.language)
    message = Message(id=random_id(), report_id=report.id, position=position, author=Author.OFFICER, seen=True)
    seal_message(db, message, report.conversation_id, key, text, language, on, by)
    reason = f"{MARK} {WHY}" if outcome.reason else ""
    decided = Decided(outcome=outcome.code, message=text, language=language, reason=reason, by=by, once=message.id)
    second = SECOND if needs_second_look(report.kind, immediate_risk=report.immediate_risk) else ""
    own_key = keyholders.content_keys(held, [report.id])[report.id]
    keep_ending(db, report, key, own_key, decided, on, second)


def message_of(outcome: Outcome, language: str) -> tuple[str, str]:
    """What the reporter reads, nothing left to fill in, and its language: English where the partnership has no other."""
    language = language if language in outcome.text else "en"
    filled = iter(FILLED.get(outcome.code, {}).get(language, ()))
    otherwise = OTHERWISE.get(language, OTHERWISE["en"])
    return f"{MARK} {BLANK.sub(lambda _blank: next(filled, otherwise), outcome.text[language])}", language


def _chosen(rng: random.Random, report: Report) -> Outcome:
    outcomes = [outcome for outcome in current_partnership().outcomes if not outcome.retired]
    usual = outcomes[:USUAL_OUTCOMES] if rng.random() < 0.9 else outcomes
    return rng.choice([outcome for outcome in usual if outcome.code not in UNFIT[report.kind.value]] or outcomes)
