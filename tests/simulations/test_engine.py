"""The lockstep engine: curves alone and packed, strategies that read gradients, and data that breaks careless code."""

import dataclasses
from collections import OrderedDict
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from simulations import trainer
from simulations.compatibility import check_served
from simulations.datasets import DATASETS
from simulations.engine import run_lanes
from simulations.errors import InputError
from simulations.grid import parse_grid
from simulations.learners import LEARNERS, Labelled
from simulations.metrics import METRICS
from simulations.strategies import STRATEGIES, CannotSelectError
from simulations.trainer import with_copies
from simulations.trajectory import Part, Trajectory

OF_FEW = {"members", "ensemble", "values", "sequences", "costs"}
OF_ANY_LEARNER = [
    name for name, strategy in STRATEGIES.items() if not strategy.needs & OF_FEW and strategy.copies is None
]


def _curve(record):
    """Everything of a record but its timings."""
    return {name: record.series[name] for name in METRICS} | {"labels": record.labels, "converged": record.converged}


def test_labels_grow_by_the_schedule(small):
    (record,) = run_lanes([small()])
    assert record.labels == (10, 15, 20, 25, 30)
    assert record.pool_size == 250 and record.test_size == 150 and record.classes == 3
    assert all(len(values) == 5 for values in record.series.values())


@pytest.mark.parametrize("learner", ["linear", "ridge"])
def test_a_lane_gives_the_same_curve_alone_or_packed(small, learner):
    lanes = [small(name, seed, learner=learner, classes=5, rounds=2) for name in OF_ANY_LEARNER for seed in range(2)]
    packed = run_lanes(lanes)
    alone = [run_lanes([lane])[0] for lane in lanes]
    assert [_curve(r) for r in packed] == [_curve(r) for r in alone]
    assert [r.trajectory for r in packed] == lanes


def test_strategies_of_a_seed_share_split_and_initial_set(small):
    records = run_lanes([small(name) for name in OF_ANY_LEARNER])
    assert len({tuple(r.series[m][0] for m in METRICS) for r in records}) == 1
    assert len({r.series["accuracy"] for r in records}) > 3


def test_labelling_the_whole_pool_makes_strategies_equal(small):
    lanes = [small(name, initial_size=50, batch_size=100, rounds=2) for name in ("random", "margin", "coreset")]
    ends = [r.series["accuracy"][-1] for r in run_lanes(lanes)]
    # The same 250 items in another order: fits agree to their tolerance, so at most an item or two changes sides.
    assert max(ends) - min(ends) <= 2 / 150


def test_wrong_answers_cost_accuracy(small):
    flip = Part.of("flip", {"rate": 0.4})
    fields = {"batch_size": 20, "separation": 6.0}
    perfect = run_lanes([small("random", s, **fields) for s in range(6)])
    noisy = run_lanes([small("random", s, oracle=flip, **fields) for s in range(6)])
    ends = [np.mean([r.series["accuracy"][-1] for r in records]) for records in (perfect, noisy)]
    assert ends[0] > ends[1] + 0.05


def test_only_scoring_strategies_pay_for_scoring(small):
    by_name = {r.trajectory.strategy.name: r.series for r in run_lanes([small(name) for name in OF_ANY_LEARNER])}
    for name in ("random", "coreset"):
        assert not any(by_name[name]["score_seconds"])
    assert all(s > 0 for s in by_name["margin"]["score_seconds"][:-1])
    assert by_name["margin"]["score_seconds"][-1] == by_name["margin"]["select_seconds"][-1] == 0


def test_margin_beats_random_on_digits():
    """The known result (uncertainty saves labels on digits), with a margin its seeds' spread cannot bridge."""
    dataset = Part.of("digits", DATASETS["digits"].defaults)
    linear, perfect = Part.of("linear", {"l2": 1.0}), Part.of("perfect")
    lanes = [
        Trajectory(dataset, linear, Part.of(name), 20, 20, 15, "one_per_class", perfect, seed)
        for name in ("random", "margin")
        for seed in range(5)
    ]
    ends = np.array([r.series["accuracy"][-1] for r in run_lanes(lanes)]).reshape(2, 5).mean(axis=1)
    assert ends[1] - ends[0] > 0.01 and ends[0] > 0.9


def test_mixed_schedules_are_refused(small):
    with pytest.raises(ValueError, match="must share data set, learner, schedule"):
        run_lanes([small(), small(batch_size=6)])


def test_a_pool_smaller_than_the_initial_set_is_told(small):
    with pytest.raises(InputError, match=r"initial_size: found 251; allowed: at most 250, the items of"):
        run_lanes([small(initial_size=251)])


