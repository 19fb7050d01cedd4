"""Findings about most data sets, each on a table in which it holds and on one in which it does not."""

import math

import pytest

from .hand_made import judged, library, rows

COUNTS = (20, 40, 80)


def with_extra(name, strategy, value, **more):
    classes = more.get("classes", 10)
    return [*library(name, **more), *rows(name, strategy, 20, 20, COUNTS, value, classes=classes)]


def ordered(entropy, middle, margin):
    """Three data sets of 4, 16 and 64 classes; the gaps grow with the classes, in the two that have ten or more."""
    made = []
    for i, classes in enumerate((4, 16, 64)):
        gap = {"entropy": 0.7 + entropy * i, "margin": 0.7 + margin * i}
        made += with_extra(f"set-{classes}", "least_confidence", 0.7 + middle * i, classes=classes, values=gap)
    return made


def test_t4_orders_the_three_and_grows_with_the_classes():
    found = judged("T4", ordered(-0.02, 0.0, 0.03))
    assert found.datasets == ("set-16", "set-64")
    assert [part.figure for part in found.parts[:2]] == pytest.approx([0.045, 0.03])
    # Each two doublings of the classes add 0.05 to margin − entropy.
    assert found.parts[2].figure == pytest.approx(0.025)
    assert found.parts[2].state == "reproduced"
    assert judged("T4", ordered(0.02, 0.0, -0.03)).parts[2].state == "not reproduced"


def never(count, total):
    made = []
    for i in range(total):
        rising = {20: 0.5, 40: 0.6, 80: 0.7}
        low = {n: v - (0.05 if i < count else -0.01 * (n == 40)) for n, v in rising.items()}
        made += library(f"set-{i:02}", {"random": rising.__getitem__, "coreset": low.__getitem__})
    return made


def test_t15_says_on_which_data_sets_it_never_gets_there():
    found = judged("T15", never(5, 14))
    assert found.to_dict()["figure"] == pytest.approx(5 / 14)
    assert "Never on 5 of 14: set-00, set-01, set-02, set-03, set-04." in found.reason
    # As many data sets as were published cannot tell a third to a half from a quarter.
    assert found.state == "unclear"
    assert judged("T15", never(60, 140)).state == "reproduced"
    assert judged("T15", never(0, 14)).state == "not reproduced"


def by_learner(factors):
    """Data sets on which margin needs 1 ÷ factor of random's labels, by linear and by forest."""
    made = []
    for i, pair in enumerate(factors):
        for learner, factor in zip(("linear", "forest"), pair, strict=True):
            for strategy, rate in (("random", 1.0), ("margin", factor)):
                made += rows(
                    f"set-{i}", strategy, 10, 10, range(10, 101, 10), lambda n, r=rate: 0.4 + r * n / 1_000,
                    learner=learner,
                )  # fmt: skip
    return made


def test_t17_tells_how_far_two_learners_lie_apart_and_stays_an_assumption():
    found = judged("T17", by_learner([(2.0, 1.0), (1.0, 2.0), (2.0, 2.0)]))
    assert found.state == "not checked yet" and "An assumption" in found.reason
    # Logarithms of the ratio: ln 2, −ln 2, 0; their sd is ln 2.
    assert found.to_dict()["figure"] == pytest.approx(math.log(2), rel=1e-6)
    low, high = found.parts[0].interval
    assert low < math.log(2) < high
    assert dict(found.parts[1].by_dataset) == {"set-0": 0.0, "set-1": 0.0, "set-2": 1.0}
    assert "Missing" in judged("T17", by_learner([(2.0, 1.0)])).reason
