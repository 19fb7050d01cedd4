"""How often people agree on items, and how often each of them is wrong, by what all of them say.

Krippendorff's alpha for classes (Krippendorff 2011, Computing Krippendorff's Alpha-Reliability) is 1 − D_o / D_e: pairs
of answers to one item that differ, beside pairs of any two answers. The right answers are not known: Dawid & Skene 1979
(Applied Statistics 28:20), as crowd-kit fits it, weighs them, or else the plurality counts as right. Neither sees what
all people get wrong together.

Notation: of an item, m answers; n_c of the class c; over all items with m ≥ 2, N answers, N_c of the class c.
"""

import warnings
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from typing import Any, Literal

from planner.annotations.records import Record
from planner.costs.audit import ErrorShare

Method = Literal["Dawid-Skene", "plurality"]
Votes = Mapping[str, Mapping[str, str]]
"""Item -> person -> class."""
Chances = Mapping[str, Mapping[str, float]]
"""Item -> class -> chance that it is the right one."""

UNNAMED = "\0"
"""With which begins the name of who is not named."""
MOST_CLASSES = 200
"""Above which plurality is counted: the confusions that Dawid & Skene learn grow with the square of the classes."""
_SAME = 1e-9


@dataclass(frozen=True)
class Agreement:
    """Agreement on the items that two people or more answered.

    Attributes:
        items: as many.
        percent: share of the pairs of answers to an item that are the same, mean over items; a fraction.
        alpha: Krippendorff's; None where all answers are one class.
        method: by which the right answers were estimated.
        error: wrong answers, in items: of each the share of its answers.
        by_person: person -> wrong ones among that person's answers; empty where nobody is named.
        divided: items on which two classes are equally likely to be right.
    """

    items: int
    percent: float
    alpha: float | None
    method: Method
    error: ErrorShare
    by_person: Mapping[str, ErrorShare]
    divided: int

    def to_dict(self) -> dict[str, Any]:
        """Give it as JSON has it."""
        return {
            **vars(self),
            "error": self.error.to_dict(),
            "by_person": {name: share.to_dict() for name, share in self.by_person.items()},
        }


def votes_by_item(answers: Iterable[Record]) -> tuple[dict[str, dict[str, str]], int]:
    """Take each person's last answer to each item, in a class, and count the earlier ones; who is not named is new."""
    votes: dict[str, dict[str, str]] = {}
    repeated = 0
    begin = datetime.min.replace(tzinfo=UTC)
    for number, answer in enumerate(sorted(answers, key=lambda answer: answer.at or begin)):
        if answer.label is None:
            continue
        of_item = votes.setdefault(answer.item, {})
        person = answer.annotator or f"{UNNAMED}{number}"
        repeated += person in of_item
        of_item[person] = answer.label
    return votes, repeated


def measure_agreement(votes: Votes) -> tuple[Agreement | None, dict[str, str]]:
    """Measure agreement, and give each item's most likely class; items without one are left out.

    Agreement is None where no item has two answers.
    """
    several = {item: given for item, given in votes.items() if len(given) > 1}
    labels = {item: next(iter(given.values())) for item, given in votes.items() if len(given) == 1}
    if not several:
        return None, labels
    method, chances = estimate_truth(several)
    likely = {item: _most_likely(of_item) for item, of_item in chances.items()}
    labels.update({item: best[0] for item, best in likely.items() if len(best) == 1})
    agreement = Agreement(
        len(several),
        sum(_same_pairs(given) for given in several.values()) / len(several),
        krippendorff_alpha(several),
        method,
        *_errors(several, chances),
        sum(len(best) > 1 for best in likely.values()),
    )
    return agreement, labels


def _most_likely(chances: Mapping[str, float]) -> list[str]:
    return [name for name, chance in chances.items() if chance > max(chances.values()) - _SAME]


def _same_pairs(given: Mapping[str, str]) -> float:
    """Give the share of the pairs of answers to an item that are the same: Σ n_c (n_c − 1) / m (m − 1)."""
    m = len(given)
    return sum(n * (n - 1) for n in Counter(given.values()).values()) / (m * (m - 1))


def krippendorff_alpha(votes: Votes) -> float | None:
    """Give alpha for classes; None where all answers are one class. Items with one answer count for nothing.

    D_o = 1 − Σ_items m · (share of same pairs) / N, and D_e = 1 − Σ_c N_c (N_c − 1) / N (N − 1).

    Examples:
        >>> votes = {"a": {"x": "1", "y": "1"}, "b": {"x": "1", "y": "2"}, "c": {"x": "2", "y": "2"}}
        >>> round(krippendorff_alpha(votes), 4)  # D_o = 1/3, D_e = 3/5
        0.4444
    """
    several = [given for given in votes.values() if len(given) > 1]
    counts = Counter(label for given in several for label in given.values())
    if len(counts) < 2:
        return None
    n = counts.total()
    observed = 1 - sum(len(given) * _same_pairs(given) for given in several) / n
    expected = 1 - sum(count * (count - 1) for count in counts.values()) / (n * (n - 1))
    return 1 - observed / expected


def estimate_truth(votes: Votes) -> tuple[Method, Chances]:
    """Estimate how likely each class is right, by Dawid & Skene where that can be had, or else by plurality."""
    named = all(not person.startswith(UNNAMED) for given in votes.values() for person in given)
    classes = {label for given in votes.values() for label in given.values()}
    if named and 1 < len(classes) <= MOST_CLASSES and find_spec("crowdkit") is not None:
        return "Dawid-Skene", _dawid_skene(votes)
    return "plurality", {item: _plurality(given) for item, given in votes.items()}


def _plurality(given: Mapping[str, str]) -> dict[str, float]:
    counts = Counter(given.values())
    best = [label for label, count in counts.items() if count == max(counts.values())]
    return {label: 1 / len(best) for label in best}


def _dawid_skene(votes: Votes) -> Chances:
    import pandas as pd
    from crowdkit.aggregation import DawidSkene  # loads scikit-learn

    rows = sorted((item, person, label) for item, given in votes.items() for person, label in given.items())
    answers = pd.DataFrame(rows, columns=["task", "worker", "label"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # crowd-kit calls pandas in ways that newer versions will not know
        chances = DawidSkene(n_iter=100).fit_predict_proba(answers)
    return {str(item): {str(k): float(v) for k, v in row.items()} for item, row in chances.to_dict("index").items()}


def _errors(votes: Votes, chances: Chances) -> tuple[ErrorShare, dict[str, ErrorShare]]:
    """Count wrong answers, of all and of each person: an answer is wrong by the chance that another class is right."""
    wrong = {
        item: {person: 1 - chances[item].get(label, 0.0) for person, label in given.items()}
        for item, given in votes.items()
    }
    all_wrong = sum(sum(of_item.values()) / len(of_item) for of_item in wrong.values())
    of_person: dict[str, list[float]] = {}
    for of_item in wrong.values():
        for person, share in of_item.items():
            if not person.startswith(UNNAMED):
                of_person.setdefault(person, []).append(share)
    by_person = {name: ErrorShare(len(shares), sum(shares)) for name, shares in sorted(of_person.items())}
    return ErrorShare(len(votes), all_wrong), by_person
