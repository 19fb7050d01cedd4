"""A finding's verdict over its parts, and the line of one that cannot be checked."""

import pytest

from research.findings import CHECKS, STATES, Check, Figure, Finding, Measured, Part, above, judge_findings
from simulations.errors import InputError

from .hand_made import curves, rows

YES, NO, OPEN = ((0.1, 0.2), (-0.2, -0.1), (-0.1, 0.1))


def judged(directions, sizes=(), **more):
    asked = [("direction", ends) for ends in directions] + [("size", ends) for ends in sizes]
    parts = tuple(
        Part(Figure(f"part {i}", "points", above(0.0), role), sum(ends) / 2, ends)
        for i, (role, ends) in enumerate(asked)
    )
    check = Check("T1", "claim", "source", lambda _: Measured(parts, ("set",), 4, **more))
    return check.judge(curves(rows("set", "random", 5, 5, (5, 10), 0.5)))


@pytest.mark.parametrize(
    ("directions", "sizes", "state"),
    [
        ((YES, YES), (YES,), "direction and size"),
        ((YES,), (YES, NO), "direction only"),
        ((YES,), (), "direction only"),
        ((YES, NO), (YES,), "contradicted"),
        ((OPEN, NO), (), "contradicted"),
        ((YES, OPEN), (YES,), "setting not tested"),
        ((), (), "setting not tested"),
    ],
)
def test_each_state_follows_from_directions_and_sizes(directions, sizes, state):
    assert judged(directions, sizes).state == state
    assert state in STATES


def test_the_reason_names_the_parts_in_the_way_and_the_first_part_gives_the_figure():
    found = judged((YES, NO, OPEN), (NO,), note="A note.")
    assert found.reason == "Contradicted by: part 1. Too few to tell: part 2. Size not met: part 3. A note."
    assert found.to_dict()["figure"] == pytest.approx(0.15)
    assert found.to_dict()["interval"] == {"q10": 0.1, "q90": 0.2}


def test_a_table_of_one_curve_answers_none_of_them_and_says_so_of_each():
    found = judge_findings(curves(rows("set", "random", 5, 5, (5, 10), 0.5)).rows)
    assert [one.id for one in found] == [f"T{i}" for i in range(1, 18)] == list(CHECKS)
    assert {one.state for one in found} == {"setting not tested"}
    assert all(one.reason.startswith("Missing: ") for one in found)


def test_two_runs_under_one_name_are_refused():
    once = rows("set", "random", 5, 5, (5, 10), 0.5)
    with pytest.raises(InputError, match="random on set has two values at seed 0 and 5 labels; allowed: one run"):
        curves(once, [row | {"value": 0.6} for row in once])


def test_what_is_written_is_read_back():
    found = judged((YES, NO))
    assert Finding.from_dict(found.to_dict()) == found
    with pytest.raises(InputError, match="found the state 'proven'; allowed: direction and size"):
        Finding.from_dict(found.to_dict() | {"state": "proven"})
