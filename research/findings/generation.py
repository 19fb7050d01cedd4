"""T14: generation with few labels gains nothing from choosing, and the order of training decides more.

The metric is `symbol_accuracy`: 1 less the edit distance per symbol of the true answer, on average.

Notation
    y    (A, O, I) values of A selections, each trained in O orders from I beginnings
"""

import pandas as pd

from research.findings.curves import NotRecordedError, RecordedCurves
from research.findings.estimates import height_gap, mean_over_seeds
from research.findings.finding import Measured
from research.findings.part import Figure, Part
from research.findings.rules import RULES
from research.findings.variance import variance_split
from simulations.arrays import Floats

__all__ = ["generation"]

METRIC = "symbol_accuracy"

_DATASET = "pronunciations [last=m]"
"""What its name begins with; how the initial set was drawn stands behind it."""

_BATCH, _FIRST, _LAST = 200, 100, 500
_PRETRAINED = {"none": "from scratch", "overlapping": "pre-trained on like words", "disjoint": "pre-trained on others"}
_ORDERS, _STARTS = (1, 2, 3), (1, 2)
_FACTORS = ("selection", "order", "initialisation")


def generation(curves: RecordedCurves) -> Measured:
    """T14: choosing − random from 100 to 500 labels, and the order's share of the variance at 100 labels.

    The source fine-tunes language models, so the order's share of a small one is told for comparison.
    """
    try:
        own = curves.under(METRIC)
        gains = {which: _gain(own, which, "mnlp") for which in _PRETRAINED}
        spread = {which: _values(own, which) for which in _PRETRAINED}
        diverse = _gain(own, "none", "coreset_deep")
    except NotRecordedError:
        raise NotRecordedError(
            "Missing: curves of a small sequence model over several selections, orders and initialisations, "
            "pre-trained on none, overlapping and disjoint data."
        ) from None
    rule = RULES["T14"]
    parts = [mean_over_seeds(rule[which], {_DATASET: gain}) for which, gain in gains.items()]
    parts.append(mean_over_seeds(rule["diverse"], {_DATASET: diverse}))
    parts += [_share(rule[f"order {which}"], y) for which, y in spread.items()]
    seeds = min(len(diverse), *(len(gain) for gain in gains.values()), *(len(y) for y in spread.values()))
    note = " ".join((
        "Words to phonemes by a small attention model; the source translates with large ones, so that the order's "
        "share is not tested.",
        "A selection is which items are labelled and which are held out.",
        *(_told(y, which) for which, y in spread.items()),
    ))  # fmt: skip
    return Measured(tuple(parts), (_DATASET,), seeds, note)


def _gain(curves: RecordedCurves, which: str, strategy: str) -> "pd.Series[float]":
    first, random = (
        curves.of(curves.named(_DATASET), name, _BATCH, _FIRST, _learner(which)) for name in (strategy, "random")
    )
    # At the first count both know the same labels.
    return height_gap(first, random, _FIRST + 1, _LAST)


def _values(curves: RecordedCurves, which: str) -> Floats:
    """Look up y at the first count."""
    name = curves.named(_DATASET)
    cells = [
        [curves.of(name, "random", _BATCH, _FIRST, _learner(which, order, start))[_FIRST] for start in _STARTS]
        for order in _ORDERS
    ]
    table = pd.concat([cell for row in cells for cell in row], axis=1).dropna()
    if len(table) < 2:
        raise NotRecordedError("Missing: selections that were trained in every order from every beginning.")
    return table.to_numpy(dtype=float).reshape(len(table), len(_ORDERS), len(_STARTS))


def _share(about: Figure, y: Floats) -> Part:
    split = variance_split(y, _FACTORS, drawn_anew=True)
    return Part(about, split.shares["order"], split.intervals["order"])


def _told(y: Floats, which: str) -> str:
    """Tell the split in words; what order and initialisation do together counts in both."""
    split = variance_split(y, _FACTORS, drawn_anew=True)
    if split.total == 0:
        return f"Nothing varies {_PRETRAINED[which]}."
    shares = ", ".join(f"{name} {share:.0%}" for name, share in split.shares.items() if share is not None)
    both = split.components["order", "initialisation"] / split.total
    return (
        f"Standard deviation {_PRETRAINED[which]} {100 * split.total**0.5:.1f} points, its variance by {shares}, of "
        f"which order and initialisation have {both:.0%} together."
    )


def _learner(which: str, order: int = 0, start: int = 0) -> str:
    """Name the learner as curve tables do: by the settings that are not its defaults, in alphabetic order."""
    settings = {"order_seed": order, "pretrained": which, "start_seed": start}
    changed = [f"{name}={value}" for name, value in settings.items() if value not in (0, "none")]
    return f"seq2seq [{', '.join(changed)}]" if changed else "seq2seq"
