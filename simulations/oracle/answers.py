"""The answer to every item of a pool, and how many such answers are wrong.

Notation: n items; C classes.
"""

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from simulations.arrays import IntArray
from simulations.oracle.crowd import AGGREGATIONS, ask_annotators, dawid_skene
from simulations.oracle.flips import flip_at_boundary, flip_by_class, flip_uniformly
from simulations.oracle.items import Items
from simulations.oracle.registry import untimed, votes_of
from simulations.oracle.votes import counted, error_rates_of_items, plurality
from simulations.trajectory import Part, stream

_MEASURED = 200_000  # items on which the plurality's error is measured, to about one in a thousand
_MEASURED_TOGETHER = 10_000  # likewise where the items are answered together, pool by pool


def answers_of(
    oracle: Part,
    observed: IntArray,
    classes: int,
    rng: np.random.Generator,
    items: Callable[[], Items] | None = None,
) -> IntArray:
    """Fix the answer to every item of the pool, whenever it is asked and whoever asks.

    `perfect` repeats the data set's observed labels, whatever noise is in them; `flip`, `class_flip` and
    `boundary_flip` replace some by another class (`simulations.oracle.flips`); `votes` takes the plurality of that
    many independent answers to the same item, of items that may differ in difficulty, or asks annotators who differ.

    Args:
        oracle: name and settings.
        observed: shape (n,), labels as the data set has them.
        classes: number of classes.
        rng: keyed by data set and seed, so that all strategies meet the same wrong answers.
        items: gives what is known of the n items; asked only by an oracle whose errors follow it.

    Returns:
        Shape (n,).

    Raises:
        ValueError: the oracle's errors follow what is known of the items, and nothing is.
    """
    if oracle.name == "perfect":
        return observed
    options = oracle.options
    if oracle.name == "flip":
        return flip_uniformly(observed, options["rate"], classes, rng)
    if oracle.name == "class_flip":
        return flip_by_class(observed, options["rate"], options["spread"], options["twin_share"], classes, rng)
    if oracle.name == "boundary_flip":
        return flip_at_boundary(observed, options["rate"], options["sharpness"], _known(items), rng)
    if votes_of(oracle)["annotators"]:
        return _crowd_answers(oracle, observed, classes, rng)
    return _votes_of_strangers(oracle, observed, classes, rng, items)


def _votes_of_strangers(
    oracle: Part, observed: IntArray, classes: int, rng: np.random.Generator, items: Callable[[], Items] | None
) -> IntArray:
    every = votes_of(oracle)
    rate = every["rate"]
    if every["item_correlation"]:
        known = _known(items) if every["follows_hardness"] else None
        rate = error_rates_of_items(rate, every["item_correlation"], observed.size, rng, known)
    votes = (flip_uniformly(observed, rate, classes, rng) for _ in range(every["votes"]))
    return plurality(counted(votes, observed.size, classes), rng)


def _crowd_answers(oracle: Part, observed: IntArray, classes: int, rng: np.random.Generator) -> IntArray:
    crowd = votes_of(oracle)
    who, said = ask_annotators(
        observed, classes, crowd["annotators"], crowd["votes"], crowd["rate"], crowd["skill_spread"], rng
    )
    if crowd["aggregation"] == "dawid_skene":
        return dawid_skene(who, said, classes, rng)
    return plurality(counted(said.T, observed.size, classes), rng)


def _known(items: Callable[[], Items] | None) -> Items:
    if items is None:
        raise ValueError("an oracle whose errors follow the items must be told of them")
    return items()


@lru_cache(maxsize=256)
def error_rate(oracle: Part, classes: int, pool_size: int, imbalance: float) -> float:
    """Give the share of an oracle's answers that are wrong, expected over seeds.

    It is exact for one answer, and measured for several, the same each time: where annotators are learned from what
    they said, on pools of `pool_size` items whose class shares fall evenly from the largest to the smallest. Where
    classes differ, which errs most is drawn by the seed, so that the mean over seeds is `rate` whatever their shares.

    Args:
        oracle: name and settings.
        classes: number of classes.
        pool_size: items that are answered together.
        imbalance: largest over smallest class share.
    """
    if oracle.name == "perfect":
        return 0.0
    crowd = votes_of(oracle)
    if oracle.name != "votes" or (crowd["votes"] == 1 and crowd["aggregation"] == AGGREGATIONS[0]):
        return float(crowd["rate"])
    rng, pools = stream("error rate", untimed(oracle).as_json(), classes), 1
    if crowd["aggregation"] == AGGREGATIONS[0]:
        labels = np.arange(_MEASURED) % classes  # all classes are alike to a plurality
    else:
        pools = -(-_MEASURED_TOGETHER // pool_size)
        ends = np.cumsum(float(imbalance) ** -np.linspace(0, 1, classes))
        labels = np.searchsorted(ends, (np.arange(pool_size) + 0.5) / pool_size * ends[-1])
    items = Items(rng.random(labels.size), labels) if crowd["follows_hardness"] else None
    wrong = [
        (answers_of(oracle, labels, classes, rng, (lambda: items) if items else None) != labels).mean()
        for _ in range(pools)
    ]
    return float(np.mean(wrong).round(4))
