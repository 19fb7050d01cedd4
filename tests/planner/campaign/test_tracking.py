"""The status of a campaign and the advice, from made-up actions and from whole logs."""

import json
from dataclasses import asdict, replace

import numpy as np
import pytest

from planner.campaign import tracking
from planner.campaign.actions import Action
from planner.campaign.log import read_log
from planner.campaign.status import NextRound
from planner.plan import parse_plan
from simulations.errors import InputError

MARGIN = "labels,value,strategy\n" + "".join(
    f"{n},{1 - 1.6 * n**-0.4:.4f},margin\n" for n in (100, 200, 300, 400, 500, 600, 700)
)
RANDOM = MARGIN.replace("margin", "random")


TRACKED = {}


@pytest.fixture
def tracked(plan_of, write_log):
    """Track a campaign once for all tests that ask for the same."""

    def run(text=MARGIN, plan=None, seed=0, n_draws=300):
        plan = plan if plan is not None else plan_of()
        key = text, plan.to_toml(), seed, n_draws
        if key not in TRACKED:
            TRACKED[key] = tracking.track(plan, read_log(write_log(text), plan), n_draws=n_draws, seed=seed)
        return TRACKED[key]

    return run


def test_everything_is_plain_numbers_and_words(tracked):
    found = json.loads(json.dumps(tracked().to_dict(), allow_nan=False))
    assert found["action"] in found["actions"] or found["action"] == "pilot"
    assert list(found["actions"]) == ["continue", "switch_to_random", "stop"]
    assert sum(one["p_best"] for one in found["actions"].values()) == pytest.approx(1.0)
    for one in found["actions"].values():
        assert sum(one["lines"].values()) == pytest.approx(one["cost_usd"]["mean"])
    assert found["campaign"] == {"strategy": "margin", "labels": 700, "value": 0.8836, "rounds": 7, "vendor": "A"}
    assert found["basis"] == "one curve"
    assert found["pilot"]["strategy"] == "random"
    assert found["no_pilot"] is None
    assert len(found["past_forecasts"]) == 3 + 2 + 1
    assert found["forecast_record"]["next_forecasts"] == 3


def test_a_random_campaign_may_switch_and_would_have_to_build(tracked):
    found = tracked(RANDOM)
    assert list(found.actions) == ["continue", "switch_to_margin", "stop"]
    assert found.actions["switch_to_margin"].lines_usd["engineering_usd"] > 0
    assert not found.sunk.engineering_built
    assert found.side_arm.strategy == "margin"


def test_what_is_built_is_not_paid_again(tracked):
    found = tracked()
    assert found.sunk.engineering_built
    assert all(one.lines_usd.get("engineering_usd", 0) == 0 for one in found.actions.values())
    # $1,200 for test labels and what is in hand (700 at $2, 500 of them for testing), 20 hours and 6 rounds at $50
    assert found.sunk.usd == pytest.approx(1_200 * 2 + 20 * 50 + 6 * 50)
    assert not found.sunk.from_log


def test_money_spent_changes_no_action(tracked):
    rows = MARGIN.splitlines()
    spent = [
        "\n".join([rows[0] + ",spent_usd", *(f"{row},{usd * (i + 1)}" for i, row in enumerate(rows[1:]))])
        for usd in (1.0, 50_000.0)
    ]
    little, much = (tracked(text + "\n").to_dict() for text in spent)
    assert (little["sunk"]["usd"], much["sunk"]["usd"]) == (7.0, 350_000.0)
    assert little["sunk"]["from_log"]
    for found in (little, much):
        del found["sunk"]
    assert little == much


def test_the_budget_left_bounds_what_can_be_bought(plan_of, write_log, tracked):
    text = MARGIN.replace("strategy", "strategy,spent_usd", 1).replace("margin\n", "margin,4900\n")
    free, tight = (tracked(text, plan_of(task=task)) for task in ("", "budget_usd = 5_000"))
    assert tight.actions["continue"].p_reaches <= free.actions["continue"].p_reaches
    assert tight.actions["continue"].cost_usd.q90 <= 100
    spent = tracked(text.replace("4900", "5000"), plan_of(task="budget_usd = 5_000"))
    assert (spent.action, spent.reason, spent.next_round) == ("stop", "nothing left", None)


def test_a_target_that_is_passed_stops(tracked, plan_of):
    plan = plan_of().replace({"task.target": 0.8})
    found = tracked(plan=plan)
    assert (found.action, found.reason) == ("stop", "reached")
    assert found.p_reached > 0.99
    assert found.actions["stop"].p_best > 0.99
    assert asdict(found.actions["continue"].labels) == {"q10": 0, "q50": 0, "q90": 0}


def test_a_target_nobody_reaches_stops_and_says_so(tracked, plan_of):
    found = tracked(plan=plan_of().replace({"task.target": 0.999}))
    assert (found.action, found.reason) == ("stop", "unreachable")
    assert asdict(found.actions["continue"].labels) == {"q10": None, "q50": None, "q90": None}
    assert found.actions["continue"].days.q50 is None


