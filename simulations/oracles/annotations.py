"""The answer to every item of a pool: single wrong answers, votes, the share of errors, and how long answers take.

Notation
    n, C     items, classes
    A        annotators
    e (n,)   each item's chance of a wrong answer
    h (n,)   hardness, each item's rank among those of its data set, strictly between 0 (plain) and 1
    m, ρ     votes on an item, correlation of the errors in two votes of one item
    M (n,)   median seconds of one vote on an item: seconds · slowdown^(h − ½)
"""

import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from simulations.arrays import Features, Floats, Ints
from simulations.errors import InputError
from simulations.oracles.registry import AGGREGATIONS, CROWD_KIT_MISSING, timing_of, untimed, votes_of
from simulations.trajectory import Part, stream

_BLOCK = 65_536
"""Items whose votes are weighed at once."""

_NUMBERS_AT_ONCE = 4_000_000
_ROUNDING = 1e-9

_MEASURED, _MEASURED_TOGETHER = 200_000, 10_000
"""Items on which the error of a plurality is measured, to one in a thousand, and of pools that are answered whole."""


@dataclass(frozen=True)
class Items:
    """What is known of items, for those whose errors follow it.

    Args:
        hardness: h, (n,).
        mistaken_for: (n,), the class that an item looks most like beside its own.
        features: (n, d), scaled, in which near items are alike.
    """

    hardness: Floats
    mistaken_for: Ints
    features: Features


def flip_uniformly(labels: Ints, rate: float | Floats, classes: int, rng: np.random.Generator) -> Ints:
    """Give labels (n,) of which each is, with probability `rate`, one for all or (n,), replaced by any other class.

    Uniform noise (Angluin & Laird 1988, Learning from noisy examples); the same number is drawn at any rate.
    """
    flipped = rng.random(labels.size) < rate
    shift = rng.integers(1, classes, size=labels.size)
    return np.where(flipped, (labels + shift) % classes, labels)


def flip_by_class(
    labels: Ints, rate: float, spread: float, twin_share: float, classes: int, rng: np.random.Generator
) -> Ints:
    """Give labels that are wrong more often in some classes than in others, and mostly for one class in particular.

    Class-dependent noise (Natarajan et al. 2013, Learning with noisy labels; pairs as in Patrini et al. 2017). Which
    class errs how often, and which is whose twin, is drawn: nothing is known of what a class number means.

    Error rates of the classes lie evenly from `rate` − `spread` to `rate` + `spread`; `twin_share` of a class's wrong
    answers name its twin, the next in a drawn order, and the rest all further classes alike. Labels are (n,).
    """
    order = rng.permutation(classes)
    of_class = np.empty(classes)
    of_class[order] = np.linspace(rate - spread, rate + spread, classes)
    place = np.argsort(order)[labels]
    flipped = rng.random(labels.size) < of_class[labels]
    step = np.ones(labels.size, dtype=np.int64)
    if classes > 2:
        to_twin = rng.random(labels.size) < twin_share
        step = np.where(to_twin, 1, rng.integers(2, classes, size=labels.size))
    return np.where(flipped, order[(place + step) % classes], labels)


def flip_at_boundary(labels: Ints, rate: float, sharpness: float, items: Items, rng: np.random.Generator) -> Ints:
    """Give labels that are wrong mostly where classes meet, and then name the class an item looks like.

    Noise that falls with the distance to the boundary (Menon, van Rooyen & Natarajan 2018, Learning from binary labels
    with instance-dependent noise; here by rank, so that the mean rate is exact): e = rate · (s + 1) · h^s.
    With a `sharpness` s of 0 errors are everywhere alike, with a larger one nearer to the boundary; the rate is at most
    1 ÷ (s + 1). Labels are (n,), of n items.
    """
    chance = rate * (sharpness + 1) * items.hardness**sharpness
    return np.where(rng.random(labels.size) < chance, items.mistaken_for, labels)


def flip_regions(labels: Ints, rate: float, regions: int, classes: int, items: Items, rng: np.random.Generator) -> Ints:
    """Give labels that are all wrong in some regions, and there name the same wrong class.

    Systematic errors: whoever is asked again answers the same, as a language model that has misunderstood a class, or
    people with the same wrong instruction. Each class falls into `regions` cells, its items nearest to as many of them
    that are drawn. Whole cells err, in a drawn order, the last one from its middle outwards, until round(rate · n)
    labels are wrong; a cell's wrong class is the one that most of its items look like.

    Labels are (n,), of n items.
    """
    from scipy.spatial import KDTree

    cells = np.empty(labels.size, dtype=np.int64)
    distance = np.empty(labels.size)
    for label in range(classes):
        members = np.flatnonzero(labels == label)
        centres = rng.permutation(members)[:regions]
        if centres.size:
            near, nearest = KDTree(items.features[centres]).query(items.features[members])
            cells[members], distance[members] = label * regions + nearest, near
    order = rng.permutation(classes * regions)
    wrong = np.lexsort((distance, order[cells]))[: round(rate * labels.size)]
    answers = labels.copy()
    for cell in np.unique(cells[wrong]):
        alike = items.mistaken_for[cells == cell]
        answers[wrong[cells[wrong] == cell]] = np.bincount(alike).argmax()
    return answers


