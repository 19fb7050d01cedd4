"""Campaigns of all looks and settings at once stop just where they do when each is asked by itself."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import betainc

from planner.decision.stopping.rules import (
    AllRules,
    AnyRule,
    Budget,
    Economic,
    History,
    LabelCount,
    Plateau,
    TargetForecast,
    TargetMeasured,
    enough_right,
    first_paid,
)
from tests.planner.decision.on_curves import RULED, spread_on_curves
from tests.planner.decision.stopping.plainly import rules_plainly

D, K, G = 7, 9, 3


class Bills:
    """Bills (G, D, k + 1) that are there."""

    def __init__(self, usd, *, rising=True):
        self.usd, self.rising = usd, rising

    def at(self, looks):
        g, d = np.arange(self.usd.shape[0])[:, None], np.arange(self.usd.shape[1])
        looks = np.broadcast_to(looks, (*looks.shape[:-2], *self.usd.shape[:2]))
        spent = self.usd[g, d, looks]
        return spent, self.usd[g, d, looks + 1] - spent

    def each(self):
        return self.usd[..., :-1], np.diff(self.usd, axis=-1)


def history(seed=0, *, rising=True):
    rng = np.random.default_rng(seed)
    steps = rng.exponential(1.0, (G, D, K + 1)) if rising else rng.normal(0.3, 1.0, (G, D, K + 1))
    return History(
        labels=np.cumsum(rng.integers(1, 9, (D, K)), axis=1) * 10.0,
        values=rng.choice([0.7, 0.8, 0.85, 0.9, 0.95], (D, K)),
        test_size=rng.integers(20, 90, D).astype(float),
        money=Bills(np.cumsum(steps, axis=-1), rising=rising),
        next_gain=rng.uniform(0.0, 0.1, (D, K)),
        p_reached=rng.random((D, K)),
    )


def until(seen, look):
    """Give what was seen up to one look, all draws side by side."""
    paid = seen.paid(np.full((1, len(seen.labels)), look))
    return replace(
        paid,
        labels=seen.labels[:, : look + 1],
        values=seen.values[:, : look + 1],
        test_size=seen.test_size,
        next_gain=seen.next_gain[:, look],
        p_reached=seen.p_reached[:, look],
    )


RULES = [
    TargetMeasured(0.8, 0.9),
    LabelCount(150.0),
    Budget(3.0),
    Economic(0.2),
    TargetForecast(0.8),
    Plateau(0.06, 1),
    Plateau(0.06, 3),
    AnyRule((TargetMeasured(0.8, 0.6), Budget(4.0))),
    AllRules((Budget(2.0), Plateau(0.06, 1), TargetForecast(0.5))),
    AnyRule(()),
    AllRules(()),
    AnyRule((AllRules((Plateau(0.06, 2), TargetMeasured(0.7, 0.6))), AllRules((LabelCount(300.0), Economic(0.3))))),
]


@pytest.mark.parametrize("rule", RULES, ids=[f"{i}-{type(rule).__name__}" for i, rule in enumerate(RULES)])
@pytest.mark.parametrize("rising", [True, False])
def test_all_looks_at_once_say_what_each_says(rule, rising):
    seen = history(1, rising=rising)
    each = [np.broadcast_to(rule.stops(until(seen, look)), (G, D)) for look in range(K)]
    plain = np.stack(each, axis=-1)
    if not rising or "budget" not in repr(rule).lower():  # once spent stays spent, whatever a later look costs
        assert (np.broadcast_to(rule.at_each(seen), plain.shape) == plain).all()
    first = np.where(plain.any(axis=-1), plain.argmax(axis=-1), K)
    assert (np.broadcast_to(rule.first(seen), first.shape) == first).all()


@given(st.integers(0, 10_000), st.floats(-0.5, 15.0))
def test_the_look_at_which_money_runs_out_is_found_without_pricing_all(seed, budget):
    seen = history(seed)
    rule = Budget(budget)
    over = np.stack([rule.stops(until(seen, look)) for look in range(K)], axis=-1)
    expected = np.where(over.any(axis=-1), over.argmax(axis=-1), K)
    assert (first_paid(rule.stops, seen, budget) == expected).all()


@given(st.lists(st.floats(1.0, 5_000.0), min_size=1, max_size=30), st.floats(0.02, 0.98), st.floats(0.5, 0.99))
def test_counts_of_right_answers_say_what_the_bound_says(sizes, target, confidence):
    items = np.floor(sizes)
    for right in (np.maximum(np.array(sizes) / 2, 1.0), np.maximum(items * target, 1.0), items):
        rare = betainc(right, items - right + 1.0, target)
        sure = np.abs(rare - (1.0 - confidence)) > 1e-9
        found = enough_right(right, items, target, confidence)
        assert (found == (rare <= 1.0 - confidence))[sure].all()


def test_the_count_that_is_just_enough_is_enough():
    # At a target of a half three right answers of five or more have a chance of a half.
    assert enough_right(np.array([2.0, 2.999, 3.0]), np.full(3, 5.0), 0.5, 0.5).tolist() == [False, False, True]
    # All of 50 are right with a chance of 0.95 ** 50 = 0.077, all but one or more with 0.279.
    assert enough_right(np.array([0.0, 49.0, 50.0]), np.full(3, 50.0), 0.95, 0.9).tolist() == [False, False, True]
    assert not enough_right(np.array([20.0]), np.array([20.0]), 0.95, 0.9).any()  # 0.358


MONEY = RULED.replace('rules = ["target"]', 'rules = ["target", "budget"]').replace(
    "[task]", "[task]\nbudget_usd = 9_000"
)
WORTH = RULED.replace('rules = ["target"]', 'rules = ["economic", "plateau"]\nwhen = "all"').replace(
    "[task]", "[task]\nvalue_per_point_usd = 300"
)
TIERS = MONEY.replace(
    "price_usd = 1\n",
    'tier_kind = "volume"\n'
    "tiers = [{ from_units = 0, to_units = 3_000, price_usd = 2 }, { from_units = 3_000, price_usd = 0.9 }]\n",
)


def column(*values):
    return np.array(values, dtype=float)[:, None]


SETTINGS = [
    {},
    {"vendors.0.price_usd": column(0.2, 1.0, 5.0)},
    {"vendors.0.price_usd": column(0.2, 1.0), "task.budget_usd": column(4_000, 9_000)},
    {"task.budget_usd": column(3_000, 9_000, 30_000)},
    {"engineering.one_off_hours": np.array([40.0]), "vendors.0.price_usd": column(2.0, 0.5)},
    {"strategy.batch_size": column(50, 100, 333)},
    {"task.pool_size": column(4_000, 10_000), "vendors.0.price_usd": column(1.0, 2.0)},
    {"task.test_labels": column(200, 900)},
    {"strategy.initial_labels": column(40, 300)},
    {"stopping.confidence": column(0.6, 0.9, 0.6)},
    {"vendors.0.delivered_error_rate": column(0.0, 0.1)},
]


@pytest.mark.parametrize("text", [RULED, MONEY, WORTH, TIERS], ids=["target", "money", "worth", "tiers"])
@pytest.mark.parametrize("changes", SETTINGS, ids=lambda changes: "+".join(changes) or "as planned")
def test_settings_at_once_are_what_each_is_alone(text, changes):
    changes = {path: x for path, x in changes.items() if "price_usd" not in path or text is not TIERS}
    if "task.budget_usd" in changes and "budget_usd" not in text:
        return
    case = spread_on_curves(25, text)
    found, plain = case._ruled.at(changes, case.plans), rules_plainly(case, changes)
    assert found.keys() == plain.keys() == {"margin"}
    labels, reached = plain["margin"]
    assert (found["margin"].labels == labels).all()
    assert (found["margin"].reached == reached).all()


def test_random_in_rounds_stops_by_the_same_rule():
    text = MONEY.replace("batch_size = 100\n", "batch_size = 100\nmonitor_random = true\n")
    case = spread_on_curves(60, text, stratified_random=np.full(60, 900.0))
    changes = {"vendors.0.price_usd": column(0.5, 2.0)}
    found, plain = case._ruled.at(changes, case.plans), rules_plainly(case, changes)
    for name in ("random", "margin"):
        assert (found[name].labels == plain[name][0]).all()
    assert case.stopped.keys() == {"random", "margin"}
