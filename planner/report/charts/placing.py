"""Where names stand beside their points, so that none is written over another, cut at the edge, or over a point.

Notation:
    px, py  (n,)    points in pixels of the plot, y downwards
    box     (4,)    left, top, right, bottom of a name in pixels, on the narrowest and on the widest plot

The width of the plot follows the page while names keep their size. The gap between two names is linear in that width,
so that two which stand apart on the narrowest and the widest plot, the same one first, do so on all between.
"""

from collections.abc import Sequence
from dataclasses import dataclass

Box = tuple[float, float, float, float]
Boxes = tuple[Box, Box]

NARROW_PX, WIDE_PX = 250, 1_500  # the plot of a phone of 390 pixels, and of a wide screen
LETTER_PX, LINE_PX = 6.6, 13.0  # of a letter and a line of a chart's words, on the safe side
AWAY_PX, RISE_PX, POINT_PX = 9, 13, 7


@dataclass(frozen=True)
class Place:
    """Where a name stands, seen from its point.

    Attributes:
        align: `left` where the name begins at the point, `right` where it ends there, `center` over or under it.
        dx: pixels to the right.
        dy: pixels downwards.
    """

    align: str
    dx: int
    dy: int

    def box(self, x: float, y: float, letters: int) -> Box:
        """Give the box of a name of so many letters whose point is at (x, y)."""
        width = LETTER_PX * letters
        left = x + self.dx - width * {"left": 0.0, "center": 0.5, "right": 1.0}[self.align]
        middle = y + self.dy
        return left, middle - LINE_PX / 2, left + width, middle + LINE_PX / 2


# A name beside its point stands level with it or higher or lower, as there is room.
PLACES = tuple(
    Place(align, dx, dy)
    for dy in (-RISE_PX, RISE_PX, 0, -2 * RISE_PX, 2 * RISE_PX)
    for align, dx in (("left", AWAY_PX), ("right", -AWAY_PX), ("center", 0))
    if dy or dx
)


def place_names(
    names: Sequence[str], points: Sequence[tuple[float, float]], others: Sequence[tuple[float, float]], height_px: int
) -> list[Place | None]:
    """Choose a place for each name, the first names first; None for one that fits nowhere.

    Args:
        names: in the order of their importance.
        points: of each, x and y as shares of the plot's width and height, from the left and from the top.
        others: of all points that a name should not cover, likewise.
        height_px: of the plot.
    """
    taken: list[Boxes] = []
    marks = [_mark(x, y * height_px) for x, y in others]
    found: list[Place | None] = []
    for name, (x, y) in zip(names, points, strict=True):
        boxes = [(place, _boxes(place, x, y * height_px, len(name))) for place in PLACES]
        fitting = [(place, own) for place, own in boxes if _inside(own, height_px) and _apart(own, taken)]
        # To cover a point is bad, and to leave a name out is worse.
        clear = [(place, own) for place, own in fitting if _apart(own, marks)]
        place, own = next(iter(clear or fitting), (None, None))
        found.append(place)
        if own is not None:
            taken.append(own)
    return found


def _boxes(place: Place, x: float, y_px: float, letters: int) -> Boxes:
    narrow, wide = (place.box(x * width, y_px, letters) for width in (NARROW_PX, WIDE_PX))
    return narrow, wide


def _mark(x: float, y_px: float) -> Boxes:
    narrow, wide = (
        (x * width - POINT_PX, y_px - POINT_PX, x * width + POINT_PX, y_px + POINT_PX) for width in (NARROW_PX, WIDE_PX)
    )
    return narrow, wide


def _inside(boxes: Boxes, height_px: int) -> bool:
    left, top, right, bottom = boxes[0]
    return left >= 0 and top >= 0 and right <= NARROW_PX and bottom <= height_px


def _apart(own: Boxes, others: Sequence[Boxes]) -> bool:
    return all(_pair_apart(own, other) for other in others)


def _pair_apart(one: Boxes, other: Boxes) -> bool:
    """Say whether two names stand apart at every width: one above the other, or always on the same side of it."""
    above = one[0][3] <= other[0][1] or other[0][3] <= one[0][1]
    before, after = ([a[2] <= b[0] for a, b in zip(*pair, strict=True)] for pair in ((one, other), (other, one)))
    return above or all(before) or all(after)
