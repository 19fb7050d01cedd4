import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from planner.curves.comparisons import paired_power, seeds_needed


@pytest.mark.parametrize(("effect", "pairs"), [(0.2, 199), (0.5, 34), (0.8, 15)])
def test_the_small_medium_and_large_effects_of_the_textbooks(effect, pairs):
    # As every table of the two-sided paired t-test at 5% and 80% power has them.
    assert seeds_needed(effect * 0.03, 0.03, 10) == (pairs, None)


def test_without_a_difference_the_power_is_the_level():
    assert paired_power(0.0, 2) == pytest.approx(0.05)
    assert paired_power(0.0, 30) == pytest.approx(0.05)


def test_the_power_is_how_often_a_test_finds_the_difference():
    d = np.random.default_rng(1).normal(0.5, 1.0, (20_000, 12))
    found = np.mean(stats.ttest_1samp(d, 0.0, axis=1).pvalue < 0.05)
    assert paired_power(0.5, 12) == pytest.approx(found, abs=0.012)


@given(effect=st.floats(0.01, 1000))
def test_one_seed_less_is_too_few(effect):
    needed, reason = seeds_needed(effect, 1.0, 5)
    assert reason is None
    assert paired_power(effect, needed) >= 0.8
    assert needed == 2 or paired_power(effect, needed - 1) < 0.8


@given(difference=st.floats(-1, 1), sd=st.floats(0, 1), seeds=st.integers(0, 50))
def test_there_is_a_number_or_a_reason_and_the_sign_does_not_matter(difference, sd, seeds):
    needed, reason = seeds_needed(difference, sd, seeds)
    assert (needed is None) != (reason is None)
    assert (needed, reason) == seeds_needed(-difference, sd, seeds)
    assert needed is None or 2 <= needed <= 1_000_100


@pytest.mark.parametrize(
    ("difference", "sd", "seeds", "words"),
    [
        (0.0, 0.1, 5, "the difference is 0"),
        (0.1, None, 1, "fewer than two"),
        (0.1, 0.0, 5, "the same amount"),
        (1e-9, 0.1, 5, "next to nothing"),
    ],
)
def test_no_number_comes_with_its_reason(difference, sd, seeds, words):
    needed, reason = seeds_needed(difference, sd, seeds)
    assert needed is None
    assert words in reason
