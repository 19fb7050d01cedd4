"""Strategies beside random on curves made by hand."""

import pandas as pd
import pytest

from research.strategies import compare_strategies
from tests.research.findings.hand_made import rows

COUNTS = (20, 40, 80)


def _table(*parts):
    return pd.DataFrame([row for part in parts for row in part])


def _on(dataset, strategy, value, **more):
    return rows(dataset, strategy, 20, 20, COUNTS, value, **more)


def _rising(ahead=1.0):
    """Half a point a label; `ahead` twice is what random has with twice the labels."""
    return lambda labels: 0.4 + 0.005 * min(ahead * labels, 80)


def test_twice_as_good_saves_half_and_worse_never_gets_there():
    table = _table(
        _on("a", "random", _rising()), _on("a", "margin", _rising(2.0)), _on("a", "entropy", lambda labels: 0.3)
    )
    margin, entropy = compare_strategies(table)
    assert (margin.strategy, margin.above, margin.below) == ("margin", 1, 0)
    assert margin.sets[0].factor == pytest.approx(2.0)
    # The gains at 20, 40 and 80 labels are 0.1, 0.2 and 0; log labels are evenly apart.
    assert margin.sets[0].gain == pytest.approx((0.1 / 2 + 0.2 + 0.0 / 2) / 2)
    assert margin.sets[0].gain_q10 == pytest.approx(margin.sets[0].gain)
    assert (entropy.sets[0].factor, entropy.sets[0].p_never, entropy.above, entropy.below) == (None, 1.0, 0, 1)
