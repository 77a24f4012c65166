"""What of a release stands in each table of the open data: a function for each kind of figure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.cohesion.changes import Against, Public, public_figures, still_stands
from portal.cohesion.release_history import Version
from portal.cohesion.selection import RANDOM, if_chosen

HIDDEN, UNSURE, UNKNOWN, NOT_HERE, BREAK = "[c]", "[u]", "[x]", "[z]", "[b]"
"""Markers of the Government Statistical Service."""
Row = dict[str, Any]


@dataclass(frozen=True)
class Beside:
    """The other releases that are public now: what a figure is compared with may have been corrected since."""

    documents: Sequence[Mapping[str, Any]]
    public: Public

    @classmethod
    def of(cls, history: Iterable[Version]) -> Beside:
        documents = [one.document for one in history if one.document is not None]
        return cls(documents, public_figures(documents))

    def before(self, document: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The wave before it, of the same survey."""
        earlier = [
            one
            for one in self.documents
            if one["survey"] == document["survey"] and one["wave"]["number"] < document["wave"]["number"]
        ]
        return max(earlier, key=lambda one: one["wave"]["number"], default=None)


def _texts(name: str, words: Mapping[str, str]) -> Row:
    return {f"{name}_{code}": text for code, text in words.items()}


def _few(count: int | None) -> int | str:
    return HIDDEN if count is None else count


def releases(version: Version, _beside: Beside) -> Iterator[Row]:
    known: Row = dict.fromkeys(
        ("answered", "weighted_to", "weight_least", "weight_most", "design_effect", "left_out", "left_out_signals", "flagged", "arithmetic"),
        UNKNOWN,
    )  # fmt: skip
    if version.document is not None:
        document = version.document
        recipe = document["recipe"]
        weighting = recipe.get("weighting", {})
        left_out = document.get("left_out", {"count": 0, "signals": []})
        known = {
            "answered": _few(document["answered"]),
            "weighted_to": recipe.get("population", NOT_HERE),
            "weight_least": weighting.get("least", NOT_HERE),
            "weight_most": weighting.get("most", NOT_HERE),
            "design_effect": weighting.get("design_effect", NOT_HERE),
            "left_out": _few(left_out["count"]),
            "left_out_signals": " ".join(left_out["signals"]),
            "flagged": _few(document["flagged"]) if "flagged" in document else UNKNOWN,
            "arithmetic": weighting.get("version", 1) if weighting else NOT_HERE,
        }
    ended = NOT_HERE if version.is_current else version.ended_on.isoformat() if version.ended_on else UNKNOWN
    first = NOT_HERE if version.number == 1 else UNKNOWN
    yield (
        known
        | _texts("title", version.title)
        | {
            "opens_on": version.wave["opens_on"],
            "sample_type": version.wave["sample_type"],
            "standing": version.standing.value,
            "published_on": version.published_on.isoformat(),
            "ended_on": ended,
            "reason": version.reason.value if version.reason is not None else first,
        }
    )


def figures(version: Version, beside: Beside) -> Iterator[Row]:
    document = _document(version)
    is_random = document["wave"]["sample_type"] == RANDOM
    before = beside.before(document)
    measured = {each["code"]: each["definition"] for each in before["indicators"] if each["shown"]} if before else {}
    for each in document["indicators"]:
        numbers: Row = dict.fromkeys(
            ("percent", "low", "high", "base", "if_more_likely_to_answer", "if_less_likely_to_answer"), HIDDEN
        )
        marks, hidden = "", NOT_HERE
        if each["shown"]:
            chosen = {} if is_random else if_chosen(each["percent"], each["base"])
            numbers = {name: each[name] for name in ("percent", "low", "high", "base")} | {
                "if_more_likely_to_answer": chosen.get("low", NOT_HERE),
                "if_less_likely_to_answer": chosen.get("high", NOT_HERE),
            }
            marks = UNSURE if each["unreliable"] else ""
            marks += BREAK if measured.get(each["code"], each["definition"]) != each["definition"] else ""
        else:
            hidden = "few_on_one_side" if each["enough"] else "fewer_than_30"
        partly: int | str = NOT_HERE
        if each["kind"] == "score":
            partly = _few(each["partly"]) if "partly" in each else UNKNOWN if each["shown"] else HIDDEN
        yield (
            numbers
            | _texts("title", each["title"])
            | {
                "indicator": each["code"],
                "kind": each["kind"],
                "better": each["better"],
                "primary": each.get("primary", UNKNOWN),
                "marks": marks,
                "hidden_because": hidden,
                "range": ("likely_19_in_20" if is_random else "chance_alone") if each["shown"] else NOT_HERE,
                "partly_answered": partly,
                "source": each["source"],
                "definition": each["definition"],
            }
        )


def means(version: Version, _beside: Beside) -> Iterator[Row]:
    for each in _document(version).get("means", ()):
        said = {
            "mean": "mean",
            "low": "low",
            "high": "high",
            "scale_least": "least",
            "scale_most": "most",
            "base": "base",
        }
        yield _texts("title", each["title"]) | {
            "indicator": each["code"],
            **{column: each[name] if each["shown"] else HIDDEN for column, name in said.items()},
            "marks": UNSURE if each.get("unreliable") else "",
            "source": each["source"],
            "definition": each["definition"],
        }


def reporting_gap(version: Version, _beside: Beside) -> Iterator[Row]:
    """Of a kind of people, or a reason, that is not shown there is no row."""
    gap = _document(version).get("reporting_gap", {"shown": False})
    if not gap["shown"]:
        return
    for each in gap["told"]:
        yield {"of": "everyone", "code": each["who"], "marks": UNSURE if each["unreliable"] else ""} | {
            name: each[name] for name in ("percent", "low", "high", "base")
        }
    for each in gap["reasons"]:
        reason = {"of": "nobody", "code": each["code"], "percent": each["percent"], "marks": ""}
        yield reason | dict.fromkeys(("low", "high", "base"), NOT_HERE) | _texts("reason", each["text"])


