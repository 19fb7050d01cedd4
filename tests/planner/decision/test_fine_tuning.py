"""What fine-tuning loses of chosen labels: by hand, from the table that ships, and where it is measured or believed."""

import tomllib
from importlib.resources import files

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.decision.decide_plan import case_of, decide, verdict_warnings
from planner.decision.sensitivity import varied_inputs
from planner.decision.solve_inputs import solve_input
from planner.plan import parse_plan
from planner.plan.paths import FINE_TUNE_LOSS
from planner.transfer.from_proxies import curves_from_proxies
from planner.transfer.savings_fit import ProxyEvidence
from planner.transfer.task_curves import TaskDescription
from simulations.errors import InputError
from tests.planner.decision.on_curves import fixed_curves
from tests.planner.transfer.synthetic import recorded

N = 100
TASK = "[task]\npool_size = 40_000\ntest_labels = 500\n"
STRATEGY = '[strategy]\ninitial_labels = 300\nbatch_size = 500\nrestart = "{}"\n{}\n[[vendors]]\nprice_usd = 0.5\n'
EVIDENCE = '[evidence]\nrandom_labels = "2_000 to 15_000"\n'
TABLE = recorded(strategies=("random", "margin"))
LOSSES = [
    row["loss"]
    for row in tomllib.loads((files("planner") / "evidence" / "fine_tuning.toml").read_text(encoding="utf-8"))["rows"]
    if row["strategy"] == "margin"
]


def plan_of(restart="fine-tune", more="", evidence=EVIDENCE, task=TASK):
    return parse_plan(task + STRATEGY.format(restart, more) + evidence)


def case(*args, simulated=TABLE, **sources):
    return case_of(plan_of(*args, **sources), n_draws=N, simulated=simulated)


@pytest.fixture(scope="module")
def anew():
    return case("scratch")


def test_half_of_each_doubling_lost_squares_what_is_needed_beyond_the_initial_set():
    curves = fixed_curves(("random", "margin"), [[2_000, 1_000], [2_000, 80]])
    tuned = curves.fine_tuned(0.5, 100, ["margin"])
    # 100 x (1,000 / 100)^2; and 80 labels are the initial set's own.
    np.testing.assert_allclose(tuned.labels_to_reach(0.9), [[2_000, 10_000], [2_000, 80]], rtol=1e-9)
    assert tuned.value_of("margin", 10_000)[0] == pytest.approx(0.9, abs=2e-4)  # read on a grid of labels
    np.testing.assert_array_equal(tuned.value_of("random", 700), curves.value_of("random", 700))
    before = tuned.select_draws(np.array([1])).stretch(2.0, 1e6)  # twice the labels, and the same initial set
    assert before.labels_to_reach(0.9)[0, 1] == pytest.approx(160 * 1.6, rel=1e-9)


@given(
    losses=st.tuples(*[st.floats(0, 0.95)] * 2).map(sorted),
    first=st.floats(1, 5_000),
    pool=st.sampled_from([3_000, 1e6]),
    target=st.floats(0.5, 0.99),
)
@settings(max_examples=40)
def test_more_loss_never_takes_fewer_labels_nor_gives_a_higher_value(curves, losses, first, pool, target):
    less, more = (curves.fine_tuned(loss, first, ["margin"]).in_pool(pool) for loss in losses)
    none = curves.fine_tuned(0.0, first, ["margin"]).in_pool(pool)
    assert (none.labels_to_reach(target) == curves.in_pool(pool).labels_to_reach(target)).all()
    assert (none.values_at(2_000) == curves.in_pool(pool).values_at(2_000)).all()
    needed, needed_more = (there.labels_to_reach(target) for there in (less, more))
    assert (needed[:, 1] <= needed_more[:, 1]).all() and (needed[:, 0] == needed_more[:, 0]).all()
    assert (less.value_of("margin", 2_000) >= more.value_of("margin", 2_000)).all()


@pytest.fixture(scope="module")
def curves():
    task = TaskDescription("accuracy", classes=10, kind="image", pool_size=20_000, initial_labels=100)
    return curves_from_proxies(ProxyEvidence(TABLE), task, ("random", "margin"), n_draws=50, seed=0)


