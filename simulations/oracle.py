"""Who answers when an item is sent to be labelled.

Curves are over items whatever the oracle: `votes` asks several people about each item and gives one answer, so it is
the price of a label, not its place on the curve, that counts the votes.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from simulations.crowd import AGGREGATIONS, ask_annotators, check_crowd, dawid_skene
from simulations.entries import settings, shown
from simulations.errors import SimulationInputError
from simulations.names import unknown_name
from simulations.trajectory import Part, Scalar, stream

IntArray = npt.NDArray[np.int64]

ORACLES: Mapping[str, Mapping[str, Scalar]] = {
    "perfect": {},
    "flip": {"rate": 0.05},
    "votes": {"rate": 0.2, "votes": 3},
}
"""Known oracles with the defaults of their settings.

A larger `rate` gives more wrong answers, a larger number of `votes` fewer (while a vote is right more often than it
says any other class).
"""

CROWD: Mapping[str, Scalar] = {"annotators": 0, "skill_spread": 0.0, "aggregation": AGGREGATIONS[0]}
"""Further settings of `votes`, for annotators who differ and come back; see `simulations.crowd`.

They belong to a trajectory's content only where they are not these, so that votes of strangers keep their name.
"""

_ALLOWED = {"rate": (0, 1), "votes": (1, 99)}
_BLOCK = 65_536
_MEASURED = 200_000  # items on which the plurality's error is measured, to about one in a thousand
_MEASURED_TOGETHER = 10_000  # likewise where the items are answered together, pool by pool


def make_oracle(name: str, given: Mapping[str, Any], where: str) -> Part:
    """Spell an oracle out from what a grid file says of it.

    Args:
        name: a key of `ORACLES`.
        given: its settings; what is missing takes its default.
        where: the file, for messages.

    Raises:
        SimulationInputError: an unknown name, or a setting that does not exist or is out of range.
    """
    if name not in ORACLES:
        raise unknown_name("oracle", name, ORACLES, where=where)
    further = CROWD if name == "votes" else {}
    complete = settings(name, {**ORACLES[name], **further}, given, where)
    part = Part.of(name, {key: value for key, value in complete.items() if further.get(key) != value})
    try:
        check_oracle(part)
    except SimulationInputError as error:
        raise SimulationInputError(f"{where}, {error}") from None
    return part


def check_oracle(oracle: Part) -> None:
    """Raise SimulationInputError when a setting is out of range."""
    for name, value in oracle.settings:
        if name in CROWD:
            continue
        low, high = _ALLOWED[name]
        if not low <= float(value) <= high:
            raise SimulationInputError(
                f"oracle {oracle.name}, {name}: found {shown(value)}; allowed: {low} to {high}"
                + (", a fraction" if name == "rate" else ", answers to each item")
            )
    if oracle.name == "votes":
        check_crowd(**_crowd(oracle))


def _crowd(oracle: Part) -> dict[str, Any]:
    return {**CROWD, **oracle.options}


def answers_of(oracle: Part, observed: IntArray, classes: int, rng: np.random.Generator) -> IntArray:
    """Fix the answer to every item of the pool, whenever it is asked and whoever asks.

    `perfect` repeats the data set's observed labels, whatever noise is in them; `flip` replaces each with
    probability `rate` by another class, all equally likely (uniform noise, Angluin & Laird 1988); `votes` takes the
    plurality of that many independent such answers to the same item, or asks annotators who differ (`CROWD`).

    Args:
        oracle: name and settings.
        observed: shape (n,), labels as the data set has them.
        classes: number of classes.
        rng: keyed by data set and seed, so that all strategies meet the same wrong answers.

    Returns:
        Shape (n,).
    """
    if oracle.name == "perfect":
        return observed
    rate = float(oracle.options["rate"])
    if oracle.name == "flip":
        return flip_uniformly(observed, rate, classes, rng)
    crowd = _crowd(oracle)
    if not crowd["annotators"]:
        votes = (flip_uniformly(observed, rate, classes, rng) for _ in range(crowd["votes"]))
        return plurality(_counted(votes, observed.size, classes), rng)
    who, said = ask_annotators(observed, classes, crowd["annotators"], crowd["votes"], rate, crowd["skill_spread"], rng)
    if crowd["aggregation"] == "dawid_skene":
        return dawid_skene(who, said, classes, rng)
    return plurality(_counted(said.T, observed.size, classes), rng)


def _counted(votes: Iterable[IntArray], items: int, classes: int) -> npt.NDArray[np.int8]:
    counts = np.zeros((items, classes), dtype=np.int8)
    for vote in votes:
        counts[np.arange(items), vote] += 1
    return counts


@lru_cache(maxsize=256)
def error_rate(oracle: Part, classes: int, pool_size: int, imbalance: float) -> float:
    """Give the share of an oracle's answers that are wrong, expected over seeds.

    It is exact for one vote, and measured for several, the same each time: where annotators are learned from what they
    said, on pools of `pool_size` items whose class shares fall evenly from the largest to the smallest.

    Args:
        oracle: name and settings.
        classes: number of classes.
        pool_size: items that are answered together.
        imbalance: largest over smallest class share.
    """
    if oracle.name == "perfect":
        return 0.0
    crowd = _crowd(oracle)
    if oracle.name == "flip" or (crowd["votes"] == 1 and crowd["aggregation"] == AGGREGATIONS[0]):
        return float(crowd["rate"])
    rng, pools = stream("error rate", oracle.as_json(), classes), 1
    if crowd["aggregation"] == AGGREGATIONS[0]:
        labels = np.arange(_MEASURED) % classes  # all classes are alike to a plurality
    else:
        pools = -(-_MEASURED_TOGETHER // pool_size)
        ends = np.cumsum(float(imbalance) ** -np.linspace(0, 1, classes))
        labels = np.searchsorted(ends, (np.arange(pool_size) + 0.5) / pool_size * ends[-1])
    wrong = [(answers_of(oracle, labels, classes, rng) != labels).mean() for _ in range(pools)]
    return float(np.mean(wrong).round(4))


def flip_uniformly(labels: IntArray, rate: float, classes: int, rng: np.random.Generator) -> IntArray:
    """Give labels of which each is, with probability `rate`, replaced by another class, all equally likely.

    Args:
        labels: shape (n,).
        rate: fraction from 0 to 1.
        classes: number of classes.
        rng: where the draws come from; the same number of draws is made at any rate.
    """
    flipped = rng.random(labels.size) < rate
    shift = rng.integers(1, classes, size=labels.size)
    return np.where(flipped, (labels + shift) % classes, labels)


def plurality(counts: npt.NDArray[np.integer], rng: np.random.Generator) -> IntArray:
    """Give the class with the most votes, ties broken at random, all tied classes equally likely.

    Args:
        counts: shape (n, C), whole numbers.
        rng: where the draws come from; their number depends on the shape alone.

    Returns:
        Shape (n,).
    """
    chosen = np.empty(len(counts), dtype=np.int64)
    for start in range(0, len(counts), _BLOCK):
        block = counts[start : start + _BLOCK]
        # What is added stays below one vote, so it decides nothing but ties.
        chosen[start : start + _BLOCK] = (block + rng.random(block.shape)).argmax(axis=1)
    return chosen
