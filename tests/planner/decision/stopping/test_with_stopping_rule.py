"""Plans that stop by a rule: priced by hand, against recorded campaigns, and run look by look."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from planner.decision.case import Case
from planner.decision.labels_required import LabelsRequired, forecast_labels_required
from planner.decision.stopping.rules import (
    AllRules,
    AnyRule,
    Budget,
    Economic,
    LabelCount,
    Plateau,
    StablePredictions,
    TargetForecast,
    TargetMeasured,
    rule_of_plan,
)
from planner.decision.stopping.with_stopping_rule import (
    MOST_LOOKS,
    conditional_chance,
    conditional_mean,
    draw_test_errors,
    may_move_rule,
)
from planner.evidence import recorded_curves
from planner.plan import load_plan, parse_plan
from planner.transfer.task_curves import TaskCurves
from research.priced_stopping import labels_with_rule
from research.stopped import stopped_at
from simulations.errors import InputError
from tests.planner.decision.hand_made import SIMPLE
from tests.planner.decision.on_curves import RULED, on_curves, spread_on_curves

EXAMPLES = Path(__file__).resolve().parents[4] / "examples"


def plan_of(test=1_000, batch=100):
    """Labels at $1, $500 of engineering and $50 a round, 5,000 items."""
    text = SIMPLE.replace("pool_size = 10_000", "pool_size = 5_000").replace("one_off_hours = 20", "one_off_hours = 10")
    text = text.replace("hours_per_round = 0", "hours_per_round = 1").replace(
        "batch_size = 100", f"batch_size = {batch}"
    )
    return parse_plan(text.replace("test_labels = 0", f"test_labels = {test}"))


def curves_of(exponent=(0.5,), spread=0.0, n_draws=400):
    """Errors n to the power of minus a half, or with an exponent of each draw's own; margin needs half the labels."""
    rng = np.random.default_rng(0)
    x = np.linspace(np.log(50.0), np.log(10_000.0), 120)
    power = np.resize(exponent, n_draws) + spread * rng.standard_normal(n_draws)
    error = np.exp(-power[:, None] * x)
    best = 1.0 - np.stack([error, error * 2.0 ** -power[:, None]])
    return TaskCurves(
        ("random", "margin"), "accuracy", best, np.broadcast_to(x, best.shape), np.zeros(best.shape[:2]),
        pd.DataFrame(), (), True,
    )  # fmt: skip


def run(rule, *, plan=None, curves=None, name="random", target=0.9, **options):
    plan = plan if plan is not None else plan_of()
    values = plan.draw((curves or curves_of()).n_draws, 0)
    return labels_with_rule(curves or curves_of(), plan, rule, name=name, values=values, target=target, **options)


def test_a_perfect_test_set_stops_at_the_first_batch_at_the_need():
    # 1 - n^-0.5 is 0.95 at 400 labels, and margin needs half of that
    plan, curves = plan_of(), curves_of()
    values = {
        **plan.draw(curves.n_draws, 0),
        "task.test_labels": np.array([1e15]),
        "task.pool_size": np.array([1e15 + 4e3]),
    }
    for name, need in (("random", 400.0), ("margin", 200.0)):
        found = labels_with_rule(curves, plan, TargetMeasured(0.9499), name=name, values=values, target=0.9499)
        assert set(found.labels) == {need}
        assert found.reached.all()


def test_a_count_of_labels_buys_whole_batches_up_to_it():
    assert set(run(LabelCount(250)).labels) == {300.0}
    assert set(run(LabelCount(1e9)).labels) == {4_000.0}  # a rule that never stops buys the pool


def test_a_noisy_test_set_buys_more_and_is_now_and_then_wrong():
    curves = curves_of(exponent=(0.45, 0.5, 0.55), spread=0.02)
    exact = curves.labels_to_reach(0.95)[:, 0]
    found = run(TargetMeasured(0.95, 0.9), curves=curves, target=0.95)
    assert np.median(found.labels) > np.median(exact)
    assert 0.75 < found.reached.mean() < 1.0
    surer = run(TargetMeasured(0.95, 0.99), curves=curves, target=0.95)
    assert (surer.labels >= found.labels).all()
    assert surer.reached.mean() > found.reached.mean()


def test_a_budget_is_priced_as_the_plan_is():
    # margin: 500 for engineering, 1 a label, 1,000 test labels, 50 a round: 100 labels are 1,600, each batch 150
    found = run(Budget(2_000.0), name="margin")
    assert set(found.labels) == {300.0}  # 1,600 + 2 * 150 = 1,900, and a third batch would be 2,050


def test_economic_stops_by_what_is_to_be_expected_not_by_what_comes():
    # 100 labels cost 100; from 500 they gain 0.0042, from 600 0.0030: at 250 a point worth 105 and 76
    curves = curves_of(n_draws=600)
    found = run(Economic(250.0), curves=curves)
    assert abs(np.median(found.labels) - 550) <= 100


