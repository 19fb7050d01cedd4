"""One model chooses, another is trained and evaluated."""

from dataclasses import replace

import numpy as np
import pytest

import simulations.trainer
from simulations.engine import run_lanes
from simulations.errors import InputError
from simulations.grid import Grid, parse_grid, trainings
from simulations.learners import LEARNERS, make_learner
from simulations.learners.learner import DivergedError
from simulations.metrics import METRICS
from simulations.store import Store, curve_table
from simulations.strategies import STRATEGIES
from simulations.trajectory import Part, Trajectory
from simulations.work_estimate import estimate, estimate_by_size
from simulations.workers import as_text, from_text

LINEAR = Part.of("linear", {"l2": 1.0})
RIDGE = Part.of("ridge", {"l2": 1.0})
BAYES = Part.of("estimator", {"of": "sklearn.naive_bayes.GaussianNB", "parameters": "", "tune": ""})
READING = ("margin", "entropy", "badge", "qbc")
NOT_READING = ("random", "coreset", "kmeans")


@pytest.fixture
def chosen_by(small):
    """A quick trajectory whose strategy reads another model than the one that is evaluated."""
    return lambda name="margin", seed=0, chooser=BAYES, **more: replace(small(name, seed, **more), chooser=chooser)


@pytest.fixture
def picks(monkeypatch):
    """What margin chose, by trajectory and round, whoever asked it."""
    heard = []
    margin = STRATEGIES["margin"]

    def choose(view, k, streams):
        chosen = margin.choose(view, k, streams)
        heard.append(chosen)
        return chosen

    monkeypatch.setitem(STRATEGIES, "margin", replace(margin, choose=choose))

    def run(t):
        heard.clear()
        return run_lanes([t])[0], np.concatenate(heard, axis=1).tolist()

    return run


@pytest.fixture
def before_fit(monkeypatch):
    """Call a function with the learner and the shape (lanes, labels) before every training."""

    def register(call):
        def make(part):
            learner = make_learner(part)
            fit = learner.fit

            def watched(labelled, warm, streams):
                call(part, labelled.rows.shape)
                return fit(labelled, warm, streams)

            learner.fit = watched
            return learner

        monkeypatch.setattr(simulations.trainer, "make_learner", make)

    return register


def _curve(record):
    return {name: record.series[name] for name in METRICS} | {"labels": record.labels, "converged": record.converged}


def test_known_keys_have_not_changed():
    """As they were in the store before a trajectory could name a chooser, or a network seeds of its own."""
    linear, perfect = Part.of("linear", {"l2": 1.0, "tune": ""}), Part.of("perfect")
    t = Trajectory(Part.of("digits", {"n": 4}), linear, Part.of("margin"), 10, 5, 4, "random", perfect, 3)
    assert t.key == "559fdf9541ca8be7be44d80b67f2dd1d5ba9527d006ac71d5d26afe5aa71ba02"
    network, flip = Part.of("mlp", {"hidden": "16", "start": "warm"}), Part.of("flip", {"rate": 0.1})
    t = Trajectory(Part.of("letter"), network, Part.of("badge", version=2), 26, 40, 4, "one_per_class", flip, 0)
    assert t.key == "f66a9bd5a2d4b13ca1d3c50fd7b172e3c55b18f7ee2846c0cf4878b872f08637"
    assert "chooser" not in t.as_json()


def test_a_learner_that_chooses_for_itself_is_no_chooser(small):
    t = small()
    itself = replace(t, chooser=t.learner)
    assert itself == t and itself.chooser is None and itself.key == t.key
    # A number equal to another but written otherwise is other content.
    assert replace(t, chooser=Part.of("linear", {"l2": 1})).chooser is not None


def test_json_holds_the_chooser_where_there_is_one(small, chosen_by):
    t = chosen_by()
    assert Trajectory.from_json(t.as_json()) == t and t.key != small().key
    assert Trajectory.from_json({**small().as_json(), "chooser": None}) == small()
    assert from_text(as_text([t])) == [t] and t.chosen_by == BAYES and small().chosen_by == LINEAR


