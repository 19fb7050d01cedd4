import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, binom

from planner.decision.stopping.rules import (
    AllRules,
    AnyRule,
    Budget,
    Economic,
    LabelCount,
    Plateau,
    Progress,
    StablePredictions,
    TargetForecast,
    TargetMeasured,
    lower_bound,
)
from simulations.errors import InputError


def seen(values=(0.5, 0.6, 0.7), **fields):
    values = np.array(values, float)
    return Progress(np.arange(1, values.shape[-1] + 1) * 100.0, values, **fields)


def test_target_is_reached_where_so_many_right_answers_are_rare_at_the_target():
    # 930 of 1,000: P(at least 930 right | 0.91) = 1.4%, and P(at least 930 | 0.92) = 13%
    assert binom.sf(929, 1000, 0.91) < 0.1 < binom.sf(929, 1000, 0.92)
    now = seen([0.8, 0.93], test_size=1000)
    assert TargetMeasured(0.91, 0.9).stops(now)
    assert not TargetMeasured(0.92, 0.9).stops(now)
    assert lower_bound(0.93, 1000, 0.9) == pytest.approx(beta.ppf(0.1, 930, 71))
    assert "0.9185" in TargetMeasured(0.91, 0.9).why(now)


def test_no_and_all_right_answers_have_bounds_too():
    assert lower_bound(0.0, 50, 0.9) == 0
    assert lower_bound(1.0, 50, 0.9) == pytest.approx(0.1 ** (1 / 50))
    assert not TargetMeasured(0.01).stops(seen([0.0], test_size=50))


@given(st.floats(0.01, 1.0), st.integers(1, 5000), st.floats(0.5, 0.99), st.floats(0.01, 0.99))
def test_the_rule_is_the_bound(value, items, confidence, target):
    bound = float(lower_bound(value, items, confidence))
    if abs(bound - target) > 1e-9 and value * items >= 1:  # less than one right answer is never enough
        assert bool(TargetMeasured(target, confidence).stops(seen([value], test_size=items))) == (bound >= target)


def test_budget_stops_where_the_next_round_no_longer_fits():
    rule = Budget(1000.0)
    assert not rule.stops(seen(spent_usd=900.0))
    assert rule.stops(seen(spent_usd=1000.0))
    assert not rule.stops(seen(spent_usd=900.0, next_usd=100.0))
    assert rule.stops(seen(spent_usd=900.0, next_usd=101.0))


def test_economic_compares_points_with_a_price():
    # a gain of 0.004 is 0.4 points, at 500 a point worth 200
    rule = Economic(500.0)
    assert not rule.stops(seen(next_gain=0.004, next_usd=200.0))
    assert rule.stops(seen(next_gain=0.004, next_usd=200.01))
    assert rule.why(seen(next_gain=0.004, next_usd=250.0)) == "the next round is expected to be worth 200 and costs 250"


def test_stable_predictions_are_judged_on_the_mean_of_a_window():
    rule = StablePredictions(0.99, 3)
    assert not rule.stops(seen(agreement=np.array([1.0, 1.0])))
    assert rule.stops(seen(agreement=np.array([0.5, 0.985, 0.99, 0.995])))
    assert not rule.stops(seen(agreement=np.array([0.995, 0.99, 0.984])))


def test_plateau_looks_at_the_best_so_far():
    rule = Plateau(0.01, 2)
    assert not rule.stops(seen([0.8, 0.8]))  # too short to look back
    assert rule.stops(seen([0.8, 0.805, 0.809]))
    assert not rule.stops(seen([0.8, 0.812, 0.79]))
    assert rule.stops(seen([0.85, 0.7, 0.72]))  # below an earlier best: nothing gained


def test_forecast_and_labels():
    assert TargetForecast(0.8).stops(seen(p_reached=0.8))
    assert not TargetForecast(0.8).stops(seen(p_reached=0.79))
    assert LabelCount(300).why(seen()) == "300 labels are in hand, of the 300 that were to be bought"
    assert LabelCount(301).why(seen()) is None


@pytest.mark.parametrize(
    ("rule", "lacks"),
    [
        (TargetMeasured(0.9), "test items"),
        (Budget(10.0), "money spent"),
        (Economic(10.0), "expected to add"),
        (StablePredictions(), "kappa"),
        (TargetForecast(), "chance"),
    ],
)
def test_what_is_not_known_is_said_and_not_taken_for_going_on(rule, lacks):
    with pytest.raises(InputError, match=lacks):
        rule.stops(seen())
    with pytest.raises(InputError, match=rule.name):
        AnyRule((LabelCount(10), rule)).stops(seen())


values = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=6)
rules = st.one_of(
    st.builds(LabelCount, st.integers(50, 700)),
    st.builds(TargetMeasured, st.floats(0.1, 0.9)),
    st.builds(Plateau, st.floats(0.001, 0.2), st.integers(1, 4)),
    st.builds(Budget, st.floats(1.0, 500.0)),
)


@given(rules, rules, rules, values, st.floats(0.0, 400.0))
def test_combinations_are_and_and_or(a, b, c, found, spent):
    now = seen(found, test_size=200, spent_usd=spent)
    stop_a, stop_b, stop_c = (bool(rule.stops(now)) for rule in (a, b, c))
    either = AnyRule((a, b))
    assert bool(either.stops(now)) == (stop_a or stop_b)
    assert bool(AllRules((a, b)).stops(now)) == (stop_a and stop_b)
    assert bool(AllRules((either, c)).stops(now)) == ((stop_a or stop_b) and stop_c)
    assert [*AllRules((either, c)).parts()] == [a, b, c]
    told = either.why(now)
    assert (told is not None) == (stop_a or stop_b)
    if stop_a and stop_b:
        assert told == f"{a.why(now)} and {b.why(now)}"


def test_many_campaigns_at_once_are_the_same_as_one_by_one():
    grid = np.array([[0.5, 0.90, 0.92], [0.5, 0.80, 0.801], [0.6, 0.95, 0.97]])
    rule = AnyRule((TargetMeasured(0.91), Plateau(0.01, 1)))
    together = rule.stops(seen(grid, test_size=500))
    assert together.tolist() == [bool(rule.stops(seen(row, test_size=500))) for row in grid] == [False, True, True]
