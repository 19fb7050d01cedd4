"""Simulated pilots against closed forms, and the cost of a pilot worked by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtri
from scipy.stats import norm

from planner.decision.pilot.design import Experiment, design_pilot, twins_of, weigh
from planner.decision.pilot.value import Preposterior, lost_labels, pilot_costs, preposterior
from planner.plan import parse_plan

MEAN, SD, LABEL_SD = -500.0, 2_000.0, 15_000.0
SIZES = np.array([25, 50, 100, 200, 400, 500, 700, 1_000])


def stratified(n, rng):
    return ndtri((rng.permutation(n) + 0.5) / n)


def unit_normal_loss(mean, sd):
    """E max(x, 0) for x ~ N(mean, sd²)."""
    return sd * norm.pdf(mean / sd) + mean * norm.cdf(mean / sd)


def exact_evsi(n):
    return unit_normal_loss(MEAN, SD**2 / np.sqrt(SD**2 + LABEL_SD**2 / n))


def means_of_labels(n_draws, sizes, seed):
    """Net saving of one plan over nothing; a pilot of n labels has their mean, each with 15,000 sd."""
    saving = MEAN + SD * stratified(n_draws, np.random.default_rng(seed))
    net = np.stack([np.zeros(n_draws), saving], axis=1)
    added = np.diff(np.concatenate([[0], sizes]))
    Z = len(sizes)
    return net, Experiment(np.repeat(saving[:, None], Z, axis=1), np.diag(LABEL_SD**2 / added), np.arange(Z), Z)


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_normal_savings_measured_with_normal_noise_within_one_percent_at_every_size(seed):
    found = preposterior(*means_of_labels(5_000, SIZES, seed), n_pilots=4_096, seed=seed)
    assert exact_evsi(500) == pytest.approx(532.61, abs=0.005)
    assert found.evpi_usd == pytest.approx(572.69, rel=1e-3)
    np.testing.assert_allclose(found.evsi_usd, exact_evsi(SIZES), rtol=0.01)
    usual = preposterior(*means_of_labels(5_000, SIZES, seed), seed=seed)  # a quarter of the pilots
    np.testing.assert_allclose(usual.evsi_usd, exact_evsi(SIZES), rtol=0.02)


def test_chance_of_changing_the_decision_is_that_of_the_posterior_mean():
    found = preposterior(*means_of_labels(5_000, SIZES, 0))
    expected = norm.cdf(MEAN * np.sqrt(SD**2 + LABEL_SD**2 / SIZES) / SD**2)
    np.testing.assert_allclose(found.p_changes, expected, atol=0.012)


@pytest.mark.parametrize(
    ("dimensions", "noise", "draws", "bias"), [(3, 1.0, 600, 0.03), (3, 0.3, 50, 0.03), (6, 0.5, 25, 0.08)]
)
def test_several_measurements_with_noise_in_common_and_few_draws_behind_each_posterior(dimensions, noise, draws, bias):
    rng = np.random.default_rng(dimensions)
    errors, effective = [], []
    for seed in range(4):
        theta = np.stack([stratified(3_000, rng) for _ in range(dimensions)], axis=1)
        saving = theta.sum(axis=1) / np.sqrt(dimensions) - 0.2
        covariance = noise**2 * (np.eye(dimensions) + 0.5)
        experiment = Experiment(theta, covariance, np.zeros(dimensions, dtype=int), 1)
        found = preposterior(np.stack([0 * saving, saving], axis=1), experiment, seed=seed)
        a = np.ones(dimensions) / np.sqrt(dimensions)
        known = np.sqrt(a @ np.linalg.inv(np.eye(dimensions) + covariance) @ a)
        errors.append(found.evsi_usd[0] / unit_normal_loss(-0.2, known) - 1)
        effective.append(found.effective_draws[0])
    assert draws / 2 < np.mean(effective) < 2 * draws
    assert abs(np.mean(errors)) < bias, (errors, effective)


def test_three_plans_against_quadrature():
    rng = np.random.default_rng(5)
    x, y = stratified(5_000, rng), stratified(5_000, rng)
    net = np.stack([np.full(5_000, 0.3), x, 0.1 + y], axis=1)
    found = preposterior(net, Experiment(np.stack([x, y], axis=1), np.diag([0.5, 2.0]), np.zeros(2, int), 1))
    nodes, weights = np.polynomial.hermite_e.hermegauss(120)
    weights = weights / weights.sum()
    u, v = np.sqrt(1 / 1.5) * nodes[:, None], 0.1 + np.sqrt(1 / 3) * nodes[None, :]
    exact = (weights[:, None] * weights * np.maximum(np.maximum(u, v), 0.3)).sum() - 0.3
    assert found.evsi_usd[0] == pytest.approx(exact, abs=2 * found.se_usd[0])
    assert found.se_usd[0] < 0.05 * exact
    assert found.prior_choice == 0


def test_a_measurement_that_tells_nothing_is_worth_nothing_and_one_that_tells_all_is_worth_evpi():
    net, _ = means_of_labels(2_000, SIZES, 0)
    nothing = preposterior(net, Experiment(net[:, 1:], np.array([[1e16]]), np.zeros(1, int), 1))
    everything = preposterior(net, Experiment(net[:, 1:], np.array([[1.0]]), np.zeros(1, int), 1))
    assert nothing.evsi_usd[0] == 0 and nothing.p_changes[0] == 0
    assert everything.evsi_usd[0] == pytest.approx(everything.evpi_usd, rel=0.01)


def test_copies_of_a_path_do_not_betray_the_truth():
    # Three copies of one reading, and a fourth draw apart: without the copies only the fourth speaks of the truth.
    readings = np.array([[1.0], [1.0], [1.0], [3.0], *([[9.0 + i] for i in range(60)])])
    gain = np.stack([np.zeros(64), np.r_[5.0, 5.0, 5.0, -7.0, np.zeros(60)]], axis=1)
    experiment = Experiment(readings, np.array([[0.25]]), np.zeros(1, int), 1)
    twins = twins_of(readings)
    assert twins[0] == twins[1] == twins[2] and np.unique(twins[3:]).size == 61
    # A reading that many draws share is no copy.
    assert np.unique(twins_of(np.r_[np.zeros(50), np.arange(50.0)][:, None])).size == 100
    data = experiment.whiten(np.array([[1.0]]))
    assert weigh(gain, experiment, data).means[0, 0, 1] == pytest.approx(5, abs=0.01)
    apart = weigh(gain, experiment, data, left_out=(np.array([1]), twins))
    assert apart.means[0, 0, 1] == pytest.approx(-7, abs=0.01)
    assert apart.effective[0, 0] == pytest.approx(1, abs=0.01)


@given(
    seed=st.integers(0, 10_000),
    n_draws=st.integers(2, 120),
    plans=st.integers(1, 4),
    sizes=st.integers(1, 4),
    measurements=st.integers(1, 5),
    spread=st.floats(0.0, 1e6),
)
def test_from_nothing_to_evpi_and_never_falling_whatever_the_draws(seed, n_draws, plans, sizes, measurements, spread):
    rng = np.random.default_rng(seed)
    net = spread * rng.standard_t(2, size=(n_draws, plans))
    root = rng.normal(size=(measurements, measurements))
    noise = root @ root.T + 0.05 * np.eye(measurements)
    stage = np.sort(rng.integers(0, sizes, measurements))
    experiment = Experiment(rng.normal(size=(n_draws, measurements)), noise, stage, sizes)
    found = preposterior(net, experiment, n_pilots=16, seed=seed)
    assert (found.evsi_usd >= 0).all() and (found.evsi_usd <= found.evpi_usd).all()
    assert (np.diff(found.evsi_usd) >= -1e-9 * max(found.evpi_usd, 1)).all()
    assert np.isfinite(found.se_usd).all() and ((found.p_changes >= 0) & (found.p_changes <= 1)).all()


def test_a_posterior_mean_of_two_draws_by_hand():
    # White readings −1 and 1 about their mean; data at 1 weighs them 1 : e^2, and the gain is 10 in the second.
    experiment = Experiment(np.array([[0.0], [2.0]]), np.eye(1), np.zeros(1, int), 1)
    found = weigh(np.array([[0.0, 0.0], [0.0, 10.0]]), experiment, np.array([[1.0]]))
    assert found.means[0, 0, 1] == pytest.approx(10 * np.exp(2) / (1 + np.exp(2)), rel=1e-6)


def test_a_smaller_size_does_not_see_what_a_larger_one_adds():
    rng = np.random.default_rng(0)
    readings, noise = rng.normal(size=(300, 2)), np.array([[1.0, 0.6], [0.6, 1.0]])
    net = np.stack([np.zeros(300), readings.sum(axis=1)], axis=1)
    both = preposterior(net, Experiment(readings, noise, np.array([0, 1]), 2), n_pilots=64)
    other = readings.copy()
    other[:, 1] = rng.normal(size=300)
    changed = preposterior(net, Experiment(other, noise, np.array([0, 1]), 2), n_pilots=64)
    np.testing.assert_array_equal(both.choice[0], changed.choice[0])
    assert (both.choice[1] != changed.choice[1]).any()


NAMES = ["random", "margin", "entropy"]
NEEDS = {
    "random": np.array([10_000.0, 1_500.0, np.inf]),
    "margin": np.array([5_000.0, 1_000.0, 6_000.0]),
    "entropy": np.array([20_000.0, 1_500.0, np.inf]),
}
INITIAL = np.array([500.0])


def decided(choice, truth=(0, 1, 2)):
    choice = np.array(choice)
    nothing = np.zeros(choice.shape)
    return Preposterior(0, 0.0, np.array(truth), choice, nothing, nothing, np.ones(len(choice)), 3)


def test_random_labels_are_all_of_use_to_random_and_in_part_to_a_strategy(plan):
    design = design_pilot(plan, sizes=[400, 2_000])
    lost = lost_labels(design, NAMES, NEEDS, initial=INITIAL, kept=1.0)
    np.testing.assert_allclose(lost[0], 0)  # within the initial set every label is one of the plan's own
    # Random needs 1,500 in the second future. Margin needs half of random's labels in the first, so that 2,000 random
    # ones stand for 1,000 of its own; 2/3, but no more than its 1,000, in the second; only the 500 where random fails.
    np.testing.assert_allclose(lost[1, :, 0], [0, 500, 0])
    np.testing.assert_allclose(lost[1, :, 1], [1_000, 1_000, 1_500])
    np.testing.assert_allclose(lost[1, :, 2], [0, 500, 0])


def test_a_paired_pilot_loses_the_arm_that_is_not_chosen(plan):
    design = design_pilot(plan, strategies=["margin"], sizes=[2_000])
    lost = lost_labels(design, NAMES[:2], NEEDS, initial=INITIAL, kept=1.0)  # 3,500 labels bought
    np.testing.assert_allclose(lost[0, :, 0], [1_500, 2_000, 1_500])
    np.testing.assert_allclose(lost[0, :, 1], [1_500, 2_500, 1_500])


def test_the_bill_of_a_random_pilot_by_hand(plan):
    design = design_pilot(plan, sizes=[2_000])
    lost = lost_labels(design, NAMES, NEEDS, initial=INITIAL, kept=1.0)
    cost = pilot_costs(plan, plan.medians(), design, lost, decided([[0, 1, 1]]), vendor=0, random=0)
    gone = (0 + 1_000 + 1_500) / 3
    assert cost.labels_usd[0] == pytest.approx(0.5 * gone)
    assert cost.hours_usd[0] == pytest.approx(8 * 50)
    assert cost.days[0] == pytest.approx(2 + 1 + gone / 1_000)
    assert cost.delay_usd[0] == pytest.approx((3 + gone / 1_000) / 7 * 70)
    assert cost.total_usd[0] == pytest.approx(0.5 * gone + 400 + 10 * (3 + gone / 1_000))


def test_a_prototype_is_lost_only_where_random_labelling_is_chosen(plan):
    design = design_pilot(plan, strategies=["margin"], sizes=[2_000, 4_000])
    lost = lost_labels(design, NAMES[:2], NEEDS, initial=INITIAL, kept=1.0)
    choices = decided([[0, 0, 1], [1, 1, 1]])
    cost = pilot_costs(plan, plan.medians(), design, lost, choices, vendor=0, random=0)
    np.testing.assert_allclose(cost.hours_usd, [400 + 2 / 3 * 0.25 * 60 * 50, 400])
    told = plan.replace({"pilot.prototype_hours": 6, "pilot.hours": 4})
    cost = pilot_costs(told, told.medians(), design, lost, choices, vendor=0, random=0)
    np.testing.assert_allclose(cost.hours_usd, [200 + 2 / 3 * 300, 200])


def test_an_item_costs_its_votes_fees_and_checks_but_no_set_up(plan):
    dear = plan.replace(
        {
            "vendors.0.votes_per_item": 3,
            "vendors.0.platform_fee_usd_per_item": 0.08,
            "vendors.0.set_up_usd": 900,
            "vendors.0.review_share": 0.1,
            "vendors.0.review_price_usd": 2,
        }
    )
    design = design_pilot(dear, sizes=[400])
    lost = lost_labels(design, NAMES, NEEDS, initial=INITIAL, kept=0.0)
    cost = pilot_costs(dear, dear.medians(), design, lost, decided([[0, 1, 1]]), vendor=0, random=0)
    assert cost.labels_usd[0] == pytest.approx(400 * (3 * 0.5 + 0.08 + 0.1 * 2))


def test_delay_by_decay_loses_a_share_of_the_value(plan):
    linear = "cost_of_delay_usd_per_week = 70"
    decaying = parse_plan(
        plan.to_toml().replace(linear, 'delay = "decay"\nvalue_usd = 1_000\nvalue_lost_per_week = 0.1')
    )
    design = design_pilot(decaying, sizes=[400])
    lost = lost_labels(design, NAMES, NEEDS, initial=INITIAL, kept=1.0)
    cost = pilot_costs(decaying, decaying.medians(), design, lost, decided([[0, 0, 0]]), vendor=0, random=0)
    assert cost.delay_usd[0] == pytest.approx(1_000 * (1 - 0.9 ** (3 / 7)))
