"""T3, T6, T11 and T13: what the size of a batch does to core-set, to margin and to the least confident.

Random draws follow the same law in batches of any size, so where one strategy is compared with itself in two sizes
random is left out, and its noise with it.
"""

import pandas as pd

from planner.curves.label_savings import label_savings
from research.findings.curves import NotRecordedError, RecordedCurves
from research.findings.estimates import PerSeed, generated_once, height_gap, mean_over_seeds
from research.findings.finding import Measured
from research.findings.part import Figure, Part
from research.findings.rules import RULES

__all__ = ["batch_size_of_margin", "coreset_in_batches", "crossing_of_uncertainty", "one_query_or_fifty"]

_IMAGES, _MNIST = "optdigits", "mnist5k"
_SIZES = ("large", "growth", "small")
_DIGITS = ("digits", "optdigits")
_PLAIN = (*_DIGITS, "synthetic-balanced")
_REDUNDANT = ("synthetic-redundant", "synthetic-redundant [duplicate_share=0.34]")
_SHARED = (70, 120, 170, 220)
"""Label counts that batches of 1 and of 50 after 20 labels both measure."""

_FIRST = 100
_BATCHES = (10, 100, 200)
"""T13's sizes after an initial set of 100: below it, as large, and beyond."""

_LARGE = {"optdigits": 20, "penbased": 20, "satimage": 20, "letter": 40}
"""Initial size where batches are of 100."""

_MANY = 100
"""Labels a class from which on they are many."""


def coreset_in_batches(curves: RecordedCurves) -> Measured:
    """T3: greedy core-set in batches of 100 against random and against batches of 10, with two kinds of network.

    Figures of a perceptron, and of a sample of MNIST, are told for comparison.
    """
    rule = RULES["T3"]
    gains = _core_set_gains(curves, _IMAGES, "cnn")
    parts = [mean_over_seeds(rule[size], gain) for size, gain in zip(_SIZES, gains, strict=True)]
    parts.append(_factor(curves, rule["factor"]))
    _, perceptron_growth, perceptron_small = _core_set_gains(curves, _IMAGES, "mlp")
    parts.append(mean_over_seeds(rule["perceptron small"], perceptron_small))
    parts.append(mean_over_seeds(rule["perceptron growth"], perceptron_growth))
    note, names = "Digits of 8×8 pixels.", [_IMAGES]
    try:
        of_mnist = _core_set_gains(curves, _MNIST, "cnn")
        parts += [mean_over_seeds(rule[f"MNIST {size}"], gain) for size, gain in zip(_SIZES, of_mnist, strict=True)]
        names.append(_MNIST)
    except NotRecordedError as missing:
        note += f" {missing}"
    note += " Random stands beside batches of 10 with its own of 100, whose law is the same."
    return Measured(tuple(parts), tuple(names), min(map(_fewest, gains)), note)


def one_query_or_fifty(curves: RecordedCurves) -> Measured:
    """T6: margin − random on handwritten digits and pools with near-copies, one query at a time and fifty at once."""
    names, rule = (*_DIGITS, *_REDUNDANT), RULES["T6"]
    one, fifty = _gain(curves, names, 1), _gain(curves, names, 50)
    loss = {name: (fifty[name] - one[name]).dropna() for name in names}
    parts = (
        mean_over_seeds(rule["loss"], loss),
        mean_over_seeds(rule["one"], one),
        mean_over_seeds(rule["turned"], fifty),
    )
    note = "Digits of 8×8 pixels, not USPS's 16×16, and generated pools with many near-copies of items."
    return Measured(parts, names, _fewest(loss), note)


