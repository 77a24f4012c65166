"""A tablet without a line: answers are sealed on it, wait, arrive, and are each stored once; whoever steals it reads nothing."""

from __future__ import annotations

import json
import random
import re
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, request
from hypothesis import given
from hypothesis import strategies as st
from nacl.bindings import crypto_scalarmult, crypto_scalarmult_base
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page, expect
from sqlalchemy import func, select, update

from portal.db import existing, session, today, transaction, utcnow
from portal.surveys import kiosks, offline, sheet
from portal.surveys.definition import Question, thaw
from portal.surveys.expressions import (
    All,
    Answered,
    AnyOf,
    Between,
    Compares,
    Expression,
    Includes,
    Is,
    Not,
    holds,
)
from portal.surveys.models import Kiosk, Mode, OfflineKey, SurveyVersion, Wave, WrittenAnswer
from portal.surveys.reading import read_definition
from portal.surveys.routing import asked_of
from portal.surveys.waves import close_wave, lock_running_wave
from portal.vault import hpke, sealing
from portal.vault.sealing import SealError
from tests.support.browsers import Browse
from tests.support.lending import PIN, responses
from tests.support.people import Officer
from tests.support.surveying import EVERY_TYPE, QUESTIONNAIRES, open_survey
from tests.test_kiosk import cookie_of, manager  # noqa: F401

SHIPPED = QUESTIONNAIRES.parent.parent / "surveys"
SECRET = "My husband must not see this."
# RFC 9180, A.1.1.
INFO = b"Ode on a Grecian Urn"
EPHEMERAL = bytes.fromhex("52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736")
RECEIVER = bytes.fromhex("4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8")
SHARED = bytes.fromhex("fe0e18c9f024ce43799ae393c7e8fe8fce9d218875e8227b0187c04e7d2ea1fc")
# "Hello" to RECEIVER with the info "abc", by another implementation (OpenSSL through pyca/cryptography 50).
BY_ANOTHER = bytes.fromhex(
    "3af70bddf34ce3e03c238c481e065a09c508f1821fe25a1bae628b76c635fa47dc7434914dda56d45e51c2caf4ca27cf3bb3810d4f"
)
FIELDS = {
    "answer_together": ["agree_a_bit"],
    "answer_seen": ["noise", "hate"],
    "answer_told": ["no"],
    "written_good": [SECRET],
}


@pytest.fixture
def wave_id(app: Flask) -> uuid.UUID:
    return open_survey(app, closes_on=today() + timedelta(days=3))


@pytest.fixture
def token(app: Flask, wave_id: uuid.UUID) -> str:
    return lend_offline(app, wave_id)


def lend_offline(app: Flask, wave_id: uuid.UUID, hours: float = 4, spoken: Sequence[str] = ("en", "ur")) -> str:
    with app.app_context(), transaction() as db:
        wave, ends_at = lock_running_wave(db, wave_id), utcnow() + timedelta(hours=hours)
        return kiosks.start_kiosk(db, wave, ends_at, spoken, PIN, is_offline=True)


def sealed_on_tablet(app: Flask, wave_id: uuid.UUID, token: str, **changed: Any) -> bytes:
    """What the browser sends: see keepSealed in static/src/offline.js."""
    with app.app_context():
        content = {
            "id": uuid.uuid4().hex,
            "ticket": offline.ticket_of(token),
            "version": session.scalars(select(SurveyVersion.id)).one().hex,
            "language": "en",
            "fields": FIELDS,
        } | changed
        body = json.dumps(content, ensure_ascii=False).encode(errors="surrogatepass")
        public = offline.public_key(wave_id)
        assert public
        padded = len(body).to_bytes(4, "big") + body
        return hpke.seal(padded + bytes(-len(padded) % 8192), public, offline.INFO, wave_id.bytes)


def send(app: Flask, wave_id: uuid.UUID, sealed: bytes) -> tuple[int, str]:
    answer = app.test_client().post(f"/kiosk/offline/{wave_id}", data=sealed)
    return answer.status_code, answer.json["is"] if answer.json else ""


def written(app: Flask) -> int:
    with app.app_context():
        return session.scalar(select(func.count()).select_from(WrittenAnswer)) or 0


# Sealing, as RFC 9180 has it.


@pytest.mark.same_on_both
def test_python_agrees_with_the_rfc_and_with_another_implementation() -> None:
    ours, theirs = crypto_scalarmult_base(EPHEMERAL), crypto_scalarmult_base(RECEIVER)
    assert hpke._agreed(crypto_scalarmult(EPHEMERAL, theirs), ours, theirs) == SHARED
    assert hpke.unseal(BY_ANOTHER, RECEIVER, b"abc", b"") == b"Hello"