def error_rates_of_items(
    rate: float, correlation: float, items: int, rng: np.random.Generator, known: Items | None = None
) -> Floats:
    """Draw how often a vote on each item is wrong, (n,), so that errors on one item go together.

    Rates are Beta(a, b) with mean `rate` and a + b = 1/ρ − 1, so that the number of wrong votes of an item is
    beta-binomial (Williams 1975, Biometrics 31:949) and any two of its votes err with correlation ρ. The rate and ρ lie
    strictly between 0 and 1. Harder ones of the items known err more; without them chance says which items err.
    """
    from scipy.stats import beta

    place = rng.random(items) if known is None else known.hardness
    size = 1 / correlation - 1
    return np.asarray(beta.ppf(place, rate * size, (1 - rate) * size))


def count_votes(votes: Iterable[Ints], items: int, classes: int) -> npt.NDArray[np.int8]:
    """Count each item's votes, one array (n,) a vote, for each class: shape (n, C)."""
    counts = np.zeros((items, classes), dtype=np.int8)
    for vote in votes:
        counts[np.arange(items), vote] += 1
    return counts


def plurality(counts: npt.NDArray[np.integer], rng: np.random.Generator) -> Ints:
    """Give the class with the most votes (n, C), (n,), ties broken at random, all tied classes equally likely.

    The number of draws depends on the shape alone.
    """
    chosen = np.empty(len(counts), dtype=np.int64)
    for start in range(0, len(counts), _BLOCK):
        block = counts[start : start + _BLOCK]
        # What is added stays below one vote, so it decides nothing but ties.
        chosen[start : start + _BLOCK] = (block + rng.random(block.shape)).argmax(axis=1)
    return chosen


def error_rates(annotators: int, rate: float, spread: float) -> Floats:
    """Give each annotator's error rate, (A,): evenly from `rate` − `spread` to `rate` + `spread`."""
    return np.asarray(np.clip(np.linspace(rate - spread, rate + spread, annotators), 0.0, 1.0))


