"""A data set that is held out, forecast from the others under one weighting, and each forecast scored.

Two forecasts, as the planner makes them without a pilot: one takes the labels that random needs from the proxies, the
other, which is the default, from the plan (anywhere from the initial set to the pool, for the target).

Notation:
    D       ()      joint draws
    Q       ()      questions of one kind: label counts or targets
    x       (D, Q)  what was forecast
    y       (Q,)    what was true
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from planner.backtest.scoring import absolute_error, coverage, crps
from planner.intervals import Z80
from planner.randomness import keyed_rng, stratified_normal
from planner.transfer.from_proxies import curves_from_proxies
from planner.transfer.task_curves import TaskCurves, TaskDescription
from research.matching.held_out import HeldOut
from research.matching.weightings import Method
from research.mean_curve import labels_of, value_of
from simulations.arrays import Floats

FROM_PROXIES, FROM_PLAN = "proxies", "plan"
VALUE, LABELS, SAVINGS = "value", "labels", "savings"
SCORES = (VALUE, LABELS, SAVINGS)
LEVEL = 0.8
LABEL_SCALE_SD = 1.0
LABEL_SHARES = (1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0)
"""Values are asked at these shares of random's last label count."""
TARGET_SHARES = (1 / 4, 1 / 2, 1.0)
"""Targets are what random has, on average, at these shares of its last label count."""

Asked = tuple[Floats, Floats, float | None]
"""x, y, and the share of draws in which a plan never gets to its target."""

_HAIR = 1e-12  # a level that was interpolated may differ in its last digit when it is looked for
_HIGHEST = 0.999  # a target without any error cannot be carried over to another data set


@dataclass(frozen=True)
class Scored:
    """One kind of question on one data set under one weighting; each figure is a mean over its questions.

    Attributes:
        dataset: held out.
        real: whether it was collected and not generated.
        method: name of the weighting.
        labels_from: `proxies` or `plan`: what said how many labels random needs.
        score: `value` (fractions of the metric), `labels` or `savings` (both in doublings, log₂).
        crps: continuous ranked probability score.
        error: |median − truth|.
        holds: share of 80% intervals that hold the truth.
        never: share of draws that never reached the target within the pool; None for values.
        data_sets: how many data sets of equal weight would say as much as those weighed: 1 ÷ Σ weight².
    """

    dataset: str
    real: bool
    method: str
    labels_from: str
    score: str
    crps: float
    error: float
    holds: float
    never: float | None
    data_sets: float


def judge(held: HeldOut, methods: tuple[Method, ...], *, n_draws: int, seed: int) -> list[Scored]:
    """Forecast a data set from the others under each weighting, and score it.

    Args:
        held: the data set.
        methods: the weightings.
        n_draws: D.
        seed: of the draws; the same for all weightings, so that chance tells none from another.
    """
    return [
        one
        for method in methods
        for labels_from, forecast in ((FROM_PROXIES, _from_proxies), (FROM_PLAN, _from_plan))
        for one in _scored(held, method, labels_from, forecast(held, method, n_draws, seed))
    ]


def _from_proxies(held: HeldOut, method: Method, n_draws: int, seed: int) -> TaskCurves:
    return curves_from_proxies(
        held.proxies,
        _told(held, method),
        ("random", held.strategy),
        n_draws=n_draws,
        seed=seed,
        label_scale_sd=LABEL_SCALE_SD,
        weighting=method.weighting,
    )


def _from_plan(held: HeldOut, method: Method, n_draws: int, seed: int) -> TaskCurves:
    """Ask for what random has at its last label count, as a plan does that says nothing of the labels needed."""
    low, high = np.log(held.initial), np.log(max(held.initial, held.pool))
    normal = stratified_normal(n_draws, keyed_rng(seed, "need"))
    needed = np.maximum(np.exp((low + high) / 2 + (high - low) / 2 * normal / Z80), 1.0)
    return curves_from_proxies(
        held.proxies,
        _told(held, method),
        ("random", held.strategy),
        n_draws=n_draws,
        seed=seed,
        random_labels=(_targets(held)[-1], needed),
        weighting=method.weighting,
    )


def _told(held: HeldOut, method: Method) -> TaskDescription:
    return held.task if method.imbalance else replace(held.task, imbalance=None)


def _targets(held: HeldOut) -> list[float]:
    random = held.truth["random"]
    return [min(value_of(random, share * float(random.index[-1])), _HIGHEST) for share in TARGET_SHARES]


def _scored(held: HeldOut, method: Method, labels_from: str, curves: TaskCurves) -> Iterator[Scored]:
    targets = _targets(held)
    # What the plan says of the last target is no forecast, and the same under every weighting.
    asked = targets if labels_from == FROM_PROXIES else targets[:-1]
    weights = curves.evidence["weight"].to_numpy(dtype=np.float64)
    for score, (x, y, never) in {
        VALUE: _values(held, curves),
        LABELS: _labels(held, curves, asked),
        SAVINGS: _savings(held, curves, targets),
    }.items():
        yield Scored(
            dataset=held.dataset,
            real=held.real,
            method=method.name,
            labels_from=labels_from,
            score=score,
            crps=float(crps(x, y).mean()),
            error=float(absolute_error(x, y).mean()),
            holds=float(coverage(x, y, LEVEL).mean()),
            never=never,
            data_sets=float(1.0 / (weights**2).sum()),
        )


def _values(held: HeldOut, curves: TaskCurves) -> Asked:
    random = held.truth["random"]
    counts = [max(share * float(random.index[-1]), float(random.index[0])) for share in LABEL_SHARES]
    x = np.stack([curves.value_of("random", count) for count in counts], axis=1)
    return x, np.array([value_of(random, count) for count in counts]), None


def _labels(held: HeldOut, curves: TaskCurves, targets: Sequence[float]) -> Asked:
    reach = np.stack([curves.labels_to_reach(target)[:, 0] for target in targets], axis=1)
    truth = np.array([labels_of(held.truth["random"], target - _HAIR) for target in targets])
    return np.log2(_bought(held, reach)), np.log2(_bought(held, truth)), _beyond(held, reach)


def _savings(held: HeldOut, curves: TaskCurves, targets: Sequence[float]) -> Asked:
    """Ask for log₂ of labels of random ÷ labels of the strategy, as bought."""
    random, active = held.truth["random"], held.truth[held.strategy]
    x, y, never = [], [], []
    for target in targets:
        reach = curves.labels_to_reach(target)
        saved = np.log2(_bought(held, reach[:, 0]) / _bought(held, reach[:, 1]))
        needed = labels_of(active, target - _HAIR)
        # Where the strategy never got there, savings are known to be this or less, and scored as far as that.
        most = np.log2(labels_of(random, target - _HAIR) / min(needed, float(active.index[-1])))
        x.append(saved if np.isfinite(needed) else np.maximum(saved, most))
        y.append(most)
        never.append(_beyond(held, reach))
    return np.stack(x, axis=1), np.array(y), float(np.mean(never))


def _bought(held: HeldOut, labels: Floats) -> Floats:
    """Keep labels within what a plan can buy: the initial set at least, and the pool at most, where never is."""
    found: Floats = np.clip(labels, held.initial, max(held.initial, held.pool))
    return found


def _beyond(held: HeldOut, reach: Floats) -> float:
    return float((reach > held.pool).mean())
