"""What random labelling has with `random_labels`, where that is not the target; on curves of known truth."""

import numpy as np
import pytest

from planner.decision.decide_plan import case_of, verdict_warnings
from planner.decision.labels_required import forecast_labels_required
from planner.decision.load_curves import describe
from planner.decision.sensitivity import describe_held, sweep, tornado
from planner.decision.solve_inputs import solve_input
from planner.plan import parse_plan
from simulations.errors import InputError
from tests.planner.transfer.synthetic import recorded

PLAN = """
[task]
target = {target}
pool_size = 1_000_000
classes = 10
test_labels = 200
[strategy]
initial_labels = 50
batch_size = 50
[[vendors]]
price_usd = "0.5 to 2"
vote_error_rate = 0.02
votes_per_item = 3
[evidence]
proxies = ["letters"]
"""
SAID = 'random_labels = "800 to 1_250"\nrandom_value = 0.85'
BUDGET = PLAN.replace("target = {target}", "budget_usd = 4_000").format(target=None)
DRAWS = 120


@pytest.fixture(scope="module")
def table():
    return recorded()


@pytest.fixture
def needs(table):
    def of(target, said=SAID, **more):
        plan = parse_plan(PLAN.format(target=target) + said)
        return forecast_labels_required(plan, n_draws=DRAWS, seed=0, simulated=table, **more)

    return of


@pytest.fixture
def case(table):
    def of(target, said=SAID):
        return case_of(parse_plan(PLAN.format(target=target) + said), n_draws=DRAWS, simulated=table)

    return of


def letters(value):
    """Labels at which the data set has a value: its error is 0.02 + 0.4 (n / 50)^-0.6."""
    return 50 * (0.4 / (1 - value - 0.02)) ** (1 / 0.6)


@pytest.mark.parametrize("target", [0.7, 0.8, 0.85, 0.9, 0.92])
def test_a_value_known_at_so_many_labels_tells_the_labels_of_others(needs, target):
    found = needs(target)
    times = found.needs["random"] / found.values["evidence.random_labels"]
    assert np.median(times) == pytest.approx(letters(target) / letters(0.85), rel=0.1)
    assert target != 0.85 or times == pytest.approx(1.0)


def test_a_target_below_the_first_recorded_value_is_not_reached_before_it(needs, table):
    """The data set begins at 58% with 50 labels, which are about 150 on the task; what is before that nobody saw."""
    found = needs(0.5)
    lead = found.curves.lead
    assert lead > 0 and (found.curves.best[0][:, lead] > 0.5).all()
    assert (found.curves.best[0][:, :lead] < 0.5).all()
    at_first = found.curves.value_of("random", 50.0)
    early = found.needs["random"] > 50.0
    assert early.any() and (at_first[early] < 0.5).all()
    told = parse_plan(PLAN.format(target=0.5) + SAID + '\n[stopping]\nrules = ["target"]')
    stopped = case_of(told, n_draws=DRAWS, simulated=table).plans["margin"].bill.labels
    assert np.median(stopped) > 50


def test_the_curves_go_through_the_value_whatever_the_target(needs):
    low, high = needs(0.7), needs(0.92)
    np.testing.assert_array_equal(low.curves.best, high.curves.best)
    np.testing.assert_array_equal(low.curves.log_labels, high.curves.log_labels)
    told = low.values["evidence.random_labels"]
    assert low.curves.value_of("random", told) == pytest.approx(0.85)


@pytest.mark.parametrize("target", [0.979, 0.999])
def test_a_target_that_no_curve_through_the_value_reaches_is_told_and_no_number(case, target):
    there = case(target)
    assert np.isinf(there.needs["random"]).mean() > 0.5
    told = " ".join(verdict_warnings(there))
    assert "its curve usually ends at" in told and "random_labels told for the target" in told
    assert np.isfinite(there.chosen.saving_usd).all() and 0 <= there.chosen.p_al_cheaper <= 1


def test_a_value_that_no_data_set_reaches_is_met_with_scaled_errors(case):
    below, above = case(0.9, SAID.replace("0.85", "0.999")), case(0.9995, SAID.replace("0.85", "0.999"))
    told = below.values["evidence.random_labels"]
    assert (below.needs["random"] < told).all() and (above.needs["random"] > told).all()
    assert any("does random reach 0.999" in said for said in below.curves.warnings)
    for there in (below, above):
        assert not any(np.isnan(need).any() for need in there.needs.values())


def test_a_value_or_a_target_before_the_first_recorded_point_is_told(case):
    """The data set begins at 58%."""
    early, late = case(0.9, SAID.replace("0.85", "0.3")), case(0.3)
    assert "begin above random_value (0.3)" in " ".join(verdict_warnings(early))
    assert "begin above the target of 0.3, which lies below random_value" in " ".join(verdict_warnings(late))
    assert (late.needs["random"] <= late.values["evidence.random_labels"]).all()
    assert "begin above" not in " ".join(verdict_warnings(case(0.9)))


def test_sweeping_the_target_or_the_need_is_the_plan_file_and_needs_no_caution(case):
    there = case(0.9)
    assert describe_held(there, "task.target") is None and describe_held(there, "evidence.random_labels") is None
    assert "random_value = 0.9 beside them" in describe_held(case(0.9, "random_labels = 900"), "task.target")
    swept = sweep(there, "task.target", within=(0.8, 0.92), points=2)
    assert swept["p_al_better"].tolist() == [case(x).chosen.p_al_cheaper for x in swept["value"]]
    assert swept["saving_q50"].nunique() == 3
    named = {bar.input: bar.label for bar in tornado(there)}
    assert named["evidence.random_labels"] == "Labels random would need for 85% (items)"
    assert not {"evidence.random_value", "evidence.imbalance"} & named.keys()


