"""From a plan and curves set by hand to a verdict."""

import json

import numpy as np
import pandas as pd
import pytest

from planner.costs import LINES
from planner.decision import decide_plan
from planner.decision import labels_required as needs_of_plans
from planner.plan import Plan, parse_plan
from planner.transfer.task_curves import TaskCurves
from simulations.errors import InputError

N_DRAWS = 200


def fixed_curves(strategies, needs, clean_labels=False, warnings=()):
    """Give curves that need (n_draws, n_plans) labels for 0.9; a point more doubles them, a point less halves them."""
    needs = np.asarray(needs, dtype=float).T
    log_labels = np.linspace(0, np.log(1e7), 80)
    points = 0.01 * (log_labels - np.log(np.where(np.isfinite(needs), needs, 1.0))[..., None]) / np.log(2)
    best = np.where(np.isfinite(needs)[..., None], np.clip(0.9 + points, 0, 1), 0.5)
    evidence = pd.DataFrame({"dataset": ["made by hand"], "weight": [1.0], "why": ["test"]})
    last = np.full(needs.shape, np.log(1e7))
    axis = np.broadcast_to(log_labels, best.shape)
    return TaskCurves(strategies, "accuracy", best, axis, last, evidence, warnings, clean_labels)


def decided(monkeypatch, needs, text="", n_draws=N_DRAWS, questions=None, **more):
    """Decide on these needs; what lies beyond the verdict takes longer, so it is asked only where it is looked at."""
    curves = fixed_curves(("random", "margin"), needs, **more)
    monkeypatch.setattr(needs_of_plans, "task_curves", lambda *args, **kwargs: curves)
    return decide_plan.decide(parse_plan(text), n_draws=n_draws, questions=questions)


def spread(seed=0):
    """Random needs 20,000 to 80,000 labels and margin about half of that."""
    rng = np.random.default_rng(seed)
    random = rng.uniform(20_000, 80_000, N_DRAWS)
    return np.column_stack([random, random / rng.uniform(1.5, 2.5, N_DRAWS)])


def test_the_json_has_the_agreed_shape(monkeypatch):
    verdict = decided(monkeypatch, spread(), questions=decide_plan.USUAL).to_dict()
    text = json.dumps(verdict, allow_nan=False)
    assert {"verdict", "p_al_cheaper", "saving_usd", "break_even_price_usd", "p_unreachable", "plans", "sensitivity",
            "evpi_usd", "pilot", "warnings"} <= json.loads(text).keys()  # fmt: skip
    assert verdict["verdict"] in ("use_active_learning", "label_random", "too_close")
    assert verdict["saving_usd"].keys() == {"q10", "q50", "q90"}
    assert verdict["break_even_price_usd"].keys() == {"p50", "p80"}
    assert verdict["evpi_usd"] >= 0
    assert {
        "flips",
        "break_even",
        "rounds",
        "acceptability",
        "frontier",
        "map",
        "first_order",
        "evppi",
    } <= verdict.keys()
    assert verdict["plans"].keys() == {"random", "margin"}
    for plan in verdict["plans"].values():
        assert {"labels", "total_usd", "lines", "days", "vendor", "p_unreachable"} <= plan.keys()
        assert plan["lines"].keys() == set(LINES)
    assert {"input", "low", "high", "saving_low_usd", "saving_high_usd", "flips", "assumed"} <= verdict["sensitivity"][
        0
    ].keys()


def test_mean_lines_sum_to_the_mean_total_and_savings_are_differences(monkeypatch):
    verdict = decided(monkeypatch, spread())
    means = {name: sum(plan.lines_usd.values()) for name, plan in verdict.plans.items()}
    futures = np.array(verdict.futures_usd)
    assert len(futures) == 50
    assert (np.diff(futures) >= 0).all()
    assert futures.mean() == pytest.approx(means["random"] - means["margin"], rel=0.02)


def test_a_dear_label_is_worth_selecting_and_a_cheap_one_is_not(monkeypatch):
    dear = decided(monkeypatch, spread(), "[[vendors]]\nprice_usd = 2")
    cheap = decided(monkeypatch, spread(), "[[vendors]]\nprice_usd = 0.0002")
    assert dear.state == "use_active_learning"
    assert cheap.state == "label_random"
    assert cheap.break_even_p50_usd is not None
    assert 0.0002 < cheap.break_even_p50_usd < 2
    assert any("unusual" in sentence for sentence in cheap.warnings)


def test_draws_that_never_reach_are_counted_and_priced(monkeypatch):
    needs = spread()
    needs[:60, 0] = np.inf
    needs[:20, 1] = np.inf
    verdict = decided(monkeypatch, needs)
    assert verdict.p_unreachable == pytest.approx(0.1)
    assert verdict.plans["random"].p_unreachable == pytest.approx(0.3)
    assert verdict.plans["random"].labels.q90 is None
    assert verdict.plans["random"].labels.q50 is not None
    assert verdict.plans["random"].total_usd.q90 is not None


