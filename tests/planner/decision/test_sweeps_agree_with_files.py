"""What a sweep says of an input is what the plan file says with that value: every input, evidence of every kind.

Curves are forecast from two recorded data sets, to be quick; a forecast is remembered under all that it reads.
"""

import numpy as np
import pandas as pd
import pytest

from planner.decision import sensitivity
from planner.decision.break_even import break_evens
from planner.decision.case import STRUCTURAL
from planner.decision.decide_plan import case_of, decide
from planner.decision.load_curves import describe, task_curves
from planner.decision.sensitivity import describe_held, sweep, tornado, two_way
from planner.decision.solve_inputs import VOTE_PRICE, solve_input
from planner.evidence import recorded_curves
from planner.plan import parse_plan
from planner.plan.paths import FINE_TUNE_LOSS, INITIAL_LABELS, POOL_SIZE, RANDOM_LABELS, TARGET, TEST_LABELS
from simulations.errors import InputError

N = 100
COMMON = """
[strategy]
initial_labels = 300
{batch}
[[vendors]]
price_usd = "0.5 to 2"
votes_per_item = 3
vote_error_rate = 0.1
vote_correlation = 0
set_up_usd = 100
[engineering]
one_off_hours = "4 to 10"
discount_rate = 0.1
projects_sharing = 2
[calendar]
cost_of_delay_usd_per_week = 100
deadline_days = 30
deadline_cost_usd = 100
"""
PILOT_AT_BUDGET, RANDOM_AT_BUDGET = "pilot at a budget", "random pilot at a budget"
BATCH = COMMON.format(batch="batch_size = 200")
OPEN = COMMON.format(batch="")
PLANS = {
    "assumed": f"[task]\npool_size = 20_000\ntest_labels = 500\n{OPEN}",
    "estimate": "[task]\npool_size = 20_000\ntest_half_width = 0.02\nfailure_usd = 500\n"
    f'{BATCH}[evidence]\nrandom_labels = "2_000 to 15_000"\n',
    "at a value": f"[task]\npool_size = 20_000\ntest_half_width = 0.02\nfailure_usd = 500\n{BATCH}[evidence]\n"
    'random_labels = "400 to 1_500"\nrandom_value = 0.85\nimbalance = 4\n',
    "proxies": f'[task]\npool_size = "10_000 to 30_000"\ntest_labels = 500\nbudget_usd = 9_000\n{BATCH}'
    "[evidence]\nlabel_scale_sd = 1.5\n",
    "pilot": f'[task]\npool_size = 6_000\ntest_labels = 1_000\n{BATCH}[evidence]\npilot = "pilot.csv"\n',
    PILOT_AT_BUDGET: f"[task]\nbudget_usd = 4_000\npool_size = 6_000\ntest_labels = 1_000\n{BATCH}[evidence]\n"
    'pilot = "pilot.csv"\n',
    RANDOM_AT_BUDGET: f"[task]\nbudget_usd = 4_000\npool_size = 6_000\ntest_labels = 1_000\n{BATCH}[evidence]\n"
    'pilot = "random.csv"\n',
    "budget": f"[task]\nbudget_usd = 4_000\npool_size = 20_000\ntest_labels = 500\n{BATCH}",
    "budget at a value": f"[task]\nbudget_usd = 4_000\npool_size = 20_000\ntest_labels = 500\n{BATCH}[evidence]\n"
    'random_labels = "400 to 1_500"\nrandom_value = 0.85\n',
    "believed": f"[task]\npool_size = 20_000\ntest_labels = 500\n{BATCH}[evidence]\nlabel_scale_sd = 0.8\n"
    'label_savings = "1.2 to 3"\n',
    "fine-tuned": "[task]\npool_size = 20_000\ntest_labels = 500\n"
    + COMMON.format(batch='batch_size = 200\nrestart = "fine-tune"\nfine_tune_loss = "0.1 to 0.3"')
    + "[evidence]\nlabel_scale_sd = 0.8\n",
    "rule": f'[task]\npool_size = 20_000\ntest_labels = 500\n{BATCH}[stopping]\nrules = ["target"]\n'
    "[evidence]\nlabel_scale_sd = 0.8\n",
}

DRAWN_ANEW = {
    (PILOT_AT_BUDGET, POOL_SIZE): "what the pilot says of both curves is drawn anew in another pool",
    (RANDOM_AT_BUDGET, POOL_SIZE): "what a strategy is off by ends at the pool, and a few draws end near it",
}
"""Inputs for which sweep and file agree but for chance, and why."""

