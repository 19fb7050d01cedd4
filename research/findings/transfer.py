"""T7: what is left of margin's gain where another model chooses the labels than the one that is trained.

Notation: S seeds; A models; per data set and seed an own gain, the mean over A models that choose for themselves, and a
gain by others, the mean over the A·(A − 1) pairs of one that chooses and another that is trained. A gain is margin −
random, both trained with the same model, the mean over log labels.
"""

from collections.abc import Mapping
from itertools import product

import pandas as pd

from research.findings.curves import NotRecordedError, RecordedCurves
from research.findings.estimates import height_gap, mean_over_sets, share_of_sets
from research.findings.finding import Measured
from research.findings.rules import RULES

__all__ = ["MODELS", "SCHEDULES", "another_model", "gains"]

Pair = tuple[str, str]
"""The model that is trained, and the one that chooses."""

MODELS = ("linear", "forest", "boosting")

SCHEDULES = dict.fromkeys(
    (
        "german-credit",
        "spambase",
        "phoneme",
        "kr-vs-kp",
        "kc1",
        "pc1",
        "hypothyroid",
        "orange-juice",
        "mortgage-denial",
        "unemployment",
    ),
    20,
)
"""Data sets of two classes, with the size of the initial set and of the batches."""


def another_model(curves: RecordedCurves) -> Measured:
    """T7: margin's gain where another model chooses, against what it is where each chooses for itself."""
    if not curves.rows["learner"].astype(str).str.contains("[chosen by ", regex=False).any():
        raise NotRecordedError("Missing: curves in which one learner chooses and another is trained, such as a forest.")
    every = {name: gains(curves, name) for name in SCHEDULES}
    own = {name: _mean(pairs, alike=True) for name, pairs in every.items()}
    others = {name: _mean(pairs, alike=False) for name, pairs in every.items()}
    rule = RULES["T7"]
    parts = (
        mean_over_sets(rule["less"], {name: others[name] - own[name] for name in every}),
        mean_over_sets(rule["own"], own),
        mean_over_sets(rule["halved"], {name: others[name] - own[name] / 2 for name in every}),
        mean_over_sets(rule["others"], others),
        share_of_sets(rule["turned"], {name: bool(gain.mean() < 0) for name, gain in others.items()}),
    )
    return Measured(parts, tuple(every), min(map(len, own.values())), _told(every))


def gains(curves: RecordedCurves, dataset: str) -> dict[Pair, "pd.Series[float]"]:
    """Give margin − random for every pair of models.

    Returns:
        For each pair a figure a seed, (S,), of the seeds that all pairs have.

    Raises:
        NotRecordedError: a curve is missing.
    """
    size, found = SCHEDULES[dataset], {}
    for trained in MODELS:
        random = curves.of(dataset, "random", size, size, trained)
        for chooses in MODELS:
            name = trained if chooses == trained else f"{trained} [chosen by {chooses}]"
            found[trained, chooses] = height_gap(curves.of(dataset, "margin", size, size, name), random)
    seeds = pd.concat(found.values(), axis=1).dropna().index
    return {pair: gain.loc[seeds] for pair, gain in found.items()}


def _mean(pairs: Mapping[Pair, "pd.Series[float]"], *, alike: bool) -> "pd.Series[float]":
    """Average over the pairs in which the model that is trained chooses, or over the others."""
    some = [gain for (trained, chooses), gain in pairs.items() if (trained == chooses) == alike]
    return pd.concat(some, axis=1).mean(axis=1)


def _told(every: Mapping[str, Mapping[Pair, "pd.Series[float]"]]) -> str:
    """Name the mean gain of each pair, over data sets."""
    told = []
    for pair in product(MODELS, MODELS):
        trained, chooses = pair
        mean = sum(float(pairs[pair].mean()) for pairs in every.values()) / len(every)
        told.append(f"{chooses} for {trained} {100 * mean:+.1f}")
    return f"Points over random by who chooses for whom: {', '.join(told)}.".replace("-", "−")