def test_nobody_reaches(monkeypatch):
    verdict = decided(monkeypatch, np.full((N_DRAWS, 2), np.inf))
    assert verdict.p_unreachable == 1
    assert verdict.p_al_cheaper == 0.5
    assert verdict.state == "too_close"
    assert any("Neither plan reaches the target in any future" in sentence for sentence in verdict.warnings)
    json.dumps(verdict.to_dict(), allow_nan=False)


def test_futures_that_count_half_are_named_where_they_make_the_verdict(monkeypatch):
    needs = spread()
    needs[: N_DRAWS // 2] = np.inf
    verdict = decided(monkeypatch, needs, "[[vendors]]\nprice_usd = 2")
    assert verdict.state == "too_close"
    assert verdict.p_al_cheaper == pytest.approx(0.75, abs=0.03)
    assert any(
        "In 50% of futures neither plan reaches the target, and those count half each" in sentence
        for sentence in verdict.warnings
    )
    certain = decided(monkeypatch, spread(), "[[vendors]]\nprice_usd = 2")
    assert not any("count half" in sentence for sentence in certain.warnings)


def test_without_an_estimate_the_need_lies_between_the_initial_set_and_the_pool(monkeypatch):
    silent = decided(monkeypatch, spread())
    assert any("from 1,000 (the initial set) to 98,000 (the pool)" in sentence for sentence in silent.warnings)
    told = decided(monkeypatch, spread(), '[evidence]\nrandom_labels = "20_000 to 80_000"')
    assert not any("Nothing yet says" in sentence for sentence in told.warnings)
    bar = next(bar for bar in told.sensitivity if bar.input == "evidence.random_labels")
    assert (bar.low, bar.high) == (20_000, 80_000)
    assert bar.saving_high_usd != bar.saving_low_usd


def test_the_tornado_swings_each_input_alone(monkeypatch):
    text = """
[[vendors]]
price_usd = "0.01 to 0.04"
votes_per_item = 1
[engineering]
one_off_hours = 80
[evidence]
random_labels = "20_000 to 80_000"
"""
    verdict = decided(monkeypatch, spread(), text)
    bars = {bar.input: bar for bar in verdict.sensitivity}
    price, hours, target = (bars[k] for k in ("vendors.0.price_usd", "engineering.one_off_hours", "task.target"))
    assert (price.low, price.high, price.assumed) == (0.01, 0.04, False)
    assert price.saving_high_usd > price.saving_low_usd
    assert (hours.low, hours.high, hours.assumed) == (80 / 1.5, 120, True)
    # 66.7 hours at $50 between the two ends, and nothing else: the saving shifts by just that in every draw.
    assert hours.saving_low_usd - hours.saving_high_usd == pytest.approx((120 - 80 / 1.5) * 50)
    assert (target.low, target.high) == pytest.approx((0.89, 0.91))
    swings = [abs(bar.saving_high_usd - bar.saving_low_usd) for bar in verdict.sensitivity]
    assert swings == sorted(swings, reverse=True)
    assert "task.classes" not in bars


def test_bars_that_flip_the_verdict_are_marked(monkeypatch):
    verdict = decided(monkeypatch, spread(), '[[vendors]]\nprice_usd = "0.0001 to 10"\nvotes_per_item = 1')
    bars = {bar.input: bar for bar in verdict.sensitivity}
    assert bars["vendors.0.price_usd"].flips
    assert not bars["compute.epochs"].flips


def test_the_same_seed_gives_the_same_verdict(monkeypatch):
    a, b = (decided(monkeypatch, spread()).to_dict() for _ in range(2))
    assert a == b


def test_a_pilot_is_not_charged_for_its_noise_twice(monkeypatch):
    text = "[[vendors]]\nprice_usd = 1\ndelivered_error_rate = 0.2"
    own = decided(monkeypatch, spread(), text, clean_labels=False)
    proxy = decided(monkeypatch, spread(), text, clean_labels=True)
    assert own.plans["margin"].labels.q50 < proxy.plans["margin"].labels.q50
    assert any("not applied again" in sentence for sentence in own.warnings)


def test_a_store_that_nobody_read_is_refused():
    with pytest.raises(InputError, match="store"):
        decide_plan.decide(Plan().replace({"evidence.store": "runs"}))


def test_inputs_that_do_not_count_yet_are_said_not_to(monkeypatch):
    verdict = decided(monkeypatch, spread(), '[task]\ntarget = "0.85 to 0.95"\nvalue_per_point_usd = 500')
    assert any("range" in sentence for sentence in verdict.warnings)
