import json

import numpy as np
import pytest

from planner.decision.pilot.value import pilot_value, pilot_values


@pytest.fixture(scope="module")
def valued(plan, found, totals):
    return pilot_values(plan, found, totals, vendor=0, al_plan="margin")


def test_value_less_cost_is_the_net_value_at_every_size(valued):
    for one in valued.values():
        parts = np.sum([one.labels_usd, one.hours_usd, one.delay_usd], axis=0)
        np.testing.assert_allclose(parts, one.cost_usd)
        np.testing.assert_allclose(np.subtract(one.evsi_usd, one.cost_usd), one.net_usd)
        assert all(0 <= evsi <= one.evpi_usd for evsi in one.evsi_usd)
        assert list(one.evsi_usd) == sorted(one.evsi_usd)
        assert one.pays == (max(one.net_usd) > 0)


def test_only_a_paired_pilot_learns_what_margin_saves(valued):
    # Savings and needs are independent here, and both plans as dear on average, whatever random needs.
    assert valued["paired"].evsi_usd[0] > 3 * valued["random"].evsi_usd[0]
    assert valued["paired"].strategies == ("margin",) and valued["random"].strategies == ()


def test_the_value_as_json_has_neither_nan_nor_infinity(valued):
    for one in valued.values():
        read = json.loads(json.dumps(one.to_dict(), allow_nan=False))
        assert read["sizes"] == list(one.sizes) and read["pays"] is one.pays
        assert (read["best"]["size"] is None) == (read["p_changes_at_best"] is None)


def test_a_free_pilot_pays_and_a_dear_one_does_not(plan, found, totals):
    nothing = ("pilot.hours", "pilot.prototype_hours", "calendar.cost_of_delay_usd_per_week", "vendors.0.price_usd")
    free = plan.replace(dict.fromkeys(nothing, 0))
    dear = plan.replace({"pilot.hours": 1_000})
    arguments = {"kind": "paired", "vendor": 0, "strategies": ("margin",)}
    paid = pilot_value(free, found_with(found, free), totals, **arguments)
    assert paid.sizes[0] <= paid.best.low <= paid.best.size <= paid.best.high <= paid.sizes[-1]
    assert paid.best.net_usd >= 0.98 * max(paid.net_usd)
    assert min(paid.p_changes) <= paid.p_changes_at_best <= max(paid.p_changes)
    unpaid = pilot_value(dear, found_with(found, dear), totals, **arguments)
    assert (unpaid.best.size, unpaid.best.net_usd, unpaid.p_changes_at_best) == (None,) * 3 and not unpaid.pays
    assert unpaid.evsi_usd == paid.evsi_usd


def found_with(found, plan):
    return type(found)(found.target, plan.draw(len(found.labels["random"]), 0), found.curves, found.labels, found.worth)


def test_the_same_seed_gives_the_same_answer_and_another_one_much_the_same(plan, found, totals, valued):
    again = pilot_values(plan, found, totals, vendor=0, al_plan="margin")
    assert again == valued
    other = pilot_values(plan, found, totals, vendor=0, al_plan="margin", seed=1)["paired"]
    gap = np.abs(np.subtract(other.evsi_usd, valued["paired"].evsi_usd))
    assert (gap < 3 * np.array(other.evsi_se_usd)).all()


def test_where_one_plan_is_better_in_every_future_no_pilot_is_worth_anything(plan, found, totals):
    sure = {"random": totals["random"], "margin": totals["random"] + 1}
    one = pilot_value(plan, found, sure, kind="paired", vendor=0, strategies=("margin",))
    assert one.evpi_usd == 0 and set(one.evsi_usd) == {0.0} and not one.pays and one.plan_now == "random"


def test_a_dearer_label_makes_a_pilot_dearer(plan, found, totals):
    costs = []
    for price in (0.1, 0.5, 2.0):
        priced = plan.replace({"vendors.0.price_usd": price})
        one = pilot_value(priced, found_with(found, priced), totals, kind="paired", vendor=0, strategies=("margin",))
        costs.append(one.cost_usd[-1])
    assert costs == sorted(costs) and costs[0] < costs[-1]
