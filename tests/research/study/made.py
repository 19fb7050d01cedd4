"""Savings and curve tables made by hand, whose break-evens can be worked out on paper."""

import pandas as pd

from planner.curves.label_savings import LabelSavings
from research.study.measured import Saved
from tests.research.findings.hand_made import rows

COUNTS = (20, 40, 80, 160)


def saved(name="a", random=1_000.0, strategy=500.0, *, q10=None, q90=None, classes=4, imbalance=1.0, **more):
    """One data set on which random needs `random` labels and margin `strategy`; None is never."""
    fields = {"strategy": "margin", "learner": "linear", "batch_size": 100, "initial_size": 100, "share": 1.0} | more
    factor = None if strategy is None else random / strategy
    fields |= {"dataset": name, "metric": "accuracy", "at": int(random), "value": 0.9, "pairs": 20, "unreached": 0}
    fields |= {"labels_random": random, "labels_strategy": strategy, "factor": factor, "q10": q10, "q90": q90}
    return Saved(LabelSavings(**fields), classes, imbalance)


def rising(ahead=1.0, *, top=0.8, slope=0.005):
    """Half a point a label up to 160 of random's labels; `ahead` times as many labels' worth at each."""
    return lambda labels: top - 0.8 + slope * min(ahead * labels, 160)


def table(ahead, *, learner="linear", classes=4, strategies=("margin",), imbalance=1.0, metric="accuracy"):
    """Random and strategies on data sets named by `ahead`: name → how many times random's labels its are worth."""
    made = []
    for name, times in ahead.items():
        made += rows(name, "random", 20, 20, COUNTS, rising(), classes=classes, learner=learner)
        for strategy in strategies:
            made += rows(name, strategy, 20, 20, COUNTS, rising(times), classes=classes, learner=learner)
    return pd.DataFrame(made).assign(imbalance=imbalance, metric=metric)
