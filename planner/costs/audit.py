"""A language model's answers beside people's on the same items: errors, systematic ones, and who stands in for whom.

The alternative annotator test leaves out one person after the other, and asks whether the language model agrees with
the others as often as that person does, but for ε, what people's labels may be better for being dearer. Source:
Calderon, Reichart & Dror 2025, The Alternative Annotator Test for LLM-as-a-Judge, arXiv 2501.10970.

Notation:
    humans  (items, people)  answers, "" where there is none
    answers (items, repeats) the language model's, asked once or more; the first counts as its answer
    d       (items,)  1 where the person agrees with the others at least as often as the language model, less the same
                      of the language model: −1, 0 or 1
"""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import betaincinv

from planner.intervals import QUANTILES
from simulations.arrays import Floats
from simulations.errors import InputError
from simulations.files import strip_guard

EPSILONS = {"expert": 0.2, "skilled": 0.15, "crowd": 0.1}
"""ε by what the people who labelled are, as the test's authors advise: the dearer, the more the model may lack."""
FALSE_DISCOVERIES = 0.05
FEWEST_PEOPLE = 3
FEWEST_FOR_T = 30  # items, below which ranks are compared (Wilcoxon) in place of means (t-test)


@dataclass(frozen=True)
class ErrorShare:
    """Wrong answers among some items, with the 80% interval of Jeffreys.

    Attributes:
        wrong: of them; parts of one where it is not sure which answer is right.
    """

    items: int
    wrong: float

    @property
    def rate(self) -> float:
        """Share that is wrong."""
        return self.wrong / self.items

    @property
    def interval(self) -> tuple[float, float]:
        """The 10th and 90th percentile of what the share may be."""
        low, high = betaincinv(self.wrong + 0.5, self.items - self.wrong + 0.5, (QUANTILES[0], QUANTILES[-1]))
        return float(low), float(high)

    @property
    def range_text(self) -> str:
        """Give the interval as a plan file writes it: a range inside 0 and 1."""
        low, high = self.interval
        return f"{max(low, 0.001):.3g} to {min(high, 0.999):.3g}"

    def to_dict(self) -> dict[str, Any]:
        """Give it as JSON has it."""
        low, high = self.interval
        return {"items": self.items, "wrong": self.wrong, "rate": self.rate, "q10": low, "q90": high}


@dataclass(frozen=True)
class AnnotatorTest:
    """The alternative annotator test.

    Attributes:
        winning_rate: share of people whom the language model may replace; it passes from a half on.
        advantage: chance that it agrees with the others at least as often as a person, mean over people.
        p_values: by person, one-sided.
    """

    epsilon: float
    winning_rate: float
    advantage: float
    p_values: dict[str, float]

    @property
    def passes(self) -> bool:
        """Whether the language model may stand in for people."""
        return self.winning_rate >= 0.5


@dataclass(frozen=True)
class Audit:
    """What an audit says of a language model.

    Attributes:
        error: of its answers, against what most people say.
        systematic: wrong answers that come back, of those about which it was asked again; None where it was never.
        by_class: class, as people see it -> error in it, the most frequent class first.
        systematic_by_class: class with errors -> those of them that come back; empty where it was asked once.
        tied: items on which people are divided equally, which count for nothing but the test.
        test: the alternative annotator test; None with fewer than three people.
    """

    error: ErrorShare
    systematic: ErrorShare | None
    by_class: dict[str, ErrorShare]
    systematic_by_class: dict[str, ErrorShare]
    people: int
    tied: int
    test: AnnotatorTest | None

    @property
    def quote_fields(self) -> dict[str, Any]:
        """Fields of the language model's quote that the audit tells: ranges as a plan file writes them."""
        fields: dict[str, Any] = {"vote_error_rate": self.error.range_text}
        if self.systematic is not None and self.systematic.items:
            fields["systematic_share"] = self.systematic.range_text
        return {**fields, "error_rate_is": "measured", "audit_items": self.error.items}

    def to_dict(self) -> dict[str, Any]:
        """Give it as `labelplan audit --json` prints it."""
        return {
            "error": self.error.to_dict(),
            "systematic": None if self.systematic is None or not self.systematic.items else self.systematic.to_dict(),
            "by_class": {name: share.to_dict() for name, share in self.by_class.items()},
            "systematic_by_class": {name: share.to_dict() for name, share in self.systematic_by_class.items()},
            "people": self.people,
            "tied": self.tied,
            "test": None if self.test is None else {**vars(self.test), "passes": self.test.passes},
            "quote": self.quote_fields,
        }


