"""The partnership file: what is wrong in it is said in one sentence, and what it promises is reckoned rightly."""

from __future__ import annotations

import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.languages.i18n import LANGUAGES
from portal.languages.words import Words
from portal.partnership.file import EXAMPLE, Partnership, PartnershipError, load, load_or_create
from portal.partnership.help_lines import TOPICS, HelpLine, help_line_problems
from portal.partnership.places import Places
from portal.partnership.priorities import Work, priority_problems
from portal.partnership.working_days import working_days_after

PRIORITIES = ["V1", "V2", "V3", "V4", "V5", "N1", "N2", "N3", "C1", "C2"]
TEXT = EXAMPLE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def example() -> Partnership:
    return load(EXAMPLE)


MISTAKES = [
    ("a line without a value", 'name = "SaferMK"', "name =", "is not a TOML file"),
    ("a forgotten name", 'name = "SaferMK"', "", "name is missing; add it"),
    ("an empty name", 'name = "SaferMK"', 'name = " "', "name must not be empty"),
    ("a name that is a number", 'name = "SaferMK"', "name = 1", "name must be text in quotation marks"),
    ("a misspelt key", "duty_address =", "duty_adress =", "duty_adress is not a key of this file; take it out or write duty_address"),
    ("a key nobody knows", 'name = "SaferMK"', 'name = "SaferMK"\nzzz = 1', "zzz is not a key of this file; take it out"),
    ("an exit without https", '"https://www.bbc.co.uk/weather"', '"bbc.co.uk"', "exit_url must be a web address that begins with https://"),
    ("a card with https", '"card.example.org"', '"https://card.example.org"', "card_address must be a short web address without https://"),
    ("a duty address that is no mailbox", 'duty_address = ""', 'duty_address = "duty"', "duty_address must be a mail address"),
    ("a clock in words", "triage = 2", 'triage = "two"', "clocks.triage must be a whole number"),
    ("a clock that says yes", "triage = 2", "triage = true", "clocks.triage must be a whole number"),
    ("a clock of no days", "triage = 2", "triage = 0", "clocks.triage must be a whole number of working days from 1 to 90"),
    ("a forgotten clock", "triage = 2", "", "clocks.triage is missing"),
    ("a holiday in quotation marks", "2026-01-01,", '"2026-01-01",', "bank_holidays number 1 must be a day like 2026-11-30"),
    ("a holiday with a time", "2026-01-01,", "2026-01-01T00:00:00,", "bank_holidays number 1 must be a day like 2026-11-30"),
    ("a language given twice", 'en = "Community safety', 'pl = "Community safety', "is not a TOML file"),
    ("a language nobody speaks here", '[strapline]\n', '[strapline]\nxx = "?"\n', "strapline.xx is not a language of the portal; use en, pl, ro, ur"),
    ("a text that is a number", "[strapline]\n", "[strapline]\nxx = 1\n", "strapline must be text, or a text for each language"),
    ("an empty English text", 'en = "Community safety in Milton Keynes"', 'en = ""', "strapline.en is missing"),
    ("a list where a text belongs", 'checked_by = ""', 'checked_by = ["A"]', "emergency.checked_by must be text"),
    ("a priority of an unknown theme", 'theme = "vulnerable"', 'theme = "other"', "priorities.V1.theme must be vulnerable"),
    ("two priorities of one code", 'code = "V2"', 'code = "V1"', "priorities has the code V1 twice"),
    ("a help line that is not listed", '["national-domestic-abuse",', '["nobody",', "priorities.V1.help_lines names nobody, which help_lines does not have"),
    ("a help line that nobody can reach", 'numbers = ["116 123"]\nurl = "https://www.samaritans.org"', 'url = ""', "help_lines.samaritans needs numbers or url"),
    ("a check without a name", 'verified_on = ""', "verified_on = 2026-11-01", "help_lines.victims-first needs both verified_on and verified_by"),
    ("a help line under no heading", 'topics = ["hurt", "hate", "home"]', 'topics = ["pain"]', "help_lines.victims-first.topics must name some of hurt, hate, home, young, drugs, elsewhere"),
    ("a figure of a priority that nobody counts", 'figures = ["survey"]', 'figures = ["surveys"]', "priorities.C1.figures must name some of survey, reporting_gap, kind,"),
    ("work without its day", "[[priorities.signs]]", '[[priorities.work]]\nwhat = "x"\n[[priorities.signs]]', "priorities.V1.work number 1.began_on is missing"),
    ("a result without its day", "[[priorities.signs]]", '[[priorities.work]]\nwhat = "x"\nbegan_on = 2026-01-01\nresult = "y"\n[[priorities.signs]]', "priorities.V1.work number 1 needs both result and result_on, or neither"),
    ("a result before the work", "[[priorities.signs]]", '[[priorities.work]]\nwhat = "x"\nbegan_on = 2026-01-01\nresult = "y"\nresult_on = 2025-12-31\n[[priorities.signs]]', "priorities.V1.work number 1.result_on must not be before began_on"),
    ("a code with spaces", 'code = "cst"', 'code = "the cst"', "help_lines.the cst.code must be a short code"),
    ("a parish in no group", 'group = "g-bletchley", ', 'group = "g-moon", ', "names g-moon, which places.groups does not have"),
    ("an estate in no parish", 'name = "Fishermead", parish = "p-campbell-park"', 'name = "Fishermead", parish = "p-moon"', "places.estates.e-fishermead.parish names p-moon"),
    ("one code for two places", 'code = "e-oldbrook"', 'code = "e-fishermead"', "has the code e-fishermead twice"),
    ("places without parishes", "parishes = [", "streets = [", "places.streets is not a key of this file"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "says"), [case[1:] for case in MISTAKES], ids=[case[0] for case in MISTAKES])
