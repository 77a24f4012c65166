"""`portal estimate`: the arithmetic on any file, held against dense linear algebra, closed forms, the jackknife and R."""

from __future__ import annotations

import csv
import json
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from math import exp, log, sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.cohesion.calibration import calibrate
from portal.cohesion.intervals import logit_interval, student
from portal.server.cli import portal
from tests.r.designs import DESIGNS, VALUES, Design, made, values_of_r

Z2 = 1.959963984540054**2


def run(design: Design, at: Path, *more: str) -> Result:
    data, margins = at / "data.csv", at / "margins.json"
    with data.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [*design.margins, "by", "weight", "q"])
        writer.writeheader()
        writer.writerows(design.rows)
    margins.write_text(json.dumps(design.margins), encoding="utf-8")
    options = ["--questions", "q", "--by", "by"]
    options += ["--base-weight", "weight"] if design.is_weighted else []
    options += ["--bounds", "{},{}".format(*design.bounds)] if design.bounds else []
    return CliRunner().invoke(portal, ["estimate", str(data), "--margins", str(margins), *options, *more])


def estimated(design: Design, at: Path) -> dict[str, Any]:
    result = run(design, at)
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def reference(design: Design) -> dict[str, Any]:
    """The same by other means: every row a row of a matrix, equations solved by singular values, damped fixed steps."""
    n = len(design.rows)
    base = np.array([row["weight"] if design.is_weighted else 1.0 for row in design.rows])
    base = base * n / base.sum()
    columns, totals = [], []
    for name, counts in design.margins.items():
        for category, count in counts.items():
            columns.append([float(row[name] == category) for row in design.rows])
            totals.append(count / sum(counts.values()) * n)
    matrix, wanted = np.array(columns).T, np.array(totals)
    if design.bounds:
        low, high = design.bounds
        a = (high - low) / ((1 - low) * (high - 1))

        def factor(u: Any) -> Any:
            e = np.exp(a * u)
            return (low * (high - 1) + high * (1 - low) * e) / (high - 1 + (1 - low) * e)
    else:
        a, factor = 1.0, np.exp
    slopes = np.zeros(len(wanted))
    for _ in range(400):
        weights = base * factor(matrix @ slopes)
        step = 1e-6
        derivative = base * (factor(matrix @ slopes + step) - factor(matrix @ slopes - step)) / (2 * step)
        slopes = slopes + np.linalg.pinv(matrix.T @ (derivative[:, None] * matrix), rcond=1e-11) @ (
            wanted - matrix.T @ weights
        )
    weights = base * factor(matrix @ slopes)
    assert np.allclose(matrix.T @ weights, wanted, rtol=1e-10), "the reference itself has not converged"
    answers = [row["q"] for row in design.rows]
    groups = [None, *sorted({row["by"] for row in design.rows})]
    estimates = []
    for group in groups:
        inside = np.array(
            [a != "" and (group is None or row["by"] == group) for a, row in zip(answers, design.rows, strict=True)]
        )
        y = np.array([float(a or 0) for a in answers])
        w = weights * inside
        share = (w * y).sum() / w.sum()
        part = inside * (y - share) / w.sum()
        root = np.sqrt(base)
        fitted = matrix @ np.linalg.lstsq(root[:, None] * matrix, root * part, rcond=None)[0]
        found = {"n": int(inside.sum()), "share": share}
        for name, scores in (("se", weights * part), ("se_calibrated", weights * (part - fitted))):
            found[name] = sqrt(n / (n - 1) * ((scores - scores.mean()) ** 2).sum())
        estimates.append(found)
    return {"weights": weights.tolist(), "estimates": estimates}


@pytest.fixture(scope="module")
def by_r() -> list[dict[str, Any]]:
    """What R's package survey printed of each design (`python -m tests.r`)."""
    found: list[dict[str, Any]] = json.loads(VALUES.read_text(encoding="utf-8"))["designs"]
    return found


