"""Names beside points: none over another, none cut, on the narrowest plot and on any wider one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.render.quotes.charts import PLACES, PLOTS_PX, LabelPlace, place_names

HEIGHT, NARROW_PX = 320, PLOTS_PX[0]
# Often close together, where it is hard.
SHARES = st.floats(0.0, 1.0) | st.floats(0.45, 0.55)
POINTS = st.lists(st.tuples(SHARES, SHARES, st.integers(1, 22)), min_size=1, max_size=7)


def apart(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


@given(POINTS, st.floats(1.0, 6.0))
def test_names_never_meet_however_wide_the_plot(points: list[tuple[float, float, int]], wider: float) -> None:
    where = [(x, y) for x, y, _ in points]
    places = place_names(["n" * letters for _, _, letters in points], where, where, HEIGHT)
    boxes = [
        place.box(x * NARROW_PX * wider, y * HEIGHT, letters)
        for (x, y, letters), place in zip(points, places, strict=True)
        if place is not None
    ]
    assert all(apart(one, other) for i, one in enumerate(boxes) for other in boxes[:i])
    # A little may be lost where floating point rounds a name that just fits.
    assert all(box[0] >= -1e-6 and box[2] <= NARROW_PX * wider + 1e-6 for box in boxes)
    assert places[0] is not None  # the first has the choice of all


def test_places_by_hand() -> None:
    # Alone in the middle: over its point to the right, as a name of nine letters is 59.4 pixels long.
    assert place_names(["Vendor A1"], [(0.5, 0.5)], [(0.5, 0.5)], HEIGHT) == [LabelPlace("left", 9, -13)]
    # At the right edge it runs to the left, at the top below its point.
    assert place_names(["Vendor A1"], [(1.0, 0.0)], [(1.0, 0.0)], HEIGHT) == [LabelPlace("right", -9, 13)]
    assert LabelPlace("center", 0, 12).box(100.0, 50.0, 10) == pytest.approx((67.0, 55.5, 133.0, 68.5))


def test_six_vendors_at_one_point_are_named_as_far_as_there_is_room() -> None:
    places = place_names(["A company of a long na"] * 9, [(0.3, 0.5)] * 9, [(0.3, 0.5)], HEIGHT)
    named = [place for place in places if place is not None]
    assert 3 <= len(named) < 9 and len(set(named)) == len(named)
    assert set(named) <= set(PLACES)
