"""What `labelplan plan` may be asked beside the usual: inputs to sweep, and two inputs to map."""

import math
from collections.abc import Sequence

from planner.decision.analysis import Questions
from planner.decision.sweep import Range
from planner.errors import InputError

__all__ = ["questions"]


def questions(sweeps: Sequence[str], over: str | None) -> Questions:
    """Read the options.

    Args:
        sweeps: texts such as `task.pool_size` or `task.pool_size=10_000:500_000`.
        over: two inputs with a comma between; None for the usual map.

    Raises:
        InputError: a text that is not of that form.
    """
    asked = dict(map(_sweep, sweeps))
    return Questions(asked) if over is None else Questions(asked, _two(over))


def _sweep(text: str) -> tuple[str, Range | None]:
    path, equals, span = text.partition("=")
    return path.strip(), _range(text, span) if equals else None


def _range(text: str, span: str) -> Range:
    ends = [_number(end) for end in span.split(":")]
    if len(ends) != 2 or not all(math.isfinite(end) for end in ends):
        raise InputError(f"--sweep: found '{text}'; allowed: an input, or one with a range, such as {EXAMPLE}")
    return ends[0], ends[1]


EXAMPLE = "task.pool_size=10_000:500_000"


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _two(over: str) -> tuple[str, str]:
    parts = [part.strip() for part in over.split(",")]
    if len(parts) != 2 or not all(parts):
        raise InputError(f"--map: found '{over}'; allowed: two inputs, such as vote_price_usd,task.pool_size")
    return parts[0], parts[1]