@pytest.mark.dear
def test_r_still_prints_the_values_that_are_kept(tmp_path: Path, by_r: list[dict[str, Any]]) -> None:
    """They are of the designs that this machine makes, and, where R with its package survey is installed, it is asked again."""
    assert [each["design"] for each in by_r] == [made(seed).digest for seed in range(DESIGNS)]
    again = values_of_r(tmp_path)
    for kept, now in zip(by_r, again["designs"] if again else by_r, strict=True):
        assert kept["weights"] == pytest.approx(now["weights"], abs=1e-8)
        for one, other in zip(kept["estimates"], now["estimates"], strict=True):
            assert (one["n"], one["logit"]) == (other["n"], other["logit"] and pytest.approx(other["logit"], abs=1e-6))
            for name in ("share", "se", "se_calibrated"):
                assert one[name] == pytest.approx(other[name], abs=1e-8)


@pytest.mark.parametrize("seed", range(DESIGNS))
def test_weights_shares_and_errors_are_those_of_calibration_theory_and_of_r(
    tmp_path: Path, seed: int, by_r: list[dict[str, Any]]
) -> None:
    """32 designs to 1e-8; the logit range to 1e-6."""
    design = made(seed)
    found = estimated(design, tmp_path)
    for expected in (reference(design), by_r[seed]):
        assert found["weights"] == pytest.approx(expected["weights"], abs=1e-8)
        assert [each["by"] for each in found["estimates"]] == [None, "east", "north", "west"]
        for mine, other in zip(found["estimates"], expected["estimates"], strict=True):
            assert mine["n"] == other["n"]
            for name in ("share", "se", "se_calibrated"):
                assert mine[name] == pytest.approx(other[name], abs=1e-8), name
            if "logit" in other:
                assert mine["logit"] == pytest.approx(other["logit"], abs=1e-6)
    weights = np.array(found["weights"])
    assert found["n_eff"] == pytest.approx(weights.sum() ** 2 / (weights**2).sum())
    assert found["deff_kish"] == pytest.approx(found["n"] / found["n_eff"])
    assert (found["n"], found["converged"]) == (len(design.rows), True)
    for each in found["estimates"]:
        share, error, count = each["share"], each["se"], each["n"]
        if 0 < share < 1:
            size = min(count, share * (1 - share) / error**2)
            odds, half = log(share / (1 - share)), student(count - 1) * error / (share * (1 - share))
            assert each["logit"] == pytest.approx([1 / (1 + exp(half - odds)), 1 / (1 + exp(-half - odds))], abs=1e-12)
        else:
            inside = [
                w
                for w, row in zip(found["weights"], design.rows, strict=True)
                if row["q"] != "" and each["by"] in {None, row["by"]}
            ]
            size = sum(inside) ** 2 / sum(w * w for w in inside)
            assert (error, each["se_calibrated"], each["logit"]) == (0, pytest.approx(0, abs=1e-12), None)
        centre, half = share + Z2 / (2 * size), sqrt(Z2 * (share * (1 - share) / size + Z2 / (4 * size**2)))
        wilson = [(centre - half) / (1 + Z2 / size), (centre + half) / (1 + Z2 / size)]
        assert each["wilson"] == pytest.approx(wilson, abs=1e-9)


def test_the_designs_hold_what_is_hard() -> None:
    designs = [made(seed) for seed in range(DESIGNS)]
    assert sum(each.bounds is not None for each in designs) >= 10
    assert sum(each.is_weighted for each in designs) >= 10
    assert sum(any(row["q"] == "" for row in each.rows) for each in designs) >= 6
    assert sum(sum(row["q"] == 1 for row in each.rows) < 0.06 * len(each.rows) for each in designs) >= 4
    lacks = hollow = 0
    for each in designs:
        first, *_, last = [*each.margins, *each.margins]
        lacks += not any(row["by"] == "west" and row[first] == "a" for row in each.rows)
        hollow += len(each.margins) > 1 and not any(row[first] == "a" and row[last] == "b" for row in each.rows)
    assert lacks >= 6
    assert hollow >= 5


def poststratified(at: Path, answers: Mapping[str, tuple[int, int]], population: Mapping[str, float]) -> dict[str, Any]:
    rows = [
        {"m": name, "by": name, "weight": 1, "q": int(place < yes)}
        for name, (yes, count) in answers.items()
        for place in range(count)
    ]
    return estimated(Design({"m": population}, rows), at)


