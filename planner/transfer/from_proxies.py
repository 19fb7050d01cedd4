"""Curves for the user's task from recorded data sets alone: a mixture over proxies, on joint draws.

In each draw: a proxy; one path of random's forecast there; a factor on the label axis; and each strategy's label
savings beside random from the task's initial set on, drawn from what was saved on all recorded data sets
(`planner.transfer.savings_prior`), with a mismatch common to strategies (how much a proxy's savings tell of a real
model's: log sd about 0.4 by LabelBench, heads against end-to-end training). Hard tasks save less: how hard the task is
random's path says in each draw, and savings move with it (`planner.transfer.savings_shape`).

A proxy is one data set with one learner, on which random and every strategy asked for were recorded. Data sets weigh
the same, and share their weight among learners in the ratio 1 : ½ (the task's own, or not): weights by match forecast
no better (`docs/method/matching.md`).

The match is a product of simple kernels: 1 for the same kind of data (¼ for another, ½ when not said), a Gaussian in
ln(classes) of width ln 3, a Gaussian in ln(imbalance) of width ln 10. It tells the user how much a proxy resembles the
task, and whether any does.

Notation: J proxies; S strategies; D draws; M points a path.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from planner.forecasting import MIN_ANCHORS, CurveFit, chance_classes, error_cap, first_passage, fit_curve
from planner.randomness import allocate, keyed_rng, keyed_seed, stratified_normal
from planner.transfer.savings_fit import ProxyEvidence
from planner.transfer.savings_prior import draw_savings, task_priors
from planner.transfer.savings_shape import log_error
from planner.transfer.task_curves import EarlyCurve, PoolEnd, TaskCurves, TaskDescription
from simulations.arrays import Floats
from simulations.curve_table import clean_curves
from simulations.errors import InputError

POOR_MATCH = 0.3  # below this, nothing recorded resembles the task
LEFT_OUT = "Left out are"  # how the note begins that turns no answer by itself
Estimate = tuple[float, Floats]
_PROXY = ["dataset", "learner"]
_MEASURES = (*_PROXY, "labels", "value", "seed", "test_size", "standard_error", "metric", "classes", "imbalance")
_POOR_MATCH_WIDENING = 1.5  # on both sds where nothing recorded resembles the task
# Points before a path's first one, as distances in ln labels: close ones up to a factor of 1,100, and on to 160,000.
_LEAD = np.concatenate([np.linspace(12.0, 7.0, 8, endpoint=False), np.linspace(7.0, 0.0, 25)])
_TRIAL_DRAWS = 500
_OFTEN = 0.5  # keeping only draws that reach the target flatters random where those are the lucky few
_NEARLY_ALWAYS = 0.9  # how often a value is reached that stands in for a target no proxy reaches


@dataclass(frozen=True, eq=False)
class Proxy:
    """One recorded data set with one learner, standing in for the user's task.

    Attributes:
        classes: None when not recorded.
        rows: all that was measured.
        random: measured points of random at all schedules: what it knows hangs on no batch.
        batch_size: of the schedule at which the strategies were measured.
        match: 1 for a data set like the task in everything that is known, towards 0 for one unlike it.
        weight: share of the draws, before they are shared out; sums to 1 over the proxies.
        why: what matches and what does not, in words.
    """

    dataset: str
    learner: str
    metric: str
    classes: int | None
    rows: pd.DataFrame
    random: pd.DataFrame
    batch_size: int
    match: float
    weight: float
    why: str

    def points(self, strategy: str) -> pd.DataFrame:
        """Give the measured points of a strategy at the one schedule; random's at any where it has none there."""
        own = self.rows[self.rows["strategy"] == strategy]
        same = own[own["batch_size"] == self.batch_size]
        return own if strategy == "random" and same.empty else same


def _weigh_equally(proxies: Sequence[Proxy], task: TaskDescription) -> Floats:
    """Weigh every data set the same, (J,), summing to 1; among its learners the task's own counts double."""
    fits = np.array([1.0 if proxy.learner == task.learner else 0.5 for proxy in proxies])
    names = [proxy.dataset for proxy in proxies]
    weights = fits / [fits[[other == name for other in names]].sum() for name in names]
    return np.asarray(weights / weights.sum())