def test_what_ran_before_does_not_matter(small, monkeypatch):
    """Sequences are kept between runs; a learner that reads other features must meet the same ones."""
    lanes = [
        [small(name, learner="linear"), dataclasses.replace(small(name), learner=learner)]
        for name in ("coreset", "random", "probcover")
        for learner in [Part.of("estimator", {"of": "sklearn.naive_bayes.GaussianNB", "parameters": "", "tune": ""})]
    ]
    for pair in lanes:
        monkeypatch.setattr(trainer, "_ORDERS", OrderedDict())
        alone = _curve(run_lanes(pair[1:])[0])
        monkeypatch.setattr(trainer, "_ORDERS", OrderedDict())
        run_lanes(pair[:1])
        assert _curve(run_lanes(pair[1:])[0]) == alone


def test_sequences_serve_every_batch_size(small):
    few, many = (run_lanes([small("coreset", batch_size=b, rounds=r)])[0] for b, r in ((5, 8), (20, 2)))
    assert few.labels[::4] == many.labels
    # The same items are labelled, by whatever steps; warm starts differ, so an item or two may change sides.
    gaps = np.array(few.series["accuracy"][::4]) - np.array(many.series["accuracy"])
    assert np.abs(gaps).max() <= 2 / 150


def test_settings_that_compare_equal_but_hash_apart_do_not_run_together(small):
    one, other = small(separation=5), small(separation=5.0)
    assert one == other and one.key != other.key
    with pytest.raises(ValueError, match="must share"):
        run_lanes([one, other])


DFAL = Part.of("dfal")
FEW_EPOCHS = {"epochs": 8, "learning_rate": 0.01}


def _with(trajectory, name, **settings):
    return replace(trajectory, learner=Part.of(name, {**LEARNERS[name].defaults, **settings}))


def test_of_a_linear_model_of_two_classes_the_smallest_change_is_the_smallest_margin(small):
    # Both are the distance to the one plane, times a number that is the same for all items.
    lanes = [small(name, seed, classes=2) for seed in range(3) for name in ("dfal", "margin")]
    records = run_lanes(lanes)
    for dfal, margin in zip(records[::2], records[1::2], strict=True):
        assert _curve(dfal) == _curve(margin)
    assert _curve(records[0]) != _curve(run_lanes([small("random", 0, classes=2)])[0])


def test_copies_are_trained_on_with_the_labels_of_their_items_and_cost_none(small):
    lanes = [small(name, seed, classes=2) for seed in range(2) for name in ("dfal", "dfal_augmented")]
    with pytest.raises(ValueError, match="must share"):
        run_lanes(lanes)  # the one trains on more points than the other
    alone = run_lanes(lanes[::2])
    records = run_lanes(lanes[1::2])
    assert [_curve(r) for r in records] == [_curve(run_lanes([lane])[0]) for lane in lanes[1::2]]
    for plain, augmented in zip(alone, records, strict=True):
        assert augmented.labels == plain.labels
        # The first model has no copies yet, and chooses the same batch.
        assert augmented.series["accuracy"][0] == plain.series["accuracy"][0]
        assert _curve(augmented) != _curve(plain)
    told = "strategy dfal_augmented: trains on copies that lie where .*, and chooser linear chooses for learner forest"
    forest = Part.of("forest", LEARNERS["forest"].defaults)
    with pytest.raises(InputError, match=told):
        run_lanes([replace(lanes[1], learner=forest, chooser=lanes[1].learner)])


def test_points_are_added_to_labelled_sets_beside_their_items():
    X = np.arange(8.0).reshape(4, 2)
    sets = Labelled(X, np.array([[0, 2], [3, 1]]), np.array([[0, 1], [1, 0]]), np.ones(2), 2)
    both = with_copies(sets, np.array([[[9.0, 9.0]], [[7.0, 7.0]]]), 1)
    assert both.rows.tolist() == [[0, 2, 4], [3, 1, 5]] and both.answers.tolist() == [[0, 1, 1], [1, 0, 0]]
    assert both.features.tolist() == [*X.tolist(), [9.0, 9.0], [7.0, 7.0]]
    assert both.copy_of.tolist() == [0, 1, 2, 3, 2, 1]


def test_what_a_batch_adds_stands_at_the_end_of_a_labelled_set_with_its_copies():
    sets = Labelled(np.zeros((6, 1)), np.array([[5, 1, 2, 3, 4]]), np.array([[0, 1, 2, 3, 4]]), np.ones(1), 5)
    both = with_copies(sets, np.arange(1.0, 5.0).reshape(1, 4, 1), 2)
    assert both.rows.tolist() == [[5, 1, 2, 6, 7, 3, 4, 8, 9]]
    assert both.answers.tolist() == [[0, 1, 2, 1, 2, 3, 4, 3, 4]]
    assert both.copy_of.tolist() == [0, 1, 2, 3, 4, 5, 1, 2, 3, 4]