def test_one_margin_is_poststratification_with_its_textbook_error(tmp_path: Path) -> None:
    """Share and error of one margin in closed form: only what differs within the strata is uncertain."""
    answers, population = {"a": (30, 40), "b": (10, 50), "c": (5, 30)}, {"a": 500.0, "b": 300.0, "c": 200.0}
    whole, *parts = poststratified(tmp_path, answers, population)["estimates"]
    n = 120
    shares = {name: yes / count for name, (yes, count) in answers.items()}
    wanted = sum(population[name] / 1000 * share for name, share in shares.items())
    within = sum(
        (population[name] / 1000 / count) ** 2 * count * shares[name] * (1 - shares[name])
        for name, (_, count) in answers.items()
    )
    assert whole["share"] == pytest.approx(wanted, abs=1e-12)
    assert whole["se_calibrated"] == pytest.approx(sqrt(n / (n - 1) * within), abs=1e-12)
    assert whole["se_calibrated"] < whole["se"]
    for part, (name, (_, count)) in zip(parts, answers.items(), strict=True):
        assert part["share"] == pytest.approx(shares[name], abs=1e-12)
        assert part["se"] == pytest.approx(sqrt(n / (n - 1) * shares[name] * (1 - shares[name]) / count), abs=1e-12)


def test_what_the_margins_decide_has_no_error_left(tmp_path: Path) -> None:
    rows = [{"m": m, "by": by, "weight": 1, "q": int(m == "a")} for m in "ab" for by in "xy" for _ in range(25)]
    whole, *_ = estimated(Design({"m": {"a": 0.6, "b": 0.4}}, rows), tmp_path)["estimates"]
    assert whole["share"] == pytest.approx(0.6, abs=1e-12)
    assert whole["se_calibrated"] == pytest.approx(0, abs=1e-10)
    assert whole["se"] > 0.04


def test_the_calibrated_error_is_that_of_the_jackknife(tmp_path: Path) -> None:
    """Leave out each row in turn and weight anew: another way to the same error, but for terms of the order 1/n."""
    rng = random.Random(5)
    rows = [{"sex": rng.choice("fm"), "age": rng.choice("123"), "by": "all", "weight": 1} for _ in range(160)]
    for row in rows:
        row["q"] = int(rng.random() < {"1": 0.2, "2": 0.5, "3": 0.8}[row["age"]])  # type: ignore[index]
    margins = {"sex": {"f": 0.55, "m": 0.45}, "age": {"1": 0.4, "2": 0.3, "3": 0.3}}
    found = estimated(Design(margins, rows), tmp_path)["estimates"][0]
    cells = [("fm".index(row["sex"]), "123".index(row["age"])) for row in rows]

    def weighted(left_out: int) -> float:
        size = len(rows) - 1
        people = Counter(cell for at, cell in enumerate(cells) if at != left_out)
        targets = [[size * share for share in counts.values()] for counts in margins.values()]
        factors = calibrate(list(people), list(people.values()), targets).factors
        weight = dict(zip(people, factors, strict=True))
        return (
            sum(
                weight[cell] * row["q"]
                for at, (cell, row) in enumerate(zip(cells, rows, strict=True))
                if at != left_out
            )
            / size
        )

    shares = [weighted(at) for at in range(len(rows))]
    jackknife = sqrt(159 / 160 * sum((share - sum(shares) / 160) ** 2 for share in shares))
    assert found["se_calibrated"] == pytest.approx(jackknife, rel=0.03)
    assert found["se"] > 1.1 * found["se_calibrated"]


@pytest.mark.parametrize(
    ("freedom", "quantile"),
    [(1, 12.706204736174707), (2, 4.302652729749464), (3, 3.182446305283709), (5, 2.5705818356363146), (10, 2.2281388519649385),
     (29, 2.045229642132703), (100, 1.9839715184496334), (1000, 1.9623390808264078)],
)  # fmt: skip
def test_students_quantiles_are_those_of_the_tables(freedom: int, quantile: float) -> None:
    assert student(freedom) == pytest.approx(quantile, abs=1e-9)