def test_expected_gain_is_the_mean_over_draws_that_look_alike():
    rng = np.random.default_rng(1)
    truth = rng.random((2_000, 2))
    seen = truth + 0.05 * rng.standard_normal(truth.shape)
    outcome = 0.3 * truth[:, 1] + 0.1 * rng.standard_normal(2_000)
    guess = conditional_mean(outcome, seen)
    assert guess.mean() == pytest.approx(outcome.mean(), abs=0.01)
    assert np.corrcoef(guess, truth[:, 1])[0, 1] > 0.95
    assert conditional_mean(np.full(50, 0.2), np.full((50, 1), 0.7)) == pytest.approx(np.full(50, 0.2))


def test_the_chance_to_be_there_rises_with_what_was_measured_and_is_calibrated():
    rng = np.random.default_rng(2)
    truth = rng.normal(0.9, 0.02, 4_000)
    seen = truth + 0.01 * rng.standard_normal(4_000)
    found = conditional_chance(truth >= 0.9, seen)
    order = np.argsort(seen)
    assert (np.diff(found[order]) >= -1e-12).all()
    middle = (found > 0.4) & (found < 0.6)
    assert (truth[middle] >= 0.9).mean() == pytest.approx(0.5, abs=0.1)


def test_a_forecast_rule_keeps_its_promise():
    curves = curves_of(exponent=(0.45, 0.5, 0.55), spread=0.02, n_draws=2_000)
    found = run(TargetForecast(0.9), curves=curves, target=0.95)
    assert found.reached.mean() >= 0.88


def test_labels_worth_less_than_clean_ones_buy_more():
    exact, noisy = (run(TargetMeasured(0.95), target=0.95, worth=np.array([c])).labels for c in (1.0, 0.5))
    assert (noisy >= exact).all()
    assert noisy.mean() > 1.5 * exact.mean()


def test_many_rounds_are_looked_at_every_few():
    every = int(np.ceil(3_900 / (MOST_LOOKS - 1)))
    assert set(run(LabelCount(1_000), plan=plan_of(batch=1)).labels) == {100 + every * np.ceil(900 / every)}


def test_what_curves_cannot_tell_is_refused():
    with pytest.raises(InputError, match="'stable': cannot be priced beforehand"):
        run(AnyRule((StablePredictions(), LabelCount(5))))
    with pytest.raises(InputError, match="test_labels = 0"):
        run(TargetMeasured(0.9), plan=plan_of(test=0))


def test_the_plan_file_names_its_rules():
    def rule(text, task=""):
        return rule_of_plan(parse_plan(f"[task]\ntarget = 0.9\n{task}\n[stopping]\n{text}"))

    assert rule("") is None
    assert rule('rules = ["target"]\nconfidence = 0.95') == TargetMeasured(0.9, 0.95)
    assert rule('rules = ["labels", "plateau"]\nlabels = 7_000\ngain = 0.01\nrounds = 2') == AnyRule(
        (LabelCount(7_000), Plateau(0.01, 2))
    )
    both = rule('when = "all"\nrules = ["stable", "budget", "forecast"]', "budget_usd = 900")
    assert both == AllRules((StablePredictions(0.99, 3), Budget(900), TargetForecast(0.9)))
    assert rule('rules = ["economic"]', "value_per_point_usd = 50") == Economic(50)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('rules = ["tarjet"]', "allowed: different ones of target"),
        ('rules = ["target"]\nwhen = "some"', "when"),
        ('rule = ["target"]', "did you mean 'rules'"),
        ("confidence = 1.5", "confidence"),
    ],
)
def test_faults_of_the_table_are_told(text, told):
    with pytest.raises(InputError, match=told):
        parse_plan(f"[task]\ntarget = 0.9\n[stopping]\n{text}")


@pytest.mark.parametrize(("name", "lacks"), [("labels", "labels"), ("budget", "budget_usd"), ("economic", "value_per")])
def test_a_rule_without_its_number_is_refused(name, lacks):
    with pytest.raises(InputError, match=lacks):
        rule_of_plan(parse_plan(f'[task]\ntarget = 0.9\n[stopping]\nrules = ["{name}"]'))