@pytest.mark.same_on_both
@given(
    st.binary(max_size=300), st.binary(max_size=40), st.binary(max_size=40), st.integers(0, 2000), st.integers(1, 255)
)
def test_what_is_sealed_opens_for_its_key_and_place_only(
    text: bytes, info: bytes, place: bytes, at: int, bit: int
) -> None:
    private, public = sealing.new_pair()
    sealed = hpke.seal(text, public, info, place)
    assert len(sealed) == len(text) + hpke.OVERHEAD
    assert hpke.unseal(sealed, private, info, place) == text
    broken = bytearray(sealed)
    broken[at % len(sealed)] ^= bit
    for wrong in (
        (bytes(broken), private, info, place),
        (sealed, sealing.new_pair()[0], info, place),
        (sealed, private, info + b"x", place),
        (sealed, private, info, place + b"x"),
        (sealed[:-1], private, info, place),
        (bytes(32) + sealed[32:], private, info, place),
    ):
        with pytest.raises(SealError):
            hpke.unseal(*wrong)


# What arrives.


def test_an_answer_that_arrives_twice_or_at_once_is_stored_once(app: Flask, wave_id: uuid.UUID, token: str) -> None:
    queue = [sealed_on_tablet(app, wave_id, token) for _ in range(3)]
    for sealed in (*queue, *reversed(queue)):
        assert send(app, wave_id, sealed) == (200, "stored")
    stored = responses(app)
    assert [(one.mode, one.flagged, one.language) for one in stored] == [(Mode.OFFLINE, False, "en")] * 3
    assert stored[0].answers == {"together": "agree_a_bit", "seen": ["noise", "hate"], "told": "no"}
    assert written(app) == 3


def test_the_same_answer_sealed_anew_is_stored_once(app: Flask, wave_id: uuid.UUID, token: str) -> None:
    name = uuid.uuid4().hex
    for _ in range(2):
        assert send(app, wave_id, sealed_on_tablet(app, wave_id, token, id=name)) == (200, "stored")
    assert len(responses(app)) == 1


def test_what_no_page_offers_is_left_out_as_on_the_web(app: Flask, wave_id: uuid.UUID, token: str) -> None:
    forged = {
        "answer_together": ["forged"],  # no such option
        "answer_seen": ["noise"],  # so that the next is not asked
        "answer_told": ["no"],
        "written_good": ["x" * 4001],
        "answer_years": ["-3"],
        "answer_way": ["bus"],
        "no_such_field": ["x"],
    }
    assert send(app, wave_id, sealed_on_tablet(app, wave_id, token, fields=forged)) == (200, "stored")
    assert responses(app)[0].answers == {"seen": ["noise"], "way": "bus"}
    assert written(app) == 0


def test_staff_see_on_the_waves_page_how_many_parts_no_page_takes_and_each_counts_once(
    app: Flask,
    wave_id: uuid.UUID,
    token: str,
    manager: Officer,  # noqa: F811
) -> None:
    left_out = "that their pages do not offer"
    assert send(app, wave_id, sealed_on_tablet(app, wave_id, token)) == (200, "stored")
    manager.get(f"/staff/waves/{wave_id}")
    manager.not_see(left_out)
    forged = {"answer_together": ["forged"], "answer_seen": ["noise"], "answer_years": ["-3"], "answer_way": ["bus"]}
    sealed = sealed_on_tablet(app, wave_id, token, fields=forged)
    for _ in range(2):
        assert send(app, wave_id, sealed) == (200, "stored")
    manager.get(f"/staff/waves/{wave_id}")
    manager.see(f"Tablets without internet sent 2 answers {left_out}.")


@pytest.mark.same_on_both
@pytest.mark.parametrize(
    "changed",
    [
        {"fields": {}},
        {"fields": {"answer_together": "agree_a_bit"}},
        {"fields": {"answer_together": ["forged"]}},
        {"fields": []},
        {"id": "x"},
        {"version": uuid.uuid4().hex},
        {"version": 7},
        {"ticket": "00"},
        {"ticket": "\ud800"},
        {"language": "pl"},
        {"language": "xx"},
    ],
)
def test_what_is_no_answer_of_this_tablet_is_refused(
    app: Flask, wave_id: uuid.UUID, token: str, changed: dict[str, Any]
) -> None:
    status, told = send(app, wave_id, sealed_on_tablet(app, wave_id, token, **changed))
    assert (status, told) in {(400, "damaged"), (403, "refused")}
    assert responses(app) == []


@pytest.mark.same_on_both
def test_what_was_sealed_for_another_wave_or_is_noise_is_refused(app: Flask, wave_id: uuid.UUID, token: str) -> None:
    sealed = sealed_on_tablet(app, wave_id, token)
    for noise in (b"", b"x", bytes(32), sealed[:-1], sealed[1:], b"x" * 100_000):
        assert send(app, wave_id, noise) == (400, "damaged")
    assert send(app, uuid.uuid4(), sealed) == (400, "damaged")
    assert app.test_client().post(f"/kiosk/offline/{wave_id}", data=b"x" * 600_000).status_code == 413
    assert responses(app) == []


def test_what_waits_is_taken_after_the_hour_and_after_the_last_day(app: Flask, wave_id: uuid.UUID, token: str) -> None:
    with app.app_context(), transaction() as db:
        db.execute(update(Kiosk).values(ends_at=utcnow() - timedelta(days=2)))
        db.execute(update(Wave).values(opens_on=today() - timedelta(days=9), closes_on=today() - timedelta(days=1)))
    answer = app.test_client().post(f"/kiosk/offline/{wave_id}", data=sealed_on_tablet(app, wave_id, token))
    assert answer.json == {"is": "stored", "taking": False}


