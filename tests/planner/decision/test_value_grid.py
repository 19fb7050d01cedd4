"""Cost and value at many label counts, and chances of being the best plan."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from planner.decision import value_grid
from planner.decision.information import expected_loss, p_best
from planner.decision.value_grid import ValueGrid, acceptability, acceptability_by_price, efficient
from tests.planner.decision.hand_made import SIMPLE, case_of
from tests.planner.decision.on_curves import BUDGET, RULED, on_curves, spread_on_curves


def grid_of(options):
    """Give plans with one option each, (plan, usd, value), the same in three draws."""
    names, usd, value = zip(*options, strict=True)
    spread = np.array([-1.0, 0.0, 1.0])
    total = np.array(usd, dtype=float)[:, None, None] + spread
    return ValueGrid(names, np.full((len(names), 1), 100.0), total, np.array(value)[:, None, None] + 0.01 * spread)


WORKED = [("a", 100, 0.70), ("b", 200, 0.80), ("c", 250, 0.79), ("d", 300, 0.82), ("e", 400, 0.90), ("f", 400, 0.85)]


def test_the_frontier_of_worked_options():
    frame = grid_of(WORKED).frontier().set_index("plan")
    # c and f cost as much as better ones, or more; between b and e a point costs $20, but $50 up to d.
    assert list(frame.index[frame["state"] == "efficient"]) == ["a", "b", "e"]
    assert frame["state"][["c", "d", "f"]].tolist() == ["dominated", "extended", "dominated"]
    assert frame["usd_per_point"].dropna().to_dict() == pytest.approx({"b": 10, "e": 20})
    assert frame["total_usd"].is_monotonic_increasing


def test_equal_options_are_told_once():
    assert efficient(np.array([5.0, 5.0]), np.array([0.7, 0.7])) == ["efficient", "dominated"]
    assert efficient(np.array([5.0, 6.0]), np.array([0.7, 0.7 + 1e-6])) == ["efficient", "dominated"]
    assert efficient(np.array([5.0]), np.array([0.7])) == ["efficient"]


@given(st.lists(st.tuples(st.integers(1, 1_000), st.integers(1, 99)), min_size=1, max_size=15))
def test_no_efficient_option_is_beaten_and_points_get_dearer(options):
    grid = grid_of([(f"plan {i}", usd, points / 100) for i, (usd, points) in enumerate(options)])
    frame = grid.frontier()
    kept = frame[frame["state"] == "efficient"]
    for one in kept.itertuples():
        beaten = (frame["total_usd"] <= one.total_usd) & (frame["value"] > one.value + 1e-9)
        assert not beaten.any()
    steps = kept["usd_per_point"].to_numpy()[1:]
    assert (np.diff(steps) >= -1e-9).all()
    assert np.isnan(kept["usd_per_point"].iloc[0])
    assert kept.iloc[0]["total_usd"] == frame["total_usd"].min()
    assert kept.iloc[-1]["value"] == pytest.approx(frame["value"].max())


@pytest.mark.parametrize("text", [SIMPLE, BUDGET, RULED])
def test_points_worth_nothing_call_for_the_cheapest_plan_and_points_worth_all_for_the_best(text):
    case = spread_on_curves(60, text, entropy=np.linspace(900, 5_000, 60))
    grid = ValueGrid.of(case)
    frame = grid.acceptability(np.array([1e-6, 1.0, 50.0, 300.0, 1e9]))
    share = frame.groupby("value_per_point_usd")["p_best"].sum()
    assert share.to_numpy() == pytest.approx(1)
    chosen = frame[frame["best_on_average"]].set_index("value_per_point_usd")["plan"]
    assert len(chosen) == 5
    assert chosen.iloc[0] == grid.plans[int(grid.total_usd.mean(axis=2).min(axis=1).argmin())] == "random"
    best = grid.value.mean(axis=2).max(axis=1)
    assert best[grid.plans.index(chosen.iloc[-1])] == pytest.approx(best.max())
    for _, rows in frame.groupby("plan"):
        assert (np.diff(rows["labels"]) >= 0).all()
    assert (frame["expected_loss_usd"] >= 0).all()


def test_costs_and_values_are_those_of_the_bill_and_the_curve():
    grid = ValueGrid.of(on_curves([2_000, 4_000], [1_000, 3_000]))
    i = grid.plans.index("margin")
    assert (grid.labels[i, 0], grid.labels[i, -1]) == (100, 10_000)
    assert grid.total_usd[i].mean(axis=1) == pytest.approx(1_000 + grid.labels[i])
    assert grid.total_usd[0].mean(axis=1) == pytest.approx(grid.labels[0])
    # With all there is labelled both have random's model, whoever chose the order.
    last = 0.9 + 0.01 * np.log2(10_000 / np.array([2_000, 4_000]))
    assert grid.value[i, -1] == pytest.approx(last, abs=1e-4)


def test_the_worths_span_all_at_which_the_best_changes():
    grid = grid_of(WORKED)
    assert grid.worths()[[0, -1]] == pytest.approx([10 / 3, 60])
    told = grid.worths(500.0)
    assert told.max() > 500
    assert 500.0 in told
    assert len(grid_of(WORKED[:1]).worths()) > 1


def test_active_learning_is_priced_at_whole_batches_alone():
    grid = ValueGrid.of(spread_on_curves(30))
    margin, random = (grid.labels[grid.plans.index(name)] for name in ("margin", "random"))
    assert ((margin - 100) % 100 == 0).all() and margin[-1] == 10_000
    assert (np.diff(margin) >= 0).all() and len(np.unique(margin)) > 15
    assert ((random - 100) % 100 != 0).any()
    frame = grid.frontier()
    assert not frame.duplicated(["plan", "labels"]).any()


def test_between_the_counts_that_were_priced_the_best_is_found_as_by_ten_times_as_many(monkeypatch):
    case = spread_on_curves(300)
    worths = np.geomspace(50, 5_000, 25)
    few = ValueGrid.of(case).acceptability(worths)
    monkeypatch.setattr(value_grid, "COUNTS", 240)
    many = ValueGrid.of(case).acceptability(worths)
    ratio = few["labels"] / many["labels"]
    assert ratio.between(0.85, 1.18).all()
    assert np.abs(few["p_best"] - many["p_best"]).mean() < 0.01
    loss = many["expected_loss_usd"]
    assert np.abs(few["expected_loss_usd"] - loss).max() < 0.02 * loss.max()
    # More worth never calls for fewer labels, nor for jumps from one priced count to the next.
    for _, rows in few.groupby("plan"):
        assert (np.diff(rows["labels"]) >= 0).all() and rows["labels"].nunique() > 15


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


def test_the_frontier_is_the_lowest_mean_total():
    case = three_plans()
    for price, rows in list(acceptability_by_price(case).groupby("price_usd"))[::8]:
        totals = {name: plan.mean_usd for name, plan in case.all_at(dict(case.price_change(price))).plans.items()}
        assert rows.set_index("plan")["best_on_average"].idxmax() == min(totals, key=totals.get)


def test_a_dearer_label_never_makes_the_plan_with_fewer_labels_less_often_the_best():
    case = case_of(np.arange(3_000.0, 9_000, 100), np.full(60, 2_900.0))
    margin = acceptability_by_price(case).query("plan == 'margin'")["p_best"]
    assert (np.diff(margin) >= 0).all()
    assert margin.iloc[0] < 0.2 < 0.9 < margin.iloc[-1]


def test_at_a_budget_chances_are_of_reaching_more_and_ties_are_shared():
    case = spread_on_curves(60, BUDGET)
    for price, rows in list(acceptability_by_price(case).groupby("price_usd"))[::8]:
        gain = np.broadcast_to(case.all_at(dict(case.price_change(price))).gain, 60)
        expected = (gain > 0).mean() + (gain == 0).mean() / 2
        assert rows.set_index("plan")["p_best"]["margin"] == pytest.approx(expected)


def test_a_vote_that_costs_nothing_has_prices_all_the_same():
    free = case_of([5_000.0] * 4, [2_000.0] * 4, SIMPLE.replace("\nprice_usd = 1", "\nprice_usd = 0"))
    assert acceptability_by_price(free)["price_usd"].iloc[[0, -1]].tolist() == pytest.approx([0.01 / 30, 0.01 * 30])
