"""Lines of equal height, on grids small enough to draw."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from planner.decision import sensitivity


def isolines(z, level):
    return [[tuple(point) for point in line.round(9).tolist()] for line in sensitivity.isolines(z, level)]


HEIGHTS = arrays(float, st.tuples(st.integers(2, 6), st.integers(2, 6)), elements=st.integers(-3, 3).map(float))


def test_a_slope_has_one_straight_line():
    z = np.tile(np.arange(5.0), (3, 1))
    assert [sorted(line) for line in isolines(z, 1.25)] == [[(0, 1.25), (1, 1.25), (2, 1.25)]]
    assert [sorted(line) for line in isolines(z.T, 1.25)] == [[(1.25, 0), (1.25, 1), (1.25, 2)]]


def test_a_level_that_no_height_has_has_no_line():
    z = np.arange(6.0).reshape(2, 3)
    assert isolines(z, 9) == []
    assert isolines(z, -1) == []
    assert isolines(np.zeros((3, 3)), 0) == []


def test_a_peak_has_a_closed_line():
    z = np.zeros((3, 3))
    z[1, 1] = 1
    (line,) = isolines(z, 0.5)
    assert line[0] == line[-1]
    assert set(line) == {(0.5, 1), (1, 0.5), (1, 1.5), (1.5, 1)}


def test_a_corner_is_cut_off():
    z = np.array([[4.0, 0.0], [0.0, 0.0]])
    (line,) = isolines(z, 1)
    assert set(line) == {(0, 0.75), (0.75, 0)}


@pytest.mark.parametrize(("middle", "joined"), [(5.0, True), (1.0, False)])
def test_where_corners_alternate_the_middle_decides(middle, joined):
    # High at the top left and the bottom right; they are joined where the mean of all four is high.
    z = np.array([[middle, 0.0], [0.0, middle]])
    ends = {frozenset((round(row, 9), round(column, 9)) for row, column in line) for line in isolines(z, 0.9)}
    far, near = round(1 - 0.9 / middle, 9), round(0.9 / middle, 9)
    top, left, right, bottom = (0, far), (far, 0), (near, 1), (1, near)
    if joined:  # the other two corners stand alone
        assert ends == {frozenset((top, right)), frozenset((left, bottom))}
    else:
        assert ends == {frozenset((top, left)), frozenset((right, bottom))}


def test_a_circle_is_found_where_it_is():
    x = np.linspace(-1, 1, 41)
    z = x[:, None] ** 2 + x**2
    (line,) = isolines(z, 0.51)
    points = np.array(line) / 20 - 1
    assert np.hypot(*points.T) == pytest.approx(np.sqrt(0.51), abs=2e-3)
    assert len(np.unique(points, axis=0)) == len(line) - 1  # only the first comes twice


@given(HEIGHTS, st.sampled_from([-1.5, 0.0, 0.5, 1.0]))
def test_lines_pass_every_edge_with_one_end_above_once(z, level):
    lines = isolines(z, level)
    above = z >= level
    crossed = int((above[1:] != above[:-1]).sum() + (above[:, 1:] != above[:, :-1]).sum())
    passed = sum(len(line) - (line[0] == line[-1] and len(line) > 2) for line in lines)
    assert all(len(line) >= 2 for line in lines)
    ends = [point for line in lines if line[0] != line[-1] for point in (line[0], line[-1])]
    rows, columns = np.array(z.shape) - 1
    # Crossings at a node itself belong to several edges and are one point, so lines may touch themselves there.
    if not (z == level).any():
        assert passed == crossed
        assert all(row in (0, rows) or column in (0, columns) for row, column in ends)
    for line in lines:
        for row, column in line:
            height = (
                np.interp(row, np.arange(rows + 1), z[:, int(column)])
                if column % 1 == 0
                else np.interp(column, np.arange(columns + 1), z[int(row)])
            )
            assert height == pytest.approx(level, abs=1e-7)