def test_a_wave_is_not_closed_while_a_tablet_may_hold_answers_unless_it_is_said_to_be_lost(
    app: Flask,
    wave_id: uuid.UUID,
    token: str,
    manager: Officer,  # noqa: F811
) -> None:
    sealed = sealed_on_tablet(app, wave_id, token)
    manager.get(f"/staff/waves/{wave_id}/close")
    manager.post(f"/staff/waves/{wave_id}/close")
    manager.see("A tablet may still hold answers")
    manager.get(f"/staff/waves/{wave_id}/tablets")
    manager.see("Works without internet", "What it has not sent yet is lost: end it on the tablet instead, if you can.")
    manager.post(f"/staff/waves/{wave_id}/tablets/1/end")
    assert send(app, wave_id, sealed) == (403, "refused")
    manager.get(f"/staff/waves/{wave_id}/close")
    manager.post(f"/staff/waves/{wave_id}/close")
    assert send(app, wave_id, sealed) == (410, "closed")
    assert responses(app) == []


def test_a_week_after_the_last_day_a_wave_is_closed_whatever_tablets_hold_and_its_key_is_gone(
    app: Flask,
    wave_id: uuid.UUID,
    token: str,
    manager: Officer,  # noqa: F811
) -> None:
    sealed = sealed_on_tablet(app, wave_id, token)
    with app.app_context(), transaction() as db:
        late = today() - offline.GRACE - timedelta(days=1)
        db.execute(update(Wave).values(opens_on=late, closes_on=late))
    manager.get(f"/staff/waves/{wave_id}/close")
    manager.post(f"/staff/waves/{wave_id}/close")
    with app.app_context():
        assert session.scalars(select(OfflineKey)).all() == []
        assert session.scalars(select(Kiosk)).all() == []
    assert send(app, wave_id, sealed) == (410, "closed")


def test_a_stolen_database_opens_nothing_that_a_tablet_sealed(app: Flask, wave_id: uuid.UUID, token: str) -> None:
    sealed = sealed_on_tablet(app, wave_id, token)
    with app.app_context():
        kept = session.get_one(OfflineKey, wave_id)
        with pytest.raises(SealError):
            hpke.unseal(sealed, kept.sealed[-32:], offline.INFO, wave_id.bytes)
        row = repr(session.execute(select(Kiosk.id, Kiosk.pin, Kiosk.ticket)).one())
        assert PIN.encode() not in session.scalars(select(Kiosk.pin)).one()
        assert offline.ticket_of(token) not in row


@pytest.mark.same_on_both
@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.toml")), ids=lambda p: p.stem)
def test_every_shipped_survey_can_be_taken_along(app: Flask, path: Path) -> None:
    with app.app_context():
        assert sheet.size(read_definition(path)) <= 192 * 1024


# In the browser.


@pytest.fixture
def script(browse: Browse, app: Flask) -> Page:
    """A page with the script on it, and nothing to do for it."""
    page = browse("/kiosk/ended")
    page.evaluate("async () => { while (!globalThis.offline) await new Promise(done => setTimeout(done, 20)); }")
    page.add_script_tag(url=f"/static/{app.extensions['assets'].names['sheet.js']}")
    return page


@pytest.mark.same_on_both
def test_the_browser_seals_as_the_rfc_has_it_and_python_opens_it(script: Page) -> None:
    sealed = script.evaluate(
        """async ([ephemeral, receiver, info, bound]) => {
          const bytes = hex => Uint8Array.from(hex.match(/../g), pair => parseInt(pair, 16));
          const head = bytes("302e020100300506032b656e04220420");  // PKCS #8
          const curve = {name: "X25519"};
          const privateKey = await crypto.subtle.importKey("pkcs8", Uint8Array.from([...head, ...bytes(ephemeral[0])]), curve, true, ["deriveBits"]);
          const publicKey = await crypto.subtle.importKey("raw", bytes(ephemeral[1]), curve, true, []);
          const text = new TextEncoder().encode("Beauty is truth, truth beauty");
          const pair = {privateKey, publicKey};
          return Array.from(await offline.seal(text, bytes(receiver), bytes(info), bytes(bound), pair));
        }""",
        [
            [EPHEMERAL.hex(), crypto_scalarmult_base(EPHEMERAL).hex()],
            crypto_scalarmult_base(RECEIVER).hex(), INFO.hex(), b"Count-0".hex(),
        ],
    )  # fmt: skip
    text = b"Beauty is truth, truth beauty"
    assert bytes(sealed) == hpke.seal(text, crypto_scalarmult_base(RECEIVER), INFO, b"Count-0", ephemeral=EPHEMERAL)
    assert hpke.unseal(bytes(sealed), RECEIVER, INFO, b"Count-0") == text


CODES = ["a", "b", "c", "7", "16_24"]
ORDERS = {"q": ["a", "b", "16_24"], "r": ["c", "a", "7"]}


