import numpy as np
import pytest

from simulations import jit
from simulations.engine import run_lanes
from simulations.gather import pick, ready
from simulations.grid import parse_grid

SMALL = {
    "datasets": ["digits"],
    "strategies": ["margin"],
    "batch_sizes": [10],
    "initial_size": 20,
    "rounds": 2,
    "seeds": 2,
    "learners": ["linear"],
}


@pytest.fixture(params=["compiled", "plain"], autouse=True)
def way(request, monkeypatch):
    if request.param == "compiled" and not jit.installed():
        pytest.skip("numba is not installed")
    monkeypatch.setattr(jit, "available", lambda: request.param == "compiled")


def test_items_are_picked_in_the_order_of_their_rows():
    scores, rows = np.arange(12, dtype=np.float32).reshape(2, 6), np.array([5, 0, 3, 3])
    out = np.full((2, 4), -1.0, np.float32)
    assert pick(scores, rows, out)
    assert out.tolist() == [[5, 0, 3, 3], [11, 6, 9, 9]]


def test_what_is_made_ready_is_what_a_run_asks_for(monkeypatch):
    """Numba compiles for the types of its arguments, so that others would be compiled while a round is timed."""
    asked = []

    def noted(*arrays):
        asked.append([(one.dtype, one.ndim, one.flags.c_contiguous) for one in arrays])
        return pick(*arrays)

    monkeypatch.setattr("simulations.gather.pick", noted)
    ready()
    assert len(asked) == 1
    run_lanes(parse_grid({"grid": SMALL}).trajectories)
    assert len(asked) > 4 and all(one == asked[0] for one in asked)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_no_finite_number_is_told_where_it_is_picked_and_only_there(bad):
    scores = np.ones((3, 50), np.float32)
    scores[1, 7] = bad
    out = np.empty((3, 40), np.float32)
    assert not pick(scores, np.arange(40), out)
    assert pick(scores, np.arange(8, 48), out)


def test_infinities_of_both_signs_do_not_make_up_for_each_other():
    scores = np.array([[np.inf, -np.inf, 0.5]], np.float32)
    assert not pick(scores, np.arange(3), np.empty((1, 3), np.float32))
