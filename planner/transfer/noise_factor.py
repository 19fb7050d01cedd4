"""How many clean labels a noisy one is worth, measured where the same campaigns were simulated with both.

Values are chosen on the noisy curve, since the clean one nearly always reaches them; the other way round, values that
noise keeps out of reach would have no factor, and leaving them out would flatter noisy labels.

Notation:
    V, W    (S, n), (S, m)  values of the noisy and of the clean curve, a row a seed that both have
    R       (1 + B, S)      weight of each seed: all alike first, then in each of B resamples
    f       labels clean ÷ labels noisy for the same value, at most 1 but for chance

A data set, learner, strategy and schedule simulated with a perfect oracle and with a noisy one give two curves whose
seeds are pairs. What the noisy curve has in hand at some label count is found on the clean curve, at fewer labels: the
ratio of the two counts is what one noisy label is worth (`planner.transfer.noise_factor`).

Notation:
    eta     (...)   share of wrong labels
    f       labels clean ÷ labels noisy for the same value, at most 1 but for chance
    y       (k,)    mean ln f of one data set
    k       data sets
"""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.arrays import Floats
from planner.curves.label_savings import RESAMPLES, SHARES
from planner.curves.replicates import BASELINE, FAMILY_KEYS, Replicates, families
from planner.forecast.first_passage import first_passage
from simulations.curve_table import NOISE_COLUMN, one_metric, validate_curves

_ORACLE = re.compile(r" \[\w+ \w+=[^]]*\]$")
_START = re.compile(r" \[initial_set=\w+\]$")
_HAIR = 1e-12  # interpolating a level and finding it again may differ in the last digit


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


def noise_pairs(rows: pd.DataFrame, strategy: str) -> tuple[list[NoisePair], list[str]]:
    """Match every noisy curve with its clean one; a sentence for each that has none."""
    keys = [key for key in FAMILY_KEYS if key in rows.columns]
    rates = rows.groupby(keys, sort=True)[NOISE_COLUMN].mean().round(6).tolist()
    found = [(identity, curves[strategy], rate) for (identity, curves), rate in zip(families(rows), rates, strict=True)]
    clean = {_setting(identity): curve for identity, curve, rate in found if rate == 0}
    pairs, notes = [], []
    for identity, noisy, rate in found:
        if rate == 0:
            continue
        name = _ORACLE.sub("", identity["dataset"])
        same = {**identity, "dataset": name}
        beside = clean.get(_setting(same), Replicates(strategy, {}))
        pair = _pair(same, identity["dataset"], noisy, beside, rate)
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


def _pair(identity: dict[str, Any], oracle: str, noisy: Replicates, clean: Replicates, rate: float) -> NoisePair | None:
    both = sorted(noisy.curves.keys() & clean.curves.keys())
    noisy, clean = noisy.of(both), clean.of(both)
    if noisy.ends is None or clean.ends is None:
        return None
    needs, theirs = _needs(noisy, clean)
    if not len(needs):
        return None
    first, last = clean.ends
    mean = np.log(np.minimum(theirs, last) / needs).mean(axis=0)
    return NoisePair(
        dataset=_START.sub("", identity["dataset"]),  # another start on the same items is no other data set
        learner=identity["learner"],
        strategy=noisy.name,
        batch_size=identity["batch_size"],
        initial_size=identity["initial_size"],
        oracle=oracle,
        error_rate=rate,
        pairs=len(both),
        log_factor=float(mean[0]),
        log_sd=float(mean[1:].std() * np.sqrt(len(both) / (len(both) - 1))) if len(both) > 1 else None,
        at_most=int(((theirs[:, 0] <= first) & (needs[:, 0] > first)).sum()),
        at_least=int(np.isinf(theirs[:, 0]).sum()),
        values=len(needs),
    )


def _needs(noisy: Replicates, clean: Replicates) -> tuple[Floats, Floats]:
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
    needs, theirs = (
        np.array([first_passage(curve - one[:, None], labels, 0.0) for one in level])
        for curve, labels in ((best, n), (best_clean, m))
    )
    return needs, theirs


