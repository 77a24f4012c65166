"""Which reports are taken to be alike, and why: by number plates, names online, streets, words and days, in any language."""

from __future__ import annotations

import itertools
import uuid
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.reporting.likeness import ENOUGH, Account, Likeness, Rarity, compare, words_of
from portal.reporting.traces import names_online, number_plates
from portal.sample.told import IN_FULL as TOLD

DAY = date(2026, 11, 3)


def account(text: str, place: str | None = "fishermead", days: int = 0, street: str = "", ticked: str = "") -> Account:
    return Account(uuid.uuid4(), place, place, DAY + timedelta(days), text, street, frozenset(ticked.split()))


def alike(one: Account, other: Account, among: list[Account] | None = None) -> Likeness:
    return compare(one, other, Rarity(among or [one, other]))


# What residents might write, each with the matter that it is about; no two matters are one.
MATTERS = {
    "scooter": [
        account("A red electric scooter tears through the underpass and nearly hit my pram.", days=0, ticked="asb_types:vehicle_nuisance"),
        account("Somebody on a red scoter nearly knocked me over in the underpass!!", days=3, ticked="asb_types:vehicle_nuisance"),
        account("The red scooters in the underpass again, they frighten my grandmother.", days=9),
    ],
    "scooter in Polish": [
        account("Chłopak na czerwonej hulajnodze elektrycznej wjeżdża w ludzi w przejściu podziemnym.", days=1),
        account("Czerwona hulajnoga elektryczna prawie mnie potrąciła, przejście podziemne.", days=4),
    ],
    "stairs in Urdu": [
        account("ہماری سیڑھیوں میں کوئی روز کچرے کے تھیلے پھینکتا ہے اور دیوار پر گالیاں لکھتا ہے۔", days=2),
        account("سیڑھیوں میں پھر کچرے کے تھیلے تھے، اور دیوار پر گالیاں لکھی ہوئی تھیں۔", days=6),
    ],
    "plate": [
        account("They race at night, one had the number MK12 ABC.", place="bletchley", days=0),
        account("ktoś ściga się co noc, numer mk12abc", place="wolverton", days=150),
    ],
    "online": [
        account("He posts about me as @bad.neighbour on Instagram.", place=None, days=0),
        account("Look at https://www.instagram.com/Bad.Neighbour/?hl=en what they write", place="stantonbury", days=70),
    ],
    "one house": [
        account("Shouting and banging again", street="Flat 3, 12 Gurnards Ave", days=0),
        account("Loud music till late", street="gurnards avenue 12", days=100),
    ],
    "one street": [
        account("Fireworks at midnight", place="campbell park", street="Pencarrow Place", days=0),
        account("Bangs that scared my dog", place="campbell park", street="near Pencarow Place", days=5),
    ],
    "alone": [account("The light on the redway does not work.", days=0)],
    "bins": [account("Seagulls tear open the bins behind the bakery.", days=2)],
    "bus": [account("A man on the 6 bus told me to go home because of my scarf.", days=3)],
    "dog": [account("A big dog without a lead bit a child by the lake.", days=4, ticked="asb_types:animals")],
    "drums": [account("My neighbour drums until three in the morning.", days=1, ticked="asb_types:noise_home")],
    "party": [account("Loud party in the house opposite, shouting all night.", days=2, ticked="asb_types:noise_home")],
    "football": [account("Dzieci kopią piłkę w moje okno.", days=2)],
    "paint": [account("ہمارے دروازے پر کسی نے سرخ رنگ پھینکا۔", days=5)],
    "empty": [account("", days=0), ],
}  # fmt: skip


def test_of_a_made_corpus_those_that_tell_of_one_matter_are_alike_and_no_others() -> None:
    everything = [one for told in MATTERS.values() for one in told]
    rarity = Rarity(everything)
    matter = {one.id: name for name, told in MATTERS.items() for one in told}
    found = {
        (matter[one.id], matter[other.id], one.text, other.text)
        for one, other in itertools.combinations(everything, 2)
        if compare(one, other, rarity).is_enough
    }
    wanted = {
        (name, name, one.text, other.text)
        for name, told in MATTERS.items()
        for one, other in itertools.combinations(told, 2)
    }
    assert found == wanted


def test_the_invented_reports_of_the_demonstration_are_about_different_things() -> None:
    told = [account(one.text, days=number % 10) for number, one in enumerate(TOLD)]
    rarity = Rarity(told)
    pairs = [
        (one.text, other.text)
        for one, other in itertools.combinations(told, 2)
        if compare(one, other, rarity).is_enough
    ]
    assert pairs == []


def test_each_reason_is_said_for_itself() -> None:
    one = account("Red scooter MK12 ABC, see @bad_lad, underpass", street="12 Gurnards Avenue", ticked="a:b c:d")
    other = account("@bad_lad has a red scooter, mk12abc", days=20, street="Gurnards Ave. 12", ticked="a:b")
    likeness = alike(one, other)
    assert likeness.plates == ("MK12ABC",)
    assert likeness.names == ("@bad_lad",)
    assert likeness.words[:2] == ("Red", "scooter")
    assert likeness.is_same_street
    assert likeness.is_same_number
    assert likeness.is_same_place
    assert likeness.days_apart == 20
    assert likeness.ticked == {"a:b"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Oak Street", "Oak Road"),
        ("Gurnards Avenue", "Pencarrow Avenue"),
        ("the car park", "the park"),
        ("Avenue", "Gurnards Avenue"),
        ("12", "12"),
        ("", ""),
    ],
)
def test_streets_that_share_a_common_word_only_are_two(one: str, other: str) -> None:
    assert not alike(account("x", street=one), account("x", street=other)).is_same_street