def any_expression(rng: random.Random, depth: int = 3) -> Expression:
    kind = rng.randrange(8 if depth else 5)
    question, codes = rng.choice("qrs"), tuple(rng.sample(CODES, rng.randint(1, 3)))
    match kind:
        case 0:
            return Answered(question)
        case 1:
            return Is(question, codes)
        case 2:
            return Includes(question, codes, every=rng.random() < 0.5)
        case 3:
            return Compares(question, rng.choice([">=", "<=", ">", "<"]), str(rng.randint(0, 12)))
        case 4:
            numbers = str(rng.randint(0, 9)), str(rng.randint(0, 12))
            return Between(question, *rng.choice([numbers, (rng.choice(CODES), rng.choice(CODES))]))
        case 5:
            return Not(any_expression(rng, depth - 1))
    parts = tuple(any_expression(rng, depth - 1) for _ in range(rng.randint(0, 3)))
    return All(parts) if kind == 6 else AnyOf(parts)


def any_answer(rng: random.Random) -> Any:
    some = rng.sample(CODES, rng.randint(0, 3))
    return rng.choice([None, "", rng.choice(CODES), rng.choice(CODES), rng.randint(0, 12), rng.randint(0, 12), some])


@pytest.mark.same_on_both
def test_the_browser_judges_conditions_as_python_does(script: Page) -> None:
    rng = random.Random(180)
    cases = [(any_expression(rng), {question: any_answer(rng) for question in "qrs"}) for _ in range(4000)]
    ours = [holds(expression, answers, ORDERS) for expression, answers in cases]
    theirs = script.evaluate(
        "([cases, orders]) => cases.map(([rule, answers]) => sheet.holds(rule, answers, orders))",
        [[[sheet.expression_as_data(expression), answers] for expression, answers in cases], ORDERS],
    )
    assert 0.2 < sum(ours) / len(ours) < 0.8
    assert [case for case, mine, other in zip(cases, ours, theirs, strict=True) if mine is not other] == []


@pytest.mark.same_on_both
@pytest.mark.parametrize("path", [EVERY_TYPE, SHIPPED / "community-safety.toml"], ids=lambda path: path.stem)
def test_the_browser_finds_the_pages_questions_and_wordings_that_python_finds(
    app: Flask, script: Page, path: Path
) -> None:
    open_survey(app, path)
    rng = random.Random(7)
    with app.app_context():
        instrument = thaw(session.scalars(select(SurveyVersion.document)).one())
    questions = instrument.questionnaire.questions.values()

    def drawn(question: Question) -> Any:
        codes = instrument.codes_of(question) or ["x"]
        if question.type == "several":
            return rng.sample(codes, rng.randint(0, min(3, len(codes))))
        return rng.choice([None, rng.choice(codes), rng.randint(0, 99) if question.type == "number" else codes[-1]])

    cases = [{question.code: drawn(question) for question in questions} for _ in range(200)]
    ours = [
        [
            [page, [[one.code, wording(instrument.questionnaire.questions[one.code], one)] for one in found]]
            for page, found in asked_of(instrument, answers)
        ]
        for answers in cases
    ]
    theirs = script.evaluate(
        """([known, cases]) => cases.map(answers =>
          sheet.asked(known, answers).map(([page, found]) => [page, found.map(([one, worded]) => [one.code, worded])]))""",
        [sheet.routing(instrument.questionnaire), cases],
    )
    assert theirs == ours


def wording(question: Question, asked: Question) -> int:
    """The number of the variant in whose words it is asked; -1 the question's own."""
    texts = [variant.text for variant in question.variants]
    return texts.index(asked.text) if asked.text in texts else -1


def press_send_now(page: Page) -> None:
    """The tablet tries of itself as well: then there is nothing left to press."""
    with suppress(PlaywrightError):
        page.get_by_role("button", name="Send now").click(timeout=3000)


def start_offline(app: Flask, browse: Browse, wave_id: uuid.UUID, token: str) -> Page:
    """The tablet with a line, until it says that it is ready."""
    page = browse("/kiosk/ended")
    page.context.add_cookies(
        [{"name": "visit", "value": cookie_of(app, token), "url": page.url.replace("/kiosk/ended", "/")}]
    )
    page.goto(page.url.replace("/kiosk/ended", "/kiosk"))
    expect(page.get_by_text("Ready. It works without internet now.")).to_be_visible()
    return page


def answer_offline(page: Page, language: str, words: str = SECRET) -> None:
    page.get_by_role("link", name=language).click()
    page.locator("[data-start]").click()
    page.locator("input[value=agree_a_bit]").first.check()
    continues = page.locator("[data-questions] button[type=submit]")
    for _ in range(8):
        if page.locator("[data-check]").is_visible():
            break
        for box in page.locator("[data-body] [name=written_good]").all():
            box.fill(words)
        for box in page.locator("[data-body] [value=noise]").all():
            box.check()
        continues.click()
    expect(page.locator(".app-kiosk__again")).to_be_visible()
    page.locator("[data-save]").first.click()
    expect(page.locator("[data-saved]")).to_be_visible()
    # "Delete all and start again" would delete nothing of what is saved.
    expect(page.locator(".app-kiosk__again")).to_be_hidden()


def is_answer(wave_id: uuid.UUID) -> bool:
    """Whether the server is being sent one from a tablet."""
    return request.method == "POST" and request.path.endswith(f"/kiosk/offline/{wave_id}")


