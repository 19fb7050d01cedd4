"""The work of a run before it starts: trajectories, time, and warnings."""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, fields
from itertools import pairwise

from simulations.datasets import DATASETS, feature_count, pool_size
from simulations.grid import Grid, take_shard, trainings
from simulations.learners import LEARNERS
from simulations.learners.neural.settings import StepTraining
from simulations.learners.tuning import FOLDS, GROWTH
from simulations.store import Store
from simulations.strategies import STRATEGIES
from simulations.tasks.task import CLASSIFICATION
from simulations.trajectory import Part, Trajectory

FEW_PER_CLASS = 10.0
"""Labels a class below which entropy lay below random on every recorded data set (benchmarks/low_budget.py)."""

FIRST_BATCHES = 3

_UNSURE = ("uncertainty", "cost-aware")
"""Families of strategies that ask where the model is least sure."""

# Measured on one core of a server with AVX-512, linear models compiled by numba; what each counts is said there:
# `estimate_by_size`.
_FLOPS_PER_SECOND = 1e11
_PASSES_PER_FIT = {"linear": 22, "ridge": 11}
_FLOPS_PER_SOFTMAX = 300
_NETWORK_FLOPS_PER_SECOND = 4e10
"""Of stacked networks, whose steps are small products: a pass forwards and back is six operations a weight and item."""
_SECONDS_PER_ROUND = 2e-4
_ASSUMED_FEATURES = 100
_TREES = {"forest": (1e-3, 1e-6, 5e-8), "boosting": (3e-4, 5e-7, 3e-8)}
"""Seconds to grow a tree, for each labelled item it sees, and for each item it scores."""
_SECONDS_PER_TEXT = 3e-3
"""To score a text of ten tokens with a fine-tuned encoder; to train on it once takes four times as long."""
_SECONDS_PER_OTHER = 0.1
_SECONDS_PER_FIT = {"tagger": 0.15, "seq2seq": 2.5}
"""Of learners of other tasks, with what the round besides takes; from 20 to 200 sentences, and 100 to 500 words."""


@dataclass(frozen=True)
class LowBudget:
    """A schedule that starts on few labels, with strategies that ask where the model is least sure.

    Attributes:
        dataset: the data set, as messages call it.
        classes: number of its classes.
        per_class: labels a class after the first batches, fewer than `FEW_PER_CLASS`.
        strategies: of the grid, those that ask so.
    """

    dataset: str
    classes: int
    per_class: float
    strategies: tuple[str, ...]


def low_budgets(trajectories: Iterable[Trajectory]) -> tuple[LowBudget, ...]:
    """Find the data sets of which models must tell where they are least sure before they know much.

    That is, with fewer than `FEW_PER_CLASS` labels a class after the first `FIRST_BATCHES` batches, or all of them
    where there are fewer; of schedules the one with fewest labels is told.
    """
    budgets: dict[str, LowBudget] = {}
    schedules = {(t.dataset, t.strategy, t.initial_size, t.batch_size, t.rounds): t for t in trajectories if t.rounds}
    for t in schedules.values():
        strategy = STRATEGIES.find(t.strategy.name)  # an unknown one fails when it runs, and what it did is told then
        if strategy is None or strategy.family not in _UNSURE or DATASETS[t.dataset.name].task != CLASSIFICATION:
            continue
        called, classes = DATASETS[t.dataset.name].titled(t.dataset.options), pool_size(t.dataset)[1]
        labels = t.initial_size + min(t.rounds, FIRST_BATCHES) * t.batch_size
        per_class = labels / classes
        if per_class >= FEW_PER_CLASS:
            continue
        before = budgets.get(called, LowBudget(called, classes, per_class, ()))
        names = tuple(dict.fromkeys((*before.strategies, t.strategy.name)))
        budgets[called] = LowBudget(called, classes, min(before.per_class, per_class), names)
    return tuple(budgets.values())


@dataclass(frozen=True)
class WorkEstimate:
    """What a run would do.

    Args:
        trajectories: asked for, in this shard.
        stored: those already in the store.
        fits: trainings still to be run by the trajectories that are missing; see `simulations.grid.trainings`.
        seconds: processor seconds these take, judged by those of the grid that are stored, of the same data set,
            learner and, where there are any, strategy.
        rough: whether some had none to be judged by, so that only the size of the task was counted.
        low_budgets: data sets on which it starts with few labels.
    """

    trajectories: int
    stored: int
    fits: int
    seconds: float
    rough: bool
    low_budgets: tuple[LowBudget, ...] = ()

    @property
    def to_run(self) -> int:
        """Trajectories that are missing."""
        return self.trajectories - self.stored


