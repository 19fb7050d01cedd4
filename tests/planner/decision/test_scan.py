"""Changes of an answer are found where they were put by hand; many settings at once are what single ones are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.decision import break_even as settings_module
from planner.decision.break_even import Sample, answers, break_evens, changes, draws_asked, near_misses
from planner.decision.case import Case
from planner.decision.labels_required import forecast_labels_required
from planner.decision.sensitivity import flip_conditions
from planner.decision.state import Interval
from planner.plan import parse_plan
from tests.planner.decision.hand_made import spread

GRID = np.geomspace(1e-3, 1e3, 73)


def signed(*answers):
    """Answers of yes and no, without saying by how much."""
    return np.where(np.stack(answers), 1.0, -1.0)


def test_each_question_has_its_own_changes():
    never, always, once, twice = changes(lambda x: signed(x < 0, x > 0, x > 3, (x > 0.5) & (x <= 20)), GRID)
    assert (never.begins, never.at) == (False, ())
    assert (always.begins, always.at) == (True, ())
    assert once.at == pytest.approx([3])
    assert twice.at == pytest.approx([0.5, 20])


def test_a_change_is_told_on_the_side_where_the_answer_is_yes():
    (rising,) = changes(lambda x: signed(x > 3), GRID)
    (falling,) = changes(lambda x: signed(x < 3), GRID)
    assert rising.at[0] > 3
    assert falling.at[0] < 3


def test_whole_numbers_are_found_exactly():
    x = np.unique(np.rint(np.geomspace(1, 1e6, 40)))
    (found,) = changes(lambda x: signed((x >= 7_123) & (x <= 98_765)), x, whole=True)
    assert found.at == (7_123, 98_765)


def test_a_first_step_from_zero_is_narrowed_as_well():
    (found,) = changes(lambda x: signed(x > 1e-7), np.concatenate([[0.0], GRID]))
    assert found.at == pytest.approx([1e-7], rel=0.01)


@given(st.lists(st.floats(-2.9, 2.9), min_size=1, max_size=4, unique=True))
def test_all_roots_that_lie_in_different_steps_are_found(exponents):
    roots = np.sort(10.0 ** np.array(exponents))
    steps = np.searchsorted(GRID, roots, side="right")
    (found,) = changes(lambda x: signed(np.searchsorted(roots, x) % 2 == 1), GRID)
    if len(set(steps.tolist())) == len(roots):
        assert found.at == pytest.approx(roots.tolist(), rel=1e-5)
    assert len(found.at) % 2 == len(roots) % 2


def test_an_answer_that_changes_and_changes_back_within_a_step_is_looked_for():
    """A parabola in ln x that is above 0 only between 0.95 and 1.15, within one step of the scan."""
    x = np.geomspace(0.01, 100, 13)

    def over(some):
        return np.stack([0.2 - np.abs(np.log(some) - np.log(1.045)) / 0.5])

    (unseen,) = changes(over, x[x != 1])
    assert unseen.at == ()
    scan = x[x != 1]
    every = np.sort(np.concatenate([scan, near_misses(over(scan), scan)]))
    (seen,) = changes(over, every)
    assert seen.at == pytest.approx([1.045 * np.exp(-0.1), 1.045 * np.exp(0.1)], rel=1e-3)


def test_an_answer_that_is_far_from_changing_is_not_looked_at_twice():
    x = np.geomspace(1, 100, 9)
    flat = np.full((1, 9), -0.4)
    dip = np.array([[-0.4, -0.4, -0.4, -0.39, -0.38, -0.39, -0.4, -0.4, -0.4]])
    assert near_misses(flat, x).size == 0
    assert near_misses(dip, x).size == 0
    near = np.where(dip == -0.38, -0.01, -0.4)
    besides = near_misses(near, x)
    assert besides.size == 8 and x[3] < besides.min() and besides.max() < x[5]
    assert not set(near_misses(near, np.arange(9.0), whole=True)) & set(range(9))


HOURS = "engineering.one_off_hours"


@pytest.fixture(scope="module")
def at_budget():
    plan = parse_plan("[task]\nbudget_usd = 20_000\n[engineering]\none_off_hours = 40")
    return Case.of(forecast_labels_required(plan, n_draws=1_200, seed=0))


@pytest.fixture(scope="module")
def by_rule():
    text = '[task]\ntarget = 0.8\nvalue_per_point_usd = 1_000\n[stopping]\nrules = ["target", "economic"]'
    plan = parse_plan(text)
    return Case.of(forecast_labels_required(plan, n_draws=300, seed=0))


@pytest.mark.parametrize("group", [1, 700, 10**9])
def test_groups_of_settings_are_asked_like_single_ones(monkeypatch, group):
    monkeypatch.setattr(settings_module, "GROUP", group)
    case, x = spread(200), np.array([1.0, 20.0, 75.0, 300.0, 800.0])
    found = answers(lambda column: case.at({HOURS: column}), x, case.n_draws, quantiles=True)
    for i, hours in enumerate(x):
        there = case.at({HOURS: np.array([hours])})
        assert found.p_al_better[i] == pytest.approx(there.p_al_cheaper)
        assert found.p_unreachable[i] == pytest.approx(there.p_unreachable)
        assert found.ahead[i] - found.behind[i] == pytest.approx(there.saving_usd.mean())
        assert found.calls[i].state == there.call.state
        assert found.scale[i] == pytest.approx(there.plans["random"].mean_usd)
        quantiles = Interval.of(there.saving_usd)
        assert found.saving_usd[:, i] == pytest.approx([quantiles.q10, quantiles.q50, quantiles.q90])


def test_all_draws_are_asked_where_that_is_quick():
    case = spread(1_500)
    assert Sample.of(case, draws_asked(case, HOURS)) == Sample(case)
    assert Sample.of(case, draws_asked(case, HOURS, most=100)).case.n_draws == 100


def test_fewer_draws_give_the_verdicts_chance_where_nothing_changes(at_budget, by_rule):
    for case, path, left in ((at_budget, HOURS, 500), (by_rule, "engineering.projects_sharing", 250)):
        sample = Sample.of(case, draws_asked(case, path))
        assert sample.case.n_draws == left
        planned = np.array([case.plan.input(path).quantity.median])
        there = sample.at(lambda column, path=path: {path: column}, planned)
        # A rule that is run again reads other test items.
        assert there.p_al_better[0] == pytest.approx(case.chosen.p_al_cheaper, abs=1e-9 if left != 250 else 0.03)
        expected = there.calls[0].expected
        assert expected == pytest.approx(case.chosen.call.expected, rel=1e-9 if left != 250 else 0.05)


def test_a_plan_at_a_budget_is_solved_too(at_budget, by_rule):
    # What a budget or a rule buys does not hang on a factor.
    assert set(break_evens(at_budget, ("projects", "factor"))) == {"projects"}
    assert break_evens(by_rule, ("factor",)) == {}
    flip = flip_conditions(at_budget, [HOURS])[HOURS]
    assert flip is None or flip.state != at_budget.chosen.call.state