SAID_TO_DIFFER = {
    ("estimate", TARGET): "the estimate is for the planned target, and the file would keep its number for another",
    ("pilot", TEST_LABELS): "the file takes the pilot for measured on so many items too",
    **{
        (kind, TEST_LABELS): "the file takes the pilot for measured on so many items too"
        for kind in (PILOT_AT_BUDGET, RANDOM_AT_BUDGET)
    },
    (RANDOM_AT_BUDGET, INITIAL_LABELS): "the file reads how hard the task is at 16 times another set",
    **{
        ("pilot", path): "the file believes anew what it says before the pilot"
        for path in (TARGET, POOL_SIZE, INITIAL_LABELS)
    },
    ("budget", RANDOM_LABELS): "the file takes it only beside a target, or a value of its own",
}
"""Inputs of which the sweep says what it holds, and why."""


@pytest.fixture(scope="module")
def table():
    recorded = recorded_curves()
    few = recorded["dataset"].isin(["digits", "penbased"]) & recorded["strategy"].isin(["random", "margin"])
    return recorded[few & (recorded["seed"] < 4) & (recorded["metric"] == "accuracy")]


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """Hold a pilot of five seeds; margin needs 1.4 times fewer labels at 450."""
    folder, rng = tmp_path_factory.mktemp("plans"), np.random.default_rng(0)
    error = {"random": lambda n: 0.5 * (n / 100) ** -0.5, "margin": lambda n: 0.5 * (2 * (n / 200) ** 1.4) ** -0.5}
    rows = [
        (name, seed, n, 1 - of(n) + rng.normal(0, 0.006))
        for name, of in error.items()
        for seed in range(5)
        for n in (200, 300, 450, 700, 1_000)
    ]
    pd.DataFrame(rows, columns=["strategy", "seed", "labels", "value"]).to_csv(folder / "pilot.csv", index=False)
    pd.DataFrame([row for row in rows if row[0] == "random"], columns=["strategy", "seed", "labels", "value"]).to_csv(
        folder / "random.csv", index=False
    )
    return folder


@pytest.fixture(scope="module")
def of_file(table, base):
    """Give a function that makes the case of a plan file, as `decide` does."""
    known = {}

    def forecast(plan, values, target, **more):
        need = values[RANDOM_LABELS].tobytes() if RANDOM_LABELS in values else None
        told = repr(plan.evidence), repr(plan.fine_tune_loss)
        read = (describe(plan), told, plan.strategy.names, plan.task.test_labels.median, target, need)
        if read not in known:
            known[read] = task_curves(plan, values, target, **more)
        return known[read]

    return lambda plan: case_of(plan, n_draws=N, seed=0, base=base, simulated=table, forecast=forecast)


SLOW = {"at a value", PILOT_AT_BUDGET, "budget at a value"}
"""Kinds of evidence that differ from others in one thing alone."""


SHARED = 3
"""Of three plans in turn, each takes a third of the inputs that are priced alike in all of them."""


@pytest.fixture(
    scope="module", params=[pytest.param(kind, marks=[pytest.mark.slow] if kind in SLOW else []) for kind in PLANS]
)
def asked(request, of_file):
    """Give a plan's kind and case, every number of it that can be swept, and the sentences that refuse others."""
    case, found, refused = of_file(parse_plan(PLANS[request.param])), [], {}
    for item in case.plan.inputs():
        if item.quantity is not None:
            try:
                found.append(solve_input(case, item.path))
            except InputError as error:
                refused[item.path] = str(error)
    return request.param, case, found, refused


def another(found):
    """Choose another value of an input, up or down by its name."""
    times = 1.4 if len(found.path) % 2 else 1 / 1.4
    tried = [found.planned * times, found.planned * 1.4, found.planned / 1.4, found.least + 0.3, found.least + 1]
    near = [x for x in found.inside(np.array(tried)).tolist() if x != found.planned]
    return min(near, key=lambda x: abs(x - found.planned * times))


def answer(comparison):
    return comparison.p_al_cheaper, float(np.median(np.broadcast_to(comparison.saving_usd, N)))


def test_every_input_swept_is_the_plan_file_with_that_value(asked, of_file):
    kind, case, found, _ = asked
    assert 0 < case.chosen.p_al_cheaper < 1
    assert len(found) > 40
    special = {*STRUCTURAL, TARGET, RANDOM_LABELS, TEST_LABELS, FINE_TUNE_LOSS}
    turn = [*PLANS].index(kind) % SHARED
    for one in [one for i, one in enumerate(found) if one.path in special or i % SHARED == turn]:
        if (kind, one.path) in SAID_TO_DIFFER:
            assert describe_held(case, one.path) is not None, one.path
            continue
        x = another(one)
        setting, edited = {one.path: np.array([x])}, of_file(case.plan.replace({one.path: x}))
        near = 4 * np.sqrt(0.25 / N) if (kind, one.path) in DRAWN_ANEW else 1e-9
        (p, saving), (p_file, saving_file) = answer(case.at(setting)), answer(edited.chosen)
        assert p == pytest.approx(p_file, abs=near), one.path
        spread = np.ptp(np.quantile(edited.chosen.saving_usd, (0.1, 0.9))) / np.sqrt(N)
        assert saving == pytest.approx(saving_file, rel=1e-6, abs=4 * spread if near > 0.01 else 1e-4), one.path
        assert describe_held(case, one.path) is None


