"""A range that was believed before a pilot, and what of the pilot's forecast it leaves."""

import numpy as np
import pytest
from scipy.stats import kstest, norm

from planner.decision.labels_required import forecast_labels_required
from planner.decision.load_curves import FLOOR, OVERDRAWN, Crossing, agreement, crossing, range_weights, resample
from planner.intervals import Z80
from planner.plan import parse_plan
from planner.plan.quantity import POSITIVE, Quantity
from simulations.errors import InputError

RANGE = Quantity.parse("5_000 to 20_000", POSITIVE)
TASK = "[task]\ntarget = 0.9\npool_size = 100_000\n[strategy]\ninitial_labels = 100\n[evidence]\n"


def straight(need, slope=1.0):
    """Curves that cross a value at some label counts, alike steep unless told."""
    return Crossing(np.log(need), np.isfinite(need), np.broadcast_to(slope, np.shape(need)))


def test_a_range_is_a_density_over_ln_labels():
    weights = range_weights(RANGE, straight([10_000.0, 20_000.0, np.inf]), 40_000.0)
    np.testing.assert_allclose(weights[1] / weights[0], np.exp(-0.5 * Z80**2))
    assert weights[0] == pytest.approx(norm.pdf(0.0) / (np.log(4) / (2 * Z80)))
    assert weights[2] == FLOOR


def test_a_curve_half_as_steep_is_twice_as_likely_to_have_the_value_near_a_label_count():
    weights = range_weights(RANGE, straight([8_000.0, 8_000.0], [1.0, 0.5]), 40_000.0)
    assert weights[1] == pytest.approx(2 * weights[0])


def test_a_curve_that_ends_before_it_crosses_stands_for_a_need_beyond_the_pool():
    ended = Crossing(np.log([10_000.0, 10_000.0, 50_000.0]), np.array([True, False, False]), np.ones(3))
    weights = range_weights(RANGE, ended, 40_000.0)
    sd = np.log(4) / (2 * Z80)
    expected = norm.pdf(np.log([10_000.0, 40_000.0, 50_000.0]), np.log(10_000), sd)
    np.testing.assert_allclose(weights, expected)


def test_what_lies_below_the_least_counts_as_it():
    weights = range_weights(RANGE, straight([20.0, 3_000.0, 5_000.0]), 40_000.0, least=5_000.0)
    assert weights[0] == weights[1] == weights[2]


def test_a_range_that_rules_all_draws_out_leaves_them_alike():
    weights = range_weights(Quantity.parse("100 to 110", POSITIVE), straight(np.full(4, 30_000.0)), 40_000.0)
    assert (weights == weights[0]).all() and weights[0] > 0
    assert agreement(weights) == 0.0


def test_two_normals_in_ln_labels_multiply_as_they_should():
    """Range N(ln 10,000, 0.54²), forecast N(ln 20,000, 0.7²): precisions add up, to 1% in the middle."""
    drawn = norm(np.log(20_000), 0.7).ppf((np.arange(30_000) + 0.5) / 30_000)
    chosen = resample(range_weights(RANGE, straight(np.exp(drawn)), 1e9), 10_000, seed=0)
    prior, data = (np.log(4) / (2 * Z80)) ** -2, 0.7**-2
    middle = (prior * np.log(10_000) + data * np.log(20_000)) / (prior + data)
    assert drawn[chosen].mean() == pytest.approx(middle, abs=0.01)
    assert drawn[chosen].std() == pytest.approx((prior + data) ** -0.5, rel=0.01)