def test_students_quantile_ends_at_the_normal_one_and_the_logit_range_stays_inside() -> None:
    assert student(10_000_000) == pytest.approx(1.959963984540054, abs=1e-6)
    low, high = logit_interval(0.001, 0.01, 1)
    assert 0 <= low < 0.001 < high <= 1


small_files = st.integers(2, 4).flatmap(
    lambda kinds: st.tuples(
        st.lists(
            st.tuples(st.integers(0, kinds - 1), st.integers(0, 1), st.sampled_from([0, 1, ""])),
            min_size=4,
            max_size=60,
        ),
        st.lists(st.floats(0.5, 2.0), min_size=4, max_size=4),
    )
)


def small(rows: Sequence[tuple[int, int, Any]], tilt: Sequence[float], scale: float, **more: Any) -> Design:
    """Margins that are near what is there, so that they can be met."""
    held = [{"age": str(age), "sex": "fm"[sex], "by": "all", "weight": 1, "q": q} for age, sex, q in rows]
    weights = [1 + 0.2 * (tilt[age] - 1) for age, _, _ in rows]
    margins: dict[str, dict[str, float]] = {"age": {}, "sex": {}}
    for row, weight in zip(held, weights, strict=True):
        for name, counts in margins.items():
            counts[row[name]] = counts.get(row[name], 0.0) + weight * scale
    return Design(margins, held, **more)


def near(one: Any, other: Any) -> None:
    for mine, theirs in zip(one["estimates"], other["estimates"], strict=True):
        for name in mine.keys() - {"question", "by"}:
            assert mine[name] == (theirs[name] if mine[name] is None else pytest.approx(theirs[name], abs=1e-7)), name