def find_proxies(
    table: pd.DataFrame, task: TaskDescription, strategies: Sequence[str]
) -> tuple[list[Proxy], list[str]]:
    """Pick the curves of a validated table that have all strategies, with weights summing to 1, and list warnings.

    Raises:
        InputError: a strategy is not recorded, or no data set has them all with enough points.
    """
    table, noisy = clean_curves(table)
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
    table = table[table["metric"] == metric]
    counts = table.groupby([*_PROXY, "strategy", "batch_size"], sort=True)["labels"].agg(["nunique", "size"])
    measured: dict[tuple[str, str], list[_Measured]] = {}
    for (dataset, learner, *schedule), *found in counts.itertuples():
        measured.setdefault((dataset, learner), []).append(_Measured(*schedule, *found))
    proxies: list[Proxy] = []
    unused: list[str] = []
    measures = [name for name in _MEASURES if name in table.columns]
    random = dict(iter(table.loc[table["strategy"] == "random", measures].groupby(_PROXY)))
    for names, rows in table.groupby(_PROXY, sort=True):
        key = (str(names[0]), str(names[1]))
        own = random.get(key, rows.iloc[:0])
        batch = _choose_batch(measured[key], strategies, own["labels"].nunique())
        if batch is None:
            unused.append("{} ({})".format(*key))
        else:
            proxies.append(_make_proxy(metric, rows, own, batch, task))
    if not proxies:
        raise InputError(
            f"recorded curves: no data set has all of {', '.join(strategies)} measured at {MIN_ANCHORS} or more "
            f"label counts (found: {', '.join(unused)})"
        )
    if unused:
        warnings.append(f"Not used, as a strategy is missing or measured at too few points: {', '.join(unused)}.")
    weights = _weigh_equally(proxies, task)
    weighted = [replace(p, weight=float(w)) for p, w in zip(proxies, weights, strict=True)]
    return weighted, warnings + _warn_of_match(proxies, task)


def _choose_metric(table: pd.DataFrame, wanted: str) -> tuple[str, list[str]]:
    metrics = table["metric"].value_counts(sort=True)
    if wanted in metrics.index:
        return wanted, []
    instead = "accuracy" if "accuracy" in metrics.index else str(metrics.index[0])
    return instead, [f"No curve is recorded in {wanted}; curves in {instead} stand in for it, and may differ much."]


class _Measured(NamedTuple):
    """What there is of one strategy at one batch size: different label counts, and measurements."""

    strategy: str
    batch_size: int
    label_counts: int
    rows: int


def _choose_batch(measured: Sequence[_Measured], strategies: Sequence[str], random_counts: int) -> int | None:
    """Choose the batch size at which most strategies are measured, most often; the largest of several.

    None where one of them is missing there or measured at too few label counts. Random has `random_counts` of them at
    all batch sizes, which count where it has none at this one: what it knows does not depend on its batches.
    """
    chosen = {name for name in strategies if name != "random"} or {"random"}
    sizes: dict[int, tuple[int, int]] = {}
    for one in measured:
        if one.strategy in chosen:
            names, rows = sizes.get(one.batch_size, (0, 0))
            sizes[one.batch_size] = names + 1, rows + one.rows
    if not sizes:
        return None
    batch = max(sizes, key=lambda size: (sizes[size], size))
    counts = {one.strategy: one.label_counts for one in measured if one.batch_size == batch}
    counts.setdefault("random", random_counts)
    return batch if all(counts.get(name, 0) >= MIN_ANCHORS for name in strategies) else None


def _make_proxy(metric: str, rows: pd.DataFrame, random: pd.DataFrame, batch: int, task: TaskDescription) -> Proxy:
    dataset, learner, kind, classes, imbalance = (
        rows[name].iloc[0] if name in rows.columns else None for name in (*_PROXY, "kind", "classes", "imbalance")
    )
    match, words = 0.5, [f"learner {learner}"]
    if task.kind is not None and kind is not None:
        match = 1.0 if kind == task.kind else 0.25
        words.append(f"{'same' if kind == task.kind else 'another'} kind ({kind})")
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
    return Proxy(str(dataset), str(learner), metric, count, rows, random, batch, match, 0.0, ", ".join(words))


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


