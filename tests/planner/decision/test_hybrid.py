"""Hybrid labelling on the task's own campaigns, and on other data sets."""

import json
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.decision.hybrid import (
    NOTHING_CHEAPER,
    CoveredRounds,
    HybridCosts,
    HybridOutcome,
    HybridRule,
    explain_unknown,
    hybrid_outcomes,
    machine_share_at,
    plan_hybrid,
)
from simulations.errors import InputError

COSTS = HybridCosts(people_usd=lambda n: n, compute_usd=lambda b: 0.5 * b, machine_usd=lambda n: 0.1 * n)
RULE = HybridRule(0.02)

# 1,000 items, 100 held out. After 100 labels 40 of the 100 are sure and right, after 300 labels 80.
USUAL = [[(100, 30), (40, 0)], [(100, 20), (80, 0)]]


def curve(seeds: Sequence[object], strategy: str = "random") -> CoveredRounds:
    counts = np.array(seeds, dtype=np.int64)
    return CoveredRounds(
        dataset="planted",
        strategy=strategy,
        pool_size=900,
        test_size=100,
        thresholds=np.array([0.0, 0.9]),
        seeds=np.arange(len(counts)),
        labels=np.array([100, 300]),
        covered=counts[..., 0],
        errors=counts[..., 1],
    )


def planned(
    rounds: CoveredRounds,
    rule: HybridRule = RULE,
    costs: HybridCosts = COSTS,
    *,
    items: int = 1_000,
    test_labels: int = 100,
) -> HybridOutcome:
    return plan_hybrid(rounds, rule, costs, items=items, test_labels=test_labels)


def test_bill_by_hand() -> None:
    # B = 100: 320 of the 800 left are sure, θ U = 0.32 × 0.05594 = 0.0179: 680 + 50 + 32 = $762.
    # B = 300: 480 of the 600 left are sure, θ U = 0.48 × 0.02837 = 0.0136: 520 + 150 + 48 = $718.
    found = planned(curve([USUAL] * 5))
    assert found.use == "hybrid"
    assert found.reason == ""
    assert (found.labels, found.items, found.seeds) == (300, 1000, 5)
    assert found.people_labels.q50 == 520
    assert found.machine_share.q50 == pytest.approx(0.48)
    assert found.error_bound.q50 == pytest.approx(0.48 * (1 - 0.1 ** (1 / 80)))
    assert found.total_usd.q50 == pytest.approx(718)
    assert found.saving_usd.q50 == pytest.approx(282)
    assert found.all_human_usd == 1000
    assert found.p_cheaper == 1
    assert set(found.runs["threshold"]) == {0.9}


def test_held_out_labels_are_in_the_bill() -> None:
    found = planned(curve([USUAL] * 5))
    assert found.runs["people_labels"].tolist() == [1000 - 480] * 5
    # The same model on a larger set: 100 of 10,000 held out, 9,600 left, 7,680 sure; U × 0.768 = 0.0218 > 0.02. After
    # 100 labels 3,920 are sure: U × 0.392 = 0.0219 > 0.02. People label everything, and the computing is lost.
    large = planned(curve([USUAL] * 5), items=10_000)
    assert large.use == "all_human"
    assert large.runs["threshold"].isna().all()
    assert large.saving_usd.q50 == pytest.approx(-50)


def test_nothing_cheaper_falls_back_to_people_and_says_so() -> None:
    dear = HybridCosts(lambda n: n, lambda b: np.full_like(b, 600.0), np.zeros_like)
    found = planned(curve([USUAL] * 5), costs=dear)
    assert found.use == "all_human"
    assert found.reason == NOTHING_CHEAPER
    assert found.p_cheaper == 0
    assert found.saving_usd.q50 == pytest.approx(480 - 600)
    # Dear labels of a machine are not bought.
    dear = planned(curve([USUAL] * 5), costs=HybridCosts(lambda n: n, np.zeros_like, lambda n: 2 * n))
    assert (dear.use, dear.machine_share.q90, dear.error_bound.q50) == ("all_human", 0, 0)


def test_b_is_chosen_on_the_other_seeds() -> None:
    # One seed's held-out items are lucky after 100 labels: no error, all 800 left pass at 0.8 × 0.02276 = 0.0182.
    lucky = [[(100, 0), (40, 0)], USUAL[1]]
    found = planned(curve([lucky, *[USUAL] * 19]))
    assert found.runs["labels"].tolist() == [300] * 20
    assert found.runs["machine_items"].tolist() == [480] * 20


def test_unlucky_seed_has_people_label_the_rest() -> None:
    unlucky = [USUAL[0], [(100, 60), (80, 40)]]
    found = planned(curve([unlucky, *[USUAL] * 19]))
    assert found.runs["machine_items"].tolist() == [0] + [480] * 19
    assert found.runs["total_usd"][0] == pytest.approx(1000 + 150)
    assert np.isnan(found.runs["threshold"][0])
    assert found.p_cheaper == 0.95
    assert found.use == "hybrid"


