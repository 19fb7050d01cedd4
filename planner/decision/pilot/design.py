"""The design of a pilot, its readings in each draw of the curves, and the draws weighed by them.

A `random` pilot buys n random labels and measures a model on nested parts of them. A `paired` pilot buys the plan's
initial set once, goes on from there to n random labels and, for each strategy in it, to n labels chosen by that
strategy; it measures from the initial set on, where all stand on the same labels.

The draws are weighed by importance sampling of a posterior with the prior's draws (Smith & Gelfand 1992; for the value
of information Menzies 2016, Medical Decision Making 36:308).

Of random, a likelihood of the measured points would take the draws' shapes for all the shapes there are, and see
further than any forecast does. So a pilot of n labels stands for the forecast made of it, of random's value at a label
count N. Its error is a measurement's, and that of reaching from n to N, which grows as ln(N ÷ n) at the rate that the
forecast was found to have (docs/method/forecast.md); beyond the furthest forecast allowed it tells nothing. Of a
strategy, the gap to random is read where it is measured: how savings go on from there is uncertain within the draws
themselves, knot by knot.

Values are read on the scale z = 2·arcsin √value, on which a fraction's noise does not depend on the fraction (Freeman &
Tukey 1950): a test set of T items has variance 1 ÷ T there.

Notation:
    S, D, P, M, Z   draws; plans; pilots; measurements of the largest pilot; sizes, rising
    K               label counts at which is measured; a pilot measures at all counts up to its own size
    gain            (S, D)  net benefit less that of the plan chosen without a pilot
    white           (S, M)  what each draw would measure, in units of noise: independent, variance 1
    data            (P, M)  what the pilots measured, in the same units
    stage           (M,)    the smallest size that has a measurement, 0 … Z − 1, never falling
    x               (S,)    ln of the clean labels that a label count stands for
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from planner.forecasting import chance_classes, read_path
from planner.forecasting.forecast import MAX_RATIO, SHORT_RATIO
from planner.plan import Plan
from planner.randomness import keyed_rng
from planner.transfer.task_curves import MEASURED, TaskCurves, extend_early_curve
from simulations.arrays import Floats, Ints, Singles
from simulations.errors import InputError
from simulations.threads import one_blas_thread

Kind = Literal["random", "paired"]

SIZES = 8
FIRST_COUNTS = 7  # measured up to the smallest size; a forecast needs four
STEP = 1.6  # the most from one label count to the next, beyond it
SPAN = 8.0  # the smallest random pilot measures from an eighth of its labels: three octaves
SMALLEST = 40  # labels of a random pilot, unless the user asks for fewer
OCTAVES = 4.0  # times the initial set: a paired pilot of fewer is forecast no further than twice its size
LARGEST = 20.0  # times the initial set

LOWEST_LOG_WEIGHT = np.float32(-1e30)
PILOTS_AT_ONCE = 64  # pilots weighed at once: their weights stay in the processor's cache
ATOM_SHARE = 0.05  # draws that agree in every reading are copies of one path, unless they are this share of all

SEED_SHARE = 0.03  # sd of one run ÷ √(e(1 − e)), as the forecast assumes (planner.forecasting.anchors)
SHARED_SHARE = 0.5  # of the test set's variance, common to all that is measured on it; from the same place
REACH_SD = 0.05
"""Of random's forecast, on the scale z, for each factor e beyond the last measurement.

