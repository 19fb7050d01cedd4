"""Verdicts on data sets that are held out, where what active learning saves is known by construction."""

import numpy as np
import pandas as pd
import pytest

from research.verdicts import asked, world
from research.verdicts.asked import (
    BILL_RATIOS,
    DESCRIPTION,
    ESTIMATE,
    PAIRED,
    RANDOM,
    WORK_USD,
    Evidence,
    evidence_of,
    plan_of,
)
from research.verdicts.judge import BY_CHANCE, PLANNER
from research.verdicts.rules import CONSTANTS, LAST_GAP, measured_factor, rules_say, saving_usd
from research.verdicts.run import run_verdicts
from research.verdicts.score import BEST_CONSTANT, best_constant, scores
from research.verdicts.world import SHARES, Truth, worlds_of
from simulations.errors import InputError
from tests.research.verdicts.made import COUNTS, table, value

TRUTH = Truth(0.9, random_labels=400, strategy_labels=200, bounded=False)
THREE = table({"much": 3.0, "none": 1.0, "worse": 0.5})


@pytest.fixture(scope="module")
def worlds():
    return {one.dataset: one for one in worlds_of(table(), "margin", 1)}


@pytest.fixture(scope="module")
def found():
    """Three data sets, one pilot and one target: forecasts take a second each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asked, "PILOT_LABELS", (200,))
        patch.setattr(world, "SHARES", (1.0,))
        return run_verdicts(THREE, "a table made by hand", campaigns=1, n_draws=100)


def test_what_was_true_is_read_off_the_other_seeds(worlds):
    much = worlds["much"]
    assert much.seed == 0 and set(much.own["seed"]) == {0}
    assert set(much.proxies["dataset"]) == {"none", "some", "worse"}
    for share, truth in zip(SHARES, much.truths, strict=True):
        assert truth.random_labels <= share * COUNTS[-1] + 1e-6
        assert truth.target == pytest.approx(value(share * COUNTS[-1]), abs=0.006)
    # To have what random has at 360 labels takes a third of the 340 after the initial set.
    assert worlds["much"].truths[-1].strategy_labels == pytest.approx(20 + 340 / 3, rel=0.3)
    assert not worlds["much"].truths[-1].bounded
    worse = worlds["worse"].truths[-1]
    assert worse.bounded and worse.strategy_labels == COUNTS[-1]


def test_users_know_a_description_or_the_first_points_of_the_campaign(worlds):
    known = list(evidence_of(worlds["some"]))
    assert [one.name for one in known] == [DESCRIPTION, ESTIMATE, RANDOM, PAIRED, RANDOM, PAIRED]
    assert [one.labels for one in known] == [0, 0, 200, 200, 400, 400]
    assert set(known[2].pilot["strategy"]) == {"random"} and set(known[3].pilot["strategy"]) == {"random", "margin"}
    assert known[3].pilot["labels"].max() == 200
    plan = plan_of(worlds["some"], known[0], TRUTH, 2.0)
    assert plan.evidence.pilot is None and plan.task.metric == "accuracy"
    assert plan.evidence.random_labels is None
    assert plan.task.pool_size.median == 6_000 and plan.task.test_labels.median == 2_000


def test_money_is_labels_engineering_and_rounds(worlds):
    plan = plan_of(worlds["some"], Evidence(DESCRIPTION), TRUTH, 2.0)
    # Random's 400 labels cost twice what is built: 20 hours at $60, so $6 a label. Margin: 20 + 9 rounds of 20 labels,
    # these hours and 0.1 hours a round. Test labels cancel.
    assert saving_usd(plan, "margin", 400, 200) == pytest.approx(2_400 - (200 * 6 + WORK_USD + 9 * 0.1 * 60))
    # Fewer than the initial set cannot be bought, nor more than the pool.
    assert saving_usd(plan, "margin", 400, 3) == saving_usd(plan, "margin", 400, 20)
    assert saving_usd(plan, "margin", 1e9, 200) == saving_usd(plan, "margin", 4_000, 200)


def test_rules_of_thumb(worlds):
    known = {one.name: one for one in evidence_of(worlds["much"]) if one.labels in (0, 200)}
    dear, cheap = (plan_of(worlds["much"], known[PAIRED], TRUTH, ratio) for ratio in (8.0, 0.7))
    said = rules_say(dear, "margin", 400, known[PAIRED])
    assert set(said) == {"always random", "always active learning", *CONSTANTS, LAST_GAP}
    assert said["half the labels"] and said[LAST_GAP] and not said["always random"]
    assert not any(rules_say(cheap, "margin", 400, known[PAIRED])[name] for name in CONSTANTS)
    # A label at $24: 100 fewer of 400 are worth $2,400, more than 20 hours at $60, and 20 fewer of 80 are not.
    assert rules_say(dear, "margin", 400, known[PAIRED])["a fifth fewer"]
    assert not rules_say(dear, "margin", 80, known[PAIRED])["a fifth fewer"]
    assert LAST_GAP not in rules_say(dear, "margin", 400, known[RANDOM])


def test_rules_forecast_by_themselves(worlds):
    much = worlds["much"]
    known = {one.name: one for one in evidence_of(much)}
    truth = much.truths[-1]
    assert known[DESCRIPTION].rough_labels(much, truth) == pytest.approx((20 * 4_000) ** 0.5)
    off = Evidence(ESTIMATE, error=0.0)
    assert off.rough_labels(much, truth) == truth.random_labels
    assert known[RANDOM].rough_labels(much, truth) == pytest.approx(truth.random_labels, rel=0.5)
    never = Truth(0.999, 400, 200, False)
    assert known[RANDOM].rough_labels(much, never) == 4_000


def test_the_gap_of_a_pilot():
    points = {"labels": [20, 40, 80] * 2, "value": [0.5, 0.6, 0.7, 0.5, 0.72, 0.8]}
    pilot = pd.DataFrame({"strategy": ["random"] * 3 + ["margin"] * 3, **points})
    assert measured_factor(pilot, "margin") == 80 / 40


def test_a_paired_pilot_tells_much_from_nothing(found):
    rows = found.frame()
    paired = rows[(rows["evidence"] == PAIRED) & (rows["bill_ratio"] == BILL_RATIOS[-1])]
    chance = paired.groupby("dataset")["p_al_cheaper"].mean()
    assert chance["much"] > 0.8 > 0.2 > chance["worse"]
    cheap = rows[rows["bill_ratio"] == BILL_RATIOS[0]]
    assert (cheap["saving_usd"] < 0).all() and not cheap[PLANNER].any()
    # A target that the pilot has shown is no question.
    assert (paired["pilot_labels"] <= 200).all()
    # Labels and savings stand beside the planner's ranges; of what no future reaches there is none.
    true, low, high = zip(*paired["random_labels"], strict=True)
    assert all(end <= other for end, other in zip(low, high, strict=True)) and min(true) > 200


def test_scores_of_four_questions_worked_by_hand():
    rows = pd.DataFrame(
        {
            "dataset": ["a", "a", "b", "b"],
            "p_al_cheaper": [0.9, 0.5, 0.1, 0.03],
            "state": ["use_active_learning", "too_close", "label_random", "label_random"],
            "saving_usd": [50.0, -5.0, 20.0, -80.0],
            "random_usd": [100.0, 100.0, 100.0, 100.0],
            PLANNER: [True, True, False, False],
            BY_CHANCE: [True, False, False, False],
            "expected_saving_usd": [30.0, 10.0, 20.0, -50.0],
            "expected_loss_usd": [2.0, 11.0, 5.0, 1.0],
            "always random": [False] * 4,
            "always active learning": [True] * 4,
            **{name: [True, False, True, False] for name in CONSTANTS},
            "bounded": [False, True, False, False],
            "random_labels": [
                (100.0, 80.0, 90.0),
                (100.0, 80.0, 120.0),
                (50.0, 40.0, 60.0),
                (50.0, 60.0, float("inf")),
            ],
            "log_factor": [(0.5, 0.2, 0.7), (0.9, 0.2, 0.7), (0.5, None, None), (0.0, 0.2, 0.7)],
        }
    )
    said = scores(rows)
    ours, by_chance, random, active = said["methods"][:4]
    # Ours is wrong twice: 5% of 100 on a, 20% on b; a data set counts once.
    assert ours["right"]["mean"] == pytest.approx(0.5)
    assert ours["regret"]["mean"] == pytest.approx((0.05 / 2 + 0.20 / 2) / 2)
    assert ours["regret_usd"] == pytest.approx((2.5 + 10) / 2)
    assert by_chance["regret"]["mean"] == pytest.approx(0.20 / 2 / 2) and not by_chance["rule"] and random["rule"]
    assert random["regret"]["mean"] == pytest.approx((0.5 / 2 + 0.2 / 2) / 2)
    assert active["regret"]["mean"] == pytest.approx((0.05 / 2 + 0.8 / 2) / 2)
    assert random["ours_against_it"]["mean"] == pytest.approx(0.0625 / 0.175 - 1)
    assert [record["questions"] for record in said["calibration"]] == [1, 1, 0, 1, 0, 1, 0]
    assert said["calibration"][2]["said"] is None
    close = said["states"][1]
    assert (close["state"], close["questions"], close["right"], close["truly_close"]) == ("too_close", 1, 0.0, 1.0)
    chance, mean, both = said["calls"]
    # By the chance AL (right), none, random (wrong), random (right); by the mean bill AL, none, AL, random, all right.
    assert [chance[key] for key in ("rule", "calls", "right")] == ["chance", 0.75, pytest.approx((1 + 0.5) / 2)]
    assert [mean[key] for key in ("rule", "calls", "right")] == ["mean bill", 0.75, 1.0]
    assert (chance["regret"], mean["regret"]) == pytest.approx((0.20 / 2 / 2, 0.0))
    assert both["calls"] == 0.5 and both["right"] == 1
    # Where no call is made half is lost: of 5% on a, and of 20% on b.
    assert both["regret_with_coin"] == pytest.approx((0.025 / 2 + 0.1 / 2) / 2)
    assert said["al_right"] == pytest.approx(0.5)
    # The constants are always right here, and chosen on the other data set; who loses nothing cannot be beaten.
    assert best_constant(rows).tolist() == [True, False, True, False]
    best = said["methods"][-1]
    assert (best["method"], best["regret"]["mean"], said["skill"]["skill"]) == (BEST_CONSTANT, 0.0, None)
    # Half of the labels lie in their ranges; of savings both of a's, one of them bounded, and none of b's.
    assert said["holds"] == {"random_labels": pytest.approx(0.5), "log_factor": pytest.approx(0.5)}
    bits = [-np.log2([0.9, 0.5]).mean(), -np.log2([0.1, 0.97]).mean()]
    assert said["log_score"] == {"planner": pytest.approx(np.mean(bits)), "base_rate": pytest.approx(1.0)}


def test_two_data_sets_are_too_few():
    few = table({"much": 3.0, "none": 1.0})
    with pytest.raises(InputError, match=r"--verdicts: x has 2 data sets with .*; allowed: at least 3"):
        run_verdicts(few, "x")
    # With one seed there is no other to be true.
    for none in (table(learner="forest"), table(seeds=1)):
        with pytest.raises(InputError, match="has 0 data sets"):
            run_verdicts(none, "x")


def test_a_campaign_is_no_part_of_the_truth_it_is_judged_by():
    curves = table()
    spoilt = curves.copy()
    spoilt.loc[spoilt["seed"] == 0, "value"] = 0.5
    before, after = (next(iter(worlds_of(rows, "margin", 1))) for rows in (curves, spoilt))
    assert before.truths == after.truths
    assert (after.own["value"] == 0.5).all()


def test_data_sets_set_aside_are_asked_about_and_are_no_evidence():
    every = table({"caravan": 3.0, "snips": 1.6, "fishing": 1.0, "some": 1.6, "none": 1.0, "synthetic-noisy": 2.0})
    aside = {one.dataset: one for one in worlds_of(every, "margin", 1, only={"caravan", "snips", "fishing"})}
    assert set(aside) == {"caravan", "snips", "fishing"}
    for one in aside.values():
        assert set(one.proxies["dataset"]) == {"some", "none", "synthetic-noisy"}
        assert set(one.evidence.savings(["margin"], "accuracy")[0]["dataset"]) == {"some", "none", "synthetic-noisy"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asked, "PILOT_LABELS", (200,))
        patch.setattr(world, "SHARES", (1.0,))
        there = run_verdicts(every, "x", campaigns=1, n_draws=100, set_aside=True)
    assert there.to_dict()["set_aside"]
    assert set(there.frame()["dataset"]) == set(aside)
    # Made-up data sets are evidence and never a question; the others are asked without those set aside.
    plain = {one.dataset for one in worlds_of(every[~every["dataset"].isin(aside)], "margin", 1)}
    assert plain == {"some", "none"}
