"""What pilots buy and measure, and what each draw would read."""

import numpy as np
import pytest

from planner.decision.pilot.design import (
    design_pilot,
    measurement_variance,
    pilot_experiment,
    to_scale,
    value_at,
)
from simulations.errors import InputError
from tests.planner.decision.on_curves import power_laws


def test_a_random_pilot_measures_nested_parts_over_three_octaves(plan):
    design = design_pilot(plan, sizes=[800, 1_600, 2_000])
    assert design.counts == (100, 141, 200, 283, 400, 566, 800, 1_131, 1_600, 2_000)
    assert [design.bought(size) for size in design.sizes] == [800, 1_600, 2_000]
    assert [design.stage(count) for _, count in design.arms()] == [0] * 7 + [1, 1, 2]


def test_a_paired_pilot_shares_the_initial_set(plan):
    design = design_pilot(plan, strategies=["margin"], sizes=[2_000, 4_000])
    assert design.counts == (500, 630, 794, 1_000, 1_260, 1_587, 2_000, 2_828, 4_000)
    assert design.bought(2_000) == 3_500 and design.bought(4_000) == 7_500
    arms = design.arms()
    assert ("margin", 500) not in arms and ("random", 500) in arms and len(arms) == 9 + 8
    assert [design.stage(count) for _, count in arms] == [0] * 13 + [1] * 4


def test_usual_sizes_are_eight_up_to_twenty_initial_sets_and_half_the_pool(plan):
    assert design_pilot(plan).sizes == (250, 423, 717, 1_215, 2_058, 3_486, 5_904, 10_000)
    assert design_pilot(plan, strategies=["margin"]).sizes[::7] == (2_000, 10_000)
    small = plan.replace({"task.pool_size": 6_000})
    assert design_pilot(small).sizes[-1] == 2_000


@pytest.mark.parametrize("pool", [2_520, 2_600, 3_000, 4_500, 10_000])
@pytest.mark.parametrize("strategies", [[], ["margin"]])
def test_usual_sizes_fit_any_pool(plan, pool, strategies):
    design = design_pilot(plan.replace({"task.pool_size": pool}), strategies)
    assert design.sizes[-1] <= pool - 2_000
    assert len(set(design.counts)) == len(design.counts) >= 4


def test_a_pilot_needs_something_to_be_measured_on(plan):
    with pytest.raises(InputError, match="test_labels = 0"):
        design_pilot(plan.replace({"task.test_labels": 0}))


def test_a_pool_with_no_room_for_a_pilot_says_so_in_words(plan):
    tight = plan.replace({"task.pool_size": 2_503})
    with pytest.raises(InputError, match="pilot: the 503 items that there are to label leave no room for one beside"):
        design_pilot(tight, strategies=["margin"])
    assert design_pilot(tight).sizes[-1] <= 503


NEEDS, FACTORS = np.array([4_000.0, 10_000.0, 30_000.0]), np.log([2.0, 1.0, 1.5])


@pytest.fixture(scope="module")
def curves():
    return power_laws(NEEDS, FACTORS, points=4_000)


def experiment(curves, design, at=10_000.0, **worth):
    clean = {"random": np.ones(1), "margin": np.ones(1), **worth}
    return pilot_experiment(curves, design, at=at, test_labels=2_000, worth=lambda s, _: clean[s], chance=0.0)


def test_a_value_is_that_of_the_curve(curves):
    at = value_at(curves, "random", np.log([4_000.0]))
    np.testing.assert_allclose(at, 1 - 0.1 * (4_000 / NEEDS) ** -0.4, atol=1e-5)
    np.testing.assert_allclose(value_at(curves, "margin", np.log(NEEDS / np.exp(FACTORS))), 0.9, atol=1e-5)
    for labels in (100.0, 777.0, 1e6):
        np.testing.assert_allclose(value_at(curves, "margin", np.log([labels])), curves.values_at(labels)[:, 1])


