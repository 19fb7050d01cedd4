"""From a plan and curves set by hand to a verdict and its warnings."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from planner.costs import LINES
from planner.decision import decide_plan
from planner.decision import labels_required as needs_of_plans
from planner.decision.decide_plan import verdict_warnings
from planner.decision.load_curves import few_seeds
from planner.plan import Plan, parse_plan
from simulations.errors import InputError
from tests.planner.decision.on_curves import BUDGET, fixed_curves, on_curves

N_DRAWS = 200


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
    verdict = json.loads(
        json.dumps(decided(monkeypatch, spread(), questions=decide_plan.USUAL).to_dict(), allow_nan=False)
    )
    assert {"verdict", "p_al_cheaper", "saving_usd", "break_even_price_usd", "p_unreachable", "plans", "sensitivity",
            "evpi_usd", "pilot", "warnings", "flips", "break_even", "rounds", "acceptability", "frontier", "map",
            "first_order", "evppi"} <= verdict.keys()  # fmt: skip
    assert verdict["verdict"] in ("use_active_learning", "label_random", "too_close")
    assert verdict["saving_usd"].keys() == {"q10", "q50", "q90"}
    assert verdict["break_even_price_usd"].keys() == {"mean", "p50", "p80"}
    assert verdict["expected_loss_usd"] >= 0
    means = {name: sum(plan["lines"].values()) for name, plan in verdict["plans"].items()}
    assert verdict["expected_saving_usd"] == pytest.approx(means["random"] - means["margin"])
    assert verdict["expected_gain"] is verdict["gain"] is None
    assert verdict["evpi_usd"] >= 0
    assert verdict["plans"].keys() == {"random", "margin"}
    for plan in verdict["plans"].values():
        assert {"labels", "total_usd", "lines", "days", "vendor", "p_unreachable"} <= plan.keys()
        assert plan["lines"].keys() == set(LINES)
    widest = verdict["sensitivity"][0]
    assert {"input", "low", "high", "saving_low_usd", "saving_high_usd", "flips", "assumed"} <= widest.keys()


def test_savings_are_differences_of_mean_lines(monkeypatch):
    verdict = decided(monkeypatch, spread())
    means = {name: sum(plan.lines_usd.values()) for name, plan in verdict.plans.items()}
    futures = np.array(verdict.futures)
    assert len(futures) == 50
    assert (np.diff(futures) >= 0).all()
    assert futures.mean() == pytest.approx(means["random"] - means["margin"], rel=0.02)
    assert verdict.call.expected == pytest.approx(means["random"] - means["margin"])


def test_a_dear_label_is_worth_selecting_and_a_cheap_one_is_not(monkeypatch):
    dear = decided(monkeypatch, spread(), "[[vendors]]\nprice_usd = 2")
    cheap = decided(monkeypatch, spread(), "[[vendors]]\nprice_usd = 0.0002")
    assert dear.state == "use_active_learning"
    assert cheap.state == "label_random"
    assert cheap.break_even_mean_usd is not None
    assert 0.0002 < cheap.break_even_mean_usd < 2
    assert any("unusual" in sentence for sentence in cheap.warnings)


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
    assert price.expected_high > price.expected_low
    assert (hours.low, hours.high, hours.assumed) == (80 / 1.5, 120, True)
    # 66.7 hours at $50 between the two ends, and nothing else: the saving shifts by just that in every draw.
    assert hours.expected_low - hours.expected_high == pytest.approx((120 - 80 / 1.5) * 50)
    assert (target.low, target.high) == pytest.approx((0.89, 0.91))
    swings = [abs(bar.expected_high - bar.expected_low) for bar in verdict.sensitivity]
    assert swings == sorted(swings, reverse=True)
    assert "task.classes" not in bars


def test_the_same_seed_gives_the_same_verdict(monkeypatch):
    a, b = (decided(monkeypatch, spread()).to_dict() for _ in range(2))
    assert a == b


def test_a_pilot_is_not_charged_for_its_noise_twice(monkeypatch):
    text = '[[vendors]]\nprice_usd = 1\ndelivered_error_rate = 0.2\n[evidence]\nlabel_errors = "formula"\n'
    own = decided(monkeypatch, spread(), text, clean_labels=False)
    proxy = decided(monkeypatch, spread(), text, clean_labels=True)
    assert own.plans["margin"].labels.q50 < proxy.plans["margin"].labels.q50
    assert any("not applied again" in sentence for sentence in own.warnings)


def test_a_store_that_nobody_read_is_refused():
    with pytest.raises(InputError, match="store"):
        decide_plan.decide(Plan().replace({"evidence.store": "runs"}))


NEVER = np.inf
EXTRAPOLATES, POOL, NEITHER = "beyond what the pilot measured", "more items to label", "Neither plan reaches"
KNOWN = ("label_scale_sd = 0.5", 'random_labels = "1_000 to 3_000"')


def said(case):
    return " ".join(verdict_warnings(case))


def measured_to(case, random, margin):
    """Give the case with curves of a pilot that was measured up to these labels."""
    last = np.log(np.array([[random], [margin]], dtype=float)) + np.zeros(case.n_draws)
    return replace(case, curves=replace(case.curves, log_last=last))


def test_a_plan_without_doubts_has_none():
    case = on_curves([2_000, 3_000], [1_000, 1_500], edit=[KNOWN])
    curves = replace(case.curves, clean_labels=True)
    assert verdict_warnings(replace(case, curves=curves)) == ()


def test_only_fine_tuning_is_said_to_forget():
    case = on_curves([2_000], [1_000], edit=[("[strategy]", '[strategy]\nrestart = "fine-tune"')])
    assert verdict_warnings(case)[0].startswith('restart = "fine-tune" trains on each new batch alone, and forgets')
    warm = on_curves([2_000], [1_000], edit=[("[strategy]", '[strategy]\nrestart = "warm"')])
    assert "fine-tune" not in said(warm)


def test_a_pilot_that_ends_before_the_answer_is_extrapolated():
    case = on_curves([2_000] * 4, [980] * 4)
    assert EXTRAPOLATES not in said(measured_to(case, 1_950, 1_000))
    assert "random to 4 times its last 500 labels." in said(measured_to(case, 500, 1_000))
    recorded = measured_to(case, 500, 250)  # which are no measurements of the task to go beyond
    assert EXTRAPOLATES not in said(replace(recorded, curves=replace(recorded.curves, clean_labels=True)))
    both = said(measured_to(case, 500, 250))
    assert "random to 4 times its last 500 labels and margin to 4 times its last 250 labels" in both


def test_only_most_draws_beyond_the_measured_labels_count_as_extrapolated():
    case = on_curves([500, 900, 2_000, 3_000, 800], [100] * 5)
    assert EXTRAPOLATES not in said(measured_to(case, 1_000, 1_000))
    assert EXTRAPOLATES in said(measured_to(case, 850, 1_000))


def test_a_pool_that_stops_random_is_named_with_its_size():
    case = on_curves([12_000] * 3 + [2_000] * 7, [1_000] * 10)
    assert "misses the target in 30% of futures: it usually needs 12,000 labels, more than the 10,000 items" in said(
        case
    )
    assert POOL not in said(on_curves([12_000] + [2_000] * 9, [1_000] * 10))
    # A curve that never gets there is not helped by more data; a budget that pays for the whole pool is not in the way.
    assert POOL not in said(on_curves([NEVER] * 5 + [2_000] * 5, [1_000] * 10))
    capped = on_curves([12_000] * 5, [1_000] * 5, edit=[("[task]", "[task]\nbudget_usd = 50_000")])
    assert POOL in said(capped)


def test_a_target_that_nobody_reaches_is_said_at_a_budget_too():
    assert f"{NEITHER} the target in any future" in said(on_curves([NEVER] * 3, [NEVER] * 3))
    too_small = on_curves([2_000] * 3, [1_000] * 3, BUDGET, edit=[("3_000", "0.5")])
    assert "does not pay for the smallest plan" in said(too_small)
    assert NEITHER not in said(too_small)


def test_where_most_futures_reach_the_target_with_neither_nothing_is_called_and_it_is_said():
    case = on_curves([NEVER] * 6 + [8_000] * 4, [NEVER] * 6 + [1_000] * 4)
    assert case.chosen.call.state == "too_close"
    told = said(case)
    assert "In 60% of futures neither plan reaches the target, so that nothing is called. In the others " in told
    assert "active learning is the better in more than 99%: a lower target" in told
    assert "nothing is called" not in said(on_curves([NEVER] * 5 + [8_000] * 5, [NEVER] * 5 + [1_000] * 5))


def test_a_need_that_nothing_tells_is_named_with_its_range():
    unknown = on_curves([2_000], [1_000], edit=[("[evidence]\nlabel_scale_sd = 0.5\n", "")])
    assert "from 100 (the initial set) to 10,000 (the pool) for the target, 80% sure" in said(unknown)
    assert "Nothing yet says" not in said(on_curves([2_000], [1_000], edit=[KNOWN]))


def test_a_target_given_as_a_range_is_priced_at_its_middle():
    case = on_curves([2_000], [1_000], edit=[("target = 0.9", 'target = "0.85 to 0.95"')])
    assert "The target is a range; the plan is priced at its middle, 0.912" in said(case)
    assert "The target is a range" not in said(on_curves([2_000], [1_000]))


def table(seeds, *, dataset="digits", strategies=("random", "margin"), **columns):
    rows = [(dataset, name, seed) for name in strategies for seed in range(seeds)]
    return pd.DataFrame(rows, columns=["dataset", "strategy", "seed"]).assign(**columns)


def curves_on(**weights):
    curves = fixed_curves(("random", "margin"), [[1_000.0, 500.0]])
    evidence = pd.DataFrame({"dataset": list(weights), "weight": list(weights.values()), "why": ""})
    return replace(curves, evidence=evidence)


@pytest.mark.parametrize(("seeds", "told"), [(1, False), (2, True), (4, True), (5, False), (20, False)])
def test_a_pilot_with_few_seeds_is_said_to_have_them(seeds, told):
    # One seed is told by the fit itself.
    found = few_seeds(table(seeds), curves_on(pilot=1.0), pilot=True)
    assert (found is not None) == told
    assert not told or f"The pilot has few seeds ({seeds} of margin, {seeds} of random)" in found


def test_seeds_do_not_count_where_errors_are_stated_or_strategies_are_not_compared():
    assert few_seeds(table(2, standard_error=0.01), curves_on(pilot=1.0), pilot=True) is None
    mixed = pd.concat([table(8), table(2, strategies=("bald",))])
    assert few_seeds(mixed, curves_on(pilot=1.0), pilot=True) is None


def test_simulated_data_sets_with_few_seeds_count_by_their_weight():
    both = pd.concat([table(2), table(20, dataset="letter")])
    heavy = few_seeds(both, curves_on(digits=0.6, letter=0.4), pilot=False)
    assert heavy is not None
    assert "(2 of digits)" in heavy
    assert few_seeds(both, curves_on(digits=0.4, letter=0.6), pilot=False) is None
    assert few_seeds(table(1), curves_on(digits=1.0), pilot=False) is not None
    # The strategy with the fewest is what a comparison rests on.
    uneven = pd.concat([table(20, strategies=("random",)), table(3, strategies=("margin",))])
    assert "(3 of digits)" in few_seeds(uneven, curves_on(digits=1.0), pilot=False)


def test_many_names_are_cut_short():
    names = [f"set {i}" for i in range(7)]
    many = pd.concat([table(2, dataset=name) for name in names])
    found = few_seeds(many, curves_on(**dict.fromkeys(names, 1 / 7)), pilot=False)
    assert "2 of set 0, 2 of set 1, 2 of set 2, 4 others with as few" in found