def curves_from_proxies(
    recorded: ProxyEvidence,
    task: TaskDescription,
    strategies: Sequence[str],
    *,
    n_draws: int,
    seed: int,
    label_scale_sd: float = 1.0,
    savings_sd: float = 0.4,
    random_labels: Estimate | None = None,
    target: float | None = None,
) -> TaskCurves:
    """Draw the task's curves from recorded data sets.

    Args:
        recorded: data sets that stand in for the task's.
        task: what the curves are for.
        strategies: names, the first of them `random`.
        n_draws: joint draws D, shared out over the proxies by weight.
        seed: what the draws depend on besides the table.
        label_scale_sd: log sd of how many times more labels the task needs than a proxy; larger is wider.
        savings_sd: log sd of the task's savings factor around a proxy's; larger is wider.
        random_labels: the user's own estimate, (value, draws (D,) of the labels random needs to reach it); the label
            axis is then set so that random needs exactly that many, and `label_scale_sd` is not used.
        target: value that the task is to reach, where that is another than the estimate's; it never counts as reached
            before a proxy's first point.

    Raises:
        InputError: a strategy is not recorded, no proxy has them all, or the estimate is of a target of 1.
    """
    proxies, warnings = find_proxies(recorded.curves, task, strategies)
    poor = max(proxy.match for proxy in proxies) < POOR_MATCH
    widening = _POOR_MATCH_WIDENING if poor else 1.0
    scale = stratified_normal(n_draws, keyed_rng(seed, "task"))
    level, curves = None, _RandomCurves(proxies, seed)
    if random_labels is not None:
        level, proxies, notes = _weigh_by_reach(random_labels, proxies, curves)
        warnings += notes
    best, log_labels, log_last, log_classes = _mix_proxies(proxies, curves, task, n_draws, level)
    if random_labels is None or level is None:
        shift = log_classes + scale * label_scale_sd * widening
        if label_scale_sd > 0:
            warnings.append("How many labels the task needs is read off other data sets: a pilot tells more.")
    else:
        value, needed = random_labels
        shift = np.log(needed) - first_passage(best, log_labels, level)
        best = 1.0 - (1.0 - best) * (1.0 - value) / (1.0 - level)
    axis = log_labels + shift[:, None]
    guess_error, early_curve = error_cap(chance_classes(task.metric, task.classes)), None
    # What strategies save counts from the task's initial set on; where that is not said, from a proxy's first point on.
    first = axis[:, 0] if task.initial_labels is None else np.full(n_draws, np.log(task.initial_labels))
    if task.initial_labels is not None:
        early_curve = EarlyCurve(guess_error, 1.0 if random_labels is None else random_labels[0])
        # The proxies' first points may lie far beyond the task's initial set: paths begin before them.
        lead = axis[:, :1] - _LEAD
        best = np.concatenate([early_curve.values(best, axis, lead, target), best], axis=1)
        axis = np.concatenate([lead, axis], axis=1)
    savings, unused = recorded.savings(strategies[1:], task.metric)
    priors, savings_notes = task_priors(
        savings, strategies[1:], task, savings_sd=savings_sd * widening, by_hardness=True
    )
    drawn, tilt = draw_savings(priors, n_draws, keyed_rng(seed, "savings"))
    # No task is harder than guessing.
    tilt = replace(tilt, most=np.column_stack([np.minimum(tilt.most[:, 0], log_error(guess_error)), tilt.most[:, 1:]]))
    random = np.broadcast_to(best, (len(strategies), *best.shape))
    saving_none_yet = TaskCurves(
        tuple(strategies),
        proxies[0].metric,
        random,
        np.broadcast_to(axis, random.shape),
        np.broadcast_to(log_last + shift, random.shape[:2]),
        evidence_frame(proxies),
        tuple(dict.fromkeys((*warnings, *unused, *savings_notes))),
        clean_labels=True,
        end=PoolEnd(
            drawn,
            first,
            log_pool=np.full(n_draws, np.inf),
            smooth=True,
            own_first=task.initial_labels is not None,
            tilt=tilt,
        ),
        lead=0 if early_curve is None else len(_LEAD),
        early_curve=early_curve,
    )
    return saving_none_yet.in_pool(np.inf if task.pool_size is None else task.pool_size)


