"""Weights of proxies worked out by hand, and what holds of every weighting."""

import numpy as np
import pandas as pd
import pytest

from planner.transfer.from_proxies import Proxy, curves_from_proxies
from planner.transfer.task_curves import TaskDescription
from research.matching.weightings import EQUAL, MATCHED, SHIPPED, methods_for
from tests.research.matching.made import table

TASK = TaskDescription("accuracy", 10, kind="image", learner="forest")
METHODS = {method.name: method.weighting for method in methods_for(["forest", "linear"])}


def proxy(dataset, learner="linear", *, match=1.0, kind="tabular"):
    return Proxy(dataset, learner, "accuracy", kind, 10, {}, match, 0.0, "")


FOUND = [
    proxy("a", match=0.8, kind="image"),
    proxy("a", "forest", match=0.8, kind="image"),
    proxy("b", match=0.4),
    proxy("c", match=0.001),
    proxy("d", match=0.2),
]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # A data set recorded with both learners has its weight shared 1 : 2, the task's learner the greater part.
        ("matched", [0.8 / 3, 1.6 / 3, 0.4, 0.02, 0.2]),
        ("equal", [1 / 3, 2 / 3, 1, 1, 1]),
        ("same kind", [1 / 3, 2 / 3, 0, 0, 0]),
        ("nearest three", [1 / 3, 2 / 3, 1, 0, 1]),
        ("own learner first", [0, 0.8, 0.4, 0.02, 0.2]),
        ("own learner only", [0, 0.8, 0, 0, 0]),
        ("linear only", [0.8, 0, 0.4, 0.02, 0.2]),
    ],
)
def test_weights_by_hand(name, expected):
    np.testing.assert_allclose(METHODS[name](FOUND, TASK), expected)


def test_weights_of_a_plan_are_those_of_the_weighting_said_to_ship():
    curves, task = table(), TaskDescription("accuracy", 2, kind="tabular", learner="linear")
    other = EQUAL if SHIPPED is MATCHED else MATCHED
    told, named, differ = (
        curves_from_proxies(curves, task, ("random",), n_draws=50, seed=0, **weighting).evidence
        for weighting in ({}, {"weighting": SHIPPED.weighting}, {"weighting": other.weighting})
    )
    pd.testing.assert_frame_equal(told, named)
    assert not np.allclose(told["weight"], differ["weight"])
