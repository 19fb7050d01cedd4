"""Parts priced one by one are what they are at once."""

import numpy as np
import pytest

from planner.decision.comparison import concat
from tests.planner.decision.hand_made import spread

HOURS = "engineering.one_off_hours"


def test_parts_in_any_order_are_the_whole():
    case = spread(30)
    x = np.array([[5.0], [20.0], [80.0]])
    whole = case.at({HOURS: x})
    parts = [([2, 0], case.at({HOURS: x[[2, 0]]})), ([1], case.at({HOURS: x[1]}))]
    found = concat(parts, 3)
    assert found.saving_usd == pytest.approx(whole.saving_usd)
    assert found.al_better == pytest.approx(whole.al_better)
    assert found.p_unreachable == whole.p_unreachable
    for name, priced in found.plans.items():
        assert np.broadcast_to(priced.bill.days, (3, 30)) == pytest.approx(
            np.broadcast_to(whole.plans[name].bill.days, (3, 30))
        )
        assert priced.bill.lines["engineering_usd"].shape[0] == 3
        assert priced.reached.dtype == bool


def test_a_batch_size_that_is_not_the_same_in_all_parts_is_none():
    case = spread(10)
    found = concat([([0], case.at({})), ([1], case.at({}))], 2)
    assert found.plans["margin"].batch_size is None
    assert found.al_plan == "margin"
