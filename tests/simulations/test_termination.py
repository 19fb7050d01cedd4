from dataclasses import replace

import numpy as np
import pytest

from simulations.engine import run_lanes
from simulations.errors import InputError
from simulations.grid import Grid
from simulations.learners import LEARNERS
from simulations.learners.learner import DivergedError
from simulations.metrics import METRICS
from simulations.run import run_grid
from simulations.store import Store
from simulations.termination import NoCurveError, Terminations, affordable_rounds
from simulations.trajectory import Part

SGD = {"of": "sklearn.linear_model.SGDClassifier", "tune": ""}


def _curve(record):
    return {name: record.series[name] for name in METRICS}, record.labels, record.converged, record.ended


class Fragile:
    """The linear learner, but for lanes that have labelled some item: those fail as the test asks."""

    def __init__(self, item, fails):
        self.linear, self.item, self.fails = LEARNERS["linear"].make(l2=1.0, tune=""), item, fails

    def fit(self, labelled, warm, streams):
        broken = (labelled.rows == self.item).any(axis=1)
        if self.fails == "training" and broken.any():
            raise DivergedError(f"learner fragile: training on {labelled.rows.shape[1]} labels diverged")
        fitted = self.linear.fit(labelled, None if warm is None else warm.fitted, streams)
        return Broken(fitted, broken & (self.fails == "scoring"))


class Broken:
    def __init__(self, fitted, broken):
        self.fitted, self.broken = fitted, broken
        self.converged, self.effort = fitted.converged, fitted.effort

    def take(self, lanes):
        return Broken(self.fitted.take(lanes), self.broken[list(lanes)])

    def probabilities(self, lanes, features):
        scores = self.fitted.probabilities(lanes, features)
        scores[self.broken[list(lanes)]] = np.nan
        return scores


@pytest.fixture
def fragile(monkeypatch):
    def register(item, fails):
        entry = replace(LEARNERS["linear"], name="fragile", make=lambda l2: Fragile(item, fails), defaults={"l2": 1.0})
        monkeypatch.setitem(LEARNERS, "fragile", entry)

    return register


@pytest.mark.parametrize("fails", ["training", "scoring"])
def test_a_lane_that_diverges_ends_and_the_others_are_what_they_are_without_it(small, fragile, fails):
    fragile(17, fails)
    lanes = [small(name, seed, learner="fragile") for name in ("random", "margin", "coreset") for seed in range(6)]
    lanes = [t for t in lanes if t.seed not in _seeds_that_start_with(small, 17)]
    packed = run_lanes(lanes)
    linear = run_lanes([replace(t, learner=Part.of("linear", {"l2": 1.0})) for t in lanes])
    ended = [record for record in packed if record.ended]
    assert ended and len(ended) < len(packed)
    for record, whole in zip(packed, linear, strict=True):
        rounds = len(record.labels)
        assert record.series["accuracy"] == whole.series["accuracy"][:rounds]
        assert (rounds == 5) == (record.ended is None)
    assert all("fragile" in record.ended for record in ended)
    assert [_curve(record) for record in packed] == [_curve(run_lanes([t])[0]) for t in lanes]


def _seeds_that_start_with(small, item):
    """Seeds of which the lanes cannot begin, as the item is in their initial set."""
    found = set()
    for seed in range(6):
        try:
            run_lanes([small("random", seed, learner="fragile", rounds=0)])
        except NoCurveError:
            found.add(seed)
    return found


@pytest.mark.parametrize("fails", ["training", "scoring"])
def test_a_lane_without_a_first_measurement_is_told_and_the_others_are_kept(small, fragile, monkeypatch, fails):
    fragile(-1, fails)
    bad = run_lanes([small("random", 3, learner="fragile", rounds=0)])[0]
    assert bad.ended is None
    first = _first_item(small("random", 3))
    fragile(first, fails)
    lanes = [small(name, seed, learner="fragile", rounds=0) for seed in (0, 3, 1) for name in ("random", "margin")]
    with pytest.raises(NoCurveError, match=r"^synthetic, fragile, random, seed 3: no curve, as its first") as caught:
        run_lanes(lanes)
    lost = {t.seed for t, _ in caught.value.lost}
    assert 3 in lost and [r.trajectory for r in caught.value.records] == [t for t in lanes if t.seed not in lost]
    assert str(caught.value).count("\n") == 0 and isinstance(caught.value, InputError)