_NEVER = 0.5  # from this rate on, the textbook factor is 0
_SAME_RATE = 2  # decimals: rates this near are one point, since each lies between data sets anyway


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
        of_sets = [_read(ones, np.asarray(eta, dtype=float)) for ones in _by_name(self.pairs).values()]
        with np.errstate(divide="ignore"):  # a label worth nothing on one data set: ln 0, and 0 in the mean
            worth: Floats = np.exp(np.mean(np.log(of_sets), axis=0))
        return worth

    @property
    def source(self) -> str:
        """Say in a sentence or two where the factor comes from and how far it goes."""
        names = _by_name(self.pairs)
        last = min(max(one.error_rate for one in ones) for ones in names.values())
        least, most = (f"{self.factors[i].error_rate:.3g}" for i in (0, -1))
        rates = f"error rates of {least} to {most}" if least != most else f"an error rate of {least}"
        bounds, values = (sum(one.at_most + one.at_least for one in self.pairs), sum(one.values for one in self.pairs))
        told = (
            f"Measured by simulation with wrong answers on {len(names)} data set{'s' * (len(names) > 1)} "
            f"({', '.join(names)}; {self.learner or 'several learners'}, {self.strategy}) at {rates}, "
            f"interpolated between them, at {values} values that the noisy curves reach"
        )
        if bounds:
            told += f", of which {bounds} give{'s' * (bounds == 1)} only a bound"
        onwards = "the textbook factor (1−2η)² goes on in proportion" if last < _NEVER else "labels count as worthless"
        return f"{told}. Beyond {last:.3g}, {onwards}."

    def to_dict(self) -> dict[str, Any]:
        """Give a JSON-ready dictionary."""
        return {**asdict(self), "source": self.source}


def _by_name(pairs: Sequence[NoisePair]) -> dict[str, list[NoisePair]]:
    named: dict[str, list[NoisePair]] = {}
    for one in sorted(pairs, key=lambda one: (one.dataset, one.error_rate)):
        named.setdefault(one.dataset, []).append(one)
    return named


def _read(ones: Sequence[NoisePair], eta: Floats) -> Floats:
    """Interpolate one data set's factors at eta."""
    from scipy.optimize import isotonic_regression

    rates, weights = np.unique([one.error_rate for one in ones], return_counts=True)
    means = [np.mean([one.log_factor for one in ones if one.error_rate == rate]) for rate in rates]
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
    pairs, notes = noise_pairs(rows, strategy)
    if not pairs:
        return None
    points: dict[float, list[NoisePair]] = {}
    for one in pairs:
        points.setdefault(round(one.error_rate, _SAME_RATE), []).append(one)
    factors = tuple(sorted((_pooled(group) for group in points.values()), key=lambda one: one.error_rate))
    learners = {one.learner for one in pairs}
    named = learners.pop() if len(learners) == 1 else None
    return NoiseEvidence(factors, tuple(pairs), tuple(notes), named, strategy, str(table["metric"].iloc[0]))


def _pooled(group: Sequence[NoisePair]) -> NoiseFactor:
    of_sets = _by_name(group).values()
    y = np.array([np.mean([one.log_factor for one in ones]) for ones in of_sets])
    mean, rate = float(y.mean()), float(np.mean([np.mean([one.error_rate for one in ones]) for ones in of_sets]))
    half, reason = _half_width(y, group)
    return NoiseFactor(
        error_rate=rate,
        factor=float(np.exp(mean)),
        q10=None if half is None else float(np.exp(mean - half)),
        q90=None if half is None else float(np.exp(mean + half)),
        log_sd=float(y.std(ddof=1)) if len(y) > 1 else None,
        textbook=float(textbook_factor(rate)),
        datasets=tuple(_by_name(group)),
        curves=len(group),
        at_most=sum(one.at_most for one in group),
        at_least=sum(one.at_least for one in group),
        values=sum(one.values for one in group),
        reason=reason,
    )


def _half_width(y: Floats, group: Sequence[NoisePair]) -> tuple[float | None, str | None]:
    from scipy import stats

    if len(y) > 1:
        return float(stats.t.ppf(0.9, len(y) - 1) * y.std(ddof=1) / np.sqrt(len(y))), None
    sds = [one.log_sd for one in group if one.log_sd is not None]
    if len(sds) < len(group):
        return None, "one data set and one paired seed: no interval"
    # Settings of one data set share its seeds: their errors are taken as one, not as independent.
    seeds = min(one.pairs for one in group)
    return float(stats.t.ppf(0.9, seeds - 1) * np.mean(sds)), "one data set: the interval speaks of other seeds on it"
