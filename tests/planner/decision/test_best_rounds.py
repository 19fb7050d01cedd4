"""How many labels a round, by hand and against plans that name each size."""

import numpy as np
import pytest

from planner.decision.analysis import best_rounds
from planner.decision.case import Case
from planner.decision.labels_required import LabelsRequired
from tests.planner.decision.hand_made import SIMPLE
from tests.planner.decision.on_curves import BUDGET, RULED, on_curves, spread_on_curves

HOURS = ("hours_per_round = 0", "hours_per_round = 2")
BATCH = "batch_size = 100\n"


def test_each_size_is_priced_by_hand():
    # Margin needs 450 labels, and a round is $100 of an engineer's time beside its labels.
    table = best_rounds(on_curves([900], [450], edit=[HOURS])).by_size.set_index("batch_size")
    for size in (25, 50, 100, 200):
        rounds = np.ceil((450 - 100) / size)
        labels = 100 + size * rounds
        assert table.loc[size, "rounds"] == rounds
        assert table.loc[size, "total_usd"] == pytest.approx(labels + 100 * rounds + 1_000, abs=0.1)


def test_the_best_has_the_lowest_mean_and_what_it_saves_is_the_difference():
    case = spread_on_curves(200, edit=[HOURS])
    found = best_rounds(case)
    assert found.planned == 100
    assert found.best == found.by_size.loc[found.by_size["total_usd"].idxmin(), "batch_size"]
    assert found.saved_usd == pytest.approx(case.plans["margin"].mean_usd - found.by_size["total_usd"].min())
    assert found.saved_usd > 0
    planned = found.by_size.set_index("batch_size").loc[100]
    assert planned["total_usd"] == pytest.approx(case.plans["margin"].mean_usd)
    assert planned["p_al_better"] == pytest.approx(case.chosen.p_al_cheaper)


@pytest.mark.parametrize("text", [SIMPLE, RULED])
def test_each_size_is_what_the_plan_with_that_size_costs(text):
    case = spread_on_curves(60, text, edit=[HOURS])
    for row in best_rounds(case).by_size.to_dict(orient="records"):
        plan = case.plan.replace({"strategy.batch_size": row["batch_size"]})
        named = Case.of(plan, LabelsRequired(case.target, plan.draw(60, 0), case.curves, case.needs, case.worth))
        assert row["total_usd"] == pytest.approx(named.plans["margin"].mean_usd)
        assert row["p_al_better"] == pytest.approx(named.chosen.p_al_cheaper)


def test_a_size_that_was_left_open_is_the_best_already():
    case = spread_on_curves(200, edit=[HOURS, (BATCH, "")])
    found = best_rounds(case)
    assert found.planned == found.best == case.plans["margin"].batch_size
    assert found.saved_usd == 0


def test_a_size_that_suits_the_labels_need_not_suit_the_rule():
    found = best_rounds(spread_on_curves(60, RULED, edit=[HOURS, (BATCH, "")]))
    by_size = found.by_size.set_index("batch_size")["total_usd"]
    assert found.saved_usd == pytest.approx(max(0, by_size[found.planned] - by_size.min()))


def test_a_range_of_sizes_is_compared_with_each():
    case = spread_on_curves(100, edit=[HOURS, ("batch_size = 100", 'batch_size = "40 to 160"')])
    found = best_rounds(case)
    assert found.planned == pytest.approx(80)
    assert found.saved_usd == pytest.approx(case.plans["margin"].mean_usd - found.by_size["total_usd"].min())


def test_at_a_budget_there_is_nothing_to_say():
    assert best_rounds(on_curves([900], [450], BUDGET)) is None
