import numpy as np
import pandas as pd
import pytest

from planner.decision.pilot.design import design_pilot
from research.pilot_in_full import measure, pilot_table, simulate_in_full
from simulations.curve_table import validate_curves
from simulations.errors import InputError


def test_measurements_scatter_as_the_forecast_assumes():
    expected = np.array([0.7, 0.7, 0.9])
    rng = np.random.default_rng(0)
    found = np.stack([measure(expected, 1_000, rng) for _ in range(6_000)])
    np.testing.assert_allclose(found.mean(axis=0), expected, atol=5e-4)
    m2 = expected * (1 - expected)
    np.testing.assert_allclose(found.var(axis=0), m2 * (0.03**2 + 1 / 1_000), rtol=0.06)
    covariance = np.cov(found.T)
    assert covariance[0, 1] == pytest.approx(0.5 * m2[0] / 1_000, rel=0.2)  # half of the items are common
    assert covariance[0, 2] == pytest.approx(0.5 * 0.7 * 0.1 / 1_000, rel=0.4)


def test_a_smaller_pilot_writes_down_a_part_of_the_larger_ones_table(plan):
    design = design_pilot(plan, strategies=["margin"], sizes=[2_000, 4_000])
    values = np.linspace(0.5, 0.9, len(design.arms()))
    small, large = (pilot_table(design, values, size) for size in design.sizes)
    assert len(small) == 13 and len(large) == 17
    pd.testing.assert_frame_equal(small, large.head(13))
    validate_curves(large.assign(metric="accuracy"), where="pilot", metric="accuracy")


def test_a_pilot_all_the_way(plan, found):
    """The refit is the real one on recorded curves; pricing is by hand, so that its choice can be checked."""
    design = design_pilot(plan, strategies=["margin"], sizes=[2_000, 8_000])
    needs, totals_usd = [], []

    def by_hand(asked, refit):
        capped = {name: 0.5 * np.minimum(need, 40_000.0) for name, need in refit.needs.items()}
        needs.append(refit.needs)
        totals_usd.append({"random": capped["random"], "margin": capped["margin"] + 1_500.0})
        assert (asked.evidence.pilot is None) == (len(needs) == 1)
        return totals_usd[-1]

    result = simulate_in_full(plan, found, by_hand, design, vendor=0, n_pilots=2, n_draws=200)
    assert result.measured.shape == (2, 19) and result.choice.shape == (2, 2)
    chosen = [int(usd["margin"].mean() < usd["random"].mean()) for usd in totals_usd[1:]]
    np.testing.assert_array_equal(result.choice.T.ravel(), chosen)
    saving = (totals_usd[0]["random"] - totals_usd[0]["margin"])[result.truth]
    now = int(totals_usd[0]["margin"].mean() < totals_usd[0]["random"].mean())
    np.testing.assert_allclose(result.gain_usd, saving * (result.choice - now))
    np.testing.assert_allclose(result.evsi_usd, result.gain_usd.mean(axis=1))
    # A pilot nearly as large as the need comes close to it.
    for i, truth in enumerate(result.truth):
        assert np.median(needs[2 + 2 * i]["random"]) == pytest.approx(found.needs["random"][truth], rel=0.5)


@pytest.mark.parametrize(("need", "kept"), [("3_000 to 9_000", True), ("5_000", False)])
def test_a_pilot_keeps_a_range_and_its_value_and_takes_the_place_of_one_number(plan, found, need, kept):
    told = plan.replace({"evidence.random_labels": need, "evidence.random_value": 0.85})
    seen = []

    def by_hand(asked, refit):
        seen.append((asked.evidence.random_value, asked.evidence.random_labels))
        return {name: np.minimum(need, 40_000.0) for name, need in refit.needs.items()}

    design = design_pilot(told, sizes=[2_000])
    simulate_in_full(told, found, by_hand, design, vendor=0, n_pilots=1, n_draws=60)
    said = told.evidence.random_value, told.evidence.random_labels
    assert seen == [said, said if kept else (None, None)]


def test_a_plan_that_has_a_pilot_is_refused(plan, found):
    has = plan.replace({"evidence.pilot": "own.csv"})
    design = design_pilot(plan, sizes=[2_000])
    with pytest.raises(InputError, match="found a plan with a pilot"):
        simulate_in_full(has, found, lambda asked, needs: {}, design, vendor=0)