@pytest.mark.parametrize("path", ["evidence.random_value", "evidence.imbalance"])
def test_what_places_or_picks_curves_is_no_lever(case, path):
    there = case(0.9, SAID + "\nimbalance = 3")
    with pytest.raises(InputError, match=f"{path}: says which curves count"):
        solve_input(there, path)


def test_a_budget_is_answered_with_a_value_in_place_of_a_target(table):
    plan = parse_plan(BUDGET + SAID)
    there = case_of(plan, n_draws=DRAWS, simulated=table)
    assert there.target is None
    told = there.values["evidence.random_labels"]
    assert there.curves.value_of("random", told) == pytest.approx(0.85)
    # Ten times the labels for the same value are the file with ten times the labels.
    more = case_of(plan.replace({"evidence.random_labels": "8_000 to 12_500"}), n_draws=DRAWS, simulated=table)
    tenfold = there.at({"evidence.random_labels": told * 10})
    assert tenfold.p_al_cheaper == pytest.approx(more.chosen.p_al_cheaper)
    assert np.median(more.in_hand["random"]) < np.median(there.in_hand["random"])
    assert describe_held(there, "evidence.random_labels") is None
    assumed = case_of(parse_plan(BUDGET), n_draws=DRAWS, simulated=table)
    assert "random_value = 0.9 or that target" in describe_held(assumed, "evidence.random_labels")
    assert "as random_labels with random_value, would narrow" in " ".join(verdict_warnings(assumed))


PILOT = "[task]\ntarget = 0.9\npool_size = 100_000\n[strategy]\ninitial_labels = 100\n[evidence]\npilot = 'pilot.csv'\n"


@pytest.fixture
def piloted(tmp_path):
    """Random labels on a power law that has 75.9% at 444 labels and 90% at 4,000; at a budget nothing is assumed."""
    rows = [f"{n},{1 - 0.1 * (n / 4_000) ** -0.4:.4f}" for n in (100, 180, 320, 560, 1_000)]
    (tmp_path / "pilot.csv").write_text("labels,value\n" + "\n".join(rows) + "\n", encoding="utf-8")
    at_budget = PILOT.replace("target = 0.9", "budget_usd = 5_000")
    return lambda said, at_target=True: forecast_labels_required(
        parse_plan((PILOT if at_target else at_budget) + said), n_draws=400, seed=0, base=tmp_path
    )


def test_a_pilot_is_weighed_by_the_labels_of_the_value(piloted):
    """A range about 4,000 labels for 90% and one about 1,491 for 85.2% narrow the same power law alike."""
    value = 1 - 0.1 * (1_491 / 4_000) ** -0.4
    alone = piloted("", at_target=False).curves.labels_to_reach(0.9)[:, 0]
    elsewhere = piloted(f'random_labels = "1_242 to 1_789"\nrandom_value = {value:.5f}')
    need = elsewhere.needs["random"]
    assert np.median(need) == pytest.approx(4_000, rel=0.4)  # one seed of five points may be off
    spread = [np.diff(np.log(np.quantile(np.minimum(one, 1e6), [0.1, 0.9])))[0] for one in (need, alone)]
    assert spread[0] < 0.85 * spread[1]
    at_value = elsewhere.curves.labels_to_reach(value)[:, 0]
    assert 1_242 * 0.9 < np.quantile(at_value, 0.1) < np.quantile(at_value, 0.9) < 1_789 * 1.1
    assert not any("hardly agree" in said for said in elsewhere.curves.warnings)


def test_a_pilot_that_contradicts_the_value_or_begins_above_it_is_told(piloted):
    wrong = piloted('random_labels = "40_000 to 60_000"\nrandom_value = 0.76')
    assert any("hardly agree" in said for said in wrong.curves.warnings)
    before = piloted('random_labels = "10 to 20"\nrandom_value = 0.2')
    assert any("The measured points begin above random_value (0.2)" in said for said in before.curves.warnings)
    assert before.curves.n_draws == 400
    median = [np.median(each.curves.labels_to_reach(0.9)[:, 0]) for each in (before, piloted("", at_target=False))]
    assert median[0] == pytest.approx(median[1], rel=0.15)


def test_imbalance_is_told_to_the_match_and_to_the_savings_and_moves_nothing_when_absent(table):
    uneven = table.assign(imbalance=table["dataset"].map({"letters": 1.0, "tickets": 5.0, "sensors": 60.0}))
    text = PLAN.format(target=0.85).replace('proxies = ["letters"]', "")
    absent, told = (
        forecast_labels_required(parse_plan(text + more + SAID), n_draws=DRAWS, seed=0, simulated=uneven)
        for more in ("", "imbalance = 60\n")
    )
    assert describe(parse_plan(text)).imbalance is None
    assert describe(parse_plan(text + 'imbalance = "4 to 9"')).imbalance == pytest.approx(6)
    assert not any("imbalance" in why for why in absent.curves.evidence["why"])
    whys = told.curves.evidence.set_index("dataset")["why"]
    assert "imbalance 1" in whys["letters"] and ("sensors" not in whys or "imbalance 60" in whys["sensors"])
    np.testing.assert_array_equal(absent.needs["random"], told.needs["random"])
    assert np.median(absent.needs["margin"]) != pytest.approx(np.median(told.needs["margin"]), rel=1e-3)