def on_the_tablet(page: Page) -> str:
    """All that the browser keeps, as a thief reads it."""
    return str(
        page.evaluate(
            """async () => {
              const text = bytes => Array.from(new Uint8Array(bytes), one => String.fromCharCode(one)).join("");
              const found = [document.cookie, JSON.stringify(localStorage), JSON.stringify(sessionStorage)];
              const open = await new Promise(done => { const o = indexedDB.open("kiosk"); o.onsuccess = () => done(o.result); });
              for (const name of open.objectStoreNames) {
                const store = open.transaction(name).objectStore(name);
                const get = what => new Promise(done => { what.onsuccess = () => done(what.result); });
                for (const key of await get(store.getAllKeys())) found.push(String(key));
                for (const one of await get(store.getAll())) {
                  const {sealed, ...rest} = one && one.sealed ? one : {sealed: [], is: one};
                  found.push(JSON.stringify(rest) + " size " + sealed.length + " " + text(sealed));
                }
              }
              open.close();
              for (const name of await caches.keys()) {
                const kept = await caches.open(name);
                for (const asked of await kept.keys()) found.push(asked.url, await (await kept.match(asked)).text());
              }
              return found.join("\\n");
            }"""
        )
    )


@pytest.mark.dear
@pytest.mark.both_databases
def test_three_answer_without_a_line_and_each_arrives_once_when_it_is_back(
    app: Flask, browse: Browse, wave_id: uuid.UUID, token: str
) -> None:
    page = start_offline(app, browse, wave_id, token)
    expect(page.get_by_text("No answers wait on this tablet.")).to_be_visible()
    # A tablet whose clock stands in another century.
    page.clock.install(time="1999-12-31T23:59:00")
    page.context.set_offline(True)
    page.reload()
    for language, words in (("English", SECRET), ("اردو", SECRET * 6), ("English", "No.")):
        answer_offline(page, language, words)
        page.locator("[data-saved] a").click()
        page.wait_for_url("**/kiosk/offline")
    expect(page.locator("[data-count]")).to_have_text("3")
    press_send_now(page)
    expect(page.get_by_text("There is no internet now. Try again where there is.")).to_be_visible()
    assert responses(app) == []

    kept = on_the_tablet(page)
    for told in (SECRET, 'agree_a_bit"]', "husband", "1999", "2026-"):
        assert told not in re.sub(r"<[^>]+>", "", kept.partition("<!doctype")[0]), told
    blocks = re.findall(r'\{"to":"/kiosk/offline/[0-9a-f-]{36}"\} size (\d+) ', kept)
    assert len(blocks) == 3
    sizes = set(blocks)
    assert len(sizes) == 1

    page.context.set_offline(False)
    press_send_now(page)
    expect(page.get_by_text("No answers wait on this tablet.")).to_be_visible()
    expect(page.get_by_text("There is no internet now.")).to_be_hidden()
    page.context.set_offline(True)
    page.get_by_role("link", name="End the survey on this tablet").click()
    expect(page.get_by_text("There is no internet now.")).to_be_visible()
    page.context.set_offline(False)
    stored = responses(app)
    assert sorted(one.language for one in stored) == ["en", "en", "ur"]
    assert {(one.mode, one.answers["together"]) for one in stored} == {(Mode.OFFLINE, "agree_a_bit")}
    assert {tuple(one.answers["seen"]) for one in stored} == {("noise",)}
    assert written(app) == 3

    page.get_by_role("link", name="End the survey on this tablet").click()
    page.locator("input[type=password]").fill(PIN)
    page.get_by_role("button", name="End it").click()
    page.wait_for_url("**/kiosk/ended")
    page.wait_for_function("() => caches.keys().then(names => !names.length)")
    page.wait_for_function("() => navigator.serviceWorker.getRegistrations().then(all => !all.length)")


@pytest.mark.dear
@pytest.mark.same_on_both
def test_an_answer_whose_receipt_is_lost_is_sent_again_and_stored_once(
    app: Flask, browse: Browse, wave_id: uuid.UUID, token: str
) -> None:
    page = start_offline(app, browse, wave_id, token)
    lost: list[int] = []
    has_line = False

    def lose_the_answer(answer: Response) -> Response:
        if has_line or not is_answer(wave_id):
            return answer
        lost.append(answer.status_code)
        return Response("", 502)

    app.after_request_funcs.setdefault(None, []).append(lose_the_answer)
    answer_offline(page, "English")
    expect(page.locator("[data-saved] [data-count]")).to_have_text("1")
    assert len(responses(app)) == 1
    has_line = True
    page.locator("[data-saved] a").click()
    expect(page.get_by_text("No answers wait on this tablet.")).to_be_visible()
    assert len(responses(app)) == 1
    assert set(lost) == {200}


