import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from research.scenarios import Halfspace, run_synthesis, synthesise
from simulations.errors import InputError


@given(st.integers(2, 8), st.integers(0, 50), st.floats(0, 1))
def test_made_up_points_lie_on_the_boundary_and_in_the_ball(d, seed, spread):
    rng = np.random.default_rng(seed)
    task = Halfspace(d, seed)
    known = np.concatenate([task.draw(200, rng), np.zeros((0, d))])
    answers = task.answer(known)
    points = synthesise(task.answer, known, answers, 6, spread, rng)
    assert points.shape == (6, d) and (np.linalg.norm(points, axis=1) <= 1 + 1e-9).all()
    # A hair to either side the answer changes, whichever way the plane lies.
    way = 1e-5 * np.concatenate([np.eye(d), -np.eye(d)])
    for point in points:
        assert np.unique(task.answer(point + np.sqrt(d) * way)).size == 2


@pytest.mark.parametrize(
    ("given_", "sentence"),
    [
        ({"kind": "entropy"}, "synthesis, kind: found 'entropy'; allowed: synthesis, margin, random"),
        ({"pool": 20}, "synthesis, pool: found 20 points; allowed: at least"),
        ({"batch": 0}, "initial and batch are at least 1"),
    ],
)
def test_bad_settings_are_told(given_, sentence):
    usual = {"kind": "margin", "initial": 5, "batch": 5, "rounds": 5, "pool": 100, "seed": 0}
    with pytest.raises(InputError) as caught:
        run_synthesis(Halfspace(3), **{**usual, **given_})
    assert sentence in str(caught.value)
    with pytest.raises(InputError, match="halfspace, features: found 1; allowed: 2 to 1000"):
        Halfspace(1)
