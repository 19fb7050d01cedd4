"""What wrong labels cost: gaps read from curves, losses fitted to them, and what they make of a delivered label."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.transfer.label_errors import (
    ANY_STRATEGY,
    RANDOM,
    SYSTEMATIC,
    LabelLosses,
    Loss,
    equivalent_share,
    label_losses,
    measure_gaps,
)

COUNTS = (100, 200, 400, 800)


def noisy_table(loss, b, *, data_sets=("a", "b", "c"), rates=(0.1, 0.2), oracle="flip"):
    """Curves of two classes that follow the rule exactly; the clean ones gain a tenth with each doubling."""
    rows = []
    for name in data_sets:
        for rate in (0.0, *rates):
            for i, labels in enumerate(COUNTS):
                gap = rate * loss * (labels / 2 / 100) ** -b
                called = f"{name} [{oracle} rate={rate}]" if rate else name
                rows.append((called, 2, "linear", "random", 0, labels, "accuracy", 0.6 + 0.1 * i - gap, rate))
    columns = ["dataset", "classes", "learner", "strategy", "seed", "labels", "metric", "value", "label_error_rate"]
    return pd.DataFrame(rows, columns=columns)


def test_gaps_are_read_at_the_same_labels():
    gaps = measure_gaps(noisy_table(0.5, 0.0, data_sets=["a"], rates=[0.2]))
    assert gaps["labels_a_class"].tolist() == [50, 100, 400]
    assert gaps["gap"].tolist() == pytest.approx([0.1, 0.1, 0.1])
    # (1 - 2 x 0.2)^2 = 0.36 of 800 labels is 288: between 200 and 400, log2(288/200) = 0.526 of a tenth above 0.7.
    assert gaps["formula"].iloc[2] == pytest.approx(0.7 + 0.1 * np.log2(1.44))


def losses(z=0.0, **losses_of):
    given = {RANDOM: Loss(0.2, 0.5, 0.4), SYSTEMATIC: Loss(0.7, 0.0, 0.4)} | losses_of
    deviates = {part: np.full(3, z) for part in given}
    return LabelLosses({(part, ANY_STRATEGY): loss for part, loss in given.items()}, 2, deviates, "by hand")


def test_points_lost_by_hand():
    # 400 labels are 200 a class: 0.1 x (0.6 x 0.2 / sqrt(2) + 0.4 x 0.7).
    eta, share, labels = np.array([[0.1]]), np.array([[0.4]]), np.full((3, 1), np.log(400.0))
    usual = 0.1 * (0.6 * 0.2 / np.sqrt(2) + 0.4 * 0.7)
    assert losses().points("margin", eta, share, labels) == pytest.approx(np.full((3, 1), usual))
    # One standard deviation off, both parts are e^0.4 times that.
    assert losses(1.0).points("margin", eta, share, labels) == pytest.approx(np.full((3, 1), usual * np.exp(0.4)))


def test_a_curve_that_begins_at_next_to_no_labels_loses_everything_there_and_no_more():
    labels = np.array([[-5_000.0, np.log(400.0)]])
    lost = losses().points("margin", np.array([[0.1]]), np.array([[0.4]]), labels)
    assert np.isfinite(lost).all() and lost[0, 0] > 1 > lost[0, 1]


def test_a_delivered_label_counts_for_those_that_give_the_same_value():
    # The clean curve gains a tenth with each doubling; a tenth lost is a halving.
    log_labels = np.log([[100, 200, 400, 800, 1600]])
    best = np.array([[0.5, 0.6, 0.7, 0.8, 0.9]])
    lost = np.full((1, 5), 0.1)
    share = {target: equivalent_share(best, log_labels, lost, target=target) for target in (0.7, 0.85, 0.95, np.inf)}
    assert share[0.7] == pytest.approx(0.5)
    assert share[0.85] == 0.0  # wrong labels end at 0.8, right ones go on to 0.9
    assert share[0.95] == pytest.approx(0.5) and share[np.inf] == pytest.approx(0.5)  # as at the end
    assert equivalent_share(best, log_labels, lost, labels=800.0) == pytest.approx(0.5)


@given(st.floats(0.0, 0.4), st.floats(0.0, 0.4), st.floats(0.0, 1.0), st.floats(0.55, 0.89))
def test_more_errors_never_make_a_label_worth_more(eta, more, systematic, target):
    labels = np.broadcast_to(np.geomspace(10, 1e5, 40), (3, 40))
    best = 0.95 - 0.5 * (labels / 10) ** -0.4

    def share(rate, of):
        lost = losses().points("random", np.array([[rate]]), np.array([[of]]), np.log(labels))
        return equivalent_share(best, np.log(labels), lost, target=target)

    assert (share(eta + more, systematic) <= share(eta, systematic) + 1e-9).all()
    assert (share(eta, 0.0) <= 1.0).all() and (share(0.0, systematic) == 1.0).all()


def test_recorded_losses_are_scaled_to_the_stores_own():
    recorded = label_losses(2, 50, 0, learner="linear")
    (part, strategy), one = next((key, loss) for key, loss in recorded.losses.items() if key == (RANDOM, "random"))
    twice = noisy_table(2 * one.at_100, one.exponent)
    scaled = label_losses(2, 50, 0, learner="linear", simulated=twice)
    assert scaled.losses[part, strategy].at_100 == pytest.approx(2 * one.at_100, rel=1e-6)
    assert scaled.losses[SYSTEMATIC, "random"] == recorded.losses[SYSTEMATIC, "random"]
    assert "random errors cost was measured in the store's simulations (a, b, c)" in scaled.source
    other = label_losses(2, 5, 0, learner="tabnet").losses[RANDOM, "random"]  # not measured: all learners stand in
    assert other != one and other == label_losses(2, 5, 0).losses[RANDOM, "random"]
    assert not recorded.source


def test_systematic_errors_have_an_oracle_of_their_own():
    table = noisy_table(0.5, 0.0, oracle="region_flip")
    assert set(measure_gaps(table)["part"]) == {SYSTEMATIC}
    assert measure_gaps(table[table["label_error_rate"] == 0]).empty