def places_of_the_truth(tasks=400, draws=4_000):
    """Where the true ln(need) lies among the draws, (tasks,): by their weights, and with slopes left out.

    Curves 0.95 − a exp(−r u) over ln(labels) u, a forecast of two parameters; the truth is one more draw of them, and
    the target what it has where the range says that it is.
    """
    rng = np.random.default_rng(7)
    axis = np.linspace(0.0, 8.0, 400)
    believed = Quantity.parse([round(np.exp(2.0)), round(np.exp(5.0))], POSITIVE)
    middle, sd = np.log(believed.low * believed.high) / 2, np.log(believed.high / believed.low) / (2 * Z80)
    places = []
    for _ in range(tasks):
        a, r = rng.normal(0.4, 0.01, draws + 1), np.exp(rng.normal(np.log(0.35), 0.25, draws + 1))
        truth = float(np.clip(rng.normal(middle, sd), 0.5, 7.5))
        best = 0.95 - a[:, None] * np.exp(-r[:, None] * axis)
        crossed = crossing(best[1:], np.broadcast_to(axis, best[1:].shape), float(np.interp(truth, axis, best[0])))
        below = crossed.log_labels < truth
        for slope in (crossed.slope, np.ones(draws)):
            weights = range_weights(believed, Crossing(crossed.log_labels, crossed.seen, slope), 1e9)
            places.append(float(weights[below].sum() / weights.sum()))
    return np.array(places).reshape(tasks, 2).T


def test_the_truth_lies_anywhere_among_the_draws_with_their_slopes_and_late_without():
    with_slopes, without = places_of_the_truth()
    assert kstest(with_slopes, "uniform").pvalue > 0.05
    assert kstest(without, "uniform").pvalue < 1e-4 and without.mean() > 0.55


def test_draws_are_chosen_as_often_as_their_weights_say_and_the_same_for_the_same_seed():
    weights = np.array([1.0, 2.0, 5.0])
    chosen = resample(weights, 800, seed=4)
    np.testing.assert_array_equal(np.bincount(chosen), [100, 200, 500])
    np.testing.assert_array_equal(chosen, resample(weights, 800, seed=4))
    assert (np.diff(chosen) < 0).any()  # not in order: the draws of the other inputs are stratified
    assert agreement(weights) == pytest.approx(64 / 30 / 3)


