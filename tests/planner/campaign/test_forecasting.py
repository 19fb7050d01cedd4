import numpy as np
import pytest
from scipy.stats import beta

from planner.campaign.forecasting import _p_reached, _resample_as_measured
from planner.campaign.log import read_log


def test_a_measurement_says_how_likely_the_target_is_reached(plan_of, write_log):
    log = read_log(write_log("labels,value\n100,0.9\n"), plan_of())
    assert _p_reached(log, 0.9) == pytest.approx(beta.sf(0.9, 450.5, 50.5))
    assert _p_reached(log, 0.85) > 0.999 and _p_reached(log, 0.95) < 0.001


def test_draws_are_kept_as_often_as_that():
    there = np.arange(1_000) < 300
    kept, notes = _resample_as_measured(there, 0.8, seed=0)
    assert there[kept].mean() == pytest.approx(0.8) and notes == []
    assert kept.size == 1_000 and set(kept[there[kept]]) == set(range(300))
    kept, notes = _resample_as_measured(there, 0.0, seed=0)
    assert not there[kept].any() and notes == []


@pytest.mark.parametrize(("share", "p", "word"), [(0.0, 0.9, "rarely"), (1.0, 0.1, "nearly always")])
def test_evidence_that_says_the_opposite_is_told_and_left_as_it_is(share, p, word):
    there = np.arange(100) < share * 100
    kept, notes = _resample_as_measured(there, p, seed=0)
    assert kept.tolist() == list(range(100))
    assert word in notes[0] and "does not fit this task" in notes[0]
