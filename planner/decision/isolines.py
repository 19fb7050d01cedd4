"""Lines of equal height on a grid: marching squares, with straight lines between crossings of the cells' edges.

Notation:
    z       (rows, columns)     heights at the grid's nodes
    edge    (axis, i, j)        from node (i, j) to the next one along `axis`: 0 down a column, 1 along a row
    point   (row, column)       place of a crossing, in nodes and parts of them
"""

from collections import defaultdict

import numpy as np

from planner.arrays import Floats

Edge = tuple[int, int, int]
Point = tuple[float, float]


def isolines(z: Floats, level: float) -> list[list[Point]]:
    """Trace the lines along which heights, interpolated along the edges of the cells, equal a level.

    A cell whose corners alternate is cut the way that its middle, the mean of its corners, says.

    Args:
        z: heights, (rows, columns), finite.
        level: nodes at the level count as above it.

    Returns:
        Lines of at least two points in grid coordinates; a closed line ends where it begins.

    Examples:
        >>> isolines(np.array([[0.0, 1.0], [0.0, 1.0]]), 0.25)
        [[(0.0, 0.25), (1.0, 0.25)]]
    """
    above = z >= level
    beside: dict[Edge, list[Edge]] = defaultdict(list)
    corners = above[:-1, :-1] + 2 * above[:-1, 1:] + 4 * above[1:, 1:] + 8 * above[1:, :-1].astype(int)
    for i, j in np.argwhere((corners > 0) & (corners < 15)):
        for one, other in _cuts(z, level, int(i), int(j), int(corners[i, j])):
            beside[one].append(other)
            beside[other].append(one)
    # Lines are joined by the edges they cross, not by their points, which rounding may tell apart.
    return [[_crossing(z, level, edge) for edge in line] for line in _joined(beside)]


def _cuts(z: Floats, level: float, i: int, j: int, corners: int) -> list[tuple[Edge, Edge]]:
    """Give the pairs of edges that are joined across one cell."""
    top, right, bottom, left = (1, i, j), (0, i, j + 1), (1, i + 1, j), (0, i, j)
    crossed = _CROSSED[corners]
    edges = [edge for edge, cut in zip((top, right, bottom, left), crossed, strict=True) if cut]
    if len(edges) == 2:
        return [(edges[0], edges[1])]
    # Opposite corners are above: the middle says whether they are joined, and the other two then stand alone.
    joined = z[i : i + 2, j : j + 2].mean() >= level
    alone_top_right = joined == (corners == 5)
    return [(top, right), (bottom, left)] if alone_top_right else [(top, left), (bottom, right)]


def _crossed(corners: int) -> tuple[bool, bool, bool, bool]:
    a, b, c, d = (bool(corners >> k & 1) for k in range(4))  # clockwise from the top left
    return a != b, b != c, c != d, d != a


_CROSSED = tuple(_crossed(corners) for corners in range(16))


def _joined(beside: dict[Edge, list[Edge]]) -> list[list[Edge]]:
    """Walk from edge to edge: open lines from their ends first, then what is left, which is closed."""
    seen: set[Edge] = set()
    lines = []
    for start in [*(edge for edge, others in beside.items() if len(others) == 1), *beside]:
        if start in seen:
            continue
        line = _walked(beside, start, seen)
        if len(beside[start]) == 2:
            line.append(start)
        lines.append(line)
    return lines


def _walked(beside: dict[Edge, list[Edge]], start: Edge, seen: set[Edge]) -> list[Edge]:
    line, edge = [start], start
    seen.add(start)
    while on := [other for other in beside[edge] if other not in seen]:
        edge = on[0]
        seen.add(edge)
        line.append(edge)
    return line


def _crossing(z: Floats, level: float, edge: Edge) -> Point:
    axis, i, j = edge
    here, there = z[i, j], z[i + 1, j] if axis == 0 else z[i, j + 1]
    share = float((level - here) / (there - here))
    return (i + share, float(j)) if axis == 0 else (float(i), j + share)
