"""Invitation cards: a survey manager prints them, each code buys one right to answer, and nothing leads back to the card."""

from __future__ import annotations

import random
import re
import threading
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
import segno
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import expect
from sqlalchemy import func, select, text, update

from portal.db import existing, session, today, transaction
from portal.server import worker
from portal.staff.models import Role
from portal.surveys import batches, invitations, services
from portal.surveys.models import (
    Audience,
    InvitationBatch,
    InvitationCode,
    InvitationCount,
    SampleType,
    SurveyResponse,
    Wave,
)
from portal.surveys.waves import close_wave, find_open_survey
from tests.support.browsers import DESK, Browse
from tests.support.loot import spellings, stolen
from tests.support.people import Officer, Resident
from tests.support.surveying import ANSWERS, answer_pages, begin_survey, open_survey
from tests.test_db import in_threads
from tests.test_saved_surveys import come_back, save_on_page

START = "/surveys/every-type"
COMMUNITY_SAFETY = Path(__file__).parent.parent / "surveys" / "community-safety.toml"
SENDERS = 6
USED = "This code was used before. Each code works once."
UNKNOWN = "That code does not open this survey. Check each letter and digit and try again."


@pytest.fixture
def wave_id(app: Flask) -> uuid.UUID:
    return open_survey(app, sample_type=SampleType.INVITED, closes_on=today() + timedelta(days=40))


def make(app: Flask, wave_id: uuid.UUID, size: int = 10, place: str = "e-fishermead") -> tuple[uuid.UUID, list[str]]:
    batch_id = uuid.uuid4()
    with app.app_context(), transaction() as db:
        wave = existing(db, Wave, wave_id)
        return batch_id, invitations.make_batch(db, wave, batch_id, Audience.STREET, place, size)


def type_code(resident: Resident, typed: str, prefix: str = "") -> None:
    resident.get(f"{prefix}{START}")
    resident.post(f"{prefix}{START}", invitation=typed)


def counts(app: Flask, batch_id: uuid.UUID) -> tuple[int, int]:
    with app.app_context():
        found = session.get_one(InvitationCount, batch_id)
        return found.used, found.sent


def count_of(app: Flask, model: type) -> int:
    with app.app_context():
        return session.scalar(select(func.count()).select_from(model)) or 0


@pytest.fixture
def manager(hire: Callable[..., Officer]) -> Officer:
    account = hire("sam", roles=(Role.SURVEY_MANAGER,))
    account.sign_in()
    return account


def make_cards(manager: Officer, wave_id: uuid.UUID, **fields: object) -> list[str]:
    """Fill in the form and press the button; gives the codes on the cards."""
    path = f"/staff/waves/{wave_id}/invitations"
    manager.get(path)
    given = {"audience": "street", "place": "e-fishermead", "size": "12", "first_language": "en"} | fields
    manager.post(path, given)
    return [
        re.sub(r"\W", "", code) for code in re.findall(r'app-invitation__code"><bdi dir="ltr">(.*?)<', manager.page)
    ]


def test_a_card_is_made_its_code_typed_and_the_answers_sent(
    app: Flask, resident: Resident, manager: Officer, wave_id: uuid.UUID
) -> None:
    codes = make_cards(manager, wave_id, second_language="ur")
    assert len(set(codes)) == 12
    manager.see("A survey of every kind", "You are invited. It takes about 5 minutes.", "Print these cards now.")
    assert 'lang="ur" dir="rtl"' in manager.page
    address = app.extensions["settings"].public_url + START
    assert [drawn(path) for path in re.findall(r'<path d="(M[^"]+)"/></svg>\s*<div class="app-inv', manager.page)] == [
        list(map(list, segno.make(f"{address}#{code}", error="m").matrix_iter(border=2))) for code in codes
    ]
    resident.get(START)
    resident.see("The code on your card", "Each code works once.", "only “Save and come back later” lets you go on")
    type_code(resident, f"{codes[0][:3]}-{codes[0][3:].lower()}")
    resident.follow()
    assert resident.path == f"{START}/1"
    answer_pages(resident)
    resident.post(resident.path)
    assert count_of(app, SurveyResponse) == 1
    manager.get(f"/staff/waves/{wave_id}")
    manager.see("Invitation cards")
    manager.get(f"/staff/waves/{wave_id}/invitations")
    manager.see("Homes in a street or estate", "Fishermead", "Fewer than 10")
    assert counts(app, *[row.id for row in _batches(app)]) == (1, 1)