The 80% intervals in docs/method/forecast.md, which hold 80%, are 3.0, 6.2 and 10.7 points wide at 2, 4 and 10 times:
sds of 1.7 to 1.8 points a factor e, at values about 0.85, where a point is 0.028 of z.
"""

AVERAGED = 3.0  # neighbouring label counts that a forecast in effect averages
NOTHING_KNOWN = 1e-9  # precision of a forecast that says nothing


@dataclass(frozen=True)
class PilotDesign:
    """Pilots of one kind, the larger holding the smaller.

    Attributes:
        sizes: Z label counts, rising.
        counts: K label counts at which is measured, rising; every size is one of them.
        initial: labels that all arms share; 0 for a random pilot.
        strategies: those measured beside random; none for a random pilot.
    """

    sizes: tuple[int, ...]
    counts: tuple[int, ...]
    initial: int
    strategies: tuple[str, ...]

    def bought(self, size: int) -> int:
        """Count the labels that a pilot buys, over its arms."""
        return size + len(self.strategies) * (size - self.initial)

    def arms(self) -> list[tuple[str, int]]:
        """List what the largest pilot measures, as (strategy, label count), in the order of the sizes that have it."""
        found = [("random", count) for count in self.counts]
        found += [(name, count) for name in self.strategies for count in self.counts if count > self.initial]
        return sorted(found, key=lambda arm: self.stage(arm[1]))

    def stage(self, count: int) -> int:
        """Give the place of the smallest size that measures at a label count."""
        return int(np.searchsorted(self.sizes, count))


def design_pilot(plan: Plan, strategies: Sequence[str] = (), sizes: Sequence[int] | None = None) -> PilotDesign:
    """Lay out random pilots, or those paired with strategies: eight sizes spread evenly in ln(labels) unless given.

    Raises:
        InputError: a plan without test labels, or whose pool has no room for a pilot.
    """
    if round(plan.task.test_labels.median) == 0:
        raise InputError("pilot: found [task] test_labels = 0; allowed: at least 1, as a pilot is measured on them")
    pool = round(plan.task.items_to_label)
    initial = round(plan.strategy.initial_labels.median) if strategies else 0
    wanted = _usual_sizes(plan, paired=bool(strategies)) if sizes is None else tuple(sizes)
    if sizes is None and not initial + FIRST_COUNTS <= wanted[0] <= wanted[-1] <= pool:
        beside = f" beside the {initial:,} initial labels" if initial else ""
        raise InputError(f"pilot: the {pool:,} items that there are to label leave no room for one{beside}")
    first = initial if strategies else max(1, round(wanted[0] / SPAN))
    return PilotDesign(wanted, _label_counts(first, wanted), initial, tuple(strategies))


def _label_counts(first: int, sizes: Sequence[int]) -> tuple[int, ...]:
    """Spread label counts evenly in ln(labels) up to the smallest size, and from each size to the next."""
    found = {int(count) for count in np.rint(np.geomspace(first, sizes[0], FIRST_COUNTS))}
    for low, high in pairwise(sizes):
        steps = int(np.ceil(np.log(high / low) / np.log(STEP) - 1e-9))
        found |= {int(count) for count in np.rint(np.geomspace(low, high, steps + 1))}
    return tuple(sorted(found))


def _usual_sizes(plan: Plan, *, paired: bool) -> tuple[int, ...]:
    """Spread sizes evenly in ln(labels), as far as twenty initial sets and half of the pool."""
    initial, pool = plan.strategy.initial_labels.median, round(plan.task.items_to_label)
    high = min(LARGEST * initial, pool / 2)
    low = max(OCTAVES * initial, initial + FIRST_COUNTS) if paired else max(SMALLEST, initial / 2)
    if low > high / 2:  # a small pool leaves little to choose
        high = float(pool)
        low = min(low, max(high / 2, initial + FIRST_COUNTS if paired else high / 8))
    return tuple(int(size) for size in np.unique(np.rint(np.geomspace(low, max(high, low), SIZES))))


@dataclass(frozen=True, eq=False)
class Experiment:
    """What each draw would measure, and how precisely.

    Attributes:
        readings: (S, M) expected measurement in each draw, on a scale on which noise does not depend on it.
        noise: (M, M) covariance of the measurements around it, positive definite.
        stage: (M,) the smallest size that has the measurement, never falling; a larger size has it too.
        sizes: Z, of which the last has all measurements.
    """

    readings: Floats
    noise: Floats
    stage: Ints
    sizes: int

    def whiten(self, measured: Floats) -> Floats:
        """Give measurements (…, M) in units of noise; those of a smaller size depend on its own alone."""
        from scipy.linalg import solve_triangular

        centred = measured - self.readings.mean(axis=0)
        root = np.linalg.cholesky(self.noise)
        return np.asarray(solve_triangular(root, centred.T, lower=True, check_finite=False).T)

    def columns(self) -> list[slice]:
        """Give the measurements that each size adds."""
        ends = np.searchsorted(self.stage, np.arange(self.sizes + 1))
        return [slice(int(a), int(b)) for a, b in pairwise(ends)]


@dataclass(frozen=True, eq=False)
class Weighed:
    """Posteriors after pilots.

    Attributes:
        means: (Z, P, D) posterior means of the gains.
        halves: (Z, P, 2, D) the same by each half of the draws; copies of one path are in one half.
        effective: (Z, P) Kish's effective number of draws.
    """

    means: Floats
    halves: Floats
    effective: Floats


def weigh(gain: Floats, experiment: Experiment, data: Floats, *, left_out: tuple[Ints, Ints] | None = None) -> Weighed:
    """Weigh the draws by what pilots measured, in units of noise.

    Of each pilot's truth (P,) the twins, by their numbers (S,), may be left out of its posterior.
    """
    twins = np.arange(len(gain)) if left_out is None else left_out[1]
    order, half = _halves(twins)
    white = experiment.whiten(experiment.readings)[order]
    columns = np.concatenate([np.ones((len(gain), 1)), gain], axis=1).astype(np.float32)[order]
    own = None if left_out is None else (twins[left_out[0]], twins[order])
    shape = experiment.sizes, len(data), 2
    sums, top, squares = np.empty((*shape, columns.shape[1])), np.empty(shape), np.empty(shape)
    with one_blas_thread():
        for start in range(0, len(data), PILOTS_AT_ONCE):
            rows = slice(start, start + PILOTS_AT_ONCE)
            for z, log_weight in enumerate(_log_weights(data[rows], white, experiment.columns(), own, rows)):
                for h, part in enumerate((slice(0, half), slice(half, None))):
                    # Each half has its own scale: where it holds next to nothing, its nearest draws still speak for it.
                    highest = log_weight[:, part].max(axis=1, initial=LOWEST_LOG_WEIGHT)
                    weight = np.exp(log_weight[:, part] - highest[:, None])
                    sums[z, rows, h], top[z, rows, h] = weight @ columns[part], highest
                    squares[z, rows, h] = np.einsum("ps,ps->p", weight, weight)
    scale = np.exp(top - top.max(axis=2, keepdims=True))
    both = (sums * scale[..., None]).sum(axis=2)
    effective = both[..., 0] ** 2 / np.maximum((squares * scale**2).sum(axis=2), 1e-30)
    return Weighed(_means(both), _means(sums), effective)


def _means(sums: Floats) -> Floats:
    """Divide weighted sums by the sum of weights, which stands first; where none is left nothing is known to gain."""
    total = sums[..., :1]
    return np.asarray(np.where(total > 0, sums[..., 1:] / np.where(total > 0, total, 1.0), 0.0))


def _halves(twins: Ints) -> tuple[Ints, int]:
    """Mix the draws, copies together: their order, (S,), and where the second half begins."""
    key = keyed_rng(0, "halves").permutation(twins.max() + 1)[twins]
    order = np.argsort(key, kind="stable")
    return order, int(np.searchsorted(key[order], key[order[len(order) // 2]]))


def _log_weights(
    data: Floats, white: Floats, columns: list[slice], own: tuple[Ints, Ints] | None, rows: slice
) -> Iterator[Singles]:
    """Add each size's measurements to the log weights of all draws, (pilots, S), those of the truth's number aside."""
    total = np.zeros((len(data), len(white)), np.float32)
    if own is not None:
        total[own[0][rows, None] == own[1]] = -np.inf
    for added in columns:
        if added.stop > added.start:
            # −½ |d − w|² in one product: a pass over all weights costs as much as the product itself.
            d, w = data[:, added], white[:, added]
            left = np.column_stack([d, np.ones(len(d)), -0.5 * (d**2).sum(axis=1)]).astype(np.float32)
            right = np.column_stack([w, -0.5 * (w**2).sum(axis=1), np.ones(len(w))]).astype(np.float32)
            total += left @ right.T
        yield total


def twins_of(readings: Floats) -> Ints:
    """Number the draws, (S,): those that are copies of one path have one number, since one would know the other."""
    found, counts = np.unique(readings, axis=0, return_inverse=True, return_counts=True)[1:]
    alone = counts[found] > ATOM_SHARE * len(readings)
    return np.where(alone, counts.size + np.arange(len(readings)), found)


def pilot_experiment(
    curves: TaskCurves,
    design: PilotDesign,
    *,
    at: float,
    test_labels: float,
    worth: Callable[[str, float], Floats],
    chance: float,
) -> Experiment:
    """Say what forecasts from pilots would read in each draw.

    Random is forecast at a label count N, such as its usual need. `worth` gives the clean labels that one of so many
    bought with a strategy counts for, (S,) or (1,). No reading falls below chance.
    """

    def read(name: str, count: float) -> Floats:
        return to_scale(value_at(curves, name, np.log(count * worth(name, count)), chance=chance))

    gaps = [(name, count) for name, count in design.arms() if name != "random"]
    # A larger pilot repeats the smaller one's forecast and adds to its precision.
    precision = np.maximum.accumulate([_precision(design, size, at, test_labels) for size in design.sizes])
    level = 1.0 / np.maximum(np.diff(precision, prepend=0.0), NOTHING_KNOWN)
    gap = np.full(len(gaps), measurement_variance(test_labels, gap=True, averaged=1.0))
    stage = np.array([*range(len(design.sizes)), *(design.stage(count) for _, count in gaps)])
    readings = np.column_stack(
        [*[read("random", at)] * len(design.sizes), *(read(name, n) - read("random", n) for name, n in gaps)]
    )
    order = np.argsort(stage, kind="stable")
    noise = np.diag(np.concatenate([level, gap])[order])
    return Experiment(readings[:, order], noise, stage[order], len(design.sizes))


def _precision(design: PilotDesign, size: int, at: float, test_labels: float) -> float:
    """Give one over the variance of random's forecast at a label count from a pilot of one size."""
    ratio = at / size
    wide = design.initial == 0 or size >= OCTAVES * design.initial
    if ratio > (MAX_RATIO if wide else SHORT_RATIO):
        return 0.0
    reach = REACH_SD * np.log(max(ratio, 1.0))
    return float(1.0 / (measurement_variance(test_labels) + reach**2))


