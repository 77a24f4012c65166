"""Conditions in words: what is written is read, said again and judged, and what is not one is refused at the right word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import combinations, product
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal.surveys.expression_parser import MAX_DEPTH, MAX_LETTERS, RESERVED, ExpressionError, parse
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
    atoms,
    holds,
)

CODES = st.from_regex(r"[a-z][a-z0-9_]{0,6}", fullmatch=True).filter(
    lambda code: code not in RESERVED | {"at", "more", "less", "any", "all", "to", "answered"}
)
OPTIONS = CODES | st.sampled_from(["16_24", "85_over"])
SIGNS = {">=": "at least", "<=": "at most", ">": "more than", "<": "less than"}


def expressions(questions: st.SearchStrategy[str], options: st.SearchStrategy[str]) -> st.SearchStrategy[Expression]:
    numbers = st.integers(0, 30).map(str)
    some = st.lists(options, min_size=1, max_size=3, unique=True).map(tuple)
    ticked = st.builds(Includes, questions, some, st.booleans()).map(
        lambda one: Includes(one.question, one.codes, one.every and len(one.codes) > 1)
    )
    one: st.SearchStrategy[Any] = st.one_of(
        st.builds(Answered, questions),
        st.builds(Is, questions, some),
        st.builds(Is, questions, numbers.map(lambda number: (number,))),
        st.builds(Between, questions, options, options),
        st.builds(Between, questions, numbers, numbers),
        st.builds(Compares, questions, st.sampled_from([*SIGNS]), numbers),
        ticked,
    )
    return joined(one, max_leaves=8)


def joined(one: st.SearchStrategy[Any], max_leaves: int) -> st.SearchStrategy[Expression]:
    """One such part, or several with not, and and or."""
    return st.recursive(
        one,
        lambda parts: st.one_of(
            st.builds(Not, parts),
            st.lists(parts, min_size=2, max_size=3).map(lambda several: All(tuple(several))),
            st.lists(parts, min_size=2, max_size=3).map(lambda several: AnyOf(tuple(several))),
        ),
        max_leaves=max_leaves,
    )


def depth(expression: Expression) -> int:
    match expression:
        case Not(part):
            return 1 + depth(part)
        case All(parts) | AnyOf(parts):
            return 1 + max(map(depth, parts))
    return 0


@given(expressions(CODES, OPTIONS).filter(lambda one: depth(one) <= MAX_DEPTH))
def test_what_is_said_is_read_as_it_was_meant(expression: Expression) -> None:
    assert parse(str(expression)) == expression
    assert str(parse(str(expression))) == str(expression)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("tenure is rent and not (age in 16_24, 25_34)", "tenure is rent and age not in 16_24, 25_34"),
        ("  tenure\n is   rent ", "tenure is rent"),
        ("Tenure IS rent AND people >= 3", "tenure is rent and people is at least 3"),
        ("people>=3 or people < 02", "people is at least 3 or people is less than 2"),
        ("tenure = rent or tenure != own", "tenure is rent or tenure is not own"),
        ("tenure is in rent, own", "tenure in rent, own"),
        ("tenure is not in rent, own", "tenure not in rent, own"),
        ("((tenure is rent))", "tenure is rent"),
        ("not (tenure is rent)", "tenure is not rent"),
        ("seen includes any of litter", "seen includes litter"),
        ("(a is b and c is d) or not answered ( e )", "(a is b and c is d) or not answered(e)"),
        ("age in 16_24 to 35_49", "age in 16_24 to 35_49"),
        ("answered is yes", "answered is yes"),
        ("how is more", "how is more"),
    ],
)
def test_one_condition_can_be_written_in_several_ways(text: str, same: str) -> None:
    assert str(parse(text)) == same


ORDERS = {"one": ("low", "middle", "high"), "two": ("low", "middle", "high")}
ANSWERS: dict[str, st.SearchStrategy[Any]] = {
    "one": st.sampled_from([None, "", "low", "middle", "high", "apart"]),
    "two": st.sampled_from([None, "low", "middle", "high"]),
    "ticks": st.lists(st.sampled_from(["low", "middle", "high"]), max_size=3, unique=True),
    "count": st.none() | st.integers(0, 6),
}


def judged(expression: Expression, answers: dict[str, Any]) -> bool:
    """As the guide explains it, said as plainly as can be."""
    if isinstance(expression, Not):
        return not judged(expression.part, answers)
    if isinstance(expression, All):
        return False not in [judged(part, answers) for part in expression.parts]
    if isinstance(expression, AnyOf):
        return True in [judged(part, answers) for part in expression.parts]
    answer = answers.get(expression.question)
    if answer is None or answer in ("", []):
        return False
    given_codes = [str(one) for one in answer] if isinstance(answer, list) else [str(answer)]
    if isinstance(expression, Is):
        return any(code in expression.codes for code in given_codes)
    if isinstance(expression, Includes):
        found = [code in given_codes for code in expression.codes]
        return all(found) if expression.every else any(found)
    if isinstance(expression, Compares):
        if not isinstance(answer, int):
            return False
        number = int(expression.number)
        higher = {">=": answer >= number, "<=": answer <= number, ">": answer > number, "<": answer < number}
        return higher[expression.sign]
    if isinstance(expression, Between):
        return in_range(expression, answer, ORDERS.get(expression.question, ()))
    return True


def in_range(expression: Between, answer: Any, order: Sequence[str]) -> bool:
    if isinstance(answer, int):
        numbers = [str(number) for number in range(31)]
        if expression.low not in numbers or expression.high not in numbers:
            return False
        return int(expression.low) <= answer <= int(expression.high)
    if isinstance(answer, list) or answer not in order or not {expression.low, expression.high} <= set(order):
        return False
    return order.index(expression.low) <= order.index(answer) <= order.index(expression.high)


def every_way() -> Iterator[Expression]:
    """To ask one thing of each of these questions: all there are of a few options and numbers."""
    levels = ORDERS["one"]
    some = [*((code,) for code in levels), *combinations(levels, 2), levels]
    for question in ANSWERS:
        yield Answered(question)
        yield from (Is(question, codes) for codes in some)
        yield from (Is(question, (str(number),)) for number in range(4))
        yield from (Includes(question, codes, every) for codes in some for every in (True, False))
        yield from (Between(question, *ends) for ends in product((*levels, "apart"), repeat=2))
        yield from (Between(question, str(low), str(high)) for low, high in product(range(4), repeat=2))
        yield from (Compares(question, sign, str(number)) for sign in SIGNS for number in range(4))


def every_answer() -> Iterator[Any]:
    yield from (None, "", "apart", *ORDERS["one"], 0, 1, 2, 3, [])
    for size in (1, 2, 3):
        yield from map(list, combinations(ORDERS["one"], size))


def test_each_way_to_ask_holds_for_exactly_the_answers_that_the_guide_names() -> None:
    tried = list(product(every_way(), every_answer()))
    for expression, answer in tried:
        (atom,) = atoms(expression)
        answers = {atom.question: answer}
        assert holds(expression, answers, ORDERS) is judged(expression, answers), (str(expression), answer)


@given(
    expressions(st.sampled_from([*ANSWERS, "gone"]), st.sampled_from(["low", "middle", "high", "apart"])),
    st.fixed_dictionaries({}, optional=ANSWERS),
)
def test_a_condition_holds_for_the_answers_for_which_the_guide_says_so(
    expression: Expression, answers: dict[str, Any]
) -> None:
    assert holds(expression, answers, ORDERS) is judged(expression, answers)


WORDS = st.sampled_from(
    ["and", "or", "not", "is", "in", "includes", "any", "all", "of", "to", "at", "least", "more", "than", "answered",
     "(", ")", ",", ">=", "<", "tenure", "rent", "16_24", "3", "_x", "'", '"rent"', "%", "؟", "٣", "\n", "\x00", "É"]
)  # fmt: skip


@given(st.text(max_size=60) | st.lists(WORDS, max_size=14).map(" ".join) | st.lists(WORDS, max_size=14).map("".join))
@example("")
@example("(" * 5000)
@example("not " * 400)
@example("not (" * 300)
@example("x is " + "9" * 5000)
@example("x is \x1b[2J")
@example(" " * 3000 + "\n")
@example("people is at least " + "9" * 400)
def test_whatever_is_typed_is_read_or_refused_at_a_place_in_it(text: str) -> None:
    try:
        expression = parse(text)
    except ExpressionError as problem:
        wrong = problem
    else:
        assert parse(str(expression)) == expression
        assert holds(expression, {}, {}) in (True, False)
        assert all(re.fullmatch("[a-z0-9_]+", atom.question) for atom in atoms(expression))
        return
    assert wrong.says
    assert str(wrong).isprintable()
    assert 0 <= wrong.at <= len(text)
    rest = text[wrong.at - 1 :]
    assert rest.startswith(wrong.word) or wrong.word == f"U+{ord(rest[0]):04X}" or not text


def test_parentheses_may_stand_inside_each_other_only_so_far() -> None:
    for number, is_fine in ((MAX_DEPTH, True), (MAX_DEPTH + 1, False)):
        text = "(" * number + "tenure is rent" + ")" * number
        if is_fine:
            assert parse(text) == Is("tenure", ("rent",))
        else:
            with pytest.raises(ExpressionError, match=f"more than {MAX_DEPTH} parentheses"):
                parse(text)


def test_a_condition_may_be_long_and_not_endless() -> None:
    longest = "tenure is rent".ljust(MAX_LETTERS)
    assert parse(longest) == Is("tenure", ("rent",))
    with pytest.raises(ExpressionError, match=f"longer than {MAX_LETTERS} letters"):
        parse(longest + " ")