def test_a_mistake_is_named_in_one_sentence(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in TEXT
    path = tmp_path / "partnership.toml"
    path.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PartnershipError) as refused:
        load(path)
    sentence = str(refused.value)
    assert str(path) in sentence
    assert says in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence


def test_a_text_where_a_table_belongs_is_named(tmp_path: Path) -> None:
    path = tmp_path / "partnership.toml"
    without = re.sub(r"\n\[clocks\].*?\n\n", "\n\n", TEXT, flags=re.DOTALL)
    path.write_text(without.replace('name = "SaferMK"', 'name = "SaferMK"\nclocks = "quick"', 1), encoding="utf-8")
    with pytest.raises(PartnershipError, match="clocks must be a table of keys and values"):
        load(path)


def test_a_number_where_a_list_belongs_is_named(tmp_path: Path) -> None:
    path = tmp_path / "partnership.toml"
    path.write_text(re.sub(r"bank_holidays = \[.*?\n\]", "bank_holidays = 3", TEXT, flags=re.DOTALL), encoding="utf-8")
    with pytest.raises(PartnershipError, match="bank_holidays must be a list in square brackets"):
        load(path)


@pytest.mark.parametrize("content", [None, b"\xff\xfe name"], ids=["not there", "not text"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "partnership.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(PartnershipError, match=re.escape(str(path))):
        load(path)


def test_the_first_start_puts_the_example_there_and_the_second_keeps_what_was_edited(tmp_path: Path) -> None:
    assert load_or_create(tmp_path / "data").name == "SaferMK"
    path = tmp_path / "data" / "partnership.toml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    path.write_text(TEXT.replace('name = "SaferMK"', 'name = "Safer Town"'), encoding="utf-8")
    assert load_or_create(tmp_path / "data").name == "Safer Town"


def every_text(record: object, at: str = "") -> list[tuple[str, Words]]:
    if isinstance(record, Words):
        return [(at, record)]
    parts = (
        enumerate(record) if isinstance(record, tuple) else vars(record).items() if hasattr(record, "__dict__") else ()
    )
    return [found for name, part in parts for found in every_text(part, f"{at}.{name}")]


def test_every_text_of_the_example_is_in_every_language(example: Partnership) -> None:
    same_in_all = {"area", "name"}  # names of towns and agencies
    for at, words in every_text(example):
        if at.rpartition(".")[2] not in same_in_all and words.in_("en"):
            assert set(words) == {language.code for language in LANGUAGES}, at


def test_each_language_reads_its_own_words_and_else_the_english_ones(example: Partnership) -> None:
    assert example.localised("en").priorities[0].title == "Domestic abuse"
    assert example.localised("ro").priorities[0].title == "Violența domestică"
    assert example.localised("xx").priorities[0].title == "Domestic abuse"
    assert example.localised("ur").area == "ملٹن کینز"
    assert example.localised("pl").shown_help_lines(date(2026, 11, 22), True)[0].for_whom.startswith("Każda osoba")
    assert example.localised("pl") is example.localised("pl")
    with pytest.raises(AttributeError):
        _ = example.localised("pl").nothing


def test_the_example_carries_the_ten_priorities_of_the_strategy(example: Partnership) -> None:
    assert [priority.code for priority in example.priorities] == PRIORITIES
    assert all(2 <= len(priority.planned) <= 4 for priority in example.priorities)


def test_the_example_is_not_ready_for_residents_and_says_why(example: Partnership) -> None:
    assert [re.findall(r"Set ([\w.\[\]]+)", sentence)[0] for sentence in example.missing_for_live()] == [
        "[contact]",
        "reports_read",
        "duty_address",
        "[emergency]",
        "card_address",
        "controller.name",
        "controller.address",
        "controller.officer_name",
        "controller.officer_email",
        "contact.email",
    ]


def test_a_file_that_was_filled_in_is_ready_for_residents(tmp_path: Path) -> None:
    filled = TEXT
    for old, new in [
        ("Example Council (example, to be set)", "Milton Keynes City Council"),
        ("Data Protection Officer (example, to be set)", "The Data Protection Officer"),
        ("dpo@example.org", "dpo@safer.test"),
        ("safermk@example.org", "team@safer.test"),
        ("Example House, 1 Example Street, Example Town (example, to be set)", "1 High Street"),
        ("card.example.org", "card.safer.test"),
        ('phone = "01908 691691"\ncheck = true', 'phone = "01908 691691"'),
        ('duty_address = ""', 'duty_address = "duty@safer.test"'),
        ('reports_read_agreed_by = ""', 'reports_read_agreed_by = "The partnership board"'),
        ('checked_on = ""', "checked_on = 2026-11-20"),
        ('checked_by = ""', 'checked_by = "A. Khan"'),
    ]:
        assert old in filled
        filled = filled.replace(old, new, 1)
    path = tmp_path / "partnership.toml"
    path.write_text(filled, encoding="utf-8")
    assert load(path).missing_for_live() == []


def texts_of(record: Any, at: str = "") -> Iterator[tuple[str, Callable[[str], Any]]]:
    """Each text of a record with its key, and what makes a copy in which it is another."""
    if isinstance(record, str):
        yield at, lambda text: text
    elif isinstance(record, Words):
        for code in record:
            yield at, lambda text, code=code: Words({**record, code: text})
    elif isinstance(record, tuple):
        for number, each in enumerate(record):
            name = getattr(each, "code", None)
            inner = f"{at}.{name}" if name else f"{at} number {number + 1}"
            for key, change in texts_of(each, inner):
                yield key, lambda text, n=number, c=change: (*record[:n], c(text), *record[n + 1 :])
    elif is_dataclass(record):
        for one in fields(record):
            for key, change in texts_of(getattr(record, one.name), f"{at}.{one.name}" if at else one.name):
                yield key, lambda text, n=one.name, c=change: replace(record, **{n: c(text)})


def named_as_example(partnership: Partnership) -> set[str]:
    return {sentence.split()[1] for sentence in partnership.missing_for_live() if "still is an example" in sentence}


EVERY_TEXT = [(key, change) for key, change in texts_of(load(EXAMPLE)) if not key.endswith(".code")]
ADDRESSES = ["https://www.example.org/help", "someone@example.com", "EXAMPLE.NET", "help.example", "x@mail.example.org"]
OWN = ["https://helpers.org", "someone@safer.test", "For example, loud music", "Exampleton", "counterexamples"]


def test_the_walk_over_the_file_comes_to_every_kind_of_text() -> None:
    keys = [key for key, _ in EVERY_TEXT]
    assert len(keys) > 1000
    for key in ("card_address", "controller.name", "agencies.police.name", "help_lines.galop.numbers number 1"):
        assert key in keys
    assert "places.estates.e-fishermead.name" in keys


@given(text=st.sampled_from(EVERY_TEXT), address=st.sampled_from(ADDRESSES))
@settings(deadline=None)
def test_an_example_address_anywhere_in_the_file_keeps_residents_out_and_is_named(
    text: tuple[str, Callable[[str], Partnership]], address: str
) -> None:
    key, change = text
    named = f"Set {key} in partnership.toml: it still is an example."
    assert change(address).missing_for_live().count(named) == 1


@given(text=st.sampled_from(EVERY_TEXT), own=st.sampled_from(OWN))
@settings(deadline=None)
def test_a_text_of_the_partnerships_own_is_not_taken_for_an_example(
    text: tuple[str, Callable[[str], Partnership]], own: str
) -> None:
    key, change = text
    assert f"Set {key} in partnership.toml: it still is an example." not in change(own).missing_for_live()


def test_an_example_in_a_name_is_named_and_in_prose_it_is_a_word(example: Partnership) -> None:
    agency = replace(example.agencies[0], name=Words({"en": "Example Council", "ur": "کونسل"}))
    assert "agencies.council-asb.name" in named_as_example(replace(example, agencies=(agency,)))
    line = replace(example.help_lines[0], name="Example Help")
    assert "help_lines.victims-first.name" in named_as_example(replace(example, help_lines=(line,)))
    assert "about" not in named_as_example(replace(example, about=Words({"en": "An example of working together."})))


def test_health_names_the_headings_of_the_help_page_that_are_empty(example: Partnership) -> None:
    day = date(2026, 11, 22)
    assert help_line_problems(example.help_lines, day) == [
        "No help line is shown to residents: none was checked within 12 months. "
        "Check them, and set verified_on and verified_by in partnership.toml."
    ]
    checked = tuple(replace(line, verified_on=day, verified_by="A. Khan") for line in example.help_lines)
    assert help_line_problems(checked, day) == []
    assert "none was checked" in help_line_problems(checked, day + timedelta(days=366))[0]
    some = [line for line in checked if line.code in {"victims-first", "childline"}]
    assert help_line_problems(some, day) == [
        "No checked help line stands under drugs, elsewhere: check one of these topics in partnership.toml."
    ]


def test_a_line_under_no_heading_stands_under_the_last(example: Partnership) -> None:
    line = replace(example.help_lines[0], topics=())
    assert [topic for topic in TOPICS if line.is_about(topic)] == ["elsewhere"]


def test_health_names_the_priorities_of_which_nothing_new_is_written(example: Partnership) -> None:
    assert priority_problems(example.priorities, date(2026, 11, 22))[0].startswith(
        f"Not yet written for {', '.join(PRIORITIES)}:"
    )
    work = Work(what=Words({"en": "x"}), began_on=date(2024, 1, 1))
    ended = replace(work, result=Words({"en": "y"}), result_on=date(2026, 1, 1))
    told = [replace(example.priorities[0], work=(work, ended)), replace(example.priorities[1], work=(work,))]
    assert priority_problems(told, date(2026, 12, 31))[0].startswith("Not yet written for V2:")
    assert priority_problems(told[:1], date(2027, 1, 1)) == []
    assert told[0].latest_work == (ended, work)


def checked_line(on: date | None, by: str = "A. Khan") -> HelpLine:
    return HelpLine(
        code="x", name="X", for_whom=Words({"en": "Anyone"}), numbers=("1",), verified_on=on, verified_by=by
    )


@pytest.mark.parametrize(
    ("verified_on", "last_day"),
    [
        (date(2026, 3, 1), date(2027, 3, 1)),
        (date(2025, 2, 28), date(2026, 2, 28)),
        (date(2024, 2, 29), date(2025, 2, 28)),
        (date(2027, 3, 1), date(2028, 3, 1)),
    ],
)
def test_a_help_line_is_shown_for_twelve_months_after_it_was_checked(verified_on: date, last_day: date) -> None:
    line = checked_line(verified_on)
    day = timedelta(days=1)
    assert not line.is_verified(verified_on - day)
    assert line.is_verified(verified_on)
    assert line.is_verified(last_day)
    assert not line.is_verified(last_day + day)


def test_a_help_line_that_nobody_checked_is_shown_only_in_a_demonstration(example: Partnership) -> None:
    today = date(2026, 11, 22)
    assert not checked_line(None, "").is_verified(today)
    assert not checked_line(today, "").is_verified(today)
    assert example.shown_help_lines(today) == ()
    assert example.shown_help_lines(today, demonstration=True) == example.help_lines
    checked = replace(example.help_lines[0], verified_on=today, verified_by="A. Khan")
    changed = replace(example, help_lines=(checked, *example.help_lines[1:]))
    assert changed.shown_help_lines(today) == (checked,)


def test_places_are_offered_by_group_and_found_by_code(example: Partnership) -> None:
    offered = example.places.choices
    names = [group for group, _ in offered]
    assert names == sorted(names)
    assert len(names) == 7
    codes = [code for _, places in offered for code, _ in places]
    assert len(codes) == len(set(codes))
    assert sum(code.startswith("p-") for code in codes) == 48
    shown = [name for _, places in offered for _, name in places]
    assert len(shown) == len(set(shown)), "two places under one name cannot be told apart"
    fishermead = example.places.find("e-fishermead")
    assert fishermead is not None
    assert (fishermead.name, fishermead.parish, fishermead.group) == ("Fishermead", "p-campbell-park", "g-centre")
    assert example.places.find("e-atlantis") is None


def test_a_retired_place_is_no_longer_offered_and_stays_readable(example: Partnership) -> None:
    estates = tuple(replace(one, retired=one.code == "e-fishermead") for one in example.places.estates)
    places: Places = replace(example.places, estates=estates)
    assert "e-fishermead" not in [code for _, offered in places.choices for code, _ in offered]
    found = places.find("e-fishermead")
    assert found is not None
    assert found.name == "Fishermead"


def test_the_bank_holidays_are_those_of_england_and_wales(example: Partnership) -> None:
    holidays = sorted(example.bank_holidays)
    assert len(holidays) == 24
    assert all(day.weekday() < 5 for day in holidays)
    for easter in (date(2026, 4, 5), date(2027, 3, 28), date(2028, 4, 16)):
        assert {easter - timedelta(days=2), easter + timedelta(days=1)} <= example.bank_holidays
    moved = {date(2026, 12, 28), date(2027, 12, 27), date(2027, 12, 28), date(2028, 1, 3)}
    assert moved <= example.bank_holidays


@pytest.mark.parametrize(
    ("day", "n", "expected"),
    [
        (date(2026, 11, 18), 2, date(2026, 11, 20)),
        (date(2026, 11, 20), 1, date(2026, 11, 23)),
        (date(2026, 11, 22), 1, date(2026, 11, 23)),
        (date(2026, 11, 18), 10, date(2026, 12, 2)),
        (date(2026, 12, 24), 1, date(2026, 12, 29)),
        (date(2027, 12, 24), 1, date(2027, 12, 29)),
        (date(2026, 4, 2), 1, date(2026, 4, 7)),
        (date(2026, 11, 21), 0, date(2026, 11, 21)),
    ],
)
def test_promised_days_leave_out_weekends_and_bank_holidays(
    example: Partnership, day: date, n: int, expected: date
) -> None:
    assert working_days_after(day, n, example.bank_holidays) == expected


days = st.dates(date(2020, 1, 1), date(2035, 12, 31))


@given(day=days, n=st.integers(1, 60), holidays=st.frozensets(days, max_size=40))
def test_the_nth_working_day_is_one_and_has_n_behind_it(day: date, n: int, holidays: frozenset[date]) -> None:
    def is_working(one: date) -> bool:
        return one.weekday() < 5 and one not in holidays

    reached = working_days_after(day, n, holidays)
    assert is_working(reached)
    between = (day + timedelta(days=i) for i in range(1, (reached - day).days + 1))
    assert sum(map(is_working, between)) == n