def test_one_street_name_in_two_parishes_is_two_streets() -> None:
    assert not alike(account("x", "a", street="High Street"), account("x", "b", street="High Street")).is_same_street


def test_the_same_place_day_and_kind_alone_is_no_likeness() -> None:
    one, other = (account("Loud music and shouting every night", ticked="t:noise", days=0) for _number in range(2))
    assert not alike(account(""), account("")).is_enough
    assert not alike(account("", ticked="t:noise"), account("", ticked="t:noise")).is_enough
    assert not alike(one, other).is_enough


def test_what_many_say_weighs_less_than_what_few_say() -> None:
    others = [account(f"The weather was grey and windy {number}") for number in range(400)]
    common = [account("grey windy weather"), account("weather windy grey")]
    rare = [account("purple trombone llama"), account("llama trombone purple")]
    among = [*others, *common, *rare]
    assert alike(*rare, among).points > alike(*common, among).points
    assert not alike(*common, among).is_enough


PLATES = [
    ("my car MK12 ABC was", {"MK12ABC"}),
    ("mk12abc", {"MK12ABC"}),
    ("MK 12 ABC", {"MK12ABC"}),
    ("plate A051KXD or AO51KXD", {"AO51KXD"}),
    ("lv7I oab", {"LV71OAB"}),
    ("A123 BCD and ABC 123D and abc123d", {"A123BCD", "ABC123D"}),
    ("YAZ 1234", {"YAZ1234"}),
    ("the bus in MK12 the driver, and MK12 and so", set()),
    ("on the A421 and the H6 the M1 was", set()),
    ("at 10 the bus, at 12 men came, in 20 min", set()),
    ("flat 12b, and 12a, MK6 2AB, MK9 3XS", set()),
    ("SHOOING LOOKING 2024 999 101", set()),
]


@pytest.mark.parametrize(("text", "plates"), PLATES)
def test_number_plates_are_read_however_they_are_typed_and_roads_and_postcodes_are_none(
    text: str, plates: set[str]
) -> None:
    assert number_plates(text) == plates


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("he is @Bad.Lad. on it", {"@bad.lad"}),
        ("http://m.facebook.com/bad.lad?ref=1 and www.facebook.com/bad.lad", {"@bad.lad"}),
        ("instagram.com/p/Cx12_ab/", {"instagram.com/p/cx12_ab"}),
        ("x.com/bad/status/99", {"x.com/bad/status/99"}),
        ("tiktok.com/@bad", {"@bad"}),
        ("mail me at anna@example.com or anna@instagram.com/x", set()),
        ("see www.milton-keynes.gov.uk/bins and facebook.com", set()),
        ("@", set()),
    ],
)
def test_names_online_are_one_however_they_are_copied(text: str, names: set[str]) -> None:
    assert names_online(text) == names


def test_words_of_any_script_are_words() -> None:
    assert list(words_of("மாடிப்படியில் குப்பை")) != []
    assert "紅色" in words_of("紅色滑板車").values()
    assert list(words_of("The of and AND آپ اور się")) == []
    assert words_of("Łódź ŁÓDŹ lodz").keys() == {"lodz"}


ALPHABET = "abcdeghiklmnoprstuwzółßşйкنک௧字 12@./\n"
texts = st.one_of(st.text(max_size=120), st.text(ALPHABET, max_size=200))


@st.composite
def accounts(draw: st.DrawFn) -> Account:
    return account(
        draw(texts),
        draw(st.sampled_from([None, "a", "b"])),
        draw(st.integers(0, 400)),
        draw(st.one_of(st.just(""), texts)),
        draw(st.sampled_from(["", "a:b", "a:b c:d"])),
    )


@pytest.mark.dear
@given(accounts(), accounts(), st.lists(accounts(), max_size=3))
def test_likeness_is_the_same_from_either_side(one: Account, other: Account, more: list[Account]) -> None:
    rarity = Rarity([one, other, *more])
    there, back = compare(one, other, rarity), compare(other, one, rarity)
    assert there.points == pytest.approx(back.points)
    assert there.is_enough == back.is_enough
    assert len(there.words) == len(back.words)
    assert (there.plates, there.names, there.ticked) == (back.plates, back.names, back.ticked)


NOUNS = [
    "anchor",
    "biscuit",
    "cactus",
    "dolphin",
    "elbow",
    "falcon",
    "guitar",
    "hammer",
    "igloo",
    "jacket",
    "kettle",
    "lantern",
    "magnet",
    "napkin",
    "orchid",
]


@given(
    st.lists(st.sampled_from(NOUNS), min_size=5, unique=True), st.randoms(use_true_random=False), st.integers(0, 900)
)
def test_an_equal_text_is_alike_in_any_order_anywhere_and_at_any_time(
    nouns: list[str], random: object, days: int
) -> None:
    shuffled = [*nouns]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = account(" ".join(nouns), "a"), account(" ".join(shuffled), "b", days)
    likeness = alike(one, other)
    assert likeness.is_same_text
    assert likeness.is_enough
    assert likeness.points >= ENOUGH


@pytest.mark.dear
@given(texts)
def test_no_text_however_odd_breaks_it(text: str) -> None:
    alike(account(text, street=text), account(text[::-1], street=text))