@pytest.mark.dear
@pytest.mark.same_on_both
def test_two_tabs_that_send_at_once_lose_nothing_and_count_nothing_twice(
    app: Flask, browse: Browse, wave_id: uuid.UUID, token: str
) -> None:
    page = start_offline(app, browse, wave_id, token)
    page.context.set_offline(True)
    for _ in range(2):
        answer_offline(page, "English")
        page.locator("[data-saved] a").click()
        page.wait_for_url("**/kiosk/offline")
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.locator("[data-count]")).to_have_text("2")
    with app.app_context(), transaction() as db:
        # So that a verdict counts: both are too late.
        close_wave(db, existing(db, Wave, wave_id).id)
    page.context.set_offline(False)
    for each in (page, other):
        each.locator("[data-send]").dispatch_event("click")
    for each in (page, other):
        expect(each.locator("[data-lost]")).to_contain_text("Answers that could not be taken: 2")


@pytest.mark.dear
@pytest.mark.same_on_both
def test_an_answer_that_the_server_stumbles_over_holds_up_no_other_and_stays(
    app: Flask, browse: Browse, wave_id: uuid.UUID, token: str
) -> None:
    page = start_offline(app, browse, wave_id, token)
    page.context.set_offline(True)
    for _ in range(3):
        answer_offline(page, "English")
        page.locator("[data-saved] a").click()
        page.wait_for_url("**/kiosk/offline")
    # By the server itself: what falls through a service worker is not always seen by Playwright's routes.
    troubles = [Response("<h1>Sorry</h1>", 500), Response('{"is": "welcome to our café"}', mimetype="application/json")]
    in_trouble: dict[bytes, Response] = {}
    is_mended = False

    def stumble() -> Response | None:
        if request.path.endswith("/state"):
            return Response('{"sign": "in"}', mimetype="application/json")
        if is_mended or not is_answer(wave_id):
            return None
        sent = request.get_data()
        if troubles and sent not in in_trouble:
            in_trouble[sent] = troubles.pop()
        # As often as it is sent: the tablet tries of itself as well.
        return in_trouble.get(sent)

    app.before_request_funcs[None].insert(0, stumble)
    page.context.set_offline(False)
    press_send_now(page)
    expect(page.locator("[data-count]")).to_have_text("2")
    assert len(responses(app)) == 1
    is_mended = True
    press_send_now(page)
    expect(page.get_by_text("No answers wait on this tablet.")).to_be_visible()
    assert len(responses(app)) == 3
    # Nor does such an answer end the tablet.
    expect(page.get_by_role("link", name="English")).to_be_visible()
    assert page.evaluate("caches.has('kiosk')")


@pytest.mark.dear
@pytest.mark.same_on_both
def test_where_there_is_no_room_nothing_is_said_to_be_saved_and_what_was_answered_stays(
    app: Flask, browse: Browse, wave_id: uuid.UUID, token: str
) -> None:
    page = start_offline(app, browse, wave_id, token)
    page.add_init_script(
        """const put = IDBObjectStore.prototype.put;
        IDBObjectStore.prototype.put = function (...given) {
          if (!globalThis.hasRoom && this.name === "queue") throw new DOMException("full", "QuotaExceededError");
          return put.apply(this, given);
        };
        Cache.prototype.put = () => Promise.reject(new DOMException("full", "QuotaExceededError"));"""
    )
    page.reload()
    # Newer pages find no room either: the older ones are still there.
    expect(page.get_by_text("Ready. It works without internet now.")).to_be_visible()
    page.context.set_offline(True)
    page.reload()
    page.get_by_role("link", name="English").click()
    page.locator("[data-start]").click()
    page.locator("input[value=agree_a_bit]").first.check()
    for _ in range(8):
        if page.locator("[data-check]").is_visible():
            break
        page.locator("[data-questions] button[type=submit]").click()
    page.locator("[data-save]").first.click()
    expect(page.get_by_role("heading", name="Your answers are not saved")).to_be_visible()
    page.evaluate("globalThis.hasRoom = true")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("[data-saved] [data-count]")).to_have_text("1")


@pytest.mark.same_on_both
def test_a_tablet_on_which_the_pages_found_no_room_is_not_ready(
    app: Flask, browse: Browse, wave_id: uuid.UUID, token: str
) -> None:
    page = browse("/kiosk/ended")
    page.context.add_cookies(
        [{"name": "visit", "value": cookie_of(app, token), "url": page.url.replace("/kiosk/ended", "/")}]
    )
    page.add_init_script(
        """const put = Cache.prototype.put; let left = 3;
        Cache.prototype.put = function (...given) {
          return left-- > 0 ? put.apply(this, given) : Promise.reject(new DOMException("full", "QuotaExceededError"));
        };"""
    )
    for _ in range(2):
        page.goto(page.url.replace("/kiosk/ended", "/kiosk/offline"))
        expect(page.get_by_text("Not ready yet. Open this page again with internet before you go.")).to_be_visible()


