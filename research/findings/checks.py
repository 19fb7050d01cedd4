"""The findings T1 to T17: what each claims, who published it, and which measurement answers it."""

from collections.abc import Mapping

import pandas as pd

from research.findings.batches import (
    batch_size_of_margin,
    coreset_in_batches,
    crossing_of_uncertainty,
    one_query_or_fifty,
)
from research.findings.curves import RecordedCurves
from research.findings.ends import coreset_never, gradient_on_images, kmeans_below
from research.findings.equivalence import alike
from research.findings.finding import Check, Finding
from research.findings.generation import generation
from research.findings.noise import noise_takes_the_gain
from research.findings.ordering import order_by_classes
from research.findings.savings import forest_beside_linear, two_digits
from research.findings.shape import gain_grows, three_seeds
from research.findings.transfer import another_model
from research.findings.typical import typical_then_not

__all__ = ["CHECKS", "judge_findings"]

_GISSIN = "Gissin & Shalev-Shwartz, blog on discriminative active learning, 2019"
_OPENAL = "OpenAL, 14 data sets"
_CDAL = "CDALBench, 50 seeds"

_ALL = (
    Check(
        "T1",
        "On MNIST's threes and fives a logistic regression is near perfect after 50 chosen labels, and not after 100 "
        "random ones: a savings factor of 2 or more.",
        _GISSIN,
        two_digits,
    ),
    Check(
        "T2",
        "On embeddings of images in ten classes, in batches of 50, margin gains nothing at 60 labels, 2.4 points at "
        "110 and 3.2 at 260; seeds lie 1.3 to 2.5 points apart.",
        _CDAL,
        gain_grows,
    ),
    Check(
        "T3",
        "Greedy core-set is like random in batches of 10 and better as batches grow (MNIST: factor 1.0, then 2.0 at "
        "100).",
        _GISSIN,
        coreset_in_batches,
    ),
    Check("T4", "Entropy falls behind least confidence behind margin as classes grow.", _OPENAL, order_by_classes),
    Check("T5", "Choosing by k-means alone ends below random on most data sets (11 of 14).", _OPENAL, kmeans_below),
    Check(
        "T6",
        "Choosing one at a time or fifty at once turns the sign of margin's gain on a redundant pool (USPS).",
        _CDAL,
        one_query_or_fifty,
    ),
    Check(
        "T7",
        "Labels chosen by another model than the one trained halve the gain or turn it (+0.7 to −1.8 points).",
        "Lu et al., 26 tabular data sets",
        another_model,
    ),
    Check(
        "T8",
        "TypiClust is best at a few labels a class and worst later.",
        "Hacohen, Dekel & Weinshall 2022; CDALBench",
        typical_then_not,
    ),
    Check("T9", "Wrong labels shrink what margin saves.", "held in the field, no single source", noise_takes_the_gain),
    Check("T10", "Expected gradient length is below random on images.", _GISSIN, gradient_on_images),
    Check(
        "T11",
        "Uncertainty is below random where labels are few, and above it where they are many.",
        "Hacohen, Dekel & Weinshall 2022",
        crossing_of_uncertainty,
    ),
    Check(
        "T12",
        "Plain uncertainty does as well as uncertainty under dropout and as DAL; on harder data all are within half a "
        "point of each other.",
        _GISSIN,
        alike,
    ),
    Check(
        "T13",
        "The size of a batch barely hurts uncertainty on plain pools, and does on redundant ones.",
        "Gissin & Shalev-Shwartz 2019; CDALBench",
        batch_size_of_margin,
    ),
    Check(
        "T14",
        "With 100 to 500 samples of language generation, choosing gains nothing, and the order of training explains "
        "53% to 94% of the variance.",
        "arXiv 2604.08977",
        generation,
    ),
    Check(
        "T15",
        "Core-set never reaches random's end on a third to a half of the data sets (5 of 14; 10 of 21).",
        "OpenAL; LabelBench",
        coreset_never,
    ),
    Check(
        "T16",
        "Three seeds show the wrong sign of margin − random 39% of the time at 60 labels and 11% at 110.",
        _CDAL,
        three_seeds,
    ),
    Check(
        "T17",
        "The savings factor of a proxy and that of the real model differ with a log sd of about 0.4 and agree in sign "
        "on 83%.",
        "LabelBench, heads against end-to-end training",
        forest_beside_linear,
    ),
)

CHECKS: Mapping[str, Check] = {check.id: check for check in _ALL}
"""By id, in order."""


def judge_findings(table: pd.DataFrame) -> tuple[Finding, ...]:
    """Hold every finding against a curve table.

    Args:
        table: validated; the recorded library and what was simulated for the findings, together.

    Returns:
        T1 to T17; where the table lacks curves, their setting is not tested.
    """
    curves = RecordedCurves(table)
    return tuple(check.judge(curves) for check in CHECKS.values())