def test_other_strategies_are_checked_on_all_that_may_be_wrong() -> None:
    # margin, B = 300: at most min(720, 600) = 600 items may be sure: 0.6 × 0.02837 = 0.0170; 480 are paid as such.
    margin = planned(curve([USUAL] * 5, "margin"))
    assert margin.error_bound.q50 == pytest.approx(0.6 * (1 - 0.1 ** (1 / 80)))
    assert margin.people_labels.q50 == 520
    # coreset may have taken 300 sure ones: 720 - 300 = 420 are left at least.
    coreset = planned(curve([USUAL] * 5, "coreset"))
    assert coreset.people_labels.q50 == 580


def test_fewer_test_labels_check_less() -> None:
    fewer, all_of_them = (planned(curve([USUAL] * 5), HybridRule(0.05), test_labels=n) for n in (60, 100))
    assert fewer.warnings == ()
    assert fewer.error_bound.q50 > all_of_them.error_bound.q50


def test_more_test_labels_than_were_simulated_are_paid_and_said() -> None:
    more = planned(curve([USUAL] * 5), test_labels=200)
    # 800 in the pool, 500 left after 300 labels, 400 of them sure.
    assert more.people_labels.q50 == 600
    assert "200 test labels are paid for, but only 100 were simulated" in more.warnings[0]


def test_rounds_beyond_the_pool_are_left_out() -> None:
    small = planned(curve([USUAL] * 5), HybridRule(0.3), items=350)
    assert small.labels == 100
    with pytest.raises(InputError, match="found 150 items with 100 test labels"):
        planned(curve([USUAL] * 5), items=150)
    with pytest.raises(InputError, match="at least one test label"):
        planned(curve([USUAL] * 5), test_labels=0)


def test_few_seeds_are_refused() -> None:
    with pytest.raises(InputError, match="found 4 simulated seeds; allowed: at least 5"):
        planned(curve([USUAL] * 4))


@given(st.floats(0.005, 0.2), st.lists(st.integers(0, 20), min_size=5, max_size=5))
def test_no_plan_goes_above_what_is_allowed(error_rate: float, wrong: list[int]) -> None:
    rounds = curve([[[(100, 30), (40, 0)], [(100, 20), (80, k)]] for k in wrong])
    found = planned(rounds, HybridRule(error_rate, human_error_rate=0.001))
    assert (found.runs["error_bound"] <= error_rate * (1 + 1e-9)).all()
    assert (found.runs["people_labels"] + found.runs["machine_items"] == 1000).all()


def tables(strategies: Sequence[str], seeds: int = 5) -> tuple[pd.DataFrame, pd.DataFrame]:
    identity = {"dataset": "planted", "learner": "linear", "batch_size": 200, "initial_size": 100}
    curves, coverage = [], []
    for name in strategies:
        for seed in range(seeds):
            key = f"{name}{seed}"
            for r, counts in enumerate(USUAL):
                about = {"strategy": name, "seed": seed, "round": r, "labels": 100 + 200 * r, "trajectory": key}
                curves.append({**identity, **about, "test_size": 100, "pool_size": 900})
                for threshold, (m, k) in zip((0.0, 0.9), counts, strict=True):
                    coverage.append((key, r, threshold, m, k))
    columns = ["trajectory", "round", "threshold", "n_covered", "n_errors"]
    return pd.DataFrame(curves), pd.DataFrame(coverage, columns=columns)


def test_tables_give_an_outcome_a_strategy_that_json_can_hold() -> None:
    costs = {"random": COSTS, "margin": COSTS}
    found = hybrid_outcomes(*tables(["random", "margin"]), RULE, costs, items=1_000, test_labels=100)
    assert sorted(found) == ["margin", "random"]
    written = json.loads(json.dumps(found["random"].to_dict()))
    assert written["total_usd"]["q50"] == pytest.approx(718)
    assert written["use"] == "hybrid"
    assert "runs" not in written


def test_two_settings_at_once_are_refused() -> None:
    curves, coverage = tables(["random"])
    other = curves.assign(dataset="other", trajectory="other" + curves["trajectory"])
    more = coverage.assign(trajectory="other" + coverage["trajectory"])
    with pytest.raises(InputError, match="strategy random was simulated in several settings"):
        hybrid_outcomes(
            pd.concat([curves, other]),
            pd.concat([coverage, more]),
            RULE,
            {"random": COSTS},
            items=1_000,
            test_labels=100,
        )


THRESHOLDS = np.array([0.0, 0.5, 0.9])
ACCURACIES = np.array([0.7, 0.8, 0.9, 0.95])


