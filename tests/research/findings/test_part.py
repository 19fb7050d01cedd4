"""A part's state follows from its figure, its interval and the claim, and nothing else."""

import pytest

from research.findings import Figure, Part, above, below, within
from simulations.errors import InputError


def direction(claim):
    return Figure("what", "points", claim, "direction")


def size(claim):
    return Figure("what", "points", claim, "size")


@pytest.mark.parametrize(
    ("interval", "about", "state"),
    [
        ((0.1, 0.3), direction(above(0.0)), "holds"),
        ((-0.1, 0.3), direction(above(0.0)), "open"),
        ((-0.3, -0.1), direction(above(0.0)), "fails"),
        ((-0.3, 0.0), direction(above(0.0)), "fails"),
        ((0.0, 0.0), direction(above(0.0)), "fails"),
        ((-0.3, -0.1), direction(below(0.0)), "holds"),
        ((0.0, 0.1), direction(below(0.0)), "fails"),
        ((0.2, 0.45), direction(within(1 / 3, 1 / 2)), "open"),
        ((0.5, 0.6), direction(within(1 / 3, 1 / 2)), "fails"),
        (None, direction(above(0.0)), "open"),
        ((0.1, 0.3), Figure("what", "points"), None),
        # A factor that is sometimes never lies below every bound.
        ((None, None), direction(above(2.0)), "fails"),
        ((None, 3.0), direction(above(2.0)), "open"),
        ((None, 1.5), direction(above(2.0)), "fails"),
    ],
)
def test_the_whole_interval_of_a_direction_has_to_lie_where_the_claim_puts_it(interval, about, state):
    assert Part(about, 0.0, interval).state == state


@pytest.mark.parametrize(
    ("figure", "claim", "state"),
    [
        (0.4, within(0.3, 0.5), "holds"),
        (0.5, within(0.3, 0.5), "fails"),
        (0.2, above(0.0), "holds"),
        (None, above(0.0), "fails"),
    ],
)
def test_a_size_is_met_by_its_figure_whatever_the_interval(figure, claim, state):
    assert Part(size(claim), figure, (-1.0, 1.0)).state == state


def test_what_is_written_is_read_back_unless_its_figures_do_not_give_its_state():
    one = Part(Figure("what", "times", above(2.0), "direction"), 2.2, (None, 3.0), (("a", None), ("b", 1.0)))
    for part in (one, Part(Figure("what", "sets"), 0.5, None)):
        assert Part.from_dict(part.to_dict()) == part
    edited = Part(direction(above(0.0)), -0.2, (-0.3, -0.1)).to_dict() | {"state": "holds"}
    with pytest.raises(InputError, match="found the state 'holds'; its figures say 'fails'"):
        Part.from_dict(edited)