def ask_annotators(
    labels: Ints, classes: int, annotators: int, votes: int, rate: float, spread: float, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """Ask `votes` annotators about every item, drawn at random without anybody answering an item twice.

    A wrong answer is any other class, all equally likely. The labels (n,) are the right answers; the annotators' rates
    are those of `error_rates`.

    Returns:
        Who was asked and what each said, both (n, m).
    """
    step = max(1, _NUMBERS_AT_ONCE // annotators)
    # Rows are drawn in their order, so how many at once makes no difference.
    blocks = [(min(step, labels.size - at), annotators) for at in range(0, labels.size, step)]
    who = np.concatenate([np.argsort(rng.random(block), axis=1)[:, :votes] for block in blocks])
    wrong = rng.random(who.shape) < error_rates(annotators, rate, spread)[who]
    shift = rng.integers(1, classes, size=who.shape)
    return who, np.where(wrong, (labels[:, None] + shift) % classes, labels[:, None])


def dawid_skene(who: Ints, said: Ints, classes: int, rng: np.random.Generator) -> Ints:
    """Weigh each answer by what its annotator's other answers tell of them, learned without knowing any truth: (n,).

    Dawid & Skene 1979 (Applied Statistics 28:20), as crowd-kit fits it: expectation maximisation from the plurality.
    All items are put together at once, so that early rounds of a campaign profit from what later ones tell of the
    annotators.

    The annotators `who` and what they `said` are (n, m); a class that nobody said is nobody's answer, and of equally
    likely ones chance takes any. Without crowd-kit an InputError is raised.
    """
    try:
        from crowdkit.aggregation import DawidSkene
    except ImportError as error:
        raise InputError(CROWD_KIT_MISSING) from error
    import pandas as pd

    items, votes = said.shape
    task = np.repeat(np.arange(items), votes)
    answers = pd.DataFrame({"task": task, "worker": who.ravel(), "label": said.ravel()})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # crowd-kit calls pandas in ways that newer versions will not know
        chances = DawidSkene(n_iter=100).fit_predict_proba(answers)
    likely = chances.reindex(index=range(items), columns=range(classes), fill_value=0.0).to_numpy(dtype=np.float64)
    best = likely >= likely.max(axis=1, keepdims=True) - _ROUNDING
    return np.asarray((best * (1 + rng.random(best.shape))).argmax(axis=1), dtype=np.int64)


def answers_of(
    oracle: Part, observed: Ints, classes: int, rng: np.random.Generator, items: Callable[[], Items] | None = None
) -> Ints:
    """Fix the answer to every item of the pool, (n,), whenever it is asked and whoever asks.

    `perfect` repeats the data set's observed labels (n,), whatever noise is in them; `flip`, `class_flip`,
    `boundary_flip` and `region_flip` replace some by another class, as this module says; `votes` takes the plurality of
    that many independent answers to the same item, of items that may differ in difficulty, or asks annotators who
    differ.

    The generator is keyed by data set and seed, so that all strategies meet the same wrong answers. `items` gives what
    is known of the n items; it is asked only by an oracle whose errors follow it, a ValueError if it is missing then.
    """
    if oracle.name == "perfect":
        return observed
    options = oracle.options
    if oracle.name == "flip":
        return flip_uniformly(observed, options["rate"], classes, rng)
    if oracle.name == "class_flip":
        return flip_by_class(observed, options["rate"], options["spread"], options["twin_share"], classes, rng)
    if oracle.name == "boundary_flip":
        return flip_at_boundary(observed, options["rate"], options["sharpness"], _require_items(items), rng)
    if oracle.name == "region_flip":
        return flip_regions(observed, options["rate"], options["regions"], classes, _require_items(items), rng)
    crowd = votes_of(oracle)
    rate, count = crowd["rate"], crowd["votes"]
    if crowd["annotators"]:
        who, said = ask_annotators(observed, classes, crowd["annotators"], count, rate, crowd["skill_spread"], rng)
        if crowd["aggregation"] == "dawid_skene":
            return dawid_skene(who, said, classes, rng)
        return plurality(count_votes(said.T, observed.size, classes), rng)
    if crowd["item_correlation"]:
        known = _require_items(items) if crowd["follows_hardness"] else None
        rate = error_rates_of_items(rate, crowd["item_correlation"], observed.size, rng, known)
    votes = (flip_uniformly(observed, rate, classes, rng) for _ in range(count))
    return plurality(count_votes(votes, observed.size, classes), rng)


def _require_items(items: Callable[[], Items] | None) -> Items:
    if items is None:
        raise ValueError("an oracle whose errors follow the items must be told of them")
    return items()


@lru_cache(maxsize=256)
def error_rate(oracle: Part, classes: int, pool_size: int, imbalance: float) -> float:
    """Give the share of an oracle's answers that are wrong, expected over seeds.

    It is exact for one answer, and measured for several, the same each time: where annotators are learned from what
    they said, on pools of `pool_size` items whose class shares fall evenly from the largest to the smallest, which is
    `imbalance` times as small. Where classes differ, which errs most is drawn by the seed: the mean is `rate`.
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
    features = labels[:, None].astype(np.float32)
    items = Items(rng.random(labels.size), labels, features) if crowd["follows_hardness"] else None
    wrong = [
        (answers_of(oracle, labels, classes, rng, (lambda: items) if items else None) != labels).mean()
        for _ in range(pools)
    ]
    return float(np.mean(wrong).round(4))


@dataclass(frozen=True)
class ItemTimes:
    """What items take to annotate.

    Args:
        seconds: (n,), what all votes on an item take together; known once it is annotated.
        expected: (n,), above 0, what can be foreseen of it: all that a strategy is shown.
    """

    seconds: Floats
    expected: Floats


def draw_times(oracle: Part, votes: int, hardness: Floats, rng: np.random.Generator) -> ItemTimes:
    """Draw what every item of a pool takes, and what can be foreseen of it.

    A vote's time is lognormal about M, as response times of people are (van der Linden 2006, A lognormal model for
    response times on test items, Journal of Educational and Behavioral Statistics 31:181), and depends on how hard the
    item is more than on who annotates it (Tomanek & Hahn 2010, Annotation time stamps). Every vote is timed on its own.

    What is foreseen is m · M with an error of log sd `estimate_spread`, since nobody knows hardness before labelling;
    the actual time is never shown. With an error of 0 the estimate would tell the rank of an item's hardness, which
    rests on all clean labels. The generator is keyed by data set and seed: all strategies meet the same times.
    """
    how = timing_of(oracle)
    # Estimates first: what else is drawn then changes nothing about them.
    error = np.exp(how["estimate_spread"] * rng.standard_normal(hardness.size))
    median = how["seconds"] * float(how["hardness_slowdown"]) ** (hardness - 0.5)
    total = np.zeros(hardness.size)
    for _ in range(votes):
        total += median * np.exp(how["seconds_spread"] * rng.standard_normal(hardness.size))
    return ItemTimes(total, votes * median * error)