def drawn(path: str) -> list[list[int]]:
    """The dark and light squares that the path of a QR code draws, without what is light at the end of a row."""
    runs = [tuple(map(int, run)) for run in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", path)]
    size = max(y for _, y, _ in runs) + 3
    rows = [[0] * size for _ in range(size)]
    for x, y, width in runs:
        rows[y][x : x + width] = [1] * width
    return rows


def _batches(app: Flask) -> list[InvitationBatch]:
    with app.app_context():
        return list(session.scalars(select(InvitationBatch)))


def test_an_invited_wave_is_not_answered_without_a_code_and_an_open_one_never_asks_for_one(
    app: Flask, resident: Resident, wave_id: uuid.UUID
) -> None:
    resident.get("/")
    resident.not_see("Answer the survey", "Answer a survey")
    resident.get("/surveys")
    resident.see("For people with a card.")
    for typed, says in (
        ("", "Type the code on your card."),
        ("CDF", "The code on the card has 9 letters and digits. You typed 3."),
        ("CDF 347 KMNP", "You typed 10."),
        ("1234 5678 9012", "You typed 12."),
        ("CDF 347 KMN", UNKNOWN),
        ("C" * 5_000, "letters too long"),
        ("۳۴۷ ۳۴۷ ۳۴۷", UNKNOWN),
        ("ش" * 9, "You typed 9."),
    ):
        type_code(resident, typed)
        resident.see(says)
        assert "<title>Error: " in resident.page or "app-error" in resident.page
    for path in (f"{START}/1", f"{START}/send"):
        resident.get(path)
        resident.see("Your answers have been cleared")
    with app.app_context():
        survey = find_open_survey("every-type")
        assert survey
        with pytest.raises(services.NotInvited):
            services.begin_answers(survey)
        with transaction() as db:
            db.execute(update(Wave).values(sample_type=SampleType.OPEN_LINK))
    resident.get(START)
    resident.not_see("The code on your card", "card")
    begin_survey(resident)
    assert resident.path == f"{START}/1"


def test_a_code_works_once_and_only_in_its_own_wave(app: Flask, resident: Resident, wave_id: uuid.UUID) -> None:
    _, (code, other_code, *_rest) = make(app, wave_id)
    type_code(resident, code)
    stranger = Resident(app.test_client())
    type_code(stranger, code)
    stranger.see(USED)
    open_survey(app, COMMUNITY_SAFETY, sample_type=SampleType.INVITED)
    stranger.get("/surveys/community-safety")
    stranger.post("/surveys/community-safety", invitation=other_code)
    stranger.see(UNKNOWN)
    with app.app_context(), transaction() as db:
        close_wave(db, wave_id)
        assert db.scalar(select(func.count()).select_from(InvitationCode)) == 0
    open_survey(app, sample_type=SampleType.INVITED)
    type_code(stranger, other_code)
    stranger.see(UNKNOWN)


def test_one_card_used_by_many_in_one_moment_lets_one_in(app: Flask, wave_id: uuid.UUID) -> None:
    batch_id, (code, *_rest) = make(app, wave_id)
    people = [Resident(app.test_client()) for _ in range(SENDERS)]
    for one in people:
        one.get(START)
    ready = threading.Barrier(SENDERS)

    def use(one: Resident) -> None:
        ready.wait()
        one.post(START, invitation=code)

    threads = [threading.Thread(target=use, args=(one,)) for one in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    statuses = sorted(one.response.status_code for one in people if one.response)
    assert statuses == [200] * (SENDERS - 1) + [303]
    assert counts(app, batch_id) == (1, 0)
    for one in people:
        if one.response and one.response.status_code == 200:
            one.see(USED)
            one.get(f"{START}/1")
            one.see("Your answers have been cleared")


def test_whoever_used_a_card_begins_afresh_without_another_and_saves_and_comes_back(
    app: Flask, resident: Resident, wave_id: uuid.UUID
) -> None:
    batch_id, (code, *_rest) = make(app, wave_id)
    type_code(resident, code)
    resident.follow()
    resident.post(resident.path, ANSWERS[1])
    resident.get(START)
    resident.not_see("The code on your card")
    resident.post(START, again="1")
    resident.follow()
    assert "checked" not in resident.page
    saved = save_on_page(resident, **ANSWERS[1])
    other = Resident(app.test_client())
    come_back(other, saved)
    other.follow()
    # Begun afresh, it is still the same card: only one of the two is sent.
    other.get(START)
    other.post(START, again="1")
    other.follow()
    other.post(other.path, ANSWERS[1])
    come_back(resident, saved)
    for one in (other, resident):
        one.get(f"{START}/send")
        one.post(f"{START}/send")
    resident.see("These answers were sent already")
    assert count_of(app, SurveyResponse) == 1
    assert counts(app, batch_id) == (1, 1)
    other.get(START)
    other.see("The code on your card")


def test_a_stolen_database_holds_no_code_and_tells_of_none_when_or_by_whom_it_was_used(
    app: Flask, resident: Resident, manager: Officer, wave_id: uuid.UUID
) -> None:
    codes = make_cards(manager, wave_id)
    type_code(resident, codes[0])
    resident.follow()
    answer_pages(resident)
    resident.post(resident.path)
    loot = stolen(app)
    for code in codes:
        for trace in (code, " ".join(invitations.groups(code))):
            for spelling in spellings(trace):
                assert spelling not in loot
    assert {column.name for column in InvitationCode.__table__.columns} == {"id", "batch_id", "is_used"}
    assert not {"batch", "batch_id", "code"} & set(SurveyResponse.__table__.columns.keys())
    for model in (InvitationCode, InvitationCount, InvitationBatch):
        assert not [c for c in model.__table__.columns if re.search("date|time", str(c.type).lower())]


def test_after_the_nightly_scatter_the_codes_lie_in_the_order_of_their_hashes(app: Flask, wave_id: uuid.UUID) -> None:
    _, codes = make(app, wave_id, 40)
    drawn = random.Random(1)
    drawn.shuffle(codes)
    with app.app_context():
        place = "NOT INDEXED" if app.extensions["database"].is_sqlite else "ORDER BY ctid"

        def in_file() -> list[bytes]:
            return [bytes(row_id) for (row_id,) in session.execute(text(f"SELECT id FROM invitation_code {place}"))]

        assert in_file() == sorted(in_file()), "the order in which the cards were made"
        survey = find_open_survey("every-type")
        assert survey
        for code in codes[:20]:
            invitations.redeem(survey, code)
        assert len(in_file()) == 40
        worker.scatter()
        assert in_file() == sorted(in_file()), "the order in which they were used"
        if not app.extensions["database"].is_sqlite:
            numbers = session.scalars(text("SELECT DISTINCT xmin::text FROM invitation_code")).all()
            assert len(numbers) == 1


def test_no_row_written_with_the_code_is_written_with_the_draft(app: Flask, wave_id: uuid.UUID) -> None:
    if app.extensions["database"].is_sqlite:
        return  # it numbers no transactions
    _, (code, *_rest) = make(app, wave_id)
    with app.app_context():
        survey = find_open_survey("every-type")
        assert survey
        invitations.redeem(survey, code)
        used = session.scalar(text("SELECT xmin::text FROM invitation_code WHERE is_used"))
        assert used != session.scalar(text("SELECT xmin::text FROM draft"))


def test_counts_are_rounded_and_small_ones_are_not_shown(app: Flask, manager: Officer, wave_id: uuid.UUID) -> None:
    batch_id, _codes = make(app, wave_id, 50)
    for used, sent, says in (
        (9, 0, ["Fewer than 10"]),
        (12, 9, ["About 10", "Fewer than 10"]),
        (38, 22, ["About 40", "About 20 (40%)"]),
    ):
        with app.app_context(), transaction() as db:
            db.execute(update(InvitationCount).values(used=used, sent=sent))
        manager.get(f"/staff/waves/{wave_id}/invitations")
        manager.see(*says)
        manager.not_see(" 9 ", " 38 ", " 22 ", " 12 ")
    with app.app_context():
        assert batches.batches_of(session.get_one(Wave, wave_id))[0].row.id == batch_id


@pytest.mark.same_on_both
def test_counts_of_an_open_wave_stand_still_until_ten_more_have_come(
    app: Flask, manager: Officer, wave_id: uuid.UUID
) -> None:
    """Rounded anew at each look, 12 and 13 would be told as 10 and 15: the one home between them has answered."""
    make(app, wave_id, 50)
    path = f"/staff/waves/{wave_id}/invitations"

    def look(used: int, sent: int) -> str:
        with app.app_context(), transaction() as db:
            db.execute(update(InvitationCount).values(used=used, sent=sent))
        manager.get(path)
        return manager.text

    first = look(12, 10)
    manager.see("About 10", "About 10 (20%)")
    for used in range(13, 22):
        assert look(used, used - 2) == first, f"{used} have come, and the page says so"
    look(22, 20)
    manager.see("About 20", "About 20 (40%)")
    with app.app_context(), transaction() as db:
        close_wave(db, wave_id)
    look(23, 9)
    manager.see("About 25", "Fewer than 10")


def test_withdrawn_cards_open_nothing_and_whoever_has_begun_goes_on(
    app: Flask, resident: Resident, manager: Officer, wave_id: uuid.UUID
) -> None:
    codes = make_cards(manager, wave_id)
    type_code(resident, codes[0])
    resident.follow()
    manager.get(f"/staff/waves/{wave_id}/invitations")
    (batch,) = _batches(app)
    manager.post(f"/staff/waves/{wave_id}/invitations/{batch.id}/withdraw")
    manager.follow()
    manager.see("Withdrawn")
    stranger = Resident(app.test_client())
    type_code(stranger, codes[1])
    stranger.see(UNKNOWN)
    type_code(stranger, codes[0])
    stranger.see(USED)
    resident.post(resident.path, ANSWERS[1])
    resident.get(f"{START}/send")
    resident.post(f"{START}/send")
    assert count_of(app, SurveyResponse) == 1


def test_a_batch_pressed_twice_is_made_once_and_its_codes_are_not_shown_again(
    app: Flask, manager: Officer, wave_id: uuid.UUID
) -> None:
    path = f"/staff/waves/{wave_id}/invitations"
    codes = make_cards(manager, wave_id)
    manager.get(path)
    once = str(_batches(app)[0].id)
    manager.post(path, {"audience": "street", "size": "12", "first_language": "en", "once": once})
    manager.see("These cards were made already", "withdraw the batch and make a new one")
    assert not any(code in manager.page for code in codes)
    assert count_of(app, InvitationCode) == 12


@pytest.mark.same_on_both
@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"size": "9"}, "Write a number from 10 to 500."),
        ({"size": "501"}, "Write a number from 10 to 500."),
        ({"size": "many"}, "Write a number from 10 to 500."),
        ({"size": "9" * 5_000}, "too long"),
        ({"audience": "neighbours"}, "Choose one of the answers on this page."),
        ({"place": "atlantis"}, "Choose one of the answers on this page."),
        ({"first_language": "xx"}, "Choose one of the answers on this page."),
        ({"second_language": "xx"}, "Choose one of the answers on this page."),
    ],
)
def test_a_batch_that_is_wrong_is_said_and_nothing_is_made(
    app: Flask, manager: Officer, wave_id: uuid.UUID, fields: dict[str, object], says: str
) -> None:
    assert make_cards(manager, wave_id, **fields) == []
    manager.see(says)
    assert count_of(app, InvitationCode) == 0