@pytest.mark.slow
def test_pricing_agrees_with_recorded_campaigns_that_are_stopped_by_the_same_rule():
    # Twenty seeds of digits, 20 labels a batch: the usual stop within two batches, reaching within four errors.
    plan = load_plan(EXAMPLES / "digits.toml")
    found = forecast_labels_required(plan, n_draws=1_000, seed=0)
    table = recorded_curves()
    table = table[(table["dataset"] == "digits") & (table["strategy"] == "margin")]
    mean = table[table["metric"] == "accuracy"].groupby("labels")["value"].mean()
    for rule in (TargetMeasured(0.94, 0.9), TargetMeasured(0.94, 0.5), Plateau(0.01, 3)):
        recorded = stopped_at(table, rule)
        priced = labels_with_rule(found.curves, plan, rule, name="margin", values=found.values, target=0.94)
        assert recorded["why"].notna().all()
        assert abs(recorded["labels"].median() - np.median(priced.labels)) <= 40
        there = float(np.mean([mean[n] >= 0.94 for n in recorded["labels"]]))
        assert abs(there - priced.reached.mean()) <= 4 * max(np.sqrt(there * (1 - there) / 20), 0.05)


def test_looks_share_their_error_the_less_the_further_they_are_apart():
    found = draw_test_errors("margin", 20_000, 11, 1)
    assert found.std(axis=0) == pytest.approx(np.ones(11), abs=0.03)
    shared = [np.corrcoef(found[:, 0], found[:, k])[0, 1] for k in (1, 2, 5, 10)]
    assert shared == pytest.approx([0.88, 0.78, 0.62, 0.53], abs=0.03)
    every_other = draw_test_errors("margin", 20_000, 2, 2)
    assert np.corrcoef(every_other.T)[0, 1] == pytest.approx(0.78, abs=0.03)


LABELS = SIMPLE + '[stopping]\nrules = ["labels"]\nlabels = 700\n'


def test_a_count_of_labels_is_bought_whatever_would_be_needed():
    # Needs 500, 650 and 900: with 700 labels the first two are there.
    case = on_curves([2_000] * 3, [500, 650, 900], LABELS)
    margin = case.plans["margin"]
    assert margin.bill.labels.tolist() == [700] * 3
    assert margin.reached.tolist() == [True, True, False]
    # The third misses, and random labelling's 2,000 labels are bought after all.
    assert margin.bill.total_usd == pytest.approx([1_700, 1_700, 3_700])
    assert case.chosen.al_better.tolist() == [1, 1, 0]
    more = case.at({"stopping.labels": np.array([[700.0], [1_000.0]])})
    assert more.plans["margin"].bill.labels.mean(axis=1).tolist() == [700, 1_000]
    assert more.al_better.tolist() == [[1, 1, 0], [0.5, 0.5, 0.5]]


def test_the_strategy_is_chosen_among_what_the_rule_lets_them_buy():
    case = on_curves([2_000] * 3, [500] * 3, LABELS.replace("labels = 700", "labels = 300"), entropy=[450] * 3)
    assert {name: priced.bill.labels.max() for name, priced in case.plans.items()} == {
        "random": pytest.approx(2_000, abs=1), "margin": 300, "entropy": 300}  # fmt: skip
    assert case.chosen.al_plan == "margin"


def test_a_batch_size_that_was_found_is_the_one_the_rule_looks_at():
    case = spread_on_curves(
        80, RULED, edit=[("batch_size = 100\n", ""), ("hours_per_round = 0", "hours_per_round = 2")]
    )
    margin = case.plans["margin"]
    assert margin.batch_size is not None
    rounds = (margin.bill.labels - 100) / margin.batch_size
    assert rounds[margin.bill.labels < 9_500] == pytest.approx(np.round(rounds[margin.bill.labels < 9_500]))
    named = case.plan.replace({"strategy.batch_size": margin.batch_size})
    again = Case.of(LabelsRequired(named, 0.9, named.draw(80, 0), case.curves, case.needs, case.worth))
    assert again.plans["margin"].bill.labels.tolist() == margin.bill.labels.tolist()


@pytest.mark.parametrize(
    ("path", "again"),
    [
        ("vendors.0.price_usd", False),
        ("task.target", True),
        ("strategy.batch_size", True),
        ("evidence.random_labels", True),
        ("stopping.confidence", True),
        ("vendors.0.delivered_error_rate", True),
    ],
)
def test_a_rule_is_run_again_where_it_would_stop_elsewhere(path, again):
    assert may_move_rule(parse_plan(RULED), [path]) == again
    economic = RULED.replace('["target"]', '["target", "economic"]').replace(
        "[task]", "[task]\nvalue_per_point_usd = 50"
    )
    assert may_move_rule(parse_plan(economic), [path])


def test_money_agreed_for_a_point_stops_sooner_where_it_is_less():
    text = SIMPLE.replace("[task]", "[task]\nvalue_per_point_usd = 1_000") + '[stopping]\nrules = ["economic"]\n'
    case = spread_on_curves(200, text.replace("test_labels = 0", "test_labels = 500"))
    x = np.array([[300.0], [1_000.0], [3_000.0]])
    bought = case.at({"task.value_per_point_usd": x}).plans["margin"].bill.labels.mean(axis=1)
    assert bought[0] < bought[1] < bought[2]
    assert bought[1] == pytest.approx(case.plans["margin"].bill.labels.mean())