def batch_size_of_margin(curves: RecordedCurves) -> Measured:
    """T13: what margin loses in batches as large as the initial set and larger, on plain and on redundant pools."""
    rule = RULES["T13"]
    small, equal, beyond = (
        {name: curves.of(name, "margin", size, _FIRST) for name in (*_PLAIN, *_REDUNDANT)} for size in _BATCHES
    )
    losses, far = (
        {name: height_gap(other[name], small[name], _FIRST + 1) for name in small} for other in (equal, beyond)
    )
    plain, redundant = _means(losses, _PLAIN), _means(losses, _REDUNDANT)
    parts = (
        mean_over_seeds(rule["plain"], {name: losses[name] for name in _PLAIN}),
        mean_over_seeds(rule["more"], {"redundant − plain": (redundant - plain).dropna()}),
        mean_over_seeds(rule["beyond plain"], {name: far[name] for name in _PLAIN}),
        mean_over_seeds(rule["beyond redundant"], {name: far[name] for name in _REDUNDANT}),
    )
    return Measured(parts, (*_PLAIN, *_REDUNDANT), _fewest(losses))


def crossing_of_uncertainty(curves: RecordedCurves) -> Measured:
    """T11: least confident − random after the first batch of 100 and at the end, where labels are many a class."""
    rule = RULES["T11"]
    gains = {
        name: curves.of(name, "least_confidence", 100, first) - curves.of(name, "random", 100, first)
        for name, first in _LARGE.items()
    }
    few = {name: gain[_LARGE[name] + 100].dropna() for name, gain in gains.items()}
    ends = {name: gain.iloc[:, -1].dropna() for name, gain in gains.items()}
    many = {name: end for name, end in ends.items() if int(gains[name].columns[-1]) >= _MANY * curves.classes(name)}
    if not many:
        raise NotRecordedError("Missing: least confident at 100 labels a class.")
    parts = (
        mean_over_seeds(rule["few"], few),
        mean_over_seeds(rule["many"], many),
        mean_over_seeds(rule["between"], {name: end for name, end in ends.items() if name not in many}),
    )
    return Measured(parts, tuple(_LARGE), _fewest(few))


def _core_set_gains(curves: RecordedCurves, name: str, learner: str) -> list[PerSeed]:
    """Give core-set in batches of 100 − random, − itself in batches of 10, and that − random, from 100 labels on."""
    asked = (("coreset_deep", 10), ("coreset_deep", 100), ("random", 100))
    ten, hundred, random = (curves.of(name, what, batch, _FIRST, learner) for what, batch in asked)
    return [{name: height_gap(*pair, 200)} for pair in ((hundred, random), (hundred, ten), (ten, random))]


def _factor(curves: RecordedCurves, about: Figure) -> Part:
    """Give core-set's savings factor in batches of 100 at random's last label count."""
    rows = curves.rows
    rows = rows[(rows["dataset"] == _IMAGES) & (rows["learner"] == "cnn") & (rows["batch_size"] == 100)]
    found = next(one for one in label_savings(rows) if one.strategy == "coreset_deep" and one.share == 1)
    return Part(about, found.factor, None if found.p_never is None else (found.q10, found.q90))


def _gain(curves: RecordedCurves, names: tuple[str, ...], batch: int) -> dict[str, "pd.Series[float]"]:
    """Give margin − random in batches of one size, at the counts that all sizes measure."""
    every = {name: _at_shared(curves, name, "margin", batch) for name in names}
    return {name: height_gap(margin, _at_shared(curves, name, "random", batch)) for name, margin in every.items()}


def _means(losses: PerSeed, names: tuple[str, ...]) -> "pd.Series[float]":
    """Average over data sets within a seed, generated ones counting as one."""
    return pd.DataFrame(generated_once({name: losses[name] for name in names})).dropna().mean(axis=1)


def _at_shared(curves: RecordedCurves, name: str, strategy: str, batch: int) -> pd.DataFrame:
    values = curves.of(name, strategy, batch, 20)
    return values[[count for count in _SHARED if count in values.columns]]


def _fewest(figures: PerSeed) -> int:
    return min(len(series) for series in figures.values())