@settings(max_examples=25, deadline=None)
@given(small_files, st.randoms(), st.floats(0.01, 1e6))
def test_the_order_of_rows_and_the_size_of_the_population_change_nothing(
    tmp_path_factory: pytest.TempPathFactory, given_rows: Any, rng: random.Random, scale: float
) -> None:
    rows, tilt = given_rows
    at = tmp_path_factory.getbasetemp()
    found = estimated(small(rows, tilt, 1.0), at)
    assert sum(found["weights"]) == pytest.approx(len(rows), abs=1e-9)
    near(estimated(small(rows, tilt, scale), at), found)
    order = list(range(len(rows)))
    rng.shuffle(order)
    shuffled = estimated(small([rows[row] for row in order], tilt, 1.0), at)
    near(shuffled, found)
    assert shuffled["weights"] == pytest.approx([found["weights"][row] for row in order], abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(small_files)
def test_no_weight_leaves_the_bounds_and_every_margin_is_met(
    tmp_path_factory: pytest.TempPathFactory, given_rows: Any
) -> None:
    rows, tilt = given_rows
    design = small(rows, tilt, 1.0, bounds=(0.7, 1.4))
    found = estimated(design, tmp_path_factory.getbasetemp())
    assert all(0.7 <= weight <= 1.4 for weight in found["weights"])
    total = sum(design.margins["sex"].values())
    for name, counts in design.margins.items():
        for category, count in counts.items():
            held = sum(w for w, row in zip(found["weights"], design.rows, strict=True) if row[name] == category)
            assert held == pytest.approx(count / total * len(rows), abs=1e-8)


HEAD = "sex,by,weight,q"
FILE = f"{HEAD}\nf,x,1,1\nm,y,2,0\nf,y,1,\n"
MARGINS = '{"sex": {"f": 60, "m": 40}}'


def refused(at: Path, data: str | bytes = FILE, margins: str = MARGINS, *options: str) -> str:
    (at / "d.csv").write_bytes(data if isinstance(data, bytes) else data.encode())
    (at / "m.json").write_text(margins, encoding="utf-8")
    args = ["estimate", str(at / "d.csv"), "--margins", str(at / "m.json"), *(options or ("--questions", "q"))]
    result = CliRunner().invoke(portal, args)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert result.stderr.startswith("portal: ")
    assert result.stderr.count("\n") == 1
    return result.stderr.replace(str(at), "")


@pytest.mark.parametrize(
    ("data", "margins", "says"),
    [
        (FILE, '{"sex": {"f": 60, "m": 30, "x": 10}}', 'Nobody in the file is in "x" of "sex"'),
        (FILE, '{"sex": {"f": 100, "m": 0}}', 'The margins count nobody in "m" of "sex", and the file holds somebody who is.'),
        (FILE, '{"sex": {"f": 100}}', 'row 3: "sex" is "m", which is no category of the margins.'),
        (f"{HEAD}\nf,x,1,1\n\n,x,1,1\n", MARGINS, 'row 4: "sex" is blank, which is no category'),
        (FILE, '{"sex": {"f": 60, "m": 40}, "by": {"x": 50, "y": 40}}', 'the totals disagree: "sex" adds up to 100 and "by" to 90;'),
        (FILE, '{"sex": {"f": -60, "m": 40}}', '"f" of "sex" must be a count or a share, 0 or more.'),
        (FILE, '{"sex": {"f": true, "m": 40}}', '"f" of "sex" must be a count or a share'),
        (FILE, '{"sex": {"f": NaN, "m": 40}}', '"f" of "sex" must be a count or a share'),
        (FILE, f'{{"sex": {{"f": 1{"0" * 400}, "m": 40}}}}', '"f" of "sex" must be a count or a share'),
        (FILE, '{"sex": {"f": 0, "m": 0}}', 'the categories of "sex" must add up to more than 0.'),
        (FILE, '{"sex": {"f": 1, "f": 2}}', 'is not JSON in UTF-8: "f" stands there twice.'),
        (FILE, '{"sex": ["f"]}', "must be an object of objects"),
        (FILE, "[" * 100_000, "is not JSON in UTF-8 that can be read: it is nested too deeply."),
        (FILE, f'{{"sex": {{"f": 1{"0" * 5000}, "m": 40}}}}', '"f" of "sex" must be a count or a share'),
        (FILE, "", "is not JSON in UTF-8"),
        (f"{HEAD}\nf,x,1,yes\n", MARGINS, 'row 2: "q" is "yes": write 0 or 1, or leave it blank.'),
        (f"{HEAD}\nf,x,1\n", MARGINS, "row 2 has 3 columns where the first row has 4."),
        (f"{HEAD}\nf,x,1,1\nm,x,1,1,1\n", MARGINS, "row 3 has 5 columns where the first row has 4."),
        (f'{HEAD}\n"f\n\x1b[31m{"x" * 90_000}",x,1,1\n', MARGINS, 'row 2: "sex" is "f\\n\\u001b[31mxxx'),
        (FILE, f'{{"sex": {{"f": 9{"0" * 307}, "m": 9{"0" * 307}, "x": 9{"0" * 307}}}}}', 'the categories of "sex" must add up to'),
        (HEAD, MARGINS, "has no rows beneath its first."),
        ("", MARGINS, 'the column "sex" is not in the first row'),
        ("sex,q,q\nf,1,1\n", MARGINS, 'the column "q" is twice or more in the first row'),
        (f"{HEAD}\nf,x,1,\xe9\n".encode("latin-1"), MARGINS, "is not in UTF-8: save it as CSV UTF-8."),
        (f'{HEAD}\nf,x,1,"{"1" * 200_000}"\n', MARGINS, "is not a CSV file: field larger than field limit"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_or_met_is_one_sentence(tmp_path: Path, data: str | bytes, margins: str, says: str) -> None:
    assert says in refused(tmp_path, data, margins)


@pytest.mark.parametrize("weight", ["0", "-1", "", "heavy", "inf", "nan"])
def test_a_weight_is_a_number_above_nothing(tmp_path: Path, weight: str) -> None:
    data = f"{HEAD}\nf,x,1,1\nm,y,{weight},0\n"
    said = refused(tmp_path, data, MARGINS, "--questions", "q", "--base-weight", "weight")
    assert 'row 3: the weight in "weight" must be a number above 0.' in said


@pytest.mark.parametrize(
    "bounds", ["", "3", "0.3", "1,3", "0.3,1", "3,0.3", "a,b", "-1,2", "0.3,inf", "nan,2", "0.3,3,4"]
)
def test_bounds_lie_on_both_sides_of_one(tmp_path: Path, bounds: str) -> None:
    said = refused(tmp_path, FILE, MARGINS, "--questions", "q", f"--bounds={bounds}")
    assert "--bounds takes a number below 1 and one above it, like --bounds 0.3,3." in said


@pytest.mark.parametrize("questions", ["", "q,q", "q,,by"])
def test_each_question_is_named_once(tmp_path: Path, questions: str) -> None:
    assert "--questions takes each column once" in refused(tmp_path, FILE, MARGINS, f"--questions={questions}")


def test_margins_that_no_weights_meet_are_said(tmp_path: Path) -> None:
    crossed = "sex,age,q\n" + "f,1,1\n" * 50 + "m,2,0\n" * 50
    margins = '{"sex": {"f": 60, "m": 40}, "age": {"1": 40, "2": 60}}'
    assert "No weights meet all the margins with these rows: join categories" in refused(tmp_path, crossed, margins)
    few = "sex,q\n" + "f,1\n" * 180 + "m,0\n" * 20
    said = refused(tmp_path, few, '{"sex": {"f": 1, "m": 1}}', "--questions", "q", "--bounds", "0.3,3")
    assert "No weights within the bounds 0.3 and 3 meet all the margins with these rows: widen the bounds, or" in said


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    for data, margins in (("none.csv", "m.json"), ("d.csv", "none.json")):
        (tmp_path / "d.csv").write_text(FILE)
        (tmp_path / "m.json").write_text(MARGINS)
        args = ["estimate", str(tmp_path / data), "--margins", str(tmp_path / margins), "--questions", "q"]
        result = CliRunner().invoke(portal, args)
        assert (result.exit_code, "cannot be read: put the file there" in result.stderr) == (2, True)


def test_a_spreadsheets_file_is_read_as_it_is(tmp_path: Path) -> None:
    """A mark at the start, spaces, quotes, another order of columns, words in Urdu, decimals for whole numbers, no group."""
    (tmp_path / "d.csv").write_bytes(
        '\ufeffq, sex ,"علاقہ"\r\n1.0, عورت,"x, y"\r\n0.0,مرد,\r\n,"عورت",z\r\n1,مرد,z\r\n'.encode()
    )
    (tmp_path / "m.json").write_text('\ufeff{"sex": {"عورت": 0.5, "مرد": 0.5}}', encoding="utf-8")
    args = [
        "estimate",
        str(tmp_path / "d.csv"),
        "--margins",
        str(tmp_path / "m.json"),
        "--questions",
        "q",
        "--by",
        "علاقہ",
    ]
    result = CliRunner().invoke(portal, args)
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["weights"] == pytest.approx([1, 1, 1, 1])
    assert [(each["by"], each["n"]) for each in found["estimates"]] == [(None, 3), ("x, y", 1), ("z", 1)]
    assert found["estimates"][1]["share"] == 1.0


def test_a_group_in_which_nobody_answered_has_no_figure(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text(f"{HEAD}\nf,x,1,1\nm,x,1,0\nf,y,1,\n")
    (tmp_path / "m.json").write_text("{}")
    args = [
        "estimate",
        str(tmp_path / "d.csv"),
        "--margins",
        str(tmp_path / "m.json"),
        "--questions",
        "q",
        "--by",
        "by",
    ]
    found = json.loads(CliRunner().invoke(portal, args).stdout)
    assert found["iterations"] == 0
    assert found["estimates"][2] == {"question": "q", "by": "y", "n": 0} | dict.fromkeys(
        ("share", "se", "se_calibrated", "wilson", "logit")
    )
    whole = found["estimates"][0]
    assert whole["se"] == whole["se_calibrated"] == pytest.approx(sqrt(3 / 2 * 2 * 0.25 / 4))


def test_it_opens_no_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_DATABASE_URL", "sqlite:////nowhere/at/all.db")
    (tmp_path / "d.csv").write_text(FILE)
    (tmp_path / "m.json").write_text(MARGINS)
    args = ["estimate", str(tmp_path / "d.csv"), "--margins", str(tmp_path / "m.json"), "--questions", "q"]
    assert CliRunner().invoke(portal, args).exit_code == 0
