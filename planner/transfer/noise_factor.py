"""The clean labels that a noisy label is worth, measured where the same campaigns were simulated with both.

A data set, learner, strategy and schedule simulated with a perfect oracle and with a noisy one give two curves whose
seeds are pairs. What the noisy curve has in hand at some label count is found on the clean curve, at fewer labels: the
ratio of the two counts is what one noisy label is worth. Values are chosen on the noisy curve, since the clean one
nearly always reaches them; the other way round, values that noise keeps out of reach would have no factor, and leaving
them out would flatter noisy labels.

Notation:
    V, W    (S, n), (S, m)  values of the noisy and of the clean curve, a row a seed that both have
    R       (1 + B, S)      weight of each seed: all alike first, then in each of B resamples
    eta     (...)   share of wrong labels
    f       labels clean ÷ labels noisy for the same value, at most 1 but for chance
    y       (k,)    mean ln f of each of k data sets
"""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.curves.label_savings import RESAMPLES, SHARES
from planner.curves.replicates import BASELINE, FAMILY_KEYS, Replicates, families
from planner.forecast.first_passage import first_passage
from simulations.arrays import Floats
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
        learner: with `strategy`, `batch_size` and `initial_size`, what the two share.
        oracle: what the noisy one is called in full.
        error_rate: eta, mean over seeds.
        pairs: S, seeds that both have.
        log_factor: mean of ln f at the noisy curve's last label count, a half and a quarter of it.
        log_sd: its standard deviation over resampled seeds; None with one seed.
        at_most: values that the clean curve has from its first count on, so that f there is only an upper bound.
        at_least: values that the clean curve never reaches, so that f there is only a lower bound, read at its end.
        values: number of values compared.
    """

    dataset: str
    learner: str
    strategy: str
    batch_size: int
    initial_size: int | None
    oracle: str
    error_rate: float
    pairs: int
    log_factor: float
    log_sd: float | None
    at_most: int
    at_least: int
    values: int


@dataclass(frozen=True, slots=True)
class NoiseFactor:
    """What labels with one error rate are worth.

    Attributes:
        error_rate: eta, mean over data sets.
        factor: geometric mean over data sets of clean labels per noisy label.
        q10: lower end of the 80% interval of that mean; None with a `reason`.
        q90: upper end.
        log_sd: standard deviation of ln f between data sets, seeds' noise included: how far a data set lies from the
            mean; None with one data set.
        textbook: max(0, 1−2η)².
        datasets: names of the data sets.
        curves: pairs of curves measured.
        at_most: of their values, those whose factor is an upper bound.
        at_least: likewise a lower bound.
        values: values compared in all.
        reason: why there is no interval, or what it speaks of.
    """

    error_rate: float
    factor: float
    q10: float | None
    q90: float | None
    log_sd: float | None
    textbook: float
    datasets: tuple[str, ...]
    curves: int
    at_most: int
    at_least: int
    values: int
    reason: str | None


@dataclass(frozen=True)
class NoiseEvidence:
    """Measured noise factors and how to read them.

    Attributes:
        factors: one an error rate, rising.
        pairs: what they were measured on.
        notes: sentences on noisy curves that could not be used.
        learner: of the curves; None where several are pooled.
        strategy: of the curves.
        metric: in which values were compared.
    """

    factors: tuple[NoiseFactor, ...]
    pairs: tuple[NoisePair, ...]
    notes: tuple[str, ...]
    learner: str | None
    strategy: str
    metric: str

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
        last = min(max(pair.error_rate for pair in ones) for ones in data_sets.values())
        least, most = (f"{self.factors[i].error_rate:.3g}" for i in (0, -1))
        rates = f"error rates of {least} to {most}" if least != most else f"an error rate of {least}"
        bounds, values = (
            sum(pair.at_most + pair.at_least for pair in self.pairs),
            sum(pair.values for pair in self.pairs),
        )
        sentence = (
            f"Measured by simulation with wrong answers on {len(data_sets)} data set{'s' * (len(data_sets) > 1)} "
            f"({', '.join(data_sets)}; {self.learner or 'several learners'}, {self.strategy}) at {rates}, "
            f"interpolated between them, at {values} values that the noisy curves reach"
        )
        if bounds:
            sentence += f", of which {bounds} give{'s' * (bounds == 1)} only a bound"
        onwards = "the textbook factor (1−2η)² goes on in proportion" if last < _NEVER else "labels count as worthless"
        return f"{sentence}. Beyond {last:.3g}, {onwards}."

    def to_dict(self) -> dict[str, Any]:
        """Give a JSON-ready dictionary."""
        return {**asdict(self), "source": self.source}


def _group_by_data_set(pairs: Sequence[NoisePair]) -> dict[str, list[NoisePair]]:
    named: dict[str, list[NoisePair]] = {}
    for pair in sorted(pairs, key=lambda pair: (pair.dataset, pair.error_rate)):
        named.setdefault(pair.dataset, []).append(pair)
    return named


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


def textbook_factor(eta: npt.ArrayLike) -> Floats:
    """Give max(0, 1−2η)² (Angluin & Laird 1988, Machine Learning 2:343)."""
    factor: Floats = np.maximum(0.0, 1 - 2 * np.asarray(eta, dtype=float)) ** 2
    return factor


def measure_noise(
    table: pd.DataFrame, *, learner: str | None = None, strategy: str = BASELINE, metric: str | None = None
) -> NoiseEvidence | None:
    """Measure what noisy labels are worth on curves that were simulated with and without wrong answers.

    A noisy curve has the name of its clean one and its oracle behind it (`digits [flip rate=0.1]`). Settings of one
    data set are averaged before data sets are, as they share its items; the 80% interval is the t interval of the mean
    of ln f with k − 1 degrees of freedom. With one data set it is the interval over resampled seeds.

    Args:
        table: a curve table, with the column `label_error_rate` where answers were wrong.
        learner: whose curves; those of all when not given.
        strategy: whose curves: wrong answers may cost an active learner more than random labelling.
        metric: whose values; accuracy, or the only one of the table, when not given.

    Returns:
        None where no noisy curve stands beside its clean one.

    Raises:
        InputError: the table breaks its contract or has no such metric.
    """
    table = validate_curves(table)
    if not (table[NOISE_COLUMN] > 0).any():
        return None
    table = one_metric(table, metric)
    rows = table[(table["strategy"] == strategy) & ((table["learner"] == learner) if learner else True)]
    pairs, notes = _match_pairs(rows, strategy)
    if not pairs:
        return None
    points: dict[float, list[NoisePair]] = {}
    for pair in pairs:
        points.setdefault(round(pair.error_rate, _SAME_RATE), []).append(pair)
    factors = tuple(sorted((_pool_factor(group) for group in points.values()), key=lambda factor: factor.error_rate))
    learners = {pair.learner for pair in pairs}
    common_learner = learners.pop() if len(learners) == 1 else None
    return NoiseEvidence(factors, tuple(pairs), tuple(notes), common_learner, strategy, str(table["metric"].iloc[0]))


def _match_pairs(rows: pd.DataFrame, strategy: str) -> tuple[list[NoisePair], list[str]]:
    """Match every noisy curve with its clean one; a sentence for each that has none."""
    keys = [key for key in FAMILY_KEYS if key in rows.columns]
    rates = rows.groupby(keys, sort=True)[NOISE_COLUMN].mean().round(6).tolist()
    curves_with_rates = [
        (identity, curves[strategy], rate) for (identity, curves), rate in zip(families(rows), rates, strict=True)
    ]
    clean = {_setting(identity): curve for identity, curve, rate in curves_with_rates if rate == 0}
    pairs, notes = [], []
    for identity, noisy, rate in curves_with_rates:
        if rate == 0:
            continue
        name = _ORACLE_SUFFIX.sub("", identity["dataset"])
        clean_identity = {**identity, "dataset": name}
        clean_curve = clean.get(_setting(clean_identity), Replicates(strategy, {}))
        pair = _compare_pair(clean_identity, identity["dataset"], noisy, clean_curve, rate)
        if pair is None:
            notes.append(
                f"{identity['dataset']}, {identity['learner']}, batch size {identity['batch_size']}: no curve of "
                f"'{name}' with right answers shares seeds and label counts with it; not used."
            )
        else:
            pairs.append(pair)
    return pairs, notes


def _setting(identity: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(identity[key] for key in FAMILY_KEYS)


def _compare_pair(
    identity: dict[str, Any], oracle: str, noisy: Replicates, clean: Replicates, rate: float
) -> NoisePair | None:
    both = sorted(noisy.curves.keys() & clean.curves.keys())
    noisy, clean = noisy.of(both), clean.of(both)
    if noisy.ends is None or clean.ends is None:
        return None
    needs, needs_clean = _labels_needed(noisy, clean)
    if not len(needs):
        return None
    first, last = clean.ends
    mean = np.log(np.minimum(needs_clean, last) / needs).mean(axis=0)
    return NoisePair(
        dataset=_START_SUFFIX.sub("", identity["dataset"]),  # another start on the same items is no other data set
        learner=identity["learner"],
        strategy=noisy.name,
        batch_size=identity["batch_size"],
        initial_size=identity["initial_size"],
        oracle=oracle,
        error_rate=rate,
        pairs=len(both),
        log_factor=float(mean[0]),
        log_sd=float(mean[1:].std() * np.sqrt(len(both) / (len(both) - 1))) if len(both) > 1 else None,
        at_most=int(((needs_clean[:, 0] <= first) & (needs[:, 0] > first)).sum()),
        at_least=int(np.isinf(needs_clean[:, 0]).sum()),
        values=len(needs),
    )


def _labels_needed(noisy: Replicates, clean: Replicates) -> tuple[Floats, Floats]:
    """Give the labels that the noisy and the clean mean curve need for what the noisy one has, (values, 1 + B).

    The values are the running best at the noisy curve's last count, at a half and a quarter of it (or the last round
    before); inf is never.
    """
    (n, V), (m, W) = noisy.grid(), clean.grid()
    S = len(V)
    rng = np.random.default_rng(0)  # the same table gives the same interval
    R = np.vstack([np.ones(S), rng.multinomial(S, np.full(S, 1 / S), size=RESAMPLES)]) / S
    best, best_clean = (np.maximum.accumulate(R @ values, axis=1) for values in (V, W))
    rounds = {int(np.searchsorted(n, share * n[-1], side="right")) - 1 for share in SHARES}
    # With no more labels than the clean curve begins with, there is nothing yet that fewer could have given.
    level = best[:, sorted(at for at in rounds if n[at] > max(n[0], m[0]))].T - _HAIR
    needs, needs_clean = (
        np.array([first_passage(curve - value[:, None], labels, 0.0) for value in level])
        for curve, labels in ((best, n), (best_clean, m))
    )
    return needs, needs_clean


def _pool_factor(group: Sequence[NoisePair]) -> NoiseFactor:
    data_sets = _group_by_data_set(group).values()
    y = np.array([np.mean([pair.log_factor for pair in ones]) for ones in data_sets])
    mean, rate = float(y.mean()), float(np.mean([np.mean([pair.error_rate for pair in ones]) for ones in data_sets]))
    half, reason = _half_width(y, group)
    return NoiseFactor(
        error_rate=rate,
        factor=float(np.exp(mean)),
        q10=None if half is None else float(np.exp(mean - half)),
        q90=None if half is None else float(np.exp(mean + half)),
        log_sd=float(y.std(ddof=1)) if len(y) > 1 else None,
        textbook=float(textbook_factor(rate)),
        datasets=tuple(_group_by_data_set(group)),
        curves=len(group),
        at_most=sum(pair.at_most for pair in group),
        at_least=sum(pair.at_least for pair in group),
        values=sum(pair.values for pair in group),
        reason=reason,
    )


def _half_width(y: Floats, group: Sequence[NoisePair]) -> tuple[float | None, str | None]:
    from scipy import stats

    if len(y) > 1:
        return float(stats.t.ppf(0.9, len(y) - 1) * y.std(ddof=1) / np.sqrt(len(y))), None
    sds = [pair.log_sd for pair in group if pair.log_sd is not None]
    if len(sds) < len(group):
        return None, "one data set and one paired seed: no interval"
    # Settings of one data set share its seeds: their errors are taken as one, not as independent.
    seeds = min(pair.pairs for pair in group)
    return float(stats.t.ppf(0.9, seeds - 1) * np.mean(sds)), "one data set: the interval speaks of other seeds on it"