def test_a_closed_wave_and_one_of_an_open_link_have_no_cards(app: Flask, manager: Officer, wave_id: uuid.UUID) -> None:
    path = f"/staff/waves/{wave_id}/invitations"
    manager.get(path)
    with app.app_context(), transaction() as db:
        close_wave(db, wave_id)
    manager.post(path, {"audience": "street", "size": "12", "first_language": "en"})
    manager.see("This wave is closed", "no cards were made")
    manager.get(path)
    manager.not_see("Make cards")
    assert manager.get(f"/staff/waves/{open_survey(app)}/invitations").status_code == 404


def test_guessing_codes_of_cards_ends_and_locks_nobody_else_out(
    app: Flask, resident: Resident, wave_id: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.surveys.views.MAX_GUESSES_PER_HOUR", 2)
    _, (code, *_rest) = make(app, wave_id)
    for guess in ("CDF 347 KMN", "CDF 347 KMP", code):
        type_code(resident, guess)
    assert resident.response is not None
    assert resident.response.status_code == 429
    other = Resident(app.test_client())
    other.client.environ_base |= {"REMOTE_ADDR": "203.0.113.5"}
    type_code(other, code)
    other.follow()
    assert other.path == f"{START}/1"


@given(
    code=st.text(invitations.LETTERS, min_size=9, max_size=9), between=st.sampled_from(["", " ", "-", "·", "\u200f"])
)
@settings(deadline=None)
def test_a_code_is_read_however_it_is_typed(code: str, between: str) -> None:
    full_width = "".join(chr(ord(letter) + 0xFEE0) for letter in code)
    cyrillic = code.translate(str.maketrans("CKMHPTX", "\u0421\u041a\u041c\u041d\u0420\u0422\u0425"))
    urdu = code.translate({ord(str(digit)): chr(0x6F0 + digit) for digit in range(10)})
    for typed in (code, code.lower(), full_width, cyrillic, cyrillic.lower(), urdu, between.join(code)):
        assert invitations.read(typed) == code


@given(typed=st.text(max_size=30))
@settings(deadline=None)
def test_whatever_is_typed_is_nine_letters_and_digits_or_no_code(typed: str) -> None:
    read = None
    with suppress(invitations.NotACode):
        read = invitations.read(typed)
    assert read is None or re.fullmatch("[0-9A-Z]{9}", read)


def test_the_square_on_a_card_fills_in_the_code_and_no_server_is_sent_it(
    app: Flask, browse: Browse, wave_id: uuid.UUID
) -> None:
    _, (code, *_rest) = make(app, wave_id)
    page = browse(START)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url + str(request.headers)))
    page.goto(f"{page.url}#{code}")
    page.reload()
    expect(page.locator("#invitation")).to_have_value(" ".join(invitations.groups(code)))
    assert page.url.endswith(START)
    assert not [each for each in asked if code in each.split("{")[1]]
    page.get_by_role("button", name="Start the survey").click()
    page.wait_for_url(f"**{START}/1")