def test_a_draw_needs_the_labels_of_a_row_of_the_table(anew):
    tuned = case()
    loss = tuned.values[FINE_TUNE_LOSS]
    assert set(loss) <= set(LOSSES) and len(set(loss)) > 10
    np.testing.assert_array_equal(tuned.needs["random"], anew.needs["random"])
    beyond = np.maximum(np.log(anew.needs["margin"] / 300), 0)
    expected = anew.needs["margin"] * np.exp(loss / (1 - loss) * beyond)
    whole = np.where(anew.needs["random"] <= 39_500, np.minimum(expected, 39_500), expected)  # as random labelling
    np.testing.assert_allclose(tuned.needs["margin"], whole, rtol=1e-9)
    assert tuned.chosen.p_al_cheaper < anew.chosen.p_al_cheaper
    (item,) = [item for item in tuned.plan.inputs() if item.path == FINE_TUNE_LOSS]
    assert item.default and item.shown and item.quantity.text == "0.3 to 0.93"


def test_without_loss_fine_tuning_moves_nothing_but_the_cost_of_training(anew):
    free = case("fine-tune", "fine_tune_loss = 0")
    for name, priced in anew.plans.items():
        own = free.plans[name].bill
        assert (own.labels == priced.bill.labels).all() and own.lines.keys() == priced.bill.lines.keys()
        for line, usd in priced.bill.lines.items():
            assert (own.lines[line] == usd).all() or (name, line) in {
                ("margin", "training_usd"),
                ("random", "after_miss_usd"),
            }
    assert (free.plans["margin"].bill.lines["training_usd"] < anew.plans["margin"].bill.lines["training_usd"]).any()


def test_the_answer_shows_the_loss_with_its_source_and_moves_with_it():
    verdict = decide(plan_of(), n_draws=N, simulated=TABLE, questions=None)
    warning = next(sentence for sentence in verdict.warnings if "fine-tune" in sentence)
    assert "lose 30% to 93% of each doubling of labels, as measured on eight data sets" in warning
    assert "A pilot of active learning, trained so" in warning
    assert FINE_TUNE_LOSS in set(verdict.assumptions["path"])
    bar = next(bar for bar in verdict.sensitivity if bar.input == FINE_TUNE_LOSS)
    assert bar.expected_high < bar.expected_low and not bar.assumed
    told = decide(plan_of(more='fine_tune_loss = "0.1 to 0.2"'), n_draws=N, simulated=TABLE, questions=None)
    assert any("lose 10% to 20% of each doubling of labels, as you say: ten" in sentence for sentence in told.warnings)
    assert told.call.expected > verdict.call.expected


def pilot_of(folder, *strategies):
    rows = [(name, n, 1 - 0.5 * (n / 100) ** -0.3) for name in strategies for n in (300, 500, 900, 1_500)]
    pd.DataFrame(rows, columns=["strategy", "labels", "value"]).to_csv(folder / "pilot.csv", index=False)
    return '[evidence]\npilot = "pilot.csv"\n'


def test_a_pilot_of_active_learning_a_belief_and_own_simulations_have_the_loss_in_them(tmp_path):
    tuned = TABLE.assign(learner="mlp [start=finetune]")
    pilot = pilot_of(tmp_path, "random", "margin")
    measured = [
        case(simulated=tuned),
        case(evidence=EVIDENCE + "label_savings = 2\n"),
        case_of(plan_of(evidence=pilot), n_draws=N, simulated=TABLE, base=tmp_path),
    ]
    for one in measured:
        assert not one.curves.fine_tuning.names
        assert any("taken to have that in it already" in sentence for sentence in verdict_warnings(one))
        assert FINE_TUNE_LOSS not in {item.path for item, _ in varied_inputs(one)}
        with pytest.raises(InputError, match=f"{FINE_TUNE_LOSS}: (counts for nothing|not a number)"):
            solve_input(one, FINE_TUNE_LOSS)
    assert case("fine-tune", "fine_tune_loss = 0.5", simulated=tuned).curves.fine_tuning.names == {"margin"}
    pilot = pilot_of(tmp_path, "random")
    alone = case_of(plan_of(evidence=pilot), n_draws=N, simulated=TABLE, base=tmp_path)
    assert alone.curves.fine_tuning.names == {"margin"}


def test_a_loss_of_all_is_refused():
    with pytest.raises(InputError, match=r"fine_tune_loss: found 1; allowed: a fraction from 0 to 0\.95"):
        plan_of(more="fine_tune_loss = 1")