def areas(version: Version, _beside: Beside) -> Iterator[Row]:
    found = _document(version).get("areas", {"figures": ()})
    for figure in found["figures"]:
        names = {group["code"]: group["name"] for group in found["groups"]}
        for each in figure["groups"]:
            yield {
                "indicator": figure["indicator"],
                "area": each["code"],
                "area_name": names[each["code"]],
                **{name: each.get(name, HIDDEN) for name in ("percent", "low", "high", "base")},
                "marks": UNSURE if each.get("unreliable") else "",
            }


def groups(version: Version, _beside: Beside) -> Iterator[Row]:
    found = _document(version).get("groups", {"figures": {}, "by": ()})
    names = {(kind["code"], group["code"]): group["texts"] for kind in found["by"] for group in kind["groups"]}
    for indicator, kinds in found["figures"].items():
        for kind, by_group in kinds.items():
            for group, each in by_group.items():
                numbers: Row = dict.fromkeys(
                    (
                        "percent",
                        "low",
                        "high",
                        "base",
                        "everyone_else",
                        "difference_low",
                        "difference_high",
                        "difference",
                    ),
                    HIDDEN,
                )
                if each["shown"]:
                    numbers = {name: each.get(name) for name in numbers} | {
                        "everyone_else": each["others"]["percent"],
                        "difference": each["word"],
                    }
                yield (
                    numbers
                    | _texts("group_name", _joined(names[kind, group]))
                    | {
                        "indicator": indicator,
                        "group_by": kind,
                        "group": group,
                        "marks": UNSURE if each.get("unreliable") else "",
                    }
                )


def heard(version: Version, _beside: Beside) -> Iterator[Row]:
    for kind in _document(version).get("heard", {"by": ()})["by"]:
        for each in kind["groups"]:
            is_told = each["answers"] is not None
            yield _texts("group_name", _joined(each["texts"])) | {
                "group_by": kind["code"],
                "group": each["code"],
                "percent": each["percent"] if is_told else HIDDEN,
                "population_percent": each["expected"],
                "ratio": each["ratio"] if is_told else HIDDEN,
                "more_answers_needed": each["more"],
            }


def _joined(texts: Sequence[Mapping[str, str]]) -> Row:
    """The names of several answers that are one group, in the languages that all of them have; nothing of the rest of the people."""
    spoken = [code for code in next(iter(texts), {}) if all(code in text for text in texts)]
    return {code: "; ".join(text[code] for text in texts) for code in spoken}


def answers(version: Version, _beside: Beside) -> Iterator[Row]:
    for each in _shown(version):
        for place, answer in enumerate(each["answers"], 1):
            yield _texts("answer", answer["text"]) | {
                "indicator": each["code"],
                "place": place,
                "counts": answer["positive"],
                "percent": HIDDEN if answer["percent"] is None else answer["percent"],
            }


def not_counted(version: Version, _beside: Beside) -> Iterator[Row]:
    for each in _shown(version):
        for answer in each["left_out"]:
            yield _texts("answer", answer["text"]) | {"indicator": each["code"], "count": _few(answer["count"])}


def changes(version: Version, beside: Beside) -> Iterator[Row]:
    for each in _shown(version):
        # A release of before there were several comparisons has one, with the wave before, and no range.
        for change in each.get("changes") or filter(None, [each.get("change")]):
            stands = still_stands(each, change, beside.public)
            said = {"earlier_percent": "percent", "low": "low", "high": "high", "change": "word"}
            told = {column: change.get(name, UNKNOWN) if stands else UNKNOWN for column, name in said.items()}
            for against in Against:
                if against in change.get("against", (Against.BEFORE,)):
                    yield told | {
                        "indicator": each["code"],
                        "against": against.value,
                        "earlier_closes_on": change["closes_on"],
                        "stands": stands,
                        "allowed_for": change.get("allowed_for", UNKNOWN),
                    }


def weighting(version: Version, _beside: Beside) -> Iterator[Row]:
    weighting = _document(version)["recipe"].get("weighting", {})
    for each in weighting.get("scarce", ()):
        group = "; ".join(f"{each['by']}={'|'.join(codes)}" for codes in each["kinds"])
        yield {"problem": "fewer_than_20", "group": group, "wanted": NOT_HERE, "reached": NOT_HERE}
    for each in weighting.get("missed", ()):
        group = " ".join(f"{name}={'|'.join(codes)}" for name, codes in zip(each["by"], each["kinds"], strict=True))
        yield {"problem": "at_the_bound", "group": group, "wanted": each["wanted"], "reached": each["reached"]}


def written(version: Version, _beside: Beside) -> Iterator[Row]:
    for question in _document(version).get("coded", ()):
        for code in question["codes"]:
            is_shown = code["percent"] is not None
            kappa = UNKNOWN if code["kappa"] is None else code["kappa"]
            yield _texts("question", question["question"]) | {
                "question": question["code"],
                "code": code["code"],
                "label": code["label"],
                "percent": code["percent"] if is_shown else HIDDEN,
                "base": _few(question["base"]),
                "kappa": kappa if is_shown else HIDDEN,
            }


def _document(version: Version) -> Mapping[str, Any]:
    assert version.document is not None
    return version.document


def _shown(version: Version) -> Iterator[Mapping[str, Any]]:
    return (each for each in _document(version)["indicators"] if each["shown"])