def test_the_plans_rule_is_obeyed(tracked, plan_of):
    rule = plan_of(more='[stopping]\nrules = ["labels"]\nlabels = 700')
    found = tracked(plan=rule)
    assert (found.action, found.reason, found.rule_stops) == ("stop", "rule", True)
    assert "700 labels are in hand" in found.why_rule
    later = tracked(plan=rule.replace({"stopping.labels": 701}))
    assert later.rule_stops is False and later.why_rule is None
    with pytest.raises(InputError, match="'stable': needs how far"):
        tracked(plan=rule.replace({"stopping.rules": "stable"}))
    agreed = MARGIN.replace("strategy", "strategy,agreement", 1).replace("margin\n", "margin,0.999\n")
    assert tracked(agreed, plan=rule.replace({"stopping.rules": "stable"})).action == "stop"


def test_a_value_of_a_point_weighs_the_next_round(tracked, plan_of):
    poor, rich = (tracked(plan=plan_of(task=f"value_per_point_usd = {usd}")) for usd in (0.01, 100_000))
    assert (poor.action, poor.reason) == ("stop", "not worth it")
    assert poor.next_round.pays is False and rich.next_round.pays is True
    assert rich.action != "stop"
    assert poor.actions["stop"].net_usd == 0
    assert tracked().next_round.pays is None


def test_too_few_rounds_answer_from_the_evidence_and_say_so(tracked):
    found = tracked("labels,value,strategy\n100,0.7,margin\n200,0.75,margin\n")
    assert found.basis == "evidence alone"
    assert found.record is None and found.past == ()
    assert found.side_arm is None and "does not tell" in found.no_side_arm
    assert any("at least 4 different label counts; there are 2" in text for text in found.warnings)
    # below the target as measured: no future in which it is reached already is kept
    assert found.p_reached < 0.05


def test_both_arms_need_no_pilot(tracked):
    worse = RANDOM.split("\n", 1)[1].replace("0.", "0.7", 0)
    found = tracked(MARGIN.replace("\n", "\n", 1)[: MARGIN.index("\n") + 1] + worse + MARGIN.split("\n", 1)[1])
    assert found.basis == "both curves"
    assert (found.side_arm, found.no_side_arm) == (None, "every strategy is measured already")


def test_the_pilot_stands_in_for_what_the_log_lacks(plan_of, write_log, tmp_path):
    plan = plan_of(more='[evidence]\npilot = "pilot.csv"')
    (tmp_path / "pilot.csv").write_text(RANDOM)
    found = tracking.track(plan, read_log(write_log(MARGIN), plan), n_draws=300, base=tmp_path)
    assert found.basis == "both curves"
    assert "From the plan's pilot, beside the log: random." in found.warnings
    assert found.no_side_arm == "every strategy is measured already"


def test_without_a_target_there_is_nothing_to_aim_at(write_log):
    plan = parse_plan("[task]\nbudget_usd = 5_000\n")
    with pytest.raises(InputError, match=r"\[task\] target: not given"):
        tracking.track(plan, read_log(write_log(MARGIN), plan))


def test_the_same_seed_gives_the_same_answer(tracked, plan_of, write_log):
    plan = plan_of()
    assert tracked(seed=1).to_dict() != tracked(seed=0).to_dict()
    assert tracking.track(plan, read_log(write_log(MARGIN), plan), n_draws=300).to_dict() == tracked(seed=0).to_dict()


def test_the_vendor_in_use_is_the_logs_or_the_cheapest(plan_of, write_log, tracked):
    more = '[[vendors]]\nname = "B"\nprice_usd = 1\nvotes_per_item = 1\ndelivered_error_rate = 0\n'
    plan = parse_plan(plan_of().to_toml().replace("[engineering]", more + "[engineering]"))
    cheap = tracked(plan=plan)
    assert cheap.vendor == "B" and any("column 'vendor'" in text for text in cheap.warnings)
    named = MARGIN.replace("strategy", "strategy,vendor", 1).replace("margin\n", "margin,A\n")
    dear = tracked(named, plan=plan)
    assert dear.vendor == "A"
    assert dear.actions["continue"].lines_usd["labels_usd"] == pytest.approx(
        2 * cheap.actions["continue"].lines_usd["labels_usd"]
    )


def test_a_side_arm_is_worth_no_more_than_knowing_all(tracked):
    found = tracked()
    arm = found.side_arm
    assert max(arm.evsi_usd) <= found.evpi_usd + 1e-6
    assert (np.diff(arm.evsi_usd) >= -1e-9).all() and (np.diff(arm.cost_usd) > 0).all()
    assert arm.net_usd == pytest.approx(np.subtract(arm.evsi_usd, arm.cost_usd))
    assert replace(arm, net_usd=(1e9,) * len(arm.sizes)).pays