def _first_item(t):
    from simulations.datasets.pool import initial_set, open_pool
    from simulations.trajectory import stream

    pool = open_pool(t.dataset, t.oracle, t.seed)
    rng = stream(t.dataset.as_json(), t.seed, "initial", t.initial_set)
    return int(pool.rows[initial_set(pool, t.initial_set, t.initial_size, rng)[0]])


@pytest.mark.parametrize("strategy", ["random", "margin", "coreset"])
def test_a_pool_with_less_than_a_batch_left_ends_the_trajectory(small, strategy):
    (record,) = run_lanes([small(strategy, batch_size=100)])
    assert record.labels == (10, 110, 210)
    assert record.ended == "its pool of 250 items has 40 left, fewer than a batch of 100"
    (whole,) = run_lanes([small(strategy, batch_size=100, rounds=2)])
    assert _curve(whole)[:3] == _curve(record)[:3] and whole.ended is None


def test_rounds_that_a_pool_pays_for(small):
    # 250 items: 240 after the initial 10.
    assert [affordable_rounds(small(batch_size=b), 250) for b in (5, 60, 61, 240, 241)] == [4, 4, 3, 1, 0]
    with pytest.raises(InputError, match="initial_size: found 10; allowed: at most 9, the items of the pool"):
        affordable_rounds(small(), 9)


def test_what_ended_is_stored_told_and_not_run_again(small, tmp_path):
    store, grid = Store(tmp_path), Grid((small("margin"), small("margin", batch_size=100)))
    summary = run_grid(grid, store, processes=1)
    assert (summary.done, summary.failed, summary.remaining) == (2, (), 0)
    why = "synthetic, linear, margin, seed 0: its pool of 250 items has 40 left, fewer than a batch of 100"
    assert summary.ended == (why,)
    again = run_grid(grid, store, processes=1)
    assert (again.stored, again.done, again.ended) == (2, 0, (why,))
    table = store.frame()
    ends = table.groupby("batch_size")["labels"].max()
    assert ends[5] == 30 and ends[100] == 210
    assert store.coverage().groupby("trajectory")["round"].max().sort_values().tolist() == [2, 4]


def test_what_has_no_curve_is_a_failure_of_its_own_and_the_rest_goes_on(small, tmp_path):
    stuck = {**SGD, "parameters": "eta0=1e308, learning_rate=constant, loss=squared_error"}
    sgd = replace(small("random"), learner=Part.of("estimator", stuck))
    store = Store(tmp_path)
    summary = run_grid(Grid((sgd, small("random"))), store, processes=1)
    assert (summary.done, summary.remaining) == (1, 1)
    (sentence,) = summary.failed
    assert "synthetic, estimator, random, seed 0: no curve, as its first training failed" in sentence
    assert "overflow" in sentence and "\n" not in sentence


def test_endings_keep_the_first_reason():
    terminations = Terminations(3)
    terminations.end([1], 2, "first")
    terminations.end([0, 1], 3, "second")
    assert terminations.alive == [2] and 1 in terminations
    made = terminations.records(["a", "b", "c"], lambda lane, measured, why: (lane, measured, why))
    assert made == [(0, 3, "second"), (1, 2, "first"), (2, None, None)]


def test_of_lanes_done_together_only_the_one_that_diverges_ends():
    terminations, done = Terminations(4), []

    def do(lanes):
        if 2 in lanes:
            raise DivergedError("lane 2 did")
        done.extend(lanes)

    terminations.run_surviving([0, 2, 3], 1, do)
    assert done == [0, 3] and terminations.alive == [0, 1, 3]
