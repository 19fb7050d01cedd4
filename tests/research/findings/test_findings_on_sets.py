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
    assert found.parts[2].state == "holds"
    assert judged("T4", ordered(0.02, 0.0, -0.03)).parts[2].state == "fails"


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
    assert found.state == "direction and size"
    assert judged("T15", never(14, 14)).state == "direction only"
    assert judged("T15", never(1, 4)).state == "setting not tested"
    assert judged("T15", never(0, 40)).state == "contradicted"


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
    assert found.state == "setting not tested" and "An assumption" in found.reason
    # Logarithms of the ratio: ln 2, −ln 2, 0; their sd is ln 2.
    assert found.to_dict()["figure"] == pytest.approx(math.log(2), rel=1e-6)
    low, high = found.parts[0].interval
    assert low < math.log(2) < high
    assert dict(found.parts[1].by_dataset) == {"set-0": 0.0, "set-1": 0.0, "set-2": 1.0}
    assert "Missing" in judged("T17", by_learner([(2.0, 1.0)])).reason


def test_t15_lets_chance_put_core_set_below_random():
    """Half of the seeds a little below and half as much above: no interval is below random's end."""
    made = never(0, 12)
    wobbling = [
        row | {"value": row["value"] - 0.011 + (0.02 if row["seed"] % 2 else 0.0) - 0.001 * row["seed"]}
        if row["strategy"] == "coreset"
        else row
        for row in made
    ]
    assert judged("T15", wobbling).to_dict()["figure"] == 0.0


def ends(below, total, generated=()):
    made = []
    for i in range(total):
        made += with_extra(f"set-{i:02}", "kmeans", 0.68 if i < below else 0.705, values={})
    for i, value in enumerate(generated):
        made += with_extra(f"synthetic-{i}", "kmeans", value, values={})
    return made


def test_t5_counts_generated_data_sets_as_one():
    found = judged("T5", ends(5, 7, generated=(0.69, 0.69, 0.71)))
    assert found.to_dict()["figure"] == pytest.approx(6 / 8) and found.state == "direction and size"
    assert judged("T5", ends(5, 7, generated=(0.71, 0.71, 0.69))).to_dict()["figure"] == pytest.approx(5 / 8)
    assert judged("T5", ends(1, 8)).state == "contradicted"


def wrong_answers(factor_clean, factor_wrong):
    """Three data sets on which margin needs 1 ÷ factor of random's labels, clean and with wrong answers."""
    made, counts = [], range(20, 201, 20)
    for i in range(3):
        for rate in (0.0, 0.1, 0.3):
            name = f"set-{i}" if rate == 0 else f"set-{i} [flip rate={rate}]"
            factor = factor_wrong + 0.01 * i if rate else factor_clean
            heights = {"random": 1.0, "margin": factor, "entropy": 1.0, "coreset": 1.0}
            for strategy, slope in heights.items():
                made += rows(name, strategy, 20, 20, counts, lambda n, s=slope: 0.3 + s * n / 2_000, error=rate)
    return made


def test_t9_is_judged_in_labels():
    found = judged("T9", wrong_answers(2.0, 1.5))
    assert found.state == "direction only"
    assert found.to_dict()["figure"] == pytest.approx(1.51 / 2, rel=1e-3)
    assert judged("T9", wrong_answers(1.5, 2.0)).state == "contradicted"
