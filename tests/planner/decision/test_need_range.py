"""A range that was believed before a pilot, and what of the pilot's forecast it leaves."""

import numpy as np
import pytest
from scipy.special import ndtr
from scipy.stats import norm

from planner.decision.need_range import OVERDRAWN, agreement, range_weights, resampled
from planner.decision.needs import forecast_needs
from planner.errors import InputError
from planner.plan import parse_plan
from planner.plan.quantity import POSITIVE, Quantity
from planner.plan.tables import Z80

RANGE = Quantity.parse("5_000 to 20_000", POSITIVE)
TASK = "[task]\ntarget = 0.9\npool_size = 100_000\n[strategy]\ninitial_labels = 100\n[evidence]\n"


def test_a_range_is_a_density_over_ln_labels():
    need = np.array([10_000.0, 20_000.0, 39_000.0, 41_000.0, np.inf])
    weights = range_weights(RANGE, need, 40_000.0)
    sd = np.log(4) / (2 * Z80)
    np.testing.assert_allclose(weights[1] / weights[0], np.exp(-0.5 * Z80**2))
    # Beyond the pool of 40,000: two range widths above the middle, spread over ln 30.
    np.testing.assert_allclose(weights[3:], ndtr(-np.log(4) / sd) / np.log(30))
    assert weights[2] > 10 * weights[3]


def test_a_range_that_rules_all_draws_out_leaves_them_alike():
    weights = range_weights(Quantity.parse("100 to 110", POSITIVE), np.full(4, 30_000.0), 40_000.0)
    assert (weights == weights[0]).all() and weights[0] > 0
    assert agreement(weights) == 0.0


def test_two_normals_in_ln_labels_multiply_as_they_should():
    """Range N(ln 10,000, 0.54²), forecast N(ln 20,000, 0.7²): precisions add up, to 1% in the middle."""
    drawn = norm(np.log(20_000), 0.7).ppf((np.arange(30_000) + 0.5) / 30_000)
    chosen = resampled(range_weights(RANGE, np.exp(drawn), 1e9), 10_000, seed=0)
    prior, data = (np.log(4) / (2 * Z80)) ** -2, 0.7**-2
    middle = (prior * np.log(10_000) + data * np.log(20_000)) / (prior + data)
    assert drawn[chosen].mean() == pytest.approx(middle, abs=0.01)
    assert drawn[chosen].std() == pytest.approx((prior + data) ** -0.5, rel=0.01)


def test_draws_are_chosen_as_often_as_their_weights_say_and_the_same_for_the_same_seed():
    weights = np.array([1.0, 2.0, 5.0])
    chosen = resampled(weights, 800, seed=4)
    np.testing.assert_array_equal(np.bincount(chosen), [100, 200, 500])
    np.testing.assert_array_equal(chosen, resampled(weights, 800, seed=4))
    assert (np.diff(chosen) < 0).any()  # not in order: the draws of the other inputs are stratified
    assert agreement(weights) == pytest.approx(64 / 30 / 3)


@pytest.fixture
def pilot(tmp_path):
    """Random labels on a power law that reaches 90% at 4,000."""
    rows = [f"{n},{1 - 0.1 * (n / 4_000) ** -0.4:.4f}" for n in (100, 180, 320, 560, 1_000)]
    (tmp_path / "pilot.csv").write_text("labels,value\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return tmp_path


def needs(text, base):
    found = forecast_needs(parse_plan(TASK + text), n_draws=400, seed=0, base=base)
    return found.labels["random"], found.curves


def test_a_pilot_and_a_range_narrow_each_other(pilot):
    alone, curves = needs('pilot = "pilot.csv"', pilot)
    both, narrowed = needs('pilot = "pilot.csv"\nrandom_labels = "3_000 to 6_000"', pilot)
    assert narrowed.n_draws == curves.n_draws == 400 and narrowed.clean_labels == curves.clean_labels
    spread = [np.diff(np.log(np.quantile(np.minimum(need, 1e6), [0.1, 0.9])))[0] for need in (alone, both)]
    assert spread[1] < min(spread[0], np.log(2))
    assert not any("hardly agree" in text for text in narrowed.warnings)


def test_a_range_that_the_pilot_contradicts_is_told(pilot):
    _, curves = needs('pilot = "pilot.csv"\nrandom_labels = "40_000 to 60_000"', pilot)
    assert any("The pilot and random_labels (40000 to 60000) hardly agree" in text for text in curves.warnings)
    alone, _ = needs('pilot = "pilot.csv"', pilot)
    wild, curves = needs('pilot = "pilot.csv"\nrandom_labels = "1 to 1.001"', pilot)
    assert any("no future of the pilot's lies in that range, which is left out" in text for text in curves.warnings)
    assert np.median(wild) == pytest.approx(np.median(alone), rel=0.1)


@pytest.fixture
def flat(tmp_path):
    """Random labels that come to rest near 88%, from where 90% may be far."""
    rows = [f"{n},{0.885 - 0.1 * (n / 100) ** -0.8:.4f}" for n in (100, 180, 320, 560, 1_000)]
    (tmp_path / "pilot.csv").write_text("labels,value\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return tmp_path


def test_a_pilot_forgets_nothing_of_what_a_plan_without_one_is_taken_to_say(flat):
    """With no range told the assumed one weighs the draws, as if it had been written down."""
    need, curves = needs('pilot = "pilot.csv"', flat)
    written, _ = needs('pilot = "pilot.csv"\nrandom_labels = "100 to 98_000"', flat)
    budget = TASK.replace("target = 0.9", "budget_usd = 5_000")
    found = forecast_needs(parse_plan(budget + 'pilot = "pilot.csv"'), n_draws=400, seed=0, base=flat)
    alone = found.curves.labels_to_reach(0.9)[:, 0]
    never, never_written, never_alone = (float((n > 98_000).mean()) for n in (need, written, alone))
    assert never == pytest.approx(never_written, abs=0.08)
    assert never < never_alone - 0.1
    said = [text for text in curves.warnings if text.startswith("By the pilot alone random labelling falls short")]
    assert len(said) == 1 and "100 to 98,000 labels" in said[0] and f"which leaves {never:.0%}." in said[0]
    assert not any("By the pilot alone" in text for text in found.curves.warnings)


@pytest.mark.parametrize(("pool", "initial"), [(1_201, 1_200), (2_000, 1_000), (3_000, 1_500)])
def test_what_is_assumed_does_not_overrule_a_pilot_that_has_seen_the_target(tmp_path, pool, initial):
    """With an initial set of nearly the pool the range would be next to a point, far from where 90% was measured."""
    rows = zip((50, 100, 200, 400, 800, 1_200), (0.82, 0.87, 0.90, 0.92, 0.93, 0.935), strict=True)
    (tmp_path / "pilot.csv").write_text("labels,value\n" + "\n".join(f"{n},{v}" for n, v in rows), encoding="utf-8")
    text = f"pool_size = {pool + 400}\ntest_labels = 400\n[strategy]\ninitial_labels = {initial}\n[evidence]\n"
    need, median = {}, {}
    for name, goal in (("target", "target = 0.9"), ("budget", "budget_usd = 5_000")):
        plan = parse_plan(f'[task]\n{goal}\n{text}pilot = "pilot.csv"\n')
        found = forecast_needs(plan, n_draws=400, seed=0, base=tmp_path)
        need[name] = found.curves.labels_to_reach(0.9)[:, 0]
        median[name] = np.median(need[name])
    assert median["target"] == pytest.approx(median["budget"], rel=0.2)
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
