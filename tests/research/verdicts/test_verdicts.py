"""Verdicts on data sets that are held out, where what active learning saves is known by construction."""

import pandas as pd
import pytest

from research.verdicts import asked, world
from research.verdicts.asked import DESCRIPTION, ESTIMATE, PAIRED, RANDOM, Evidence, evidence_of, plan_of
from research.verdicts.judge import BY_CHANCE, PLANNER
from research.verdicts.rules import HALF, LAST_GAP, half_says, measured_factor, rules_say, saving_usd
from research.verdicts.run import run_verdicts
from research.verdicts.score import scores
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
    # To have what random has at 400 labels takes a third of the 380 after the initial set.
    assert worlds["much"].truths[-1].strategy_labels == pytest.approx(20 + 380 / 3, rel=0.3)
    assert not worlds["much"].truths[-1].bounded
    worse = worlds["worse"].truths[-1]
    assert worse.bounded and worse.strategy_labels == COUNTS[-1]


def test_users_know_a_description_or_the_first_points_of_the_campaign(worlds):
    known = list(evidence_of(worlds["some"]))
    assert [one.name for one in known] == [DESCRIPTION, ESTIMATE, RANDOM, PAIRED, RANDOM, PAIRED]
    assert [one.labels for one in known] == [0, 0, 200, 200, 400, 400]
    assert set(known[2].pilot["strategy"]) == {"random"} and set(known[3].pilot["strategy"]) == {"random", "margin"}
    assert known[3].pilot["labels"].max() == 200
    plan = plan_of(worlds["some"], known[0], TRUTH, 2.0, 20.0)
    assert plan.evidence.pilot is None and plan.task.metric == "accuracy"
    assert plan.evidence.random_labels is None
    assert plan.task.pool_size.median == 6_000 and plan.task.test_labels.median == 2_000


def test_money_is_labels_engineering_and_rounds(worlds):
    plan = plan_of(worlds["some"], Evidence(DESCRIPTION), TRUTH, 2.0, 20.0)
    # Random: 400 labels. Margin: 20 + 9 rounds of 20 labels, 20 hours and 0.1 hours a round at $60. Test labels cancel.
    assert saving_usd(plan, "margin", 400, 200) == pytest.approx(400 * 2 - (200 * 2 + 20 * 60 + 9 * 0.1 * 60))
    # Fewer than the initial set cannot be bought, nor more than the pool.
    assert saving_usd(plan, "margin", 400, 3) == saving_usd(plan, "margin", 400, 20)
    assert saving_usd(plan, "margin", 1e9, 200) == saving_usd(plan, "margin", 4_000, 200)


def test_rules_of_thumb(worlds):
    known = {one.name: one for one in evidence_of(worlds["much"]) if one.labels in (0, 200)}
    dear, cheap = (plan_of(worlds["much"], known[PAIRED], TRUTH, price, 20.0) for price in (10.0, 0.1))
    said = rules_say(dear, "margin", 400, known[PAIRED])
    assert said == {"always random": False, "always active learning": True, HALF: True, LAST_GAP: True}
    assert not rules_say(cheap, "margin", 400, known[PAIRED])[HALF]
    # 20 labels at $10 less are worth less than 20 hours at $60, 190 are worth more.
    assert not half_says(dear, "margin", 40) and half_says(dear, "margin", 380)
    assert LAST_GAP not in rules_say(dear, "margin", 400, known[RANDOM])
    points = {"labels": [20, 40, 80] * 2, "value": [0.5, 0.6, 0.7, 0.5, 0.72, 0.8]}
    pilot = pd.DataFrame({"strategy": ["random"] * 3 + ["margin"] * 3, **points})
    assert measured_factor(pilot, "margin") == 80 / 40


def test_a_paired_pilot_tells_much_from_nothing(found):
    rows = found.frame()
    paired = rows[(rows["evidence"] == PAIRED) & (rows["price_usd"] == 10.0) & (rows["engineering_hours"] == 2.0)]
    chance = paired.groupby("dataset")["p_al_cheaper"].mean()
    assert chance["much"] > 0.8 > 0.2 > chance["worse"]
    cheap = rows[(rows["price_usd"] == 0.1) & (rows["engineering_hours"] == 20.0)]
    assert (cheap["saving_usd"] < 0).all() and not cheap[PLANNER].any()
    # A target that the pilot has shown is no question.
    assert (paired["pilot_labels"] <= 200).all()


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
        }
    )
    said = scores(rows)
    ours, by_chance, random, active = said["methods"]
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
