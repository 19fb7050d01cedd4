"""Questions typed at the command line: inputs to sweep, and two inputs to map."""

import math
from collections.abc import Sequence

from planner.decision.analysis import Questions
from planner.decision.sensitivity import Range
from simulations.errors import InputError


def questions(sweeps: Sequence[str], over: str | None) -> Questions:
    """Read the options.

    Args:
        sweeps: texts such as `task.pool_size` or `task.pool_size=10_000:500_000`.
        over: two such texts with a comma between; None for the usual map.

    Raises:
        InputError: a text that is not of that form.
    """
    asked = dict(_input("--sweep", text) for text in sweeps)
    if over is None:
        return Questions(asked)
    (x, x_range), (y, y_range) = _two(over)
    return Questions(asked, (x, y), (x_range, y_range))


def _input(option: str, text: str) -> tuple[str, Range | None]:
    """Read one input, with its range or without."""
    path, equals, span = text.partition("=")
    return path.strip(), _range(option, text, span) if equals else None


def _range(option: str, text: str, span: str) -> Range:
    ends = [_number(end) for end in span.split(":")]
    if len(ends) != 2 or not all(math.isfinite(end) for end in ends):
        raise InputError(f"{option}: found '{text}'; allowed: an input, or one with a range, such as {EXAMPLE}")
    return ends[0], ends[1]


EXAMPLE = "task.pool_size=10_000:500_000"


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _two(over: str) -> tuple[tuple[str, Range | None], tuple[str, Range | None]]:
    parts = [part.strip() for part in over.split(",")]
    if len(parts) != 2 or not all(parts):
        raise InputError(f"--map: found '{over}'; allowed: two inputs, such as vote_price_usd,task.pool_size")
    return _input("--map", parts[0]), _input("--map", parts[1])
