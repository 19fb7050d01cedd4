"""How long an annotator takes for each item, and what of it can be foreseen.

Notation
    n       items
    m       votes on an item
    h (n,)  hardness, each item's rank among those of its data set, strictly between 0 (plain) and 1
    M (n,)  median seconds of one vote on an item: seconds · slowdown^(h − ½)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from simulations.arrays import FloatArray
from simulations.config_values import quote_value
from simulations.errors import InputError
from simulations.trajectory import Part, Scalar

TIMING: Mapping[str, Scalar] = {
    "seconds": 0.0,
    "seconds_spread": 0.5,
    "hardness_slowdown": 2.0,
    "estimate_spread": 0.3,
}
"""Settings of every oracle that say how long it takes; none is told while `seconds` is 0.

A larger `seconds` makes every vote take longer (the median of one on an item of middling hardness); a larger
`seconds_spread` (log sd) sets votes on like items further apart; a larger `hardness_slowdown` (how many times the
hardest item takes the plainest) slows hard items more; a larger `estimate_spread` (log sd) makes what is foreseen
worse. All but the first are assumptions to be replaced by what your own annotators' log shows.
"""

_ALLOWED: Mapping[str, tuple[float, float, str]] = {
    "seconds": (0, 86_400, "the median time of a vote, 0 for untold"),
    "seconds_spread": (0, 3, "a log standard deviation"),
    "hardness_slowdown": (1, 100, "how many times the plainest item's time the hardest takes"),
    "estimate_spread": (0, 3, "a log standard deviation"),
}


@dataclass(frozen=True)
class ItemTimes:
    """What items take to annotate.

    Args:
        seconds: shape (n,), what all votes on an item take together; known once it is annotated.
        expected: shape (n,), above 0, what can be foreseen of it: all that a strategy is shown.
    """

    seconds: FloatArray
    expected: FloatArray


def timing_of(oracle: Part) -> dict[str, Any]:
    """Give an oracle's settings of time, those left at their default too."""
    return {name: oracle.options.get(name, default) for name, default in TIMING.items()}


def tells_seconds(oracle: Part) -> bool:
    """Say whether an oracle tells how long it takes."""
    return float(timing_of(oracle)["seconds"]) > 0


def check_timing(oracle: Part) -> None:
    """Refuse settings of time that are out of range, or that do nothing.

    Raises:
        InputError: names the setting, what was found and what is allowed.
    """
    for name, value in timing_of(oracle).items():
        low, high, what = _ALLOWED[name]
        if not low <= float(value) <= high:
            raise _fault(oracle, name, f"{low} to {high}, {what}")
    if tells_seconds(oracle):
        return
    # A setting at its default is no part of the oracle, so what stands there was asked for.
    for name in (name for name in TIMING if name != "seconds" and name in oracle.options):
        raise _fault(oracle, name, "none without seconds above 0, as no time is told")


def draw_times(oracle: Part, votes: int, hardness: FloatArray, rng: np.random.Generator) -> ItemTimes:
    """Draw what every item of a pool takes, and what can be foreseen of it.

    A vote's time is lognormal about M, as response times of people are (van der Linden 2006, A lognormal model for
    response times on test items, Journal of Educational and Behavioral Statistics 31:181), and depends on how hard the
    item is more than on who annotates it (Tomanek & Hahn 2010, Annotation time stamps). Every vote is timed on its own.

    What is foreseen is m · M with an error of log sd `estimate_spread`, since nobody knows hardness before labelling;
    the actual time is never shown. With an error of 0 the estimate would tell the rank of an item's hardness, which
    rests on all clean labels.

    Args:
        oracle: its settings of time are read.
        votes: m.
        hardness: h, shape (n,).
        rng: keyed by data set and seed, so that all strategies meet the same times.
    """
    how = timing_of(oracle)
    # Estimates first: what else is drawn then changes nothing about them.
    error = np.exp(how["estimate_spread"] * rng.standard_normal(hardness.size))
    median = how["seconds"] * float(how["hardness_slowdown"]) ** (hardness - 0.5)
    total = np.zeros(hardness.size)
    for _ in range(votes):
        total += median * np.exp(how["seconds_spread"] * rng.standard_normal(hardness.size))
    return ItemTimes(total, votes * median * error)


def _fault(oracle: Part, name: str, allowed: str) -> InputError:
    return InputError(f"oracle {oracle.name}, {name}: found {quote_value(timing_of(oracle)[name])}; allowed: {allowed}")
