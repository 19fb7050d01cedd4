"""What wrong labels cost: points of the metric lost, measured where the same campaigns had right and wrong answers.

Errors have two parts. Random ones fall anywhere, and more labels wash them out. Systematic ones give a region of items
the same wrong answer whoever is asked again; a model learns them, so that they bound what can be reached.

Notation:
    n       labels delivered ÷ classes
    eta     share of them that is wrong; s of it systematically
    gap     value with right labels less value with wrong ones, at the same n, means over seeds; fractions
    loss    gap ÷ eta, for each part: exp(a) · (n/100)^−b
    D, M    draws, points of a path
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pandas as pd

from planner.curves.replicates import FAMILY_KEYS
from planner.evidence.results import LABEL_LOSSES
from planner.forecasting import first_passage, read_path
from planner.randomness import keyed_rng, stratified_normal
from simulations.arrays import ArrayLike, Floats, Ints
from simulations.curve_table import NOISE_COLUMN, one_metric, validate_curves

RANDOM, SYSTEMATIC = PARTS = ("random", "systematic")
ANY_LEARNER, ANY_STRATEGY = "any", "any active"
"""What stands for learners and strategies that were not measured: all that were, together."""

_SYSTEMATIC_ORACLE = "region_flip"
_NOISY_NAME = r"^(?P<data_set>.*?) \[(?P<oracle>\w+) \w+=[^]]*\]$"
_DEPTHS = (0.25, 0.5, 1.0)  # of the largest label count of a curve
REFERENCE_LABELS = 100.0  # a class
MOST_LOG_LOSS = 100.0  # a curve may begin at e^-2000 labels, where everything is lost


@dataclass(frozen=True)
class Loss:
    """Points lost for a point of errors: `at_100` labels a class, exponent b, and sd of ln over data sets."""

    at_100: float
    exponent: float
    spread: float


@dataclass(frozen=True, eq=False)
class LabelLosses:
    """What wrong labels cost in each draw.

    Attributes:
        losses: part and strategy -> its loss; `ANY_STRATEGY` for strategies that are not there.
        classes: of the task.
        deviates: part -> (D,) standard normals, how far this task is from the usual one.
        source: a sentence on where the losses come from, where that is the user's own simulations.
    """

    losses: Mapping[tuple[str, str], Loss]
    classes: int
    deviates: Mapping[str, Floats]
    source: str

    def points(self, strategy: str, error_rate: Floats, systematic_share: Floats, log_labels: Floats) -> Floats:
        """Give the value lost, fractions (D, M), or (D, 1) where that is the same at any labels.

        The error rate eta and the systematic share s are (D, 1) or (1, 1); ln of the labels delivered is (D, M).
        """
        points = np.zeros((1, 1))
        for part, share in ((RANDOM, 1.0 - systematic_share), (SYSTEMATIC, systematic_share)):
            one = self.losses.get((part, strategy)) or self.losses[part, ANY_STRATEGY]
            at_100 = error_rate * share * one.at_100 * np.exp(one.spread * self.deviates[part])[:, None]
            if one.exponent and at_100.any():
                beyond = -one.exponent * (log_labels - np.log(REFERENCE_LABELS * self.classes))
                at_100 = at_100 * np.exp(np.minimum(beyond, MOST_LOG_LOSS))
            points = points + at_100
        return points

    def select_draws(self, draws: Ints) -> "LabelLosses":
        """Give some draws alone."""
        return replace(self, deviates={part: z[draws] for part, z in self.deviates.items()})


def label_losses(
    classes: int,
    n_draws: int,
    seed: int,
    *,
    learner: str | None = None,
    simulated: pd.DataFrame | None = None,
    metric: str | None = None,
) -> LabelLosses:
    """Draw what wrong labels cost a task, from what was recorded.

    All learners that were measured stand in for another one. Where a curve table of the user's own simulations, in the
    metric, holds curves with wrong answers beside the right ones, the recorded losses of that part are scaled to those;
    exponent and spread stay.

    Raises:
        InputError: the recorded losses cannot be read, or the table breaks its contract.
    """
    recorded = _recorded()
    losses = recorded[learner if learner in recorded else ANY_LEARNER]
    source = ""
    if simulated is not None:
        gaps = measure_gaps(simulated, learner=learner, metric=metric)
        scales = {str(part): _scale(rows, losses, str(part)) for part, rows in gaps.groupby("part")}
        losses = {key: replace(loss, at_100=loss.at_100 * scales.get(key[0], 1.0)) for key, loss in losses.items()}
        if scales:
            names = ", ".join(map(str, gaps["data_set"].unique()))
            source = f"What {' and '.join(scales)} errors cost was measured in the store's simulations ({names})."
    deviates = {part: stratified_normal(n_draws, keyed_rng(seed, "label errors", part)) for part in PARTS}
    return LabelLosses(losses, classes, deviates, source)


@cache
def _recorded() -> dict[str, dict[tuple[str, str], Loss]]:
    """Give the recorded losses: learner -> part and strategy -> loss."""
    found: dict[str, dict[tuple[str, str], Loss]] = {}
    for row in LABEL_LOSSES.judged()["losses"]:
        loss = Loss(row["loss_at_100"], row["b"], row["spread"])
        found.setdefault(row["learner"], {})[row["part"], row["strategy"]] = loss
    return found


def _scale(gaps: pd.DataFrame, losses: Mapping[tuple[str, str], Loss], part: str) -> float:
    """Give by how much gaps measured exceed what the losses say, by least squares; a hundredth at least."""
    expected = np.array(
        [
            eta * loss.at_100 * (n / REFERENCE_LABELS) ** -loss.exponent
            for eta, n, strategy in gaps[["error_rate", "labels_a_class", "strategy"]].itertuples(index=False)
            for loss in [losses.get((part, strategy)) or losses[part, ANY_STRATEGY]]
        ]
    )
    return max(float((expected * gaps["gap"]).sum() / (expected**2).sum()), 0.01)


def measure_gaps(table: pd.DataFrame, *, learner: str | None = None, metric: str | None = None) -> pd.DataFrame:
    """Compare curves with wrong answers with the same curves with right ones.

    Noisy curves are named as a grid names them, `digits [flip rate=0.1]`, and have a column `label_error_rate`. One
    without a clean curve beside it is left out.

    Returns:
        One row a data set, learner, strategy, schedule, oracle, rate and depth: `part`, `labels_a_class`, `clean` and
        `value` (means over seeds, made to rise), `formula` (the clean value at the textbook formula's labels), `gap`.

    Raises:
        InputError: the table breaks its contract or has no such metric.
    """
    from scipy.optimize import isotonic_regression

    columns = ["data_set", "learner", "strategy", "oracle", "error_rate", "part", "labels_a_class"]
    nothing = pd.DataFrame(columns=[*columns, "clean", "value", "formula", "gap"])
    if NOISE_COLUMN not in table.columns or not pd.to_numeric(table[NOISE_COLUMN], errors="coerce").ne(0).any():
        return nothing
    table = one_metric(validate_curves(table), metric)
    table = table if learner is None else table[table["learner"] == learner]
    named = table["dataset"].str.extract(_NOISY_NAME)
    keyed = table.assign(data_set=named["data_set"].fillna(table["dataset"]), oracle=named["oracle"].fillna(""))
    keyed["error_rate"] = keyed[NOISE_COLUMN].round(3)
    keys = ["data_set", *(key for key in FAMILY_KEYS if key in table.columns and key != "dataset")]
    keys += [] if "strategy" in keys else ["strategy"]

    def mean_curve(rows: pd.DataFrame) -> "pd.Series[float]":
        mean = rows.groupby("labels")["value"].mean()
        return pd.Series(isotonic_regression(mean.to_numpy()).x, index=mean.index)

    right = keyed["oracle"] == ""
    clean = {key: mean_curve(rows) for key, rows in keyed[right].groupby(keys)}
    found = []
    for key, rows in keyed[~right].groupby([*keys, "dataset", "oracle"]):
        if key[: len(keys)] not in clean:
            continue
        one, wrong, classes = clean[key[: len(keys)]], mean_curve(rows), int(rows["classes"].iloc[0])
        eta = float(rows["error_rate"].mean())
        for depth in _DEPTHS:
            n = float(wrong.index[max(round(depth * len(wrong)), 1) - 1])
            formula = max(n * max(1.0 - 2.0 * eta, 0.0) ** 2, 1.0)
            values = {"clean": _read(one, n), "value": _read(wrong, n), "formula": _read(one, formula)}
            part = SYSTEMATIC if key[-1] == _SYSTEMATIC_ORACLE else RANDOM
            names = dict(zip([*keys, "dataset", "oracle"], key, strict=True))
            found.append({**names, "error_rate": round(eta, 3), "part": part, "labels_a_class": n / classes, **values})
    gaps = pd.DataFrame(found)
    return gaps.assign(gap=gaps["clean"] - gaps["value"]) if found else nothing


def _read(curve: "pd.Series[float]", labels: float) -> float:
    """Read a curve on a logarithmic axis; before its first count it has the first value."""
    return float(np.interp(np.log(labels), np.log(curve.index.to_numpy(dtype=float)), curve.to_numpy()))


def equivalent_share(
    best: Floats,
    log_labels: Floats,
    lost: Floats,
    *,
    target: Floats | float = np.inf,
    labels: ArrayLike | None = None,
) -> Floats:
    """Give the clean labels that a delivered one counts for: those for the same value ÷ those delivered, (D,).

    Args:
        best: (D, M) running-best values with right labels.
        log_labels: (D, M) ln labels.
        lost: (D, M) value lost at them.
        target: where the value is the target, one for all or (D,): 0 where wrong labels keep it out of reach, and as
            at the end of the path where right ones do not reach it either.
        labels: where it is what so many delivered labels have, (D,) or one for all; it takes the target's place.
    """
    value = np.maximum.accumulate(best - lost, axis=1)
    end = value[:, -1]
    if labels is not None:
        x = np.log(np.broadcast_to(np.asarray(labels, dtype=float), end.shape))
        clean = first_passage(best, log_labels, read_path(value, log_labels, x)[:, None])
        return np.asarray(np.exp(np.minimum(clean - x, 0.0)))
    level = np.minimum(end, target)[:, None]
    share = np.exp(first_passage(best, log_labels, level) - first_passage(value, log_labels, level))
    return np.asarray(np.where((end < target) & (best[:, -1] >= target), 0.0, np.minimum(share, 1.0)))