def test_copies_of_another_shape_are_refused_in_one_sentence(small, monkeypatch):
    one = replace(STRATEGIES["dfal_augmented"], copies=lambda view, lane, chosen: view.features[lane][chosen[:1]])
    monkeypatch.setitem(STRATEGIES, "dfal_augmented", one)
    with pytest.raises(CannotSelectError, match=r"found copies of shape \(1, \d+\); allowed: \(5, \d+\), one point"):
        run_lanes([small("dfal_augmented")])
    with pytest.raises(ValueError, match="makes copies; allowed: needs features, and no sequence"):
        replace(one, sequence=True)


def test_networks_are_asked_for_gradients_and_for_what_they_have_learnt(small):
    pytest.importorskip("torch", reason="torch is not installed: neural learners need the extra neural")
    names = ("random", "dal", "dal_stochastic", "dal_linear", "dal_autoencoder", "dfal", "egl")
    lanes = [_with(small(name, 1, rounds=2), "mlp", **FEW_EPOCHS) for name in names]
    packed = run_lanes(lanes)
    assert [_curve(r) for r in packed] == [_curve(run_lanes([lane])[0]) for lane in lanes]
    assert len({r.series["accuracy"] for r in packed}) > 1


def test_a_learner_without_gradients_is_refused_in_one_sentence(small):
    forest = Part.of("forest", LEARNERS["forest"].defaults)
    told = (
        "strategy dfal: needs the gradients of class scores by an item's features; learner forest has none; allowed: "
        "learner linear, ridge, mlp or cnn"
    )
    with pytest.raises(InputError) as error:
        check_served(forest, DFAL)
    assert str(error.value) == told
    with pytest.raises(InputError, match="learner forest has none"):
        run_lanes([replace(small("dfal"), learner=forest)])


@pytest.mark.parametrize("name", ["linear", "ridge", "mlp", "cnn"])
def test_those_the_sentence_names_do_serve_them(name):
    settings = {**LEARNERS[name].defaults}
    check_served(Part.of(name, settings), DFAL)
    if "dropout" in settings:
        check_served(Part.of(name, {**settings, "dropout": 0.0}), DFAL)


COMPARED = ["random", "stratified_random", "margin", "entropy", "coreset", "kmeans", "badge", "typiclust"]


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    y = rng.integers(3, size=150)
    return pd.DataFrame(rng.normal(size=(150, 4)) + y[:, None], columns=list("abcd")).assign(label=y)


def simulated(table, tmp_path, **changed):
    path = tmp_path / "own.csv"
    table.to_csv(path, index=False)
    data = {"name": "file", "path": str(path), "label": "label", **changed.pop("data", {})}
    block = {"datasets": [data], "strategies": COMPARED, "batch_sizes": [10], "initial_size": 10, "rounds": 2}
    return run_lanes(parse_grid({"grid": {**block, "seeds": 1, **changed}}).trajectories)


def assert_curves(records):
    for record in records:
        assert record.labels == (10, 20, 30) and record.ended is None
        assert all(0 <= v <= 1 for name in METRICS for v in record.series[name])


def test_rows_that_come_twice(table, tmp_path):
    assert_curves(simulated(pd.concat([table, table, table.iloc[:30]], ignore_index=True), tmp_path))


def test_features_that_say_nothing(table, tmp_path):
    records = simulated(table.assign(a=1.0, b=1.0, c=1.0, d=1.0), tmp_path)
    assert_curves(records)
    # Nothing can be told apart, so one class is said of all.
    assert all(record.series["balanced_accuracy"][-1] == pytest.approx(1 / 3) for record in records)


def test_a_class_too_rare_to_be_held_out_may_stay_in_the_pool(table, tmp_path):
    rare = table.assign(label=["rare" if row < 2 else f"c{label % 2}" for row, label in enumerate(table["label"])])
    with pytest.raises(InputError, match=r"row 1: class 'rare' has fewer than 4 items \(2\), too few to hold"):
        simulated(rare, tmp_path)
    for initial_set in ("one_per_class", "random", "stratified", "diverse"):
        assert_curves(simulated(rare, tmp_path, data={"rare_classes": "pool"}, initial_set=initial_set))


def test_an_initial_set_without_a_class_still_gives_a_curve(table, tmp_path):
    # 143 of one class: ten at random are mostly of it alone, which no model can learn from.
    skewed = table.assign(label=["rare" if row < 7 else "common" for row in range(150)])
    assert_curves(simulated(skewed, tmp_path, initial_set="random", seeds=3))
