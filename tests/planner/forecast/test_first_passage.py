import numpy as np
import pytest

from planner.forecast.first_passage import LabelsToReach, first_passage

AXIS = np.log([100.0, 1_000.0, 10_000.0])


def test_first_passage_by_hand():
    best = np.array([[0.5, 0.7, 0.9], [0.8, 0.8, 0.9], [0.5, 0.5, 0.6], [0.5, 0.8, 0.8]])
    labels = np.exp(first_passage(best, AXIS, 0.8))
    np.testing.assert_allclose(labels, [1_000 * 10**0.5, 100, np.inf, 1_000])


def test_each_path_may_have_its_own_axis():
    best = np.array([[0.0, 1.0], [0.0, 1.0]])
    axes = np.array([[0.0, 1.0], [2.0, 6.0]])
    np.testing.assert_allclose(first_passage(best, axes, 0.5), [0.5, 4.0])


def test_intervals_round_up_and_keep_never():
    draws = np.array([100.2] * 40 + [200.0] * 40 + [np.inf] * 20)
    reach = LabelsToReach(draws, 1_000)
    assert reach.p_unreachable == pytest.approx(0.2)
    assert reach.interval() == (101, 200, None)


def test_a_target_more_likely_missed_than_reached_gives_no_number():
    assert LabelsToReach(np.array([10.0] * 40 + [np.inf] * 60), 1_000).interval() == (None, None, None)
