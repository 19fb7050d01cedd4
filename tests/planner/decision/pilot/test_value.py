"""The value of pilots by size, and the best size."""

import json
from dataclasses import asdict, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.decision.pilot.value import best_size, pilot_value
from research.normal_saving import NormalSaving


def values_of(found, totals, seed=0):
    kinds = {"random": (), "paired": ("margin",)}
    return {kind: pilot_value(found, totals, vendor=0, strategies=of, seed=seed) for kind, of in kinds.items()}


@pytest.fixture(scope="module")
def valued(plan, found, totals):
    return values_of(found, totals)


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
    arguments = {"vendor": 0, "strategies": ("margin",)}
    paid = pilot_value(found_with(found, free), totals, **arguments)
    assert paid.sizes[0] <= paid.best.low <= paid.best.size <= paid.best.high <= paid.sizes[-1]
    assert paid.best.net_usd >= 0.98 * max(paid.net_usd)
    assert min(paid.p_changes) <= paid.p_changes_at_best <= max(paid.p_changes)
    unpaid = pilot_value(found_with(found, dear), totals, **arguments)
    assert (unpaid.best.size, unpaid.best.net_usd, unpaid.p_changes_at_best) == (None,) * 3 and not unpaid.pays
    assert unpaid.evsi_usd == paid.evsi_usd


def found_with(found, plan):
    return replace(found, plan=plan, values=plan.draw(len(found.needs["random"]), 0))


def test_the_same_seed_gives_the_same_answer_and_another_one_much_the_same(plan, found, totals, valued):
    again = values_of(found, totals)
    assert again == valued
    other = values_of(found, totals, seed=1)["paired"]
    gap = np.abs(np.subtract(other.evsi_usd, valued["paired"].evsi_usd))
    assert (gap < 3 * np.array(other.evsi_se_usd)).all()


WORKED = NormalSaving(-500, 2_000, 15_000)
SIZES = np.array([50, 100, 200, 400, 800, 1_600, 3_200])


def cost_usd(sizes):
    return 400 + 0.04 * sizes


def test_it_finds_between_sizes_what_the_closed_form_gives():
    exact = WORKED.best_pilot(0.04, 400)
    found = best_size(SIZES, WORKED.evsi_usd(SIZES), cost_usd(SIZES), evpi_usd=WORKED.evpi_usd)
    assert found.net_usd == pytest.approx(exact.net_usd, rel=0.01)
    assert found.size == pytest.approx(exact.size, rel=0.05)
    assert (found.low, found.high) == (pytest.approx(exact.low, rel=0.05), pytest.approx(exact.high, rel=0.05))


def test_nothing_pays_is_a_state():
    none = best_size(SIZES, WORKED.evsi_usd(SIZES), cost_usd(SIZES) + 200)
    assert set(asdict(none).values()) == {None, False}
    json.dumps(asdict(none), allow_nan=False)


def test_a_gain_that_still_rises_is_said():
    found = best_size(SIZES[:3], WORKED.evsi_usd(SIZES[:3]), 0.04 * SIZES[:3])
    assert (found.size, found.at_largest) == (200, True)
    assert not best_size(SIZES, WORKED.evsi_usd(SIZES), cost_usd(SIZES)).at_largest


values = st.lists(st.floats(-100, 1_000), min_size=2, max_size=9)


@given(values, st.floats(0.0, 1.0), st.floats(0, 100))
def test_what_is_found_is_consistent(evsi, price_usd, fixed_usd):
    sizes = 10.0 * 2.0 ** np.arange(len(evsi))
    found = best_size(sizes, np.maximum.accumulate(evsi), fixed_usd + price_usd * sizes, evpi_usd=800.0)
    if found.size is None:
        return
    assert sizes[0] <= found.low <= found.size <= found.high <= sizes[-1]
    assert 0 < found.net_usd <= 800
    assert found.net_usd == pytest.approx(found.evsi_usd - found.cost_usd)
    assert found.cost_usd == pytest.approx(fixed_usd + price_usd * found.size)
