"""Where a plan's numbers come from when the plan does not give them itself."""

import numpy as np
import pandas as pd
import pytest

from planner.costs import price_plan
from planner.decision import decide
from planner.decision.labels_required import BY_FORMULA, label_equivalence
from planner.decision.load_curves import with_measured_seconds
from planner.evidence import recorded_curves
from planner.plan import parse_plan
from simulations.errors import InputError

MEASURED = """
[compute]
seconds_from = "simulation"
machine_usd_per_hour = 3.6
[evidence]
proxies = ["letter"]
"""


def test_seconds_of_the_curves_take_the_place_of_the_plans():
    plan, sentence = with_measured_seconds(parse_plan(MEASURED), None)
    assert plan.compute.seconds_from == "plan"
    assert plan.compute.epochs.median == plan.compute.passes.median == plan.compute.members.median == 1
    assert 0 < plan.compute.train_seconds_per_item.low < plan.compute.train_seconds_per_item.high < 1e-3
    assert sentence is not None
    assert "100 simulated campaigns with linear" in sentence
    values = plan.medians()
    bill = price_plan(plan, values, 0, values["strategy.initial_labels"] * 3, active=False)
    # $3.6 an hour is $0.001 a second.
    seconds = 3_000 * float(values["compute.train_seconds_per_item"][0])
    assert bill.lines["training_usd"][0] == pytest.approx(seconds * 0.001)


def test_a_plan_that_gives_its_seconds_is_left_alone():
    plan = parse_plan("")
    assert with_measured_seconds(plan, None) == (plan, None)


def test_both_sources_of_seconds_at_once_are_refused():
    with pytest.raises(InputError, match=r'epochs: found with seconds_from = "simulation"'):
        parse_plan('[compute]\nseconds_from = "simulation"\nepochs = 20')


def noisy(rate):
    """The recorded curves of one data set again, with labels of which every third counts for nothing."""
    table = recorded_curves()
    table = table[(table["dataset"] == "letter") & (table["metric"] == "accuracy")].assign(label_error_rate=0.0)
    again = table.assign(
        dataset=f"letter [flip rate={rate}]",
        label_error_rate=rate,
        labels=table["labels"] * 3 // 2,
        trajectory="n" + table["trajectory"],
    )
    return table, again


def test_what_was_simulated_with_wrong_answers_is_preferred_to_the_formula():
    clean, wrong = noisy(0.1)
    plan = parse_plan("[task]\nclasses = 26\n[strategy]\nnames = ['margin']")
    eta = plan.vendors[0].delivered_error_rate
    assert eta is not None
    by_formula = label_equivalence(plan, clean, clean=True)
    assert by_formula.measured == {}
    measured = label_equivalence(plan, pd.concat([clean, wrong]), clean=True)
    assert set(measured.measured) == {"random", "margin"}
    at = measured.at("margin", np.array([0.1]))
    assert at == pytest.approx(2 / 3, abs=0.03)
    assert BY_FORMULA.at("margin", np.array([0.1])) == pytest.approx(0.64)
    assert any("Measured by simulation" in sentence for sentence in measured.sources)


def test_a_single_number_of_random_labels_answers_like_a_narrow_range():
    one, narrow = (
        decide(parse_plan(f"[[vendors]]\ndelivered_error_rate = 0\n[evidence]\nrandom_labels = {need}\n"), n_draws=400)
        for need in (8_000, "[7999, 8001]")
    )
    assert one.plans["random"].labels.q10 == one.plans["random"].labels.q50
    assert one.plans["random"].labels.q50 == pytest.approx(narrow.plans["random"].labels.q50, rel=1e-3)
    assert one.p_al_cheaper == pytest.approx(narrow.p_al_cheaper, abs=0.02)
