"""Everything asked of a decision: safe to write as JSON, consistent in itself, and the same from seed to seed."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from planner.decision import analysis
from planner.decision import labels_required as needs_of_plans
from planner.decision.analysis import Questions, analyse, best_rounds, information, records
from planner.decision.case import Case
from planner.decision.decide_plan import decide
from planner.decision.labels_required import LabelsRequired
from planner.decision.sensitivity import tornado
from planner.plan import parse_plan
from tests.planner.decision.hand_made import SIMPLE
from tests.planner.decision.on_curves import BUDGET, RULED, fixed_curves, on_curves, spread_on_curves

NEVER = np.inf
OTHER = '[[vendors]]\nname = "Other"\nprice_usd = "0.5 to 3"\nvotes_per_item = 1\ndelivered_error_rate = 0\n\n'
RANGES = [
    ("one_off_hours = 20", 'one_off_hours = "10 to 40"'),
    ("[[vendors]]\nprice_usd = 1", '[[vendors]]\nprice_usd = "0.5 to 2"'),
]
FEW = Questions()


def cases():
    random = np.linspace(1_500, 6_000, 100)
    tested = [("test_labels = 0", "test_labels = 200")]
    rarely = np.where(np.arange(100) < 5, 2_000, NEVER)
    return {
        "target": spread_on_curves(150, edit=[*RANGES, *tested]),
        "budget": spread_on_curves(100, BUDGET, edit=RANGES),
        "no money": spread_on_curves(100, BUDGET, edit=[("3_000", "0.5")]),
        "never": on_curves([NEVER] * 100, [NEVER] * 100, edit=tested),
        "hardly ever": on_curves(rarely, rarely, edit=[*RANGES, *tested]),
        "no spread at all": on_curves([3_000] * 100, [1_050] * 100, edit=tested),
        "vendors": on_curves(
            random, random / 2, edit=[("[engineering]", f"{OTHER}[engineering]"), *tested], entropy=random / 1.5
        ),
        "rule": spread_on_curves(100, RULED, edit=[*RANGES, ("batch_size = 100", "batch_size = 1_000")]),
    }


CASES = cases()
names = pytest.mark.parametrize("name", list(CASES))
ANALYSES = {}


def analysed(name):
    """Analyse each case once."""
    if name not in ANALYSES:
        ANALYSES[name] = analyse(CASES[name], tornado(CASES[name]), FEW)
    return ANALYSES[name]


@names
def test_everything_is_json_and_has_its_keys(name):
    told = json.loads(json.dumps(analysed(name).to_dict(), allow_nan=False))
    assert {"best_by_mean", "evpi_usd", "evppi", "flips", "break_even", "rounds", "acceptability", "frontier", "map",
            "first_order", "pilot"} <= told.keys()  # fmt: skip
    at_budget = CASES[name].target is None
    assert (told["rounds"] is None, told["first_order"] is None, told["pilot"] is None) == (at_budget,) * 3
    assert {row["state"] for row in told["frontier"]} <= {"efficient", "dominated", "extended"}


@names
def test_knowing_part_is_worth_no_more_than_knowing_everything(name):
    found = analysed(name).information
    losses = found.losses
    assert losses.evpi_usd == pytest.approx(min(losses.loss_usd.values()))
    assert losses.loss_usd[losses.best] == min(losses.loss_usd.values())
    assert all(0 <= one.evppi_usd <= losses.evpi_usd + 1e-9 for one in found.ranked)
    assert sum(losses.p_best.values()) == pytest.approx(1)
    totals = [p.bill.total_usd for p in CASES[name].chosen.plans.values()]
    net = -np.stack([np.broadcast_to(usd, CASES[name].n_draws) for usd in totals])
    assert losses.evpi_usd == pytest.approx(net.max(axis=0).mean() - net.mean(axis=1).max())


def test_what_the_curves_say_is_worth_most_where_nothing_else_is_uncertain():
    # Only needs vary here: to know both is to know everything, and each alone is worth something.
    case = spread_on_curves(2_000)
    found = information(case, [])
    assert set(found.inputs) == {"labels_random_needs", "label_savings"}
    assert found.losses.evpi_usd > 50
    assert max(one.evppi_usd for one in found.ranked) > 0.5 * found.losses.evpi_usd


def test_the_users_estimate_of_the_need_is_not_told_twice():
    edit = [("label_scale_sd = 0.5", 'random_labels = "1_500 to 6_000"')]
    found = information(spread_on_curves(200, edit=edit), ["evidence.random_labels", "engineering.one_off_hours"])
    assert "evidence.random_labels" not in found.inputs


def test_the_best_pilot_is_the_one_with_the_highest_net_value():
    found = analysed("target")
    assert found.pilots.keys() == {"random", "paired"}
    paying = [pilot for pilot in found.pilots.values() if pilot.pays]
    assert (found.best_pilot is None) == (not paying)
    assert found.best_pilot is None or found.best_pilot.best.net_usd == max(p.best.net_usd for p in paying)
    none = replace(found, pilots={})
    assert none.best_pilot is None
    assert none.to_dict()["pilot"] is None


def test_random_labelling_that_stops_by_a_rule_is_not_ordered_beforehand(monkeypatch):
    monkeypatch.setattr(
        analysis, "break_evens", lambda case: {}
    )  # two campaigns at each pool: slow, and not asked here
    watched = ("batch_size = 100", "batch_size = 5_000\nmonitor_random = true")
    case = spread_on_curves(40, RULED, edit=[watched])
    assert "random" in case.stopped
    assert analyse(case, (), FEW).first is None
    assert analysed("rule").first is not None


def test_missing_numbers_are_null():
    frame = pd.DataFrame({"a": [1.5, np.nan], "b": ["x", "y"]})
    assert records(frame) == [{"a": 1.5, "b": "x"}, {"a": None, "b": "y"}]


UNCERTAIN = (
    SIMPLE.replace(*RANGES[0]).replace(*RANGES[1]).replace("hourly_rate_usd = 50", 'hourly_rate_usd = "30 to 90"')
)


def decided(monkeypatch, *, n_draws, seed, text=UNCERTAIN, saved=0.4):
    def drawn(*args, n_draws, seed, **kwargs):
        rng = np.random.default_rng(seed + 100)
        random = np.exp(rng.normal(np.log(2_500), 0.5, n_draws))
        return fixed_curves(
            ("random", "margin"), np.column_stack([random, random / np.exp(rng.normal(saved, 0.5, n_draws))])
        )

    monkeypatch.setattr(needs_of_plans, "task_curves", drawn)
    return decide(parse_plan(text), n_draws=n_draws, seed=seed, questions=None)


def test_more_draws_give_the_same_answer_within_the_error_of_fewer(monkeypatch):
    many = decided(monkeypatch, n_draws=10_000, seed=50)
    for n_draws in (200, 1_000):
        few, other = (decided(monkeypatch, n_draws=n_draws, seed=seed) for seed in (1, 2))
        p = many.p_al_cheaper
        assert few.saving_usd != other.saving_usd  # the seeds are in use
        assert few.p_al_cheaper == pytest.approx(p, abs=4 * np.sqrt(p * (1 - p) / n_draws))
        spread = many.saving_usd.q90 - many.saving_usd.q10
        assert few.saving_usd.q50 == pytest.approx(many.saving_usd.q50, abs=4 * spread / np.sqrt(n_draws))


HOURS = ("hours_per_round = 0", "hours_per_round = 2")
BATCH = "batch_size = 100\n"


def test_each_size_is_priced_by_hand():
    # Margin needs 450 labels, and a round is $100 of an engineer's time beside its labels.
    table = best_rounds(on_curves([900], [450], edit=[HOURS])).by_size.set_index("batch_size")
    for size in (25, 50, 100, 200):
        rounds = np.ceil((450 - 100) / size)
        labels = 100 + size * rounds
        assert table.loc[size, "rounds"] == rounds
        assert table.loc[size, "total_usd"] == pytest.approx(labels + 100 * rounds + 1_000, abs=0.1)


def test_the_best_has_the_lowest_mean_and_what_it_saves_is_the_difference():
    case = spread_on_curves(200, edit=[HOURS])
    found = best_rounds(case)
    assert found.planned == 100
    assert found.best == found.by_size.loc[found.by_size["total_usd"].idxmin(), "batch_size"]
    assert found.saved_usd == pytest.approx(case.plans["margin"].mean_usd - found.by_size["total_usd"].min())
    assert found.saved_usd > 0
    planned = found.by_size.set_index("batch_size").loc[100]
    assert planned["total_usd"] == pytest.approx(case.plans["margin"].mean_usd)
    assert planned["p_al_better"] == pytest.approx(case.chosen.p_al_cheaper)


@pytest.mark.parametrize("text", [SIMPLE, RULED])
def test_each_size_is_what_the_plan_with_that_size_costs(text):
    case = spread_on_curves(60, text, edit=[HOURS])
    for row in best_rounds(case).by_size.to_dict(orient="records"):
        plan = case.plan.replace({"strategy.batch_size": row["batch_size"]})
        named = Case.of(LabelsRequired(plan, case.target, plan.draw(60, 0), case.curves, case.needs, case.worth))
        assert row["total_usd"] == pytest.approx(named.plans["margin"].mean_usd)
        assert row["p_al_better"] == pytest.approx(named.chosen.p_al_cheaper)


def test_a_size_that_was_left_open_is_the_best_already():
    case = spread_on_curves(200, edit=[HOURS, (BATCH, "")])
    found = best_rounds(case)
    assert found.planned == found.best == case.plans["margin"].batch_size
    assert found.saved_usd == 0


def test_at_a_budget_there_is_nothing_to_say():
    assert best_rounds(on_curves([900], [450], BUDGET)) is None