def test_items_are_those_that_the_chooser_would_choose_for_itself(small, chosen_by, picks):
    own, own_picks = picks(replace(small(), learner=BAYES))
    alone, alone_picks = picks(small())
    mixed, mixed_picks = picks(chosen_by())
    assert mixed_picks == own_picks != alone_picks
    # Before anything is chosen it is the learner alone; it is the learner that is evaluated all along.
    first = [[r.series[name][0] for name in METRICS] for r in (alone, mixed, own)]
    assert first[0] == first[1] != first[2]
    assert mixed.series["accuracy"] != own.series["accuracy"]


def test_strategies_that_read_no_model_give_the_curve_that_they_give_without_a_chooser(small, chosen_by):
    # The same axes for both, since distances are rounded in others.
    with_chooser = run_lanes([chosen_by(name, chooser=RIDGE) for name in NOT_READING if STRATEGIES[name].sequence])
    without = run_lanes([small(name) for name in NOT_READING if STRATEGIES[name].sequence])
    assert [_curve(r) for r in with_chooser] == [_curve(r) for r in without] and len(without) >= 2


@pytest.mark.parametrize("chooser", [BAYES, RIDGE])
def test_a_lane_gives_the_same_curve_alone_or_packed(chosen_by, chooser):
    lanes = [chosen_by(name, seed, chooser) for name in (*READING, *NOT_READING) for seed in range(2)]
    packed = run_lanes(lanes)
    assert [_curve(r) for r in packed] == [_curve(run_lanes([t])[0]) for t in lanes]
    assert [_curve(r) for r in run_lanes(lanes[::-1])[::-1]] == [_curve(r) for r in packed]


def test_the_chooser_is_trained_where_it_is_read_and_as_long_as_something_is_chosen(chosen_by, before_fit):
    t, fits = chosen_by(), []
    before_fit(lambda part, shape: fits.append((part.name, shape)))
    run_lanes([t, chosen_by("random")])
    assert [shape for name, shape in fits if name == "estimator"] == [(1, n) for n in (10, 15, 20, 25)]
    assert [shape for name, shape in fits if name == "linear"] == [(1, 10), *((2, n) for n in (15, 20, 25, 30))]
    assert trainings(t) == 5 + 4 and trainings(chosen_by("random")) == 5
    assert trainings(t) + trainings(chosen_by("random")) == 14


def test_seconds_count_both_trainings(chosen_by, monkeypatch):
    slow = simulations.trainer.Trainer.fit

    def fit(self, *rest):
        slow(self, *rest)
        self.seconds[:] = 3.0 if self._part == BAYES else 0.25

    monkeypatch.setattr(simulations.trainer.Trainer, "fit", fit)
    (record,) = run_lanes([chosen_by()])
    assert record.series["fit_seconds"] == (3.25, 3.25, 3.25, 3.25, 0.25)


def test_a_chooser_that_diverges_ends_the_lane_that_reads_it(chosen_by, before_fit):
    def break_ridge(part, shape):
        if part == RIDGE and shape[1] >= 20:
            raise DivergedError("learner ridge: training on 20 labels diverged")

    before_fit(break_ridge)
    ended, whole = run_lanes([chosen_by("margin", chooser=RIDGE), chosen_by("random", chooser=RIDGE)])
    assert ended.labels == (10, 15) and ended.ended == "learner ridge: training on 20 labels diverged"
    assert whole.labels == (10, 15, 20, 25, 30) and whole.ended is None


def test_lanes_that_diverge_only_together_end_the_run(small, before_fit):
    def break_together(part, shape):
        if shape[0] > 1:
            raise DivergedError("learner linear: training diverged")

    before_fit(break_together)
    with pytest.raises(DivergedError, match="training diverged"):
        run_lanes([small(seed=0), small(seed=1)])


def test_lanes_of_other_choosers_do_not_run_together(small, chosen_by):
    with pytest.raises(ValueError, match="must share data set, learner"):
        run_lanes([small(), chosen_by()])


