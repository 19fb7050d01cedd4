"""The clean labels that a noisy label is worth, measured where the same campaigns were simulated with both.

A data set, learner, strategy and schedule simulated with a perfect oracle and with a noisy one give two curves whose
seeds are pairs. What the noisy curve has in hand at some label count is found on the clean curve, at fewer labels: the
ratio of the two counts is what one noisy label is worth. Values are chosen on the noisy curve, since the clean one
nearly always reaches them; the other way round, values that noise keeps out of reach would have no factor, and leaving
them out would flatter noisy labels.

Notation:
    V, W    (S, n), (S, m)  values of the noisy and of the clean curve, a row a seed that both have
    eta     (...)   share of wrong labels
    f       labels clean ÷ labels noisy for the same value, at most 1 but for chance
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from planner.curves.label_savings import SHARES
from planner.curves.replicates import BASELINE, FAMILY_KEYS, Replicates, families
from planner.forecast import first_passage
from simulations.arrays import ArrayLike, Floats
from simulations.curve_table import NOISE_COLUMN, one_metric, validate_curves

_ORACLE_SUFFIX = re.compile(r" \[\w+ \w+=[^]]*\]$")
_START_SUFFIX = re.compile(r" \[initial_set=\w+\]$")
_HAIR = 1e-12  # interpolating a level and finding it again may differ in the last digit
_NEVER = 0.5  # from this rate on, the textbook factor is 0
_SAME_RATE = 2  # decimals: rates this near are one point, since each lies between data sets anyway


@dataclass(frozen=True, slots=True)
class NoisePair:
    """One curve with wrong answers beside the same curve with right ones.

    Attributes:
        dataset: name of the data set, without its oracle and kind of initial set.
        error_rate: eta, mean over seeds.
        log_factor: mean of ln f over the `values` compared: at the noisy curve's last label count, a half and a
            quarter of it.
        bounds: of these, those that the clean curve has from its first count on, so that f there is only an upper
            bound, and those that it never reaches, so that f, read at its end, is only a lower one.
    """

    dataset: str
    learner: str
    error_rate: float
    log_factor: float
    bounds: int
    values: int


@dataclass(frozen=True)
class NoiseEvidence:
    """Measured noise factors and how to read them: the pairs that they were measured on, and the strategy."""

    pairs: tuple[NoisePair, ...]
    strategy: str

    def clean_labels_per_label(self, eta: Floats) -> Floats:
        """Give the clean labels that a label with error rate eta is worth, in the shape of eta.

        The geometric mean over data sets. On each, ln f is interpolated linearly between the rates measured there, from
        1 without errors, and never rises with the rate (isotonic regression; what chance has put above 1 counts as 1);
        beyond its largest rate the textbook factor goes on from there, in proportion. Data sets simulated at different
        rates are thus never compared with one another.
        """
        factors = [
            _interpolate_factor(ones, np.asarray(eta, dtype=float)) for ones in _group_by_data_set(self.pairs).values()
        ]
        with np.errstate(divide="ignore"):  # a label worth nothing on one data set: ln 0, and 0 in the mean
            worth: Floats = np.exp(np.mean(np.log(factors), axis=0))
        return worth

    @property
    def source(self) -> str:
        """Say in a sentence or two where the factor comes from and how far it goes."""
        data_sets = _group_by_data_set(self.pairs)
        learners = {pair.learner for pair in self.pairs}
        last = min(max(pair.error_rate for pair in ones) for ones in data_sets.values())
        points = _common_rates(self.pairs)
        least, most = f"{points[0]:.3g}", f"{points[-1]:.3g}"
        rates = f"error rates of {least} to {most}" if least != most else f"an error rate of {least}"
        bounds, values = (sum(getattr(pair, name) for pair in self.pairs) for name in ("bounds", "values"))
        sentence = (
            f"Measured by simulation with wrong answers on {len(data_sets)} data set{'s' * (len(data_sets) > 1)} "
            f"({', '.join(data_sets)}; {learners.pop() if len(learners) == 1 else 'several learners'}, "
            f"{self.strategy}) at {rates}, interpolated between them, at {values} values that the noisy curves reach"
        )
        if bounds:
            sentence += f", of which {bounds} give{'s' * (bounds == 1)} only a bound"
        onwards = "the textbook factor (1−2η)² goes on in proportion" if last < _NEVER else "labels count as worthless"
        return f"{sentence}. Beyond {last:.3g}, {onwards}."


def _group_by_data_set(pairs: Sequence[NoisePair]) -> dict[str, list[NoisePair]]:
    named: dict[str, list[NoisePair]] = {}
    for pair in sorted(pairs, key=lambda pair: (pair.dataset, pair.error_rate)):
        named.setdefault(pair.dataset, []).append(pair)
    return named


def _common_rates(pairs: Sequence[NoisePair]) -> list[float]:
    """Give the error rates measured, rising; rates near one another are one, averaged over data sets."""
    points: dict[float, list[NoisePair]] = {}
    for pair in pairs:
        points.setdefault(round(pair.error_rate, _SAME_RATE), []).append(pair)
    return sorted(
        float(np.mean([np.mean([pair.error_rate for pair in ones]) for ones in _group_by_data_set(group).values()]))
        for group in points.values()
    )


def _interpolate_factor(ones: Sequence[NoisePair], eta: Floats) -> Floats:
    """Interpolate one data set's factors at eta."""
    from scipy.optimize import isotonic_regression

    rates, weights = np.unique([pair.error_rate for pair in ones], return_counts=True)
    means = [np.mean([pair.log_factor for pair in ones if pair.error_rate == rate]) for rate in rates]
    logs = np.minimum(isotonic_regression(means, weights=weights, increasing=False).x, 0.0)
    inside = np.exp(np.interp(eta, [0.0, *rates], [0.0, *logs]))
    end = float(textbook_factor(rates[-1]))
    beyond = np.exp(logs[-1]) * textbook_factor(eta) / end if end > 0 else np.zeros_like(inside)
    worth: Floats = np.where(eta <= rates[-1], inside, beyond)
    return worth


