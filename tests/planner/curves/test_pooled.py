import json
import math
from dataclasses import asdict

import pytest

from planner.curves.label_savings import LabelSavings, pool_savings


def saved(dataset, factor, *, strategy="margin", share=1.0, at=160, most=160, **more):
    """What one data set says; a factor of None is never."""
    known = {"learner": "linear", "batch_size": 10, "initial_size": 10, "metric": "accuracy", "labels_random": 160.0}
    return LabelSavings(
        dataset=dataset, strategy=strategy, at=at, share=share, factor=factor, labels_most=most, **known | more
    )


def test_the_geometric_mean_and_its_t_interval_worked_by_hand():
    (one,) = pool_savings([saved("a", 1.0), saved("b", 2.0), saved("c", 4.0)])
    assert one.factor == pytest.approx(2)
    # ln s is −ln 2, 0, ln 2 around ln 2: sd ln 2, and t at 90% with two degrees of freedom is 1.8856.
    half = 1.885618 * math.log(2) / math.sqrt(3)
    assert (one.q10, one.q90) == (pytest.approx(2 * math.exp(-half)), pytest.approx(2 * math.exp(half)))
    assert (one.datasets, one.unreached, one.bound, one.reason) == (("a", "b", "c"), (), None, None)


def test_a_data_set_never_reached_makes_the_mean_a_bound_without_an_interval():
    (one,) = pool_savings([saved("a", 4.0), saved("b", None, most=320)])
    # On b random needs 160 labels and 320 were not enough: a half at most.
    assert one.factor == pytest.approx(math.sqrt(4 * 0.5))
    assert (one.bound, one.q10, one.q90, one.unreached) == ("at_most", None, None, ("b",))
    assert one.reason == "never reached on 1 of 2 data sets: no interval"


def test_a_lower_bound_is_one_too_and_both_together_are_no_number():
    (low,) = pool_savings([saved("a", 4.0), saved("b", 9.0, at_least=True)])
    assert (low.factor, low.bound, low.q10) == (pytest.approx(6), "at_least", None)
    (both,) = pool_savings([saved("a", None), saved("b", 9.0, at_least=True)])
    assert (both.factor, both.unreached) == (None, ("a",))


def test_settings_of_one_data_set_are_one_data_set():
    (one,) = pool_savings([saved("a", 1.0), saved("a [flip rate=0.1]", 4.0), saved("b", 8.0)])
    assert one.datasets == ("a", "b")
    assert one.factor == pytest.approx(math.sqrt(2 * 8))


@pytest.mark.parametrize(
    ("names", "datasets"),
    [
        (("t.csv [label=y, 0a1b2c3d]", "t.csv [label=y, ffffffff]"), ("t.csv [0a1b2c3d]", "t.csv [ffffffff]")),
        (("t.csv [drop=id, label=y, 0a1b2c3d]", "t.csv [label=y, 0a1b2c3d] [flip rate=0.1]"), ("t.csv [0a1b2c3d]",)),
        (("a [1].csv [label=y, 0a1b2c3d]", "a [1].npz [0a1b2c3e]"), ("a [1].csv [0a1b2c3d]", "a [1].npz [0a1b2c3e]")),
        (("synthetic [d=8]", "synthetic [d=8, seed=2]"), ("synthetic [d=8, seed=2]", "synthetic [d=8]")),
        (("synthetic [boundary_noise=0.1, d=8, flip_noise=0.1]", "synthetic [d=8]"), ("synthetic [d=8]",)),
        (("synthetic", "synthetic [flip_noise=0.1, test_size=900] [initial_set=random]"), ("synthetic",)),
        (("letter [test_size=900]", "letter [initial_set=stratified] [votes rate=0.2, votes=3]"), ("letter",)),
        (("reviews [de]", "reviews [en]"), ("reviews [de]", "reviews [en]")),
    ],
)
def test_what_makes_a_data_set_another_one(names, datasets):
    (one,) = pool_savings([saved(name, factor) for name, factor in zip(names, (1.0, 4.0), strict=True)])
    assert one.datasets == datasets and one.factor == pytest.approx(2)
    assert (one.q10 is None) == (len(datasets) == 1)


def test_one_data_set_has_no_interval():
    (one,) = pool_savings([saved("a", 3.0)])
    assert (one.factor, one.q10, one.reason) == (pytest.approx(3), None, "one data set: no interval")


def test_strategies_schedules_and_points_are_pooled_apart():
    pooled = pool_savings(
        [
            saved("a", 1.0),
            saved("a", 2.0, strategy="badge"),
            saved("a", 3.0, share=0.5, at=80),
            saved("a", 4.0, share=None, at=80),
            saved("a", 5.0, share=None, at=100),
            saved("a", 6.0, initial_size=20),
            LabelSavings("a", "linear", 10, 10, "accuracy", "margin", reason="no curve of random stands beside it"),
            saved("b", 9.0, share=0.5, at=50),
        ]
    )
    found = [(one.strategy, one.initial_size, one.share, one.at, round(one.factor, 6)) for one in pooled]
    assert found == [
        ("margin", 10, 1.0, None, 1),
        ("badge", 10, 1.0, None, 2),
        ("margin", 10, 0.5, None, round(math.sqrt(27), 6)),
        ("margin", 10, None, 80, 4),
        ("margin", 10, None, 100, 5),
        ("margin", 20, 1.0, None, 6),
    ]
    json.dumps([asdict(one) for one in pooled], allow_nan=False)
