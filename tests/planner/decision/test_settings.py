"""Many settings at once are what single ones are, whichever draws are asked."""

import numpy as np
import pytest

from planner.decision import scan as settings_module
from planner.decision.break_even import break_evens
from planner.decision.case import Case
from planner.decision.labels_required import forecast_labels_required
from planner.decision.scan import Sample, answers
from planner.decision.sensitivity import flip_conditions
from planner.decision.state import Interval, state_of
from planner.plan import parse_plan
from tests.planner.decision.hand_made import spread

HOURS = "engineering.one_off_hours"


@pytest.fixture(scope="module")
def at_budget():
    plan = parse_plan("[task]\nbudget_usd = 20_000\n[engineering]\none_off_hours = 40")
    return Case.of(plan, forecast_labels_required(plan, n_draws=1_200, seed=0))


@pytest.fixture(scope="module")
def by_rule():
    text = '[task]\ntarget = 0.8\nvalue_per_point_usd = 1_000\n[stopping]\nrules = ["target", "economic"]'
    plan = parse_plan(text)
    return Case.of(plan, forecast_labels_required(plan, n_draws=300, seed=0))


@pytest.mark.parametrize("group", [1, 700, 10**9])
def test_groups_of_settings_are_asked_like_single_ones(monkeypatch, group):
    monkeypatch.setattr(settings_module, "GROUP", group)
    case, x = spread(200), np.array([1.0, 20.0, 75.0, 300.0, 800.0])
    found = answers(lambda column: case.at({HOURS: column}), x, case.n_draws, quantiles=True)
    for i, hours in enumerate(x):
        there = case.at({HOURS: np.array([hours])})
        assert found.p_al_better[i] == pytest.approx(there.p_al_cheaper)
        assert found.p_unreachable[i] == pytest.approx(there.p_unreachable)
        assert found.mean_usd[i] == pytest.approx(there.saving_usd.mean())
        assert found.scale_usd[i] == pytest.approx(there.plans["random"].mean_usd)
        quantiles = Interval.of(there.saving_usd)
        assert found.saving_usd[:, i] == pytest.approx([quantiles.q10, quantiles.q50, quantiles.q90])


def test_what_a_setting_does_not_touch_is_the_same_at_all_of_them():
    case = spread(50)
    found = answers(lambda column: case.at({"calendar.deadline_cost_usd": column}), np.arange(4.0), 50, quantiles=True)
    assert found.p_al_better.tolist() == [case.chosen.p_al_cheaper] * 4
    assert found.saving_usd.shape == (3, 4)


def test_all_draws_are_asked_where_that_is_quick():
    case = spread(1_500)
    assert Sample.of(case, HOURS) == Sample(case)
    assert Sample.of(case, HOURS, most=100).case.n_draws == 100


def test_fewer_draws_give_the_verdicts_chance_where_nothing_changes(at_budget, by_rule):
    for case, path, left in ((at_budget, HOURS, 1_000), (by_rule, "engineering.projects_sharing", 250)):
        sample = Sample.of(case, path)
        assert sample.case.n_draws == left
        planned = np.array([case.plan.input(path).quantity.median])
        there = sample.at(lambda column, path=path: {path: column}, planned)
        # A rule that is run again reads other test items.
        assert there.p_al_better[0] == pytest.approx(case.chosen.p_al_cheaper, abs=1e-9 if left == 1_000 else 0.03)
        assert there.mean_usd[0] == pytest.approx(case.chosen.saving_usd.mean(), rel=1e-9 if left == 1_000 else 0.03)


def test_a_rule_about_the_target_is_run_again_only_where_it_is_moved():
    text = '[task]\ntarget = 0.8\n[stopping]\nrules = ["target"]'
    plan = parse_plan(text)
    case = Case.of(plan, forecast_labels_required(plan, n_draws=300, seed=0))
    assert Sample.of(case, HOURS).case.n_draws == 300
    assert Sample.of(case, HOURS, "task.pool_size").case.n_draws == 250


def test_a_plan_at_a_budget_is_solved_too(at_budget):
    found = break_evens(at_budget, ("projects", "factor"))
    assert set(found) == {"projects"}  # what a budget buys does not hang on a factor
    flip = flip_conditions(at_budget, [HOURS])[HOURS]
    assert flip is None or flip.state != state_of(at_budget.chosen.p_al_cheaper)


def test_a_plan_with_a_rule_has_no_factor_either(by_rule):
    assert break_evens(by_rule, ("factor",)) == {}