@pytest.mark.dear
@pytest.mark.same_on_both
def test_a_newer_worker_and_newer_pages_leave_what_waits_where_it_is(
    app: Flask, browse: Browse, wave_id: uuid.UUID, token: str
) -> None:
    page = start_offline(app, browse, wave_id, token)
    page.context.set_offline(True)
    answer_offline(page, "English")
    page.locator("[data-saved] a").click()
    page.wait_for_url("**/kiosk/offline")
    assets = app.extensions["assets"]
    worker = assets.files[assets.names["kiosk-worker.js"]]
    assets.files[assets.names["kiosk-worker.js"]] = worker | {"": worker[""] + b"// newer\n"}
    takes_answers = False

    def take_none() -> Response | None:
        return Response("", 502) if is_answer(wave_id) and not takes_answers else None

    app.before_request_funcs[None].insert(0, take_none)
    try:
        # The answer finds a server in trouble, but the worker and the pages find theirs.
        page.context.set_offline(False)
        # Chromium may never end a load that begins while a worker replaces the one that answers for the page.
        page.evaluate(
            """() => new Promise(done => {
              navigator.serviceWorker.oncontrollerchange = ({ target: { controller } }) => {
                if (controller.state === "activated") done();
                else controller.onstatechange = () => controller.state === "activated" && done();
              };
              navigator.serviceWorker.getRegistration().then(one => one.update());
            })"""
        )
        page.reload()
        expect(page.get_by_text("Ready. It works without internet now.")).to_be_visible()
        expect(page.locator("[data-count]")).to_have_text("1")
        takes_answers = True
        press_send_now(page)
        expect(page.get_by_text("No answers wait on this tablet.")).to_be_visible()
    finally:
        assets.files[assets.names["kiosk-worker.js"]] = worker
    assert len(responses(app)) == 1


@pytest.mark.same_on_both
def test_a_tablet_takes_up_the_pages_of_an_updated_portal(
    app: Flask, browse: Browse, wave_id: uuid.UUID, token: str
) -> None:
    page = start_offline(app, browse, wave_id, token)
    assets, newer = app.extensions["assets"], "sheet.0123456789.js"
    older = assets.names["sheet.js"]
    assets.names["sheet.js"], assets.files[newer] = newer, assets.files.pop(older)
    try:
        page.reload()
        page.wait_for_function(f"() => caches.match('/static/{newer}')")
        page.wait_for_function(f"() => caches.match('/static/{older}').then(found => !found)")
    finally:
        assets.names["sheet.js"], assets.files[older] = older, assets.files.pop(newer)
    page.context.set_offline(True)
    page.reload()
    answer_offline(page, "English")


@pytest.mark.same_on_both
def test_staff_see_on_the_tablet_what_was_refused_and_why(
    app: Flask, browse: Browse, wave_id: uuid.UUID, token: str
) -> None:
    page = start_offline(app, browse, wave_id, token)
    good = sealed_on_tablet(app, wave_id, token)
    forged = sealed_on_tablet(app, wave_id, token, fields=FIELDS | {"answer_years": ["999"]})
    page.evaluate(
        """([to, blocks]) => new Promise(done => {
          const opening = indexedDB.open("kiosk");
          opening.onsuccess = () => {
            const made = opening.result.transaction("queue", "readwrite");
            blocks.forEach((sealed, at) => made.objectStore("queue").put({to, sealed: Uint8Array.from(sealed)}, String(at)));
            made.oncomplete = () => { opening.result.close(); done(); };
          };
        })""",
        [f"/kiosk/offline/{wave_id}", [list(good), list(forged), list(good[:-1])]],
    )
    page.reload()
    expect(page.locator("[data-damaged]")).to_contain_text("Answers that arrived damaged: 1.")
    expect(page.locator("[data-partly]")).to_contain_text("Answers of which a part was left out: 1.")
    expect(page.locator("[data-lost]")).to_be_hidden()
    assert len(responses(app)) == 2
    page.get_by_role("button", name="I have noted this").click()
    expect(page.get_by_text("No answers wait on this tablet.")).to_be_visible()
    page.reload()
    expect(page.get_by_text("No answers wait on this tablet.")).to_be_visible()


@pytest.mark.dear
@pytest.mark.same_on_both
def test_who_walks_away_from_a_tablet_without_a_line_is_forgotten(
    app: Flask, browse: Browse, wave_id: uuid.UUID, token: str
) -> None:
    page = start_offline(app, browse, wave_id, token)
    page.context.set_offline(True)
    page.get_by_role("link", name="English").click()
    page.clock.install()
    page.reload()
    page.locator("[data-start]").click()
    for _ in range(2):
        page.locator("[data-questions] button[type=submit]").click()
    page.locator("[data-body] [name=written_good]").fill(SECRET)
    page.clock.run_for(61_000)
    expect(page.get_by_role("alertdialog")).to_be_visible()
    page.clock.run_for(21_000)
    page.wait_for_url("**/kiosk/offline")
    assert SECRET not in on_the_tablet(page)
    page.go_back()
    assert SECRET not in page.content()
    # Nothing else of the portal opens, with a line or without.
    page.context.set_offline(False)
    for path in ("/", "/staff/surveys", "/report"):
        page.goto(page.url.partition("/kiosk")[0] + path)
        page.wait_for_url("**/kiosk/offline")
    page.context.set_offline(True)
    page.goto(page.url.partition("/kiosk")[0] + "/kiosk/end")
    expect(page.get_by_role("link", name="English")).to_be_visible()