BASE = {"datasets": ["synthetic-easy"], "strategies": ["random", "margin"], "batch_sizes": [10], "initial_size": 20}
BASE |= {"rounds": 2, "seeds": 2, "learners": ["linear", "forest"]}


def _parse(**changes):
    return parse_grid({"grid": {**BASE, **changes}}, where="g.toml")


def test_a_grid_puts_every_chooser_beside_every_learner():
    grid = _parse(choosers=["linear", {"name": "forest", "trees": 10}])
    pairs = {(t.learner.name, None if t.chooser is None else t.chooser.name) for t in grid.trajectories}
    assert pairs == {("linear", None), ("linear", "forest"), ("forest", "linear"), ("forest", "forest")}
    assert len(grid) == 2 * 2 * 2 * 2
    assert {t.chooser.options.get("trees") for t in grid.trajectories if t.chooser is not None} == {None, 10}


def test_choosers_that_are_the_learners_mean_none():
    own = {t.key for t in _parse().trajectories}
    crossed = {t.key for t in _parse(choosers=["linear", "forest"]).trajectories}
    assert own < crossed and len(crossed) == 2 * len(own)
    assert {t.key for t in _parse(learners=["linear"], choosers=["linear"]).trajectories} < own


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"choosers": ["forrest"]}, "g.toml: unknown learner 'forrest'; did you mean 'forest'"),
        ({"choosers": []}, "g.toml, choosers: the list is empty"),
        ({"choosers": ["linear", "linear"]}, "g.toml, choosers: found linear 2 times; allowed: each once"),
        ({"choosers": [{"name": "forest", "tree": 3}]}, "g.toml, forest: unknown setting 'tree'; did you mean 'trees'"),
        ({"chooser": ["linear"]}, r"g.toml, \[grid\]: unknown key 'chooser'; did you mean 'choosers'"),
        (
            {"choosers": ["linear"], "learners": ["ensemble"], "strategies": ["bald"]},
            "g.toml, strategy bald: needs members: .*learner linear has none",
        ),
        (
            {"datasets": ["diabetes"], "learners": ["ridge_regression"], "choosers": ["linear"]},
            "g.toml, chooser linear: is for classification, and diabetes is regression; allowed: linear, ",
        ),
        ({"choosers": ["ridge_regression"]}, "g.toml, chooser ridge_regression: is for regression, and .* is class"),
    ],
)
def test_bad_choosers_are_refused_when_the_grid_is_read(changes, sentence):
    pytest.importorskip("torch")
    with pytest.raises(InputError, match=rf"^{sentence}[^\n]*$"):
        _parse(**changes)


def test_a_chooser_may_serve_what_the_learner_does_not():
    pytest.importorskip("torch")
    grid = _parse(learners=["linear"], choosers=["mlp"], strategies=["bald"])
    assert {(t.learner.name, t.chooser.name) for t in grid.trajectories} == {("linear", "mlp")}


def test_curve_tables_say_who_chose(small, chosen_by):
    forest = Part.of("forest", {**LEARNERS["forest"].defaults, "trees": 7})
    records = run_lanes([chosen_by()]) + run_lanes([chosen_by(chooser=forest)]) + run_lanes([small()])
    labels = {"linear", "linear [chosen by estimator [of=sklearn.naive_bayes.GaussianNB]]"}
    assert set(curve_table(records)["learner"]) == labels | {"linear [chosen by forest [trees=7]]"}


def test_effort_counts_both(small, chosen_by, tmp_path):
    assert estimate_by_size(small()) + estimate_by_size(replace(small(), learner=BAYES)) == pytest.approx(
        estimate_by_size(chosen_by()), rel=0.2
    )
    assert estimate_by_size(chosen_by("random")) == estimate_by_size(small("random"))
    ahead = estimate(Grid((chosen_by(), chosen_by("random"))), Store(tmp_path))
    assert ahead.fits == 14 and ahead.rough
