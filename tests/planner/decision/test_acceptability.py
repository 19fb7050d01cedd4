"""Chances of being the best plan, and what choosing another one loses."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from planner.decision.information import expected_loss, p_best
from planner.decision.scan import answers
from planner.decision.solve_inputs import VOTE_PRICE, solve_input
from planner.decision.value_grid import acceptability, acceptability_by_price
from tests.planner.decision.hand_made import SIMPLE, case_of, spread

BENEFITS = arrays(float, (3, 8, 4), elements=st.integers(-5, 5).map(float))


@given(BENEFITS)
def test_chances_sum_to_one_and_losses_are_none_for_the_best_of_all_draws(benefit):
    p, loss = p_best(benefit), expected_loss(benefit)
    assert p.sum(axis=-1) == pytest.approx(np.ones(3))
    assert (loss >= 0).all()
    assert ((p == 1) <= (loss == 0)).all()
    assert loss.argmin(axis=-1).tolist() == benefit.mean(axis=1).argmax(axis=-1).tolist()


def test_ties_are_split_and_reaching_comes_before_money():
    benefit = np.array([[-3.0, -2.0, -2.0], [-1.0, -2.0, -3.0], [-1.0, -2.0, -3.0]])
    assert p_best(benefit).tolist() == pytest.approx([2 / 3, 1 / 6, 1 / 6])
    reached = np.array([[True, True, True], [False, True, True], [False, False, False]])
    assert p_best(benefit, reached).tolist() == pytest.approx([1 / 9, (0.5 + 1 + 1 / 3) / 3, (0.5 + 1 / 3) / 3])
    assert expected_loss(benefit).tolist() == pytest.approx([1 / 3, 2 / 3, 4 / 3])


def test_the_plan_to_choose_need_not_be_the_one_that_is_most_often_the_best():
    benefit = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 9.0]])
    table = acceptability(np.array([5.0]), benefit[None], ["random", "margin"], axis="value_per_point_usd")
    assert table["value_per_point_usd"].tolist() == [5, 5]
    assert table["p_best"].tolist() == pytest.approx([2 / 3, 1 / 3])
    assert table["best_on_average"].tolist() == [False, True]
    assert table["expected_loss_usd"].tolist() == pytest.approx([3, 2 / 3])


def three_plans():
    rng = np.random.default_rng(1)
    random = rng.uniform(2_000, 12_000, 300)  # some of them more than the pool
    return case_of(random, random / rng.uniform(0.9, 3, 300), entropy=random / rng.uniform(0.9, 3, 300))


def test_along_the_price_every_point_has_all_plans_once():
    case = three_plans()
    table = acceptability_by_price(case)
    assert set(table["plan"]) == {"random", "margin", "entropy"}
    by_price = table.groupby("price_usd")
    assert by_price["p_best"].sum().to_numpy() == pytest.approx(1)
    assert (by_price["best_on_average"].sum() == 1).all()
    assert (by_price["plan"].count() == 3).all()
    assert table["price_usd"].is_monotonic_increasing
    assert table["price_usd"].iloc[0] == pytest.approx(1 / 30)
    assert table["price_usd"].iloc[-1] == pytest.approx(30)
    assert not table.isna().any().any()


def test_of_two_plans_it_is_the_chance_of_the_verdict():
    case = spread(300)
    prices = np.geomspace(0.05, 20, 9)
    table = acceptability_by_price(case, prices)
    margin = table[table["plan"] == "margin"]["p_best"].to_numpy()
    changes = solve_input(case, VOTE_PRICE).changes
    asked = answers(lambda column: case.at(changes(column)), prices, case.n_draws).p_al_better
    assert margin == pytest.approx(asked)


def test_the_frontier_is_the_lowest_mean_total():
    case = three_plans()
    table = acceptability_by_price(case, np.array([0.02, 1.0, 9.0]))
    for price, rows in table.groupby("price_usd"):
        totals = {name: plan.mean_usd for name, plan in case.all_at(dict(case.price_change(price))).plans.items()}
        assert rows.set_index("plan")["best_on_average"].idxmax() == min(totals, key=totals.get)


def test_a_dearer_label_never_makes_the_plan_with_fewer_labels_less_often_the_best():
    case = case_of(np.arange(3_000.0, 9_000, 100), np.full(60, 2_900.0))
    margin = acceptability_by_price(case).query("plan == 'margin'")["p_best"]
    assert (np.diff(margin) >= 0).all()
    assert margin.iloc[0] < 0.2 < 0.9 < margin.iloc[-1]


def test_a_vote_that_costs_nothing_has_prices_all_the_same():
    free = case_of([5_000.0] * 4, [2_000.0] * 4, SIMPLE.replace("\nprice_usd = 1", "\nprice_usd = 0"))
    assert (acceptability_by_price(free)["price_usd"] > 0).all()


def test_the_table_is_tidy():
    table = acceptability_by_price(spread(20), np.array([1.0]))
    assert isinstance(table, pd.DataFrame)
    assert list(table.columns) == ["price_usd", "plan", "p_best", "expected_loss_usd", "best_on_average"]