def textbook_factor(eta: ArrayLike) -> Floats:
    """Give max(0, 1−2η)² (Angluin & Laird 1988, Machine Learning 2:343)."""
    factor: Floats = np.maximum(0.0, 1 - 2 * np.asarray(eta, dtype=float)) ** 2
    return factor


def measure_noise(
    table: pd.DataFrame, *, learner: str | None = None, strategy: str = BASELINE, metric: str | None = None
) -> NoiseEvidence | None:
    """Measure what noisy labels are worth on curves that were simulated with and without wrong answers.

    A noisy curve has the name of its clean one and its oracle behind it (`digits [flip rate=0.1]`), and a column
    `label_error_rate`. One without a clean curve beside it is not used; where there is no other the answer is None.
    Curves are of one learner, or of all when none is named, and of one strategy, as wrong answers may cost an active
    learner more than random labelling.

    Raises:
        InputError: the table breaks its contract or has no such metric.
    """
    table = validate_curves(table)
    if not (table[NOISE_COLUMN] > 0).any():
        return None
    table = one_metric(table, metric)
    rows = table[(table["strategy"] == strategy) & ((table["learner"] == learner) if learner else True)]
    pairs = _match_pairs(rows, strategy)
    return NoiseEvidence(tuple(pairs), strategy) if pairs else None


def _match_pairs(rows: pd.DataFrame, strategy: str) -> list[NoisePair]:
    """Match every noisy curve with its clean one, which shares seeds and label counts with it."""
    keys = [key for key in FAMILY_KEYS if key in rows.columns]
    rates = rows.groupby(keys, sort=True)[NOISE_COLUMN].mean().round(6).tolist()
    curves_with_rates = [
        (identity, curves[strategy], rate) for (identity, curves), rate in zip(families(rows), rates, strict=True)
    ]
    clean = {tuple(identity.values()): curve for identity, curve, rate in curves_with_rates if rate == 0}
    pairs = []
    for identity, noisy, rate in curves_with_rates:
        if rate == 0:
            continue
        clean_identity = {**identity, "dataset": _ORACLE_SUFFIX.sub("", identity["dataset"])}
        clean_curve = clean.get(tuple(clean_identity.values()), Replicates(strategy, {}))
        pair = _compare_pair(clean_identity, noisy, clean_curve, rate)
        if pair is not None:
            pairs.append(pair)
    return pairs


def _compare_pair(identity: dict[str, Any], noisy: Replicates, clean: Replicates, rate: float) -> NoisePair | None:
    both = sorted(noisy.curves.keys() & clean.curves.keys())
    noisy, clean = noisy.of(both), clean.of(both)
    if noisy.ends is None or clean.ends is None:
        return None
    needs, needs_clean = _labels_needed(noisy, clean)
    if not len(needs):
        return None
    first, last = clean.ends
    at_most = (needs_clean <= first) & (needs > first)
    return NoisePair(
        dataset=_START_SUFFIX.sub("", identity["dataset"]),  # another start on the same items is no other data set
        learner=identity["learner"],
        error_rate=rate,
        log_factor=float(np.log(np.minimum(needs_clean, last) / needs).mean()),
        bounds=int((at_most | np.isinf(needs_clean)).sum()),
        values=len(needs),
    )


def _labels_needed(noisy: Replicates, clean: Replicates) -> tuple[Floats, Floats]:
    """Give the labels that the noisy and the clean mean curve need for what the noisy one has, both (values,).

    The values are the running best at the noisy curve's last count, at a half and a quarter of it (or the last round
    before); inf is never.
    """
    (n, V), (m, W) = noisy.grid(), clean.grid()
    best, best_clean = (np.maximum.accumulate(values.mean(axis=0)) for values in (V, W))
    rounds = {int(np.searchsorted(n, share * n[-1], side="right")) - 1 for share in SHARES}
    # With no more labels than the clean curve begins with, there is nothing yet that fewer could have given.
    level = best[sorted(at for at in rounds if n[at] > max(n[0], m[0]))] - _HAIR
    needs, needs_clean = (
        first_passage(curve - level[:, None], labels, 0.0) for curve, labels in ((best, n), (best_clean, m))
    )
    return needs, needs_clean