@pytest.mark.dear
def test_six_cards_with_two_languages_stand_on_a_sheet_and_nothing_is_cut_off(
    app: Flask, browse: Browse, manager: Officer, wave_id: uuid.UUID, tmp_path: Path
) -> None:
    page = browse("/staff/sign-in", **DESK, phone=False)
    page.locator("#name").fill(manager.name)
    page.locator("#password").fill(manager.password)
    page.locator("#code").fill(manager.next_code())
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/staff/surveys")
    page.goto(page.url.replace("/surveys", f"/waves/{wave_id}/invitations"))
    page.locator("#audience-street").check()
    page.locator("#size").fill("12")
    page.locator("#second_language").select_option("ur")
    page.get_by_role("button", name="Make cards").click()
    page.locator(".app-invitation").last.wait_for()
    page.emulate_media(media="print")
    cut = page.evaluate(
        "[...document.querySelectorAll('.app-invitation')].filter(c => c.scrollHeight > c.clientHeight + 1).length"
    )
    assert cut == 0
    page.set_viewport_size({"width": 733, "height": 1060})  # A4 within the margins
    right = page.evaluate(
        "Math.max(...[...document.querySelectorAll('.app-invitation')].map(c => c.getBoundingClientRect().right))"
    )
    assert right <= 733
    pdf = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 2


def test_fifty_people_with_cards_begin_and_send_at_once_and_each_is_counted(app: Flask, wave_id: uuid.UUID) -> None:
    batch_id, codes = make(app, wave_id, 50)
    waiting = iter(codes)

    def answer() -> None:
        survey = find_open_survey("every-type")
        assert survey
        draft = invitations.redeem(survey, next(waiting))
        services.keep_answers(services.answering_with(draft), "good", {"good": "The lake", "together": "disagree"})
        assert services.record_response(draft.token, "en", "203.0.113.1")

    in_threads(app, answer, count=50)
    assert counts(app, batch_id) == (50, 50)
    assert count_of(app, SurveyResponse) == 50
    with app.app_context():
        assert session.scalar(select(func.count()).where(InvitationCode.is_used.is_(False))) == 0