@pytest.mark.dear
@pytest.mark.same_on_both
def test_what_is_wrong_is_said_as_on_the_web_and_going_back_keeps_what_was_answered(
    app: Flask, browse: Browse, wave_id: uuid.UUID, token: str
) -> None:
    page = start_offline(app, browse, wave_id, token)
    page.get_by_role("link", name="English").click()
    page.locator("[data-start]").click()
    page.locator("input[value=agree_a_bit]").first.check()
    page.locator("[data-skip]").click()
    page.locator("[data-back]").first.click()
    expect(page.locator("input[value=agree_a_bit]").first).not_to_be_checked()
    page.locator("input[value=agree_a_bit]").first.check()
    go_on = page.locator("[data-questions] button[type=submit]")
    go_on.click()
    page.locator("[data-body] [value=hate]").check()
    go_on.click()
    expect(page.locator("[name=answer_told]").first).to_be_visible()
    page.locator("[data-questions] [data-back]").click()
    page.locator("[data-body] [value=hate]").uncheck()
    go_on.click()
    expect(page.locator("[name=written_good]")).to_be_visible()
    go_on.click()
    years = page.locator("[name=answer_years]")
    for typed, told in (("many", "Use digits, like 17."), ("999", "Write a number from")):
        years.fill(typed)
        go_on.click()
        expect(page.locator("[data-problems]")).to_contain_text(told)
    years.fill("۱۲")
    go_on.click()
    go_on.click()
    go_on.click()
    expect(page.locator("[data-list]")).to_contain_text("۱۲")
    expect(page.locator("[data-list]")).to_contain_text("You skipped this.")
    page.locator("[data-save]").first.click()
    expect(page.locator("[data-saved]")).to_be_visible()
    page.wait_for_function("() => document.querySelector('[data-saved] [data-count]').textContent === '0'")
    assert responses(app)[0].answers == {"together": "agree_a_bit", "years": 12}


@pytest.mark.dear
@pytest.mark.same_on_both
def test_answers_that_come_too_late_are_said_to_be_lost(
    app: Flask, browse: Browse, wave_id: uuid.UUID, token: str
) -> None:
    page = start_offline(app, browse, wave_id, token)
    page.context.set_offline(True)
    answer_offline(page, "English")
    with app.app_context(), transaction() as db:
        close_wave(db, existing(db, Wave, wave_id).id)
    page.context.set_offline(False)
    page.locator("[data-saved] a").click()
    expect(page.locator("[data-lost]")).to_contain_text("Answers that could not be taken: 1")
    expect(page.get_by_text("This tablet asks no survey now")).to_be_visible()
    page.get_by_role("button", name="I have noted this").click()
    expect(page.get_by_text("No answers wait on this tablet.")).to_be_visible()


@pytest.mark.same_on_both
def test_a_tablet_that_was_ended_from_afar_asks_nobody_and_keeps_nothing_once_it_has_a_line(
    app: Flask, browse: Browse, wave_id: uuid.UUID, token: str
) -> None:
    page = start_offline(app, browse, wave_id, token)
    with app.app_context(), transaction() as db:
        kiosks.end_kiosk(db, wave_id, 1)
    page.reload()
    expect(page.get_by_text("This tablet asks no survey now")).to_be_visible()
    expect(page.get_by_role("link", name="English")).to_be_hidden()
    page.wait_for_function("() => caches.keys().then(names => !names.length)")


def test_the_hour_of_a_tablet_is_told_by_the_server(app: Flask, wave_id: uuid.UUID, token: str) -> None:
    def told(ticket: str) -> Any:
        return app.test_client().post(f"/kiosk/offline/{wave_id}/state", data=ticket).json

    with app.app_context():
        ticket = offline.ticket_of(token)
    assert told(ticket) == {"known": True, "taking": True}
    assert told("x" * 5000) == {"known": False, "taking": False}
    with app.app_context(), transaction() as db:
        db.execute(update(Kiosk).values(ends_at=utcnow() - timedelta(days=2)))
    assert told(ticket) == {"known": True, "taking": False}


@pytest.mark.same_on_both
def test_a_browser_that_cannot_seal_says_so_before_anything_is_asked(
    app: Flask, browse: Browse, wave_id: uuid.UUID, token: str
) -> None:
    page = browse("/kiosk/ended")
    page.context.add_cookies(
        [{"name": "visit", "value": cookie_of(app, token), "url": page.url.replace("/kiosk/ended", "/")}]
    )
    page.add_init_script("crypto.subtle.generateKey = () => Promise.reject(new Error('NotSupportedError'))")
    page.goto(page.url.replace("/kiosk/ended", "/kiosk/offline"))
    expect(page.get_by_text("This browser is too old to seal answers.")).to_be_visible()


@pytest.mark.dear
@pytest.mark.same_on_both
def test_its_pages_without_a_line_are_accessible(
    app: Flask, browse: Browse, axe: Callable[[Page], list[str]], wave_id: uuid.UUID, token: str
) -> None:
    page = start_offline(app, browse, wave_id, token)
    for language in ("English", "اردو"):
        assert axe(page) == []
        page.get_by_role("link", name=language).click()
        assert axe(page) == []
        page.locator("[data-start]").click()
        assert axe(page) == []
        for _ in range(6):
            page.locator("[data-questions] button[type=submit]").click()
            if page.locator("[data-check]").is_visible():
                break
        assert axe(page) == []
        page.goto(page.url.rpartition("/")[0])
