"""Items that are made up: halving by hand, the rule, then queries in the engine, in grids and in stores."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import simulations.engine
import simulations.trainer
from planner.costs.bill import PREDICTIONS_PER_QUERY
from planner.plan import tables
from simulations.curve_table import scenario_curves
from simulations.datasets import DATASETS, load_dataset
from simulations.datasets.halfspace import Halfspace
from simulations.datasets.pool import open_space
from simulations.engine import run_lanes
from simulations.errors import InputError
from simulations.grid import parse_grid
from simulations.learners.learner import DivergedError
from simulations.metrics import METRICS
from simulations.queries import QUERY_STRATEGIES, make_up, synthesise
from simulations.record import Record
from simulations.run import run_grid
from simulations.store import Store
from simulations.trajectory import Part, Trajectory
from simulations.workers import as_text, from_text

SMALL = {"name": "synthetic-halfspace", "n": 400, "d": 3, "test_size": 150}
BASE = {"datasets": [SMALL], "strategies": [*QUERY_STRATEGIES], "batch_sizes": [5], "initial_size": 10}
BASE |= {"rounds": 4, "seeds": 2, "scenario": "queries"}


def _parse(**changes):
    return parse_grid({"grid": {**BASE, **changes}}, where="g.toml")


def _curve(record):
    kept = {name: record.series[name] for name in METRICS}
    return kept | {"labels": record.labels, "spent": record.spent, "ended": record.ended, "converged": record.converged}


def test_halving_finds_a_boundary_by_hand():
    # Two points of different classes, a boundary at x = 0.25, and no move: all that is made up lies where x is 0.25.
    known, answers = np.array([[-0.5, 0.3], [0.5, 0.3]]), np.array([0, 1])
    points = synthesise(lambda X: (X[:, 0] > 0.25).astype(int), known, answers, 4, np.random.default_rng(0), spread=0)
    assert points == pytest.approx(np.tile([0.25, 0.3], (4, 1)), abs=1e-6)


def test_half_way_where_the_model_sees_no_boundary():
    known, answers = np.array([[-0.5, 0.0], [0.1, 0.0]]), np.array([0, 1])
    points = synthesise(lambda X: np.zeros(len(X), int), known, answers, 3, np.random.default_rng(0), spread=0)
    assert points[:, 0] == pytest.approx([points[0, 0]] * 3, abs=0.16) and (np.abs(points[:, 1]) == 0).all()
    assert (points[:, 0] > -0.5).all() and (points[:, 0] < 0.1).all()


def test_plans_price_the_predictions_that_a_query_takes():
    known, points = np.array([[-0.5, 0.0], [0.5, 0.0]]), []

    def predict(X):
        points.append(len(X))
        return (X[:, 0] > 0).astype(int)

    synthesise(predict, known, np.array([0, 1]), 7, np.random.default_rng(0))
    assert sum(points) == 7 * PREDICTIONS_PER_QUERY
    assert {"random", *tables.QUERY_STRATEGIES} == {*QUERY_STRATEGIES}


def test_points_are_drawn_at_random_while_there_is_one_class():
    rule, rng = Halfspace(d=3), np.random.default_rng
    known = rule.draw(4, rng(0))
    for name, answers in (("margin", [1, 1, 1, 1]), ("random", [0, 1, 1, 1])):
        points = make_up(name, rule, pytest.fail, known, np.array(answers), 5, rng(1))
        assert (points == rule.draw(5, rng(1))).all()


@given(st.integers(2, 8), st.integers(0, 50), st.floats(0, 1))
def test_made_up_points_lie_on_the_boundary_and_in_the_ball(d, seed, spread):
    rng, rule = np.random.default_rng(seed), Halfspace(d=d, seed=seed)
    known = rule.draw(200, rng)
    assert (np.linalg.norm(known, axis=1) <= 1 + 1e-9).all()
    points = synthesise(rule.answer, known, rule.answer(known), 6, rng, spread)
    assert points.shape == (6, d) and (np.linalg.norm(points, axis=1) <= 1 + 1e-9).all()
    # A hair to either side the answer changes, whichever way the plane lies.
    way = 1e-5 * np.concatenate([np.eye(d), -np.eye(d)])
    for point in points:
        assert np.unique(rule.answer(point + np.sqrt(d) * way)).size == 2


def test_the_data_set_is_what_its_rule_answers():
    settings = DATASETS["synthetic-halfspace"].defaults | {"d": 4, "seed": 3}
    data, again = (load_dataset(Part.of("synthetic-halfspace", settings)) for _ in range(2))
    rule = DATASETS["synthetic-halfspace"].rule(settings)
    assert (data.features == again.features).all() and (data.observed == rule.answer(data.features)).all()
    # Evenly in the ball, half of the items lie beyond 0.5 ** (1 / d) from the centre, and the plane is near the centre.
    assert (np.linalg.norm(data.features, axis=1) > 0.5**0.25).mean() == pytest.approx(0.5, abs=0.02)
    assert data.observed.mean() == pytest.approx(0.5, abs=0.1)
    assert (rule.answer(data.features) != Halfspace(d=4, seed=4).answer(data.features)).any()


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"d": 1}, "synthetic-halfspace, d: found 1; allowed: at least 2"),
        ({"n": 99, "test_size": 10}, "synthetic-halfspace, n: found 99; allowed: at least 100"),
        ({"seed": -1}, "synthetic-halfspace, seed: found -1; allowed: at least 0"),
        ({"n": 400, "test_size": 400}, "synthetic-halfspace, test_size: found 400; allowed: 2 to 396"),
    ],
)
def test_bad_settings_of_the_data_set_are_told(settings, sentence):
    with pytest.raises(InputError, match=f"^{sentence}$"):
        Halfspace(**settings)


FOREST = {"name": "forest", "trees": 10}


@pytest.mark.parametrize(
    ("learner", "choosers"), [("linear", None), (FOREST, None), ("linear", ["ridge"]), ("ridge", [FOREST])]
)
def test_a_lane_gives_the_same_curve_alone_or_packed(learner, choosers):
    lanes = _parse(learners=[learner], choosers=choosers, rounds=2).trajectories
    packed = run_lanes(lanes)
    assert [_curve(r) for r in packed] == [_curve(run_lanes([t])[0]) for t in lanes]
    assert len({r.series["accuracy"] for r in packed}) == 4


def test_what_is_asked_is_answered_by_the_rule_and_learnt_from(monkeypatch):
    asked, sets, fit = [], [], simulations.trainer.Trainer.fit

    def watched(self, labelled, answers, *rest):
        sets.append((self.space.features[self.pools[0].rows[labelled[0]]], answers[0, labelled[0]]))
        fit(self, labelled, answers, *rest)

    def noted(*arguments):
        asked.append(make_up(*arguments))
        return asked[-1]

    monkeypatch.setattr(simulations.trainer.Trainer, "fit", watched)
    monkeypatch.setattr(simulations.engine, "make_up", noted)
    (t,) = _parse(strategies=["margin"], seeds=1).trajectories
    (record,) = run_lanes([t])
    assert record.labels == (10, 15, 20, 25, 30) and record.pool_size == 250 and record.test_size == 150
    points, rule = np.concatenate(asked), Halfspace(400, 3, 0, 150)
    space = open_space(t.dataset, "principal")
    for r, (X, y) in enumerate(sets):
        # The initial set are items of the data set; what is made up lies among its features as they do.
        assert (X[:10, None] == space.features).all(axis=2).any(axis=1).all()
        assert (X[10:] == space.lay_out(points[: 5 * r])).all() and (y[10:] == rule.answer(points[: 5 * r])).all()
    assert len(sets) == 5 and points.shape == (20, 3)


def test_margin_asks_nearer_to_the_boundary_than_random():
    def error(scenario, strategy):
        big = {"name": "synthetic-halfspace", "n": 3000, "d": 3, "test_size": 2500}
        lanes = _parse(datasets=[big], learners=[{"name": "linear", "l2": 0.01}], strategies=[strategy], seeds=5)
        lanes = [replace(t, rounds=12, queries=scenario) for t in lanes.trajectories]
        return np.mean([1 - r.series["accuracy"][-1] for r in run_lanes(lanes)])

    assert error(True, "margin") < 0.5 * error(True, "random")
    # Points drawn afresh are worth what those of a pool are.
    assert error(True, "random") == pytest.approx(error(None, "random"), rel=0.5)


def test_a_model_that_is_not_finite_ends_its_lane(monkeypatch):
    lanes = _parse(seeds=1).trajectories
    predict = simulations.trainer.Trainer.predict

    def broken(self, lane, points):
        if len(self.space.features) > 400 + 10:
            raise DivergedError("learner linear: it gives probabilities that are no finite numbers")
        return predict(self, lane, points)

    whole = run_lanes(lanes)
    monkeypatch.setattr(simulations.trainer.Trainer, "predict", broken)
    random, ended = run_lanes(lanes)
    assert ended.labels == (10, 15) and ended.ended.startswith("learner linear: it gives")
    assert _curve(random) == _curve(whole[0]) and whole[1].ended is None


def test_a_record_keeps_the_queries():
    t = _parse(rounds=1, seeds=1).trajectories[1]
    (record,) = run_lanes([t])
    data = json.loads(json.dumps(record.as_json()))
    assert Record.from_json(data) == record and data["trajectory"]["queries"] is True
    assert Trajectory.from_json(t.as_json()) == t and from_text(as_text([t])) == [t]
    pool = replace(t, queries=None)
    assert "queries" not in pool.as_json() and pool.key != t.key
    data["trajectory"]["queries"] = 1
    with pytest.raises(ValueError, match="its trajectory has queries that are not true"):
        Record.from_json(data)
    with pytest.raises(ValueError, match="must share data set"):
        run_lanes([t, pool])


def test_a_grid_of_queries_is_run_resumed_and_told_apart(tmp_path):
    store, grid, pool = Store(tmp_path), _parse(), _parse(scenario="pool")
    first = run_grid(replace(grid, trajectories=grid.trajectories[:3]), store, processes=1)
    again = run_grid(grid, store, processes=2)
    assert (first.done, again.stored, again.done, again.remaining) == (3, 3, 1, 0)
    run_grid(pool, store, processes=1)
    table = store.frame()
    called = "synthetic-halfspace [d=3, n=400, test_size=150]"
    assert set(table["dataset"]) == {called, f"{called} [queries]"}
    pools, (sentence,) = scenario_curves(table, "pool")
    assert set(pools["dataset"]) == {called}
    assert sentence == f"Not used as proxies, as their items were made up: {called} [queries]."
    queries, (sentence,) = scenario_curves(table, "queries")
    assert set(queries["dataset"]) == {f"{called} [queries]"}
    assert sentence == f"Not used as proxies, as their items were chosen from a pool: {called}."
    assert scenario_curves(table, "stream")[0].empty and len(scenario_curves(table, "stream")[1]) == 2


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"datasets": ["digits"]},
            'g.toml, scenario: found "queries", and digits has no rule that answers any point; allowed: "pool", or '
            "data set synthetic-halfspace",
        ),
        (
            {"datasets": ["diabetes"], "learners": ["ridge_regression"], "strategies": ["random"]},
            'g.toml, scenario: found "queries", and diabetes has no rule that answers any point; allowed: ',
        ),
        (
            {"strategies": ["random", "entropy"]},
            "g.toml, strategy entropy: cannot make up items; allowed: random, margin",
        ),
        (
            {"oracle": ["flip", "perfect"]},
            "g.toml, oracle flip: found beside made-up queries, which the rule of synthetic-halfspace answers; al",
        ),
        (
            {"oracle": {"name": "perfect", "seconds": 12}},
            "g.toml, oracle perfect: found beside made-up queries, which the rule of synthetic-halfspace answers; "
            "allowed: perfect, without settings",
        ),
        ({"stream_share": 0.1}, 'g.toml, stream_share: found 0.1; allowed: none beside scenario "queries"'),
        ({"scenario": "query"}, "g.toml, scenario: unknown value 'query'; did you mean 'queries'"),
        (
            {"rounds": 10_000},
            "g.toml: synthetic-halfspace has a pool of 250 items, and .* labels; allowed: at most ",
        ),
    ],
)
def test_bad_queries_are_refused_when_the_grid_is_read(changes, sentence):
    with pytest.raises(InputError, match=rf"^{sentence}[^\n]*$"):
        _parse(**changes)


def test_the_engine_refuses_other_strategies_too():
    (t,) = _parse(strategies=["coreset"], scenario="pool", seeds=1).trajectories
    with pytest.raises(InputError, match="strategy coreset: cannot make up items"):
        run_lanes([replace(t, queries=True)])
