"""The outlook is the verdict's own, without what a verdict searches for."""

import numpy as np
import pandas as pd
import pytest

from planner.decision import Summary, Verdict, decide_plan
from planner.decision.summary import summarise_case
from planner.plan import parse_plan
from planner.transfer.advantage import advantages

from .test_deciding import decided, fixed_curves, spread


@pytest.mark.parametrize("text", ["[task]\ntarget = 0.9\n", "[task]\nbudget_usd = 4000\n"])
def test_it_is_what_the_verdict_holds(monkeypatch, text):
    verdict = decided(monkeypatch, spread(), text)
    case = decide_plan.case_of(parse_plan(text), n_draws=200)
    outlook = summarise_case(case, text)
    assert isinstance(verdict, Verdict) and isinstance(verdict, Summary)
    for name, found in vars(outlook).items():
        held = getattr(verdict, name)
        if isinstance(found, pd.DataFrame):
            pd.testing.assert_frame_equal(found, held)
        elif name == "advantages":
            assert {key: one.to_dict() for key, one in found.items()} == {k: one.to_dict() for k, one in held.items()}
        else:
            assert found == held, name


def test_no_price_is_searched_and_no_input_swung(monkeypatch):
    for name in ("break_evens", "tornado", "chance_by_price"):
        monkeypatch.setattr(f"planner.decision.decide_plan.{name}", None)
    monkeypatch.setattr(
        "planner.decision.labels_required.task_curves",
        lambda *args, **kwargs: fixed_curves(("random", "margin"), spread()),
    )
    outlook = summarise_case(decide_plan.case_of(parse_plan(""), n_draws=200), "")
    assert set(outlook.plans) == {"random", "margin"}


def test_curves_summarise_once_and_give_a_table_of_their_own():
    curves = fixed_curves(("random", "margin"), spread())
    grid = np.array([100.0, 1_000.0])
    first = curves.summary(grid)
    first["q50"] = -1.0
    again = curves.summary(grid)
    assert (again["q50"] >= 0).all()
    pd.testing.assert_frame_equal(again, fixed_curves(("random", "margin"), spread()).summary(grid))
    assert len(curves.summary(np.array([100.0, 2_000.0])).query("labels == 2000")) == 2


def test_another_target_or_other_curves_are_summarised_anew():
    curves = fixed_curves(("random", "margin"), spread())
    grid = np.array([1_000.0])
    at_90, at_91 = (advantages(curves, grid, target)["margin"].at_target for target in (0.90, 0.91))
    assert at_90 == advantages(curves, grid, 0.90)["margin"].at_target
    fresh = fixed_curves(("random", "margin"), spread())
    assert at_91 == advantages(fresh, grid, 0.91)["margin"].at_target
    moved = curves.stretched(2.0)
    assert not np.array_equal(moved.summary(grid)["q50"], curves.summary(grid)["q50"])