def measurement_variance(test_labels: float, *, gap: bool = False, averaged: float = AVERAGED) -> float:
    """Give the variance of a measured value, or of a gap between two measured on the same items, on the scale z.

    In a gap the luck that items have in common drops out; it does not average out over the label counts averaged.
    """
    own = (SEED_SHARE**2 + (1.0 - SHARED_SHARE) / test_labels) / averaged
    return 2.0 * own if gap else own + SHARED_SHARE / test_labels


def chance_value(plan: Plan) -> float:
    """Give the plan's metric by guessing; 0 where it is not 1 ÷ classes."""
    classes = chance_classes(plan.task.metric, round(plan.task.classes.median))
    return 0.0 if classes is None else 1.0 / classes


def to_scale(value: Floats) -> Floats:
    """Put fractions on the scale of constant noise."""
    return np.asarray(2.0 * np.arcsin(np.sqrt(np.clip(value, 0.0, 1.0))))


def value_at(curves: TaskCurves, name: str, x: Floats, *, chance: float = 0.0) -> Floats:
    """Read one strategy's value in hand at ln labels of each draw's own, (S,).

    Before random's first point its error goes back as `planner.transfer.task_curves` says, at most to guessing; curves
    with points that lead up to it hold that already. What a strategy has there random has with more labels or fewer;
    where that is not known all are random labelling.
    """
    s = curves.strategies.index(name)
    if s and curves.smooth:
        return value_at(curves, curves.strategies[0], curves.equivalent_of(name, x), chance=chance)
    axis, x = curves.log_labels[s], np.broadcast_to(x, curves.n_draws)
    read = read_path(curves.best[s], axis, x)
    before = x < axis[:, 0]
    if curves.lead or not before.any():
        return read
    earlier = extend_early_curve(curves.best[0], curves.log_labels[0], x[:, None], MEASURED, 1.0 - chance)[:, 0]
    return np.asarray(np.where(before, earlier, read))
