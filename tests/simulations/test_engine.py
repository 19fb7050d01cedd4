import dataclasses

import numpy as np
import pytest

from simulations.datasets import DATASETS
from simulations.engine import run_lanes
from simulations.errors import InputError
from simulations.metrics import METRICS
from simulations.strategies import STRATEGIES
from simulations.trajectory import Part, Trajectory

OF_FEW = {"members", "ensemble", "values", "sequences", "costs", "gradients"}
OF_ANY_LEARNER = [name for name, strategy in STRATEGIES.items() if not strategy.needs & OF_FEW]


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
    lanes = [small(name, seed, learner=learner, classes=5) for name in OF_ANY_LEARNER for seed in range(3)]
    packed = run_lanes(lanes)
    alone = [run_lanes([lane])[0] for lane in lanes]
    assert [_curve(r) for r in packed] == [_curve(r) for r in alone]
    assert [r.trajectory for r in packed] == lanes


def test_order_of_lanes_does_not_matter(small):
    lanes = [small(name, seed) for seed in range(2) for name in ("random", "margin", "coreset")]
    forwards, backwards = run_lanes(lanes), run_lanes(lanes[::-1])[::-1]
    assert [_curve(r) for r in forwards] == [_curve(r) for r in backwards]


def test_strategies_of_a_seed_share_split_and_initial_set(small):
    records = run_lanes([small(name) for name in OF_ANY_LEARNER])
    assert len({tuple(r.series[m][0] for m in METRICS) for r in records}) == 1
    assert len({r.series["accuracy"] for r in records}) > 3


def test_seeds_differ(small):
    first, second = run_lanes([small("random", 0), small("random", 1)])
    assert first.series["accuracy"] != second.series["accuracy"]


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


def test_no_rounds_measure_the_initial_set(small):
    (record,) = run_lanes([small(rounds=0)])
    assert record.labels == (10,)


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


def test_records_hold_plain_finite_numbers(small):
    (record,) = run_lanes([dataclasses.replace(small("entropy"))])
    for values in record.series.values():
        assert all(type(v) is float and np.isfinite(v) and v >= 0 for v in values)


def test_what_ran_before_does_not_matter(small, monkeypatch):
    """Sequences are kept between runs; a learner that reads other features must meet the same ones."""
    import simulations.engine as engine

    lanes = [
        [small(name, learner="linear"), dataclasses.replace(small(name), learner=learner)]
        for name in ("coreset", "random", "probcover")
        for learner in [Part.of("estimator", {"of": "sklearn.naive_bayes.GaussianNB", "parameters": "", "tune": ""})]
    ]
    for pair in lanes:
        monkeypatch.setattr(engine, "_SEQUENCES", engine.SequenceCache())
        alone = _curve(run_lanes(pair[1:])[0])
        monkeypatch.setattr(engine, "_SEQUENCES", engine.SequenceCache())
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