def estimate(grid: Grid, store: Store, *, shard: str | None = None) -> WorkEstimate:
    """Tell what `run_grid` would do, without doing it."""
    asked = take_shard(grid.trajectories, shard)
    missing, spent = [], defaultdict(list)
    for t in asked:
        seconds = store.seconds(t.key)
        if seconds is None:
            missing.append(t)
            continue
        for kind in _likeness_keys(t):
            spent[kind].append(seconds / (t.rounds + 1))
    rates = {kind: sum(values) / len(values) for kind, values in spent.items()}
    total, rough = 0.0, False
    for t in missing:
        rate = next((rates[kind] for kind in _likeness_keys(t) if kind in rates), None)
        total += estimate_by_size(t) if rate is None else rate * (t.rounds + 1)
        rough = rough or rate is None
    fits = sum(map(trainings, missing))
    return WorkEstimate(len(asked), len(asked) - len(missing), fits, total, rough, low_budgets(asked))


def estimate_by_size(t: Trajectory) -> float:
    """Guess the processor seconds of a trajectory from its size alone; off by a factor of three either way, or more.

    A linear fit evaluates its loss and gradient some 22 times, each 4·n·d·C floating-point operations and a softmax of
    n·C numbers; to score m items takes half as many and one softmax. Each round scores the test set, and the pool where
    the strategy asks for it, by the chooser where there is one. Trees are counted one by one, networks by their weights
    and epochs, texts that an encoder is fine-tuned on as ten tokens each; any other estimator as a tenth of a second a
    fit, a sequence learner as what its fits took on data sets of ours.

    What a strategy computes beyond that is left out: for most it is less than the fit, for those that cluster or
    compare items it may be many times as much. So is what the first run compiles.
    """
    if LEARNERS[t.learner.name].task != CLASSIFICATION:
        return (t.rounds + 1) * _SECONDS_PER_FIT.get(t.learner.name, _SECONDS_PER_OTHER)
    pool, _ = pool_size(t.dataset)
    held_out = DATASETS[t.dataset.name].size(t.dataset.options)[1]
    strategy = STRATEGIES[t.strategy.name]
    asked = pool * (("probabilities" in strategy.needs) + strategy.committee_size)
    if t.chooser is None or not strategy.reads_model:
        return _training_seconds(t, t.learner, 1 + strategy.committee_size, held_out + asked)
    return _training_seconds(t, t.learner, 1, held_out) + _training_seconds(
        t, t.chooser, 1 + strategy.committee_size, asked
    )


def _training_seconds(t: Trajectory, learner: Part, models: int, scored: int) -> float:
    """Give the seconds to train so many models of a learner and to score so many items, in all rounds."""
    labels = t.initial_size + t.batch_size * t.rounds / 2
    fit, score = _fit_and_score_seconds(t, learner, labels, scored)
    fits = float((t.rounds + 1) * models)
    values = str(learner.options.get("tune", "")).partition(":")[2].split(",")
    if len(values) > 1:
        # Cross-validation fits each value and fold, anew whenever the labelled set has grown enough.
        fits += len(values) * FOLDS * (1 + math.log(t.final_labels / t.initial_size) / math.log(GROWTH))
    return fits * fit + (t.rounds + 1) * (score + _SECONDS_PER_ROUND)


def _fit_and_score_seconds(t: Trajectory, learner: Part, labels: float, scored: int) -> tuple[float, float]:
    """Give the seconds of one fit to so many labels, and those to score so many items."""
    name, options, (_, classes) = learner.name, learner.options, pool_size(t.dataset)
    if name in _TREES:
        # Boosting grows one tree a class in each iteration, one in all for two classes.
        per_class = classes if classes > 2 else 1
        trees = options["trees"] if name == "forest" else options["iterations"] * per_class
        tree, label, item = _TREES[name]
        return trees * (tree + label * labels), trees * item * scored
    if name == "finetuned":
        how = StepTraining(*(options[field.name] for field in fields(StepTraining)))
        return 4 * how.passes_over(int(labels)) * labels * _SECONDS_PER_TEXT, scored * _SECONDS_PER_TEXT
    features = feature_count(t.dataset) or _ASSUMED_FEATURES
    score = scored * classes * (2 * features + _FLOPS_PER_SOFTMAX) / _FLOPS_PER_SECOND
    if name in ("mlp", "ensemble"):
        widths = [features, *map(int, str(options["hidden"]).split(",")), classes]
        weights = sum(before * after for before, after in pairwise(widths))
        networks = options.get("networks", 1)
        passes = networks * options["epochs"] * labels * 6 * weights
        return passes / _NETWORK_FLOPS_PER_SECOND, networks * scored * 2 * weights / _FLOPS_PER_SECOND
    if name not in _PASSES_PER_FIT:
        return _SECONDS_PER_OTHER, score
    passes = _PASSES_PER_FIT[name] * labels * classes * (4 * features + _FLOPS_PER_SOFTMAX)
    return passes / _FLOPS_PER_SECOND, score


def _likeness_keys(t: Trajectory) -> Iterable[tuple[object, ...]]:
    """Give what makes trajectories take alike, the most alike first."""
    models = t.dataset, t.learner, t.chooser
    return (*models, t.batch_size, t.strategy), (*models, t.strategy), models
