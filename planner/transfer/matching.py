"""Proxies: recorded data sets that stand in for the user's task, and their weights.

A proxy is one data set with one learner, on which random and every strategy asked for were recorded. Data sets weigh
the same, and share their weight among learners in the ratio 1 : ½ (the task's own, or not): `labelplan backtest
--matching` found that to forecast better than weights by match.

The match is a product of simple kernels: 1 for the same kind of data (¼ for another, ½ when not said), a Gaussian in
ln(classes) of width ln 3, a Gaussian in ln(imbalance) of width ln 10. It tells the user how much a proxy resembles the
task, and whether any does. As a weight every proxy keeps at least 2% of a perfect match's.

Notation: J proxies.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from planner.forecast.forecast import MIN_ANCHORS
from planner.transfer.task_curves import TaskDescription
from simulations.arrays import Floats
from simulations.curve_table import clean_curves, validate_curves
from simulations.errors import InputError

POOR_MATCH = 0.3  # below this, nothing recorded resembles the task
_LEAST_MATCH = 0.02


@dataclass(frozen=True, eq=False)
class Proxy:
    """One recorded data set with one learner, standing in for the user's task.

    Attributes:
        dataset: its name.
        learner: the model it was recorded with.
        metric: what its values measure.
        kind: tabular, text, image, sequence or generation; None when not recorded.
        classes: number of its classes; None when not recorded.
        points: measured points by strategy, `random` among them.
        match: 1 for a data set like the task in everything that is known, towards 0 for one unlike it.
        weight: share of the draws, before they are shared out; sums to 1 over the proxies.
        why: what matches and what does not, in words.
    """

    dataset: str
    learner: str
    metric: str
    kind: str | None
    classes: int | None
    points: dict[str, pd.DataFrame]
    match: float
    weight: float
    why: str


Weighting = Callable[[Sequence[Proxy], TaskDescription], Floats]
"""Gives (J,) weights of at least 0, not all 0 and not yet summing to 1; a proxy of weight 0 is not used."""


def equal_weights(proxies: Sequence[Proxy], task: TaskDescription) -> Floats:
    """Weigh every data set the same, whatever the task."""
    return share_among_learners(np.ones(len(proxies)), proxies, task)


def match_weights(proxies: Sequence[Proxy], task: TaskDescription) -> Floats:
    """Weigh proxies by their match with the task."""
    return share_among_learners(np.array([max(proxy.match, _LEAST_MATCH) for proxy in proxies]), proxies, task)


def share_among_learners(raw: Floats, proxies: Sequence[Proxy], task: TaskDescription) -> Floats:
    """Share the weight of a data set among its learners, so that it is not counted twice.

    Args:
        raw: (J,) weights of the data sets.
        proxies: J of them.
        task: its learner has twice the share of another.
    """
    fits = np.array([1.0 if proxy.learner == task.learner else 0.5 for proxy in proxies])
    names = [proxy.dataset for proxy in proxies]
    beside = np.array([fits[[other == name for other in names]].sum() for name in names])
    weights: Floats = raw * fits / beside
    return weights


def find_proxies(
    table: pd.DataFrame, task: TaskDescription, strategies: Sequence[str], *, weighting: Weighting = equal_weights
) -> tuple[list[Proxy], list[str]]:
    """Pick and weigh the recorded curves for a task.

    Args:
        table: a curve table.
        task: what the curves are for.
        strategies: names, `random` among them, all of which a proxy must have.
        weighting: gives the proxies their weights.

    Returns:
        Proxies with weights summing to 1, and warnings.

    Raises:
        InputError: a strategy is not recorded, or no data set has them all with enough points.
    """
    table, noisy = clean_curves(validate_curves(table, where="recorded curves", metric=task.metric))
    if table.empty:
        raise InputError(
            "recorded curves: found only curves simulated with wrong answers; proxies must be simulated with the "
            "oracle 'perfect', since the error rate of the plan's labels is counted besides"
        )
    recorded = sorted(table["strategy"].unique())
    for name in strategies:
        if name not in recorded:
            known = ", ".join(other for other in recorded if other != "random") or "none"
            raise InputError(f"strategy: found '{name}', of which no curve is recorded; allowed: {known}")
    metric, warnings = _choose_metric(table, task.metric)
    warnings += noisy
    proxies: list[Proxy] = []
    unused: list[str] = []
    for (dataset, learner), rows in table[table["metric"] == metric].groupby(["dataset", "learner"], sort=True):
        points = measured_points(rows, strategies)
        if points is None:
            unused.append(f"{dataset} ({learner})")
        else:
            proxies.append(_make_proxy(str(dataset), str(learner), metric, rows, points, task))
    if not proxies:
        raise InputError(
            f"recorded curves: no data set has all of {', '.join(strategies)} measured at {MIN_ANCHORS} or more "
            f"label counts (found: {', '.join(unused)})"
        )
    if unused:
        warnings.append(f"Not used, as a strategy is missing or measured at too few points: {', '.join(unused)}.")
    raw = weighting(proxies, task)
    weighted = [replace(p, weight=float(w)) for p, w in zip(proxies, raw / raw.sum(), strict=True) if w > 0]
    return weighted, warnings + _warn_of_match(proxies, task)


def _choose_metric(table: pd.DataFrame, wanted: str) -> tuple[str, list[str]]:
    metrics = table["metric"].value_counts(sort=True)
    if wanted in metrics.index:
        return wanted, []
    instead = "accuracy" if "accuracy" in metrics.index else str(metrics.index[0])
    return instead, [f"No curve is recorded in {wanted}; curves in {instead} stand in for it, and may differ much."]


def measured_points(rows: pd.DataFrame, strategies: Sequence[str]) -> dict[str, pd.DataFrame] | None:
    """Take each strategy's points at one batch size: the one with most measurements; random where it is recorded.

    Returns:
        Points by strategy; None where one of them is missing or measured at too few label counts.
    """
    chosen = [name for name in strategies if name != "random"]
    sizes = rows[rows["strategy"].isin(chosen or ["random"])].groupby("batch_size")["strategy"].agg(["nunique", "size"])
    if sizes.empty:
        return None
    batch = sizes.sort_values(["nunique", "size"], kind="stable").index[-1]
    points = {}
    for name in strategies:
        own = rows[rows["strategy"] == name]
        same = own[own["batch_size"] == batch]
        # What random knows at some label count does not depend on the batches it was bought in.
        points[name] = own if name == "random" and same.empty else same
        if points[name]["labels"].nunique() < MIN_ANCHORS:
            return None
    return points


def _make_proxy(
    dataset: str, learner: str, metric: str, rows: pd.DataFrame, points: dict[str, pd.DataFrame], task: TaskDescription
) -> Proxy:
    kind, classes, imbalance = (
        rows[name].iloc[0] if name in rows.columns else None for name in ("kind", "classes", "imbalance")
    )
    match, words = 1.0, [f"learner {learner}"]
    if task.kind is not None and kind is not None:
        same = kind == task.kind
        match *= 1.0 if same else 0.25
        words.append(f"{'same' if same else 'another'} kind ({kind})")
    else:
        match *= 0.5
    if classes is not None:
        match *= _kernel(float(classes) / task.classes, 3.0)
        words.append(f"{int(classes)} classes")
    if imbalance is not None and task.imbalance is not None:
        match *= _kernel(float(imbalance) / task.imbalance, 10.0)
        words.append(f"imbalance {float(imbalance):.3g}")
    if metric != task.metric:
        match *= 0.5
        words.append(f"measured in {metric}")
    count = None if classes is None else int(classes)
    return Proxy(
        dataset, learner, metric, None if kind is None else str(kind), count, points, match, 0.0, ", ".join(words)
    )


def _kernel(ratio: float, width: float) -> float:
    return float(np.exp(-0.5 * (np.log(ratio) / np.log(width)) ** 2))


def _warn_of_match(proxies: Sequence[Proxy], task: TaskDescription) -> list[str]:
    if max(proxy.match for proxy in proxies) >= POOR_MATCH:
        return []
    described = f"{task.kind or 'any kind'}, {task.classes} classes"
    described += "" if task.imbalance is None else f", imbalance {task.imbalance:.3g}"
    return [f"Nothing recorded resembles this task ({described}): the curves are a guess, and the ranges are wide."]


def evidence_frame(proxies: Sequence[Proxy]) -> pd.DataFrame:
    """List the proxies by weight, those alike by match: columns `dataset`, `weight`, `why`."""
    # Weights that are the same but for the last digits do not set the order.
    heaviest = sorted(proxies, key=lambda proxy: (-round(proxy.weight, 12), -proxy.match))
    rows = [(proxy.dataset, proxy.weight, proxy.why) for proxy in heaviest]
    return pd.DataFrame(rows, columns=["dataset", "weight", "why"])
