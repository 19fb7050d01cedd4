"""A part's state follows from its interval and the claim, and nothing else."""

import pytest

from research.findings import Part, above, below, within
from simulations.errors import InputError


@pytest.mark.parametrize(
    ("interval", "claim", "state"),
    [
        ((0.1, 0.3), above(0.0), "reproduced"),
        ((-0.1, 0.3), above(0.0), "unclear"),
        ((-0.3, -0.1), above(0.0), "not reproduced"),
        ((-0.3, 0.0), above(0.0), "not reproduced"),
        ((0.0, 0.0), above(0.0), "not reproduced"),
        ((-0.3, -0.1), below(0.0), "reproduced"),
        ((0.0, 0.1), below(0.0), "not reproduced"),
        ((0.4, 0.45), within(1 / 3, 1 / 2), "reproduced"),
        ((0.2, 0.45), within(1 / 3, 1 / 2), "unclear"),
        ((0.5, 0.6), within(1 / 3, 1 / 2), "not reproduced"),
        (None, above(0.0), "unclear"),
        ((0.1, 0.3), None, None),
        # A factor that is sometimes never lies below every bound.
        ((None, None), above(2.0), "not reproduced"),
        ((None, 3.0), above(2.0), "unclear"),
        ((None, 1.5), above(2.0), "not reproduced"),
    ],
)
def test_the_whole_interval_has_to_lie_where_the_claim_puts_it(interval, claim, state):
    assert Part("what", "points", 0.0, interval, claim).state == state


def test_what_is_written_is_read_back_unless_its_figures_do_not_give_its_state():
    one = Part("what", "times", 2.2, (None, 3.0), above(2.0), (("a", None), ("b", 1.0)))
    for part in (one, Part("what", "sets", 0.5, None)):
        assert Part.from_dict(part.to_dict()) == part
    edited = Part("what", "points", -0.2, (-0.3, -0.1), above(0.0)).to_dict() | {"state": "reproduced"}
    with pytest.raises(InputError, match="found the state 'reproduced'; its figures say 'not reproduced'"):
        Part.from_dict(edited)
