import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.transfer.task_curves import MEASURED, STRETCHED, extend_early_curve

LABELS = np.log(np.geomspace(100, 6_400, 61))  # two octaves on, a point of the grid
POWER = 1.0 - 0.4 * (np.exp(LABELS) / 100) ** -0.5


def test_a_power_law_goes_back_as_it_is_and_stretched_at_a_quarter_of_its_slope():
    x = np.log([[25.0, 50.0, 100.0, 3_000.0]])
    measured, stretched = (
        extend_early_curve(POWER[None], LABELS[None], x, share)[0] for share in (MEASURED, STRETCHED)
    )
    assert measured == pytest.approx([1 - 0.4 * 4**0.5, 1 - 0.4 * 2**0.5, 0.6, 0.6])
    assert stretched == pytest.approx([1 - 0.4 * 4**0.125, 1 - 0.4 * 2**0.125, 0.6, 0.6])


def test_nothing_is_worse_than_guessing():
    assert extend_early_curve(POWER[None], LABELS[None], np.log([[1.0, 25.0]]), MEASURED, 0.7)[0] == pytest.approx(
        [0.3, 0.3]
    )


def test_a_flat_path_and_one_of_a_single_place_are_held():
    flat = np.full((1, 61), 0.8)
    assert extend_early_curve(flat, LABELS[None], np.log([[1.0]]), MEASURED)[0, 0] == pytest.approx(0.8)
    assert extend_early_curve(POWER[None, :1], LABELS[None, :1], np.log([[1.0]]), MEASURED)[0, 0] == pytest.approx(0.6)


@given(
    st.lists(st.floats(0.0, 1.0), min_size=2, max_size=30),
    st.lists(st.floats(-5.0, 9.0), min_size=1, max_size=9),
    st.floats(0.1, 1.0),
)
def test_values_rise_to_the_first_point_and_lie_between_it_and_guessing(values, places, guess):
    best = np.maximum.accumulate(values)[None]
    axis, x = np.linspace(4.0, 9.0, best.size)[None], np.sort(places)[None]
    found = extend_early_curve(best, axis, x, MEASURED, guess)
    assert np.isfinite(found).all() and (np.diff(found) >= 0).all()
    assert (found <= best[:, :1]).all() and (found >= min(best[0, 0], 1.0 - guess) - 1e-12).all()