class _RandomCurves:
    """Random's curve on each proxy, fitted once; draws depend on the proxy's name, not on what is asked beside."""

    def __init__(self, proxies: Sequence[Proxy], seed: int) -> None:
        self.seed = seed
        self.fits = {
            (one.dataset, one.learner): fit_curve(one.random, classes=chance_classes(one.metric, one.classes))
            for one in proxies
        }

    def fit(self, proxy: Proxy) -> CurveFit:
        """Give the fit of random's curve on one proxy."""
        return self.fits[proxy.dataset, proxy.learner]

    def draw(self, proxy: Proxy, n_draws: int) -> Floats:
        """Draw paths of random on one proxy, (D, M)."""
        key = keyed_seed(self.seed, proxy.dataset, proxy.learner, "random")
        return self.fit(proxy).draw_paths(n_draws, key)[0]


def _mix_proxies(
    proxies: Sequence[Proxy], curves: _RandomCurves, task: TaskDescription, n_draws: int, level: float | None
) -> tuple[Floats, Floats, Floats, Floats]:
    """Draw random's paths from weighted proxies; of each, where `level` is given, only paths that reach that value.

    Gives running bests and the proxies' own label axes, both (D, M), ln of where measurements end, (D,), and
    ln(classes of the task ÷ classes of the proxy), (D,).
    """
    shares = allocate([proxy.weight for proxy in proxies], n_draws).tolist()
    parts = [_draw_paths(proxy, curves, share, level) for proxy, share in zip(proxies, shares, strict=True) if share]
    # One shuffle for all arrays: neighbours must not share a proxy, or inputs drawn in order would correlate with it.
    order = keyed_rng(curves.seed, "order").permutation(n_draws)
    best, log_labels, log_last = (np.concatenate([part[i] for part in parts])[order] for i in range(3))
    ratios = [np.log(task.classes / (proxy.classes or task.classes)) for proxy in proxies]
    return best, log_labels, log_last, np.repeat(ratios, shares)[order]


def _draw_paths(proxy: Proxy, curves: _RandomCurves, share: int, level: float | None) -> tuple[Floats, Floats, Floats]:
    if level is None:
        best = np.maximum.accumulate(curves.draw(proxy, share), axis=1)
    else:
        trial = float((curves.draw(proxy, _TRIAL_DRAWS).max(axis=1) >= level).mean())
        paths = curves.draw(proxy, int(np.ceil(1.3 * share / trial)) + 200)
        # Resizing repeats paths only if the trial was far luckier than the run.
        chosen = np.resize(np.flatnonzero(paths.max(axis=1) >= level), share)
        best = np.maximum.accumulate(paths, axis=1)[chosen]
    fit = curves.fit(proxy)
    return best, np.broadcast_to(fit.log_labels, best.shape), np.full(share, np.log(fit.anchors.last))


def _weigh_by_reach(
    estimate: Estimate, proxies: list[Proxy], curves: _RandomCurves
) -> tuple[float, list[Proxy], list[str]]:
    """Weigh the proxies by how often random reaches the target there; lower the target where none does."""
    target, notes = estimate[0], []
    if target == 1.0:
        raise InputError("random_labels: a target of 1 (no error at all) cannot be carried over; give one below 1")
    paths = [curves.draw(proxy, _TRIAL_DRAWS) for proxy in proxies]
    ends, level = [path.max(axis=1) for path in paths], target
    if max(float((end >= level).mean()) for end in ends) < _OFTEN:
        level = max(float(np.quantile(end, 1.0 - _NEARLY_ALWAYS)) for end in ends)
        notes.append(
            f"On no recorded data set does random reach {target:g}: its way to {level:.3g} stands in, errors scaled "
            "to yours."
        )
    chances = np.array([float((end >= level).mean()) for end in ends])
    chances[chances < _OFTEN] = 0.0
    # Where the initial set is at the target already, the way there was never seen: it is no sign that nothing is saved.
    on_the_way = np.array([float((path[:, 0] < level).mean()) >= _OFTEN for path in paths])
    if (chances * on_the_way).any():
        chances *= on_the_way
    weights = chances * [proxy.weight for proxy in proxies]
    dropped = int((weights == 0).sum())
    if dropped:
        notes.append(
            f"{LEFT_OUT} {dropped} of {len(proxies)} recorded curves, as random labelling rarely reaches "
            f"{100 * level:.3g}% there, or has it from the start."
        )
    total = weights.sum()
    return level, [replace(p, weight=float(w / total)) for p, w in zip(proxies, weights, strict=True) if w > 0], notes