def read_audit(path: Path, *, epsilon: float) -> Audit:
    """Read an audit: a CSV with `item`, one or more columns `human…`, and one or more columns `llm…`.

    Raises:
        InputError: the file cannot be read, or a column or an answer is missing; in one sentence.
    """
    header, rows = _read_rows(path)
    people, models = ([name for name in header if name.startswith(start)] for start in ("human", "llm"))
    if "item" not in header or not people or not models or len({*header}) < len(header):
        raise InputError(
            f"{path}: found the columns {', '.join(header)}; allowed: item, one or more that begin with human, and one "
            "or more that begin with llm, each name once"
        )
    if not rows:
        raise InputError(f"{path}: found no item; allowed: one in each row below the header")
    seen = set[str]()
    for number, cells in rows:
        row = dict(zip(header, cells, strict=True))
        if row["item"] in seen:
            raise InputError(f"{path}, row {number}, item: found '{row['item']}' again; allowed: each item once")
        seen.add(row["item"])
        if not row[models[0]]:
            raise InputError(f"{path}, row {number}: found none; allowed: an answer under {models[0]} for each item")
        if not any(row[name] for name in people):
            raise InputError(f"{path}, row {number}: found none; allowed: a person's answer for each item")
    table = np.array([cells for _, cells in rows])
    humans, answers = (table[:, [header.index(name) for name in names]] for names in (people, models))
    return measure_audit(humans, answers, people, epsilon=epsilon)


def _read_rows(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Read the header of a CSV and its rows, each with its number; lines that begin with # are comments."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read as an audit ({str(error).splitlines()[0]})") from error
    header: list[str] = []
    rows = []
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        (cells,) = csv.reader([line], skipinitialspace=True)
        cells = [strip_guard(cell.strip()) for cell in cells]
        if not header:
            header = cells
        elif len(cells) != len(header):
            raise InputError(
                f"{path}, row {number}: found {len(cells)} cells; allowed: {len(header)}, as in the header"
            )
        else:
            rows.append((number, cells))
    return header, rows


def measure_audit(humans: Any, answers: Any, people: list[str], *, epsilon: float) -> Audit:
    """Measure an audit; arrays of text, see the notation.

    Raises:
        InputError: people are divided on every item.
    """
    truth = np.array([_plurality(row) for row in humans])
    told = truth != ""
    if not told.any():
        raise InputError("audit: people are divided equally on every item; allowed: items on which most agree")
    wrong = answers[:, 0] != truth
    names, counts = np.unique(truth[told], return_counts=True)
    by_class = {
        str(name): ErrorShare(int(count), int(wrong[truth == name].sum()))
        for name, count in sorted(zip(names, counts, strict=True), key=lambda pair: -pair[1])
    }
    systematic, lasting = None, dict[str, ErrorShare]()
    if answers.shape[1] > 1:
        asked = wrong & told & (answers != "").all(axis=1)
        again = asked & (answers[:, 1:] == answers[:, :1]).all(axis=1)
        systematic = ErrorShare(int(asked.sum()), int(again.sum()))
        lasting = {
            name: ErrorShare(int(asked[truth == name].sum()), int(again[truth == name].sum()))
            for name in by_class
            if asked[truth == name].any()
        }
    test = _test_annotators(humans, answers[:, 0], people, epsilon) if len(people) >= FEWEST_PEOPLE else None
    error = ErrorShare(int(told.sum()), int((wrong & told).sum()))
    return Audit(error, systematic, by_class, lasting, len(people), int((~told).sum()), test)


def _plurality(row: Any) -> str:
    """Give the answer of most people; none where two are as frequent."""
    names, counts = np.unique(row[row != ""], return_counts=True)
    return "" if (counts == counts.max()).sum() > 1 else str(names[counts.argmax()])


def _test_annotators(humans: Any, answers: Any, people: list[str], epsilon: float) -> AnnotatorTest:
    from scipy import stats  # takes most of a second to load

    p_values, advantages = {}, []
    for j, person in enumerate(people):
        others = np.delete(humans, j, axis=1)
        both = (humans[:, j] != "") & (others != "").any(axis=1)
        if both.sum() < 2:
            continue
        present = np.maximum((others[both] != "").sum(axis=1), 1)
        of_person, of_model = (
            (others[both] == given[both, None]).sum(axis=1) / present for given in (humans[:, j], answers)
        )
        model_wins, person_wins = of_model >= of_person, of_person >= of_model
        d: Floats = person_wins.astype(float) - model_wins.astype(float)
        advantages.append(float(model_wins.mean()))
        if len(d) < FEWEST_FOR_T:
            p_values[person] = float(stats.wilcoxon(d - epsilon, alternative="less").pvalue)
        elif np.ptp(d) == 0:  # no spread to test against: sure, either way
            p_values[person] = 0.0 if d[0] < epsilon else 1.0
        else:
            p_values[person] = float(stats.ttest_1samp(d, epsilon, alternative="less").pvalue)
    adjusted = stats.false_discovery_control([*p_values.values()], method="by") if p_values else np.ones(1)
    return AnnotatorTest(
        epsilon, float((adjusted < FALSE_DISCOVERIES).mean()), float(np.mean(advantages or [0.0])), p_values
    )