@pytest.fixture
def pilot(tmp_path):
    """Random labels on a power law that reaches 90% at 4,000."""
    rows = [f"{n},{1 - 0.1 * (n / 4_000) ** -0.4:.4f}" for n in (100, 180, 320, 560, 1_000)]
    (tmp_path / "pilot.csv").write_text("labels,value\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return tmp_path


def needs(text, base):
    found = forecast_labels_required(parse_plan(TASK + text), n_draws=400, seed=0, base=base)
    return found.labels["random"], found.curves


def test_a_pilot_and_a_range_narrow_each_other(pilot):
    alone, curves = needs('pilot = "pilot.csv"', pilot)
    both, narrowed = needs('pilot = "pilot.csv"\nrandom_labels = "3_000 to 6_000"', pilot)
    assert narrowed.n_draws == curves.n_draws == 400 and narrowed.clean_labels == curves.clean_labels
    spread = [np.diff(np.log(np.quantile(np.minimum(need, 1e6), [0.1, 0.9])))[0] for need in (alone, both)]
    assert spread[1] < min(spread[0], np.log(2))
    assert not any("hardly agree" in text for text in narrowed.warnings)


def test_a_range_that_the_pilot_contradicts_is_told(pilot):
    _, curves = needs('pilot = "pilot.csv"\nrandom_labels = "400_000 to 600_000"', pilot)
    assert any("The pilot and random_labels (400000 to 600000) hardly agree" in text for text in curves.warnings)
    _, wild = needs('pilot = "pilot.csv"\nrandom_labels = "1 to 1.001"', pilot)
    assert any("no future of the pilot's lies in that range, which is left out" in text for text in wild.warnings)
    budget = parse_plan(TASK.replace("target = 0.9", "budget_usd = 5_000") + 'pilot = "pilot.csv"')
    alone = forecast_labels_required(budget, n_draws=400, seed=0, base=pilot).curves
    median = [np.median(curves.labels_to_reach(0.9)[:, 0]) for curves in (wild, alone)]
    assert median[0] == pytest.approx(median[1], rel=0.1)


@pytest.fixture
def flat(tmp_path):
    """Random labels that come to rest near 88%, from where 90% may be far."""
    rows = [f"{n},{0.885 - 0.1 * (n / 100) ** -0.8:.4f}" for n in (100, 180, 320, 560, 1_000)]
    (tmp_path / "pilot.csv").write_text("labels,value\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return tmp_path


def test_a_pilot_forgets_nothing_of_what_a_plan_without_one_is_taken_to_say(flat):
    """With no range told the assumed one weighs the draws, as if it had been written down."""
    small = TASK.replace("100_000", "20_000")
    texts = {
        "assumed": small + 'pilot = "pilot.csv"',
        "written": small + 'pilot = "pilot.csv"\nrandom_labels = "100 to 18_000"',
        "alone": small.replace("target = 0.9", "budget_usd = 5_000") + 'pilot = "pilot.csv"',
    }
    found = {
        name: forecast_labels_required(parse_plan(text), n_draws=2_000, seed=0, base=flat)
        for name, text in texts.items()
    }
    never = {name: float((one.curves.labels_to_reach(0.9)[:, 0] > 18_000).mean()) for name, one in found.items()}
    assert never["assumed"] == pytest.approx(never["written"], abs=0.03)
    assert never["assumed"] < never["alone"] - 0.1
    said = {name: [t for t in one.curves.warnings if t.startswith("By the pilot alone")] for name, one in found.items()}
    assert len(said["assumed"]) == 1 and not said["written"] and not said["alone"]
    assert "100 to 18,000 labels" in said["assumed"][0]
    assert f"which leaves {never['assumed']:.0%}." in said["assumed"][0]


@pytest.mark.parametrize(("pool", "initial"), [(1_201, 1_200), (2_000, 1_000), (3_000, 1_500)])
def test_what_is_assumed_does_not_overrule_a_pilot_that_has_seen_the_target(tmp_path, pool, initial):
    """With an initial set of nearly the pool the range would be next to a point, far from where 90% was measured."""
    rows = zip((50, 100, 200, 400, 800, 1_200), (0.82, 0.87, 0.90, 0.92, 0.93, 0.935), strict=True)
    (tmp_path / "pilot.csv").write_text("labels,value\n" + "\n".join(f"{n},{v}" for n, v in rows), encoding="utf-8")
    text = f"pool_size = {pool + 400}\ntest_labels = 400\n[strategy]\ninitial_labels = {initial}\n[evidence]\n"
    need, median = {}, {}
    for name, goal in (("target", "target = 0.9"), ("budget", "budget_usd = 5_000")):
        plan = parse_plan(f'[task]\n{goal}\n{text}pilot = "pilot.csv"\n')
        found = forecast_labels_required(plan, n_draws=400, seed=0, base=tmp_path)
        need[name] = found.curves.labels_to_reach(0.9)[:, 0]
        median[name] = np.median(need[name])
    assert median["target"] == pytest.approx(median["budget"], rel=0.25)
    assert (need["target"] > pool).mean() <= (need["budget"] > pool).mean() + 0.03


def test_what_is_assumed_is_told_only_where_it_matters(pilot):
    _, curves = needs('pilot = "pilot.csv"', pilot)
    assert not any("By the pilot alone" in text for text in curves.warnings)


def test_a_plan_with_a_pilot_has_its_range_in_the_curves_and_not_among_its_inputs():
    plan = parse_plan(TASK + 'pilot = "pilot.csv"\nrandom_labels = "3_000 to 6_000"')
    item = plan.input("evidence.random_labels")
    assert item.quantity is None and item.text == "3000 to 6000"
    assert "evidence.random_labels" not in plan.draw(10, 0) and not plan.need_assumed


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('pilot = "p.csv"\nrandom_labels = 4_000', r"\[evidence\]: random_labels: found 4000 beside pilot; allowed"),
        ('pilot = "p.csv"\nlabel_scale_sd = 1', r"\[evidence\]: found pilot and label_scale_sd; allowed"),
        ('random_labels = "3 to 6"\nlabel_scale_sd = 1', "found random_labels and label_scale_sd; allowed"),
    ],
)
def test_what_says_the_need_twice_without_a_range_is_refused(text, said):
    with pytest.raises(InputError, match=said):
        parse_plan(TASK + text)


def test_enough_draws_are_made_for_a_range_to_choose_from():
    assert OVERDRAWN >= 2
