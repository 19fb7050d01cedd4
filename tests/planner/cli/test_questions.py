"""Options of `labelplan plan` that ask more, as text and as what they mean."""

import pytest

from planner.cli.plan import read_questions
from simulations.errors import InputError


def test_inputs_are_asked_with_a_range_or_without():
    asked = read_questions(["task.pool_size", "vote_price_usd = 0.01:0.2"], "task.failure_usd=0:5_000, task.pool_size")
    assert asked.sweeps == {"task.pool_size": None, "vote_price_usd": (0.01, 0.2)}
    assert asked.map_over == ("task.failure_usd", "task.pool_size")
    assert asked.map_within == ((0, 5_000), None)
    assert read_questions([], None).map_over is None


@pytest.mark.parametrize("over", ["a=1,b", "a=1:2:3,b", "a=1:nan,b", "a", "a,b,c", ",b"])
def test_a_map_of_something_else_is_refused_with_an_example(over):
    with pytest.raises(InputError, match=r"--map: found '.*'; allowed: .*such as "):
        read_questions([], over)