@pytest.mark.parametrize("target", [0.6, 0.75, 0.85])
def test_a_rule_stops_at_another_target_as_in_the_file(of_file, target):
    """Before its first point random is held below the file's own target; many curves begin above a low one."""
    plan = parse_plan(
        f'[task]\ntarget = 0.9\npool_size = 20_000\ntest_labels = 500\n{BATCH}[stopping]\nrules = ["target"]\n'
        '[evidence]\nrandom_labels = "3_000 to 15_000"\nrandom_value = 0.9\n'
    )
    swept, edited = of_file(plan).at({TARGET: np.array([target])}), of_file(plan.replace({TARGET: target}))
    assert answer(swept) == pytest.approx(answer(edited.chosen), rel=1e-6)


def test_what_cannot_be_swept_is_refused_in_one_sentence(asked):
    _, case, _, refused = asked
    for path, said in refused.items():
        assert said.startswith(f"{path}: ")
        assert "allowed: " in said or "what it has: " in said
        assert len(said) < 330
    for path in STRUCTURAL[:3]:
        assert case.plan.input(path).quantity is None or path in refused
    # Whatever else is refused, the plan file refuses too, or labelplan finds it.
    left = refused.keys() - {*STRUCTURAL, TARGET, "strategy.batch_size"}
    assert all("cannot be another number in this plan file" in refused[path] for path in left)


def test_nothing_said_of_the_need_a_target_has_no_bar(of_file):
    assert TARGET not in {bar.input for bar in tornado(of_file(parse_plan(PLANS["assumed"])))}
    assert TARGET in {bar.input for bar in tornado(of_file(parse_plan(PLANS["estimate"])))}


def test_sweep_tornado_map_and_break_even_over_pools_are_the_files(of_file, monkeypatch):
    monkeypatch.setattr(sensitivity, "MAP_POINTS", 3)
    plan = parse_plan(PLANS["assumed"]).replace({"evidence.label_errors": "formula"})
    case = of_file(plan)
    for row in sweep(case, POOL_SIZE, within=(7_000, 60_000), points=4).itertuples():
        there = of_file(plan.replace({POOL_SIZE: row.value})).chosen
        assert row.p_al_better == pytest.approx(there.p_al_cheaper)
        assert row.saving_q50 == pytest.approx(np.sort(there.saving_usd)[N // 2])
        assert row.p_unreachable == pytest.approx(there.p_unreachable)
    bars = {bar.input: bar for bar in tornado(case)}
    for path in (POOL_SIZE, "strategy.initial_labels"):
        for end, usd in ((bars[path].low, bars[path].expected_low), (bars[path].high, bars[path].expected_high)):
            assert usd == pytest.approx(of_file(plan.replace({path: end})).chosen.call.expected)
    for row in two_way(case, VOTE_PRICE, POOL_SIZE, x_range=(0.3, 3), y_range=(7_000, 60_000)).grid.itertuples():
        there = of_file(plan.replace({POOL_SIZE: row.y}))
        assert row.p_al_better == pytest.approx(there.at(there.price_change(row.x)).p_al_cheaper)
    for root in break_evens(case, ("pool",))["pool"].p50.roots:
        there = of_file(plan.replace({POOL_SIZE: root})).chosen
        assert there.p_al_cheaper >= 0.5
        assert there.p_al_cheaper == pytest.approx(0.5, abs=0.07)


def test_the_verdict_itself_follows_the_sweep(table):
    """The whole way, nothing remembered: a larger pool makes an assumed need larger, and active learning better."""
    plan = parse_plan(PLANS["assumed"]).replace({"evidence.label_errors": "formula"})
    case = case_of(plan, n_draws=N, seed=0, simulated=table)
    swept = case.at({POOL_SIZE: np.array([[5_000.0], [800_000.0]])}).al_better.mean(axis=1)
    verdicts = [
        decide(plan.replace({POOL_SIZE: pool}), n_draws=N, seed=0, simulated=table, questions=None)
        for pool in (5_000, 800_000)
    ]
    assert swept == pytest.approx([verdict.p_al_cheaper for verdict in verdicts])
    assert swept[0] < swept[1]