def proxy(name: str, sure: float, *, seeds: int = 3, strategy: str = "random", best: int = 4) -> CoveredRounds:
    """Plant a proxy: at accuracy a, `sure` × a of 1,000 held-out items are above 0.9, without an error."""
    errors = np.zeros((seeds, best, 3), np.int64)
    errors[..., 0] = np.round(1000 * (1 - ACCURACIES[:best]))
    errors[..., 1] = errors[..., 0] // 2
    covered = np.empty_like(errors)
    covered[..., 0], covered[..., 1] = 1000, 900
    covered[..., 2] = np.round(1000 * sure * ACCURACIES[:best])
    labels = np.array([50, 100, 200, 400])[:best]
    return CoveredRounds(name, strategy, 4000, 1000, THRESHOLDS, np.arange(seeds), labels, covered, errors)


def asked(
    proxies: list[CoveredRounds], *accuracies: float, draws: int = 2000, items: int = 10_000
) -> tuple[np.ndarray, np.ndarray]:
    """Give the shares at each accuracy, for a task of 1,000 test labels with 500 others, and whether they are known."""
    return machine_share_at(
        proxies,
        np.tile(accuracies, (draws, 1)),
        np.full(len(accuracies), 500),
        items=items,
        test_labels=1000,
        rule=HybridRule(0.01),
        strategy="random",
        rng=np.random.default_rng(0),
    )


def test_proxies_that_agree_give_their_share() -> None:
    share, known = asked([proxy(name, 0.5) for name in "abcd"], 0.8)
    # 10,000 items, 1,000 held out, 500 labelled: 40% of the other 8,500, and U = 0.0058 keeps far below 0.01.
    assert known.all()
    assert explain_unknown(known, np.full((2000, 1), 0.8), "random") == ()
    # One in ten draws is left for a task worse than all four: half of one place in five.
    assert (share == 0).mean() == pytest.approx(0.1, abs=0.03)
    assert share[share > 0] == pytest.approx(0.34)


def test_between_two_accuracies_the_share_is_read_along_a_line() -> None:
    share, _ = asked([proxy(name, 0.5) for name in "abcd"], 0.85)
    assert share.max() == pytest.approx((0.34 + 0.3825) / 2, abs=1e-4)


def test_data_sets_weigh_the_same_however_many_their_seeds() -> None:
    found, _ = asked([proxy("a", 0.2, seeds=30), proxy("b", 0.5), proxy("c", 0.7)], 0.8)
    shares = [round(0.85 * 0.8 * sure, 3) for sure in (0.2, 0.5, 0.7)]
    drawn = [(np.abs(found - share) < 1e-3).mean() for share in shares]
    assert drawn == pytest.approx([1 / 4, 1 / 4, 3 / 8], abs=0.04)


def test_a_dip_along_the_rounds_is_levelled() -> None:
    dipped = proxy("a", 0.5)
    dipped.covered[:, 2, 2] = 300
    share, _ = asked([dipped, proxy("b", 0.5), proxy("c", 0.5)], 0.9)
    level = 0.85 * (0.4 + 0.3) / 2
    assert np.unique(share.round(4)).tolist() == pytest.approx([0, level, 0.85 * 0.45], abs=1e-3)


@pytest.mark.parametrize(
    ("proxies", "told"),
    [
        ([proxy(f"digits [test_size={n}]", 0.5) for n in (1, 2, 3)], "random: found coverage tables of 1 data sets"),
        ([proxy(name, 0.5, strategy="margin") for name in "abc"], "random: found coverage tables of 0 data sets"),
    ],
    ids=["settings of one data set", "another strategy"],
)
def test_fewer_than_three_data_sets_of_the_strategy_are_refused(proxies: list[CoveredRounds], told: str) -> None:
    with pytest.raises(InputError, match=told):
        asked(proxies, 0.8)


def test_a_task_without_room_for_the_labels_is_refused() -> None:
    with pytest.raises(InputError, match="found 1,400 items with 1,000 test labels and 500 others"):
        asked([proxy(name, 0.5) for name in "abc"], 0.8, items=1_400)


def test_accuracies_nobody_has_had_are_not_guessed() -> None:
    proxies = [proxy(name, 0.5, best=4 if name == "a" else 2) for name in "abcd"]
    share, known = asked(proxies, 0.75, 0.92, draws=50)
    assert known.all(axis=0).tolist() == [True, False]
    assert (share[:, 1] == 0).all()
    accuracy = np.tile([0.75, 0.92], (50, 1))
    (told,) = explain_unknown(known, accuracy, "random")
    assert "in 50% of the draws people are taken to label everything" in told
    with pytest.raises(InputError, match=r"fewer than 3 recorded data sets have been at accuracies such as 0.92"):
        explain_unknown(known[:, 1:], accuracy[:, 1:], "random")