def test_before_the_first_point_the_error_goes_on_as_a_power_law_to_guessing(curves):
    # Axes begin at 100 labels, where the error is 0.1 (100 ÷ need)^−0.4.
    np.testing.assert_allclose(value_at(curves, "random", np.log([50.0]))[0], 1 - 0.1 * (50 / 4_000) ** -0.4, atol=1e-5)
    np.testing.assert_allclose(value_at(curves, "random", np.log([1.0]), chance=0.05)[2], 0.05, atol=0.06)
    assert (value_at(curves, "random", np.log([1.0]), chance=0.2) <= value_at(curves, "random", np.log([100.0]))).all()
    np.testing.assert_array_equal(
        value_at(curves, "margin", np.log([20.0])), value_at(curves, "random", np.log([20.0]))
    )


def test_a_label_counts_for_what_it_is_worth(plan, curves):
    design = design_pilot(plan, sizes=[2_000])
    full = experiment(curves, design, at=4_000).readings
    half = experiment(curves, design, at=4_000, random=np.array([0.5, 1.0, 1.0])).readings
    assert half[0] == pytest.approx(to_scale(np.array([1 - 0.1 * 0.5**-0.4])), abs=1e-3)
    np.testing.assert_array_equal(half[1:], full[1:])


def test_measurement_variance_by_hand():
    own = (0.03**2 + 0.5 / 2_000) / 3
    assert measurement_variance(2_000) == pytest.approx(own + 0.5 / 2_000)
    assert measurement_variance(2_000, gap=True) == pytest.approx(2 * own)
    assert measurement_variance(2_000, averaged=1) == pytest.approx(3 * own + 0.5 / 2_000)


def test_a_binomial_share_has_that_variance_on_the_scale():
    shares = np.random.default_rng(0).binomial(2_000, [[0.6], [0.9]], size=(2, 20_000)) / 2_000
    np.testing.assert_allclose(to_scale(shares).var(axis=1), 1 / 2_000, rtol=0.05)


def test_sizes_add_up_to_the_precision_of_a_forecast_that_far(plan, curves):
    design = design_pilot(plan, sizes=[2_000, 5_000, 12_000])
    found = experiment(curves, design)
    for size, precision in zip(design.sizes, np.cumsum(1 / np.diag(found.noise)), strict=True):
        reach = 0.05 * max(np.log(10_000 / size), 0)
        assert 1 / precision == pytest.approx(measurement_variance(2_000) + reach**2)
    there = to_scale(value_at(curves, "random", np.log([10_000.0])))
    np.testing.assert_allclose(found.readings, np.repeat(there[:, None], 3, axis=1))


def test_gaps_are_read_where_they_are_measured(plan, curves):
    design = design_pilot(plan, strategies=["margin"], sizes=[2_000, 3_000])
    found = experiment(curves, design)
    assert found.stage.tolist() == [0] * 7 + [1] * 2  # random's forecast and 6 counts above 500, then again and 3,000
    for column, count in ((1, 630), (6, 2_000), (8, 3_000)):
        margin, random = (to_scale(value_at(curves, name, np.log([count]))) for name in ("margin", "random"))
        np.testing.assert_allclose(found.readings[:, column], margin - random)
        assert found.noise[column, column] == pytest.approx(2 * (0.03**2 + 0.5 / 2_000))
    np.testing.assert_array_equal(found.readings[:, 0], found.readings[:, 7])
    assert (found.noise == np.diag(np.diag(found.noise))).all()


def test_beyond_the_furthest_forecast_allowed_nothing_is_told_of_random(plan, curves):
    paired = design_pilot(plan, strategies=["margin"], sizes=[1_000, 2_000])
    found = experiment(curves, paired)
    sd = np.sqrt(np.diag(found.noise))
    # 1,000 are twice the initial set: no further than 2,000. 2,000 are four times: up to 60,000.
    assert sd[0] > 1e3 and sd[found.stage == 1][0] < 0.2 and (sd[1:7] < 0.1).all()
    random = design_pilot(plan, sizes=[300, 400])
    sd = np.sqrt(np.diag(experiment(curves, random).noise))
    assert sd[0] > 1e3 and sd[1] < 0.2  # 33 and 25 times