def test_a_plan_without_a_batch_size_goes_on_in_the_logs(plan_of, tracked):
    plan = parse_plan(plan_of().to_toml().replace("batch_size = 100\n", ""))
    text = "labels,value,strategy\n" + "".join(f"{n},{1 - 1.6 * n**-0.4:.4f},margin\n" for n in range(100, 900, 50))
    found = tracked(text, plan=plan)
    assert found.next_round.labels == 50
    assert any("batches of 50, as in the log" in sentence for sentence in found.warnings)


def action(name, usd, reached=True, more=100.0):
    usd = np.asarray(usd, float)
    nothing = np.zeros(usd.shape)
    there = np.broadcast_to(np.asarray(reached), usd.shape)
    return Action(name, np.broadcast_to(np.asarray(more), usd.shape), {"labels_usd": usd}, nothing, there, nothing)


def actions(margin, random, reached=(True, True)):
    return {"margin": action("margin", margin, reached[0]), "random": action("random", random, reached[1])}


AHEAD = NextRound(100.0, 0.01, 200.0, None)


def advise(made, **changes):
    usual = {
        "there": np.zeros(made["margin"].usd.shape, bool), "net_usd": None, "next_round": AHEAD, "settled": True,
        "pilot_pays": False,
    }  # fmt: skip
    return tracking.advise(made, **{**usual, **changes})


def test_the_cheapest_way_is_taken_and_what_runs_is_kept_where_it_is_as_good():
    assert advise(actions([100, 300], [250, 250])) == ("margin", "cheapest")
    assert advise(actions([300, 300], [250, 250])) == ("random", "cheapest")
    assert advise(actions([252, 252], [250, 250])) == ("margin", "cheapest")  # less than 1% apart


def test_a_way_that_rarely_gets_there_is_not_cheap():
    there = np.array([True, False, False, False])
    made = actions([500] * 4, [100] * 4, (True, there))
    assert tracking.cheapest(made) == "margin"


def test_futures_out_of_everybodys_reach_are_in_no_comparison():
    there = np.array([True, False])
    made = actions([100, 9_000], [200, 200], (there, there))
    assert tracking.comparable_usd(made).tolist() == [[100, 0], [200, 0]]
    assert tracking.cheapest(made) == "margin"
    assert tracking.expected_loss(made, "random")[0] == 50
    # losses of 100 and 0: a standard deviation of 70.7 over the root of two draws
    assert tracking.expected_loss(made, "random")[1] == pytest.approx(50)


@pytest.mark.parametrize(
    ("changes", "advice"),
    [
        ({"there": np.array([True] * 4 + [False])}, ("stop", "reached")),
        ({"there": np.array([True] * 3 + [False] * 2)}, ("margin", "cheapest")),
        ({"next_round": None}, ("stop", "nothing left")),
        ({"pilot_pays": True}, ("pilot", "pilot pays")),
    ],
)
def test_what_comes_first(changes, advice):
    assert advise(actions([1.0] * 5, [2.0] * 5), **changes) == advice


def test_out_of_reach_is_believed_of_a_log_that_is_long_enough():
    rare = np.arange(20) < 2
    made = actions(np.full(20, 100.0), np.full(20, 100.0), (rare, rare))
    assert advise(made) == ("stop", "unreachable")
    assert advise(made, settled=False) == ("margin", "cheapest")
    often = np.arange(20) < 3
    assert advise(actions(np.full(20, 100.0), np.full(20, 100.0), (often, often))) == (
        "margin",
        "cheapest",
    )


def test_what_is_not_worth_its_price_stops_only_where_the_next_round_is_not_either():
    net = {"margin": -10.0, "random": -50.0}
    poor, rich = NextRound(100.0, 0.01, 200.0, 100.0), NextRound(100.0, 0.01, 200.0, 300.0)
    made = actions([1.0], [2.0])
    assert advise(made, net_usd=net, next_round=poor) == ("stop", "not worth it")
    assert advise(made, net_usd=net, next_round=rich) == ("margin", "cheapest")
    assert advise(made, net_usd={"margin": 1.0, "random": -50.0}, next_round=poor) == (
        "margin",
        "cheapest",
    )


def test_chances_to_be_the_best_by_hand():
    # reached already; margin cheaper; tie; nobody gets there
    there = np.array([True, False, False, False])
    able = np.array([True, True, True, False])
    more = np.array([0.0, 100.0, 100.0, 100.0])
    made = {
        "margin": action("margin", [0, 100, 100, 900], able, more),
        "random": action("random", [0, 200, 100, 900], able, more),
    }
    assert tracking.chances_best(made, there, None) == {"margin": 0.375, "random": 0.125, "stop": 0.5}


def test_chances_to_be_the_best_by_worth():
    made = actions([100.0, 100.0], [50.0, 200.0])
    worth = {"margin": np.array([150.0, 50.0]), "random": np.array([60.0, 100.0])}
    # net: margin 50 and -50, random 10 and -100, stopping 0
    assert tracking.chances_best(made, np.zeros(2, bool), worth) == {"margin": 0.5, "random": 0.0, "stop": 0.5}
