"""Curves behind a plan: ranges beside a pilot, recorded learners, and numbers that the plan does not give."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from planner import evidence
from planner.costs import price_plan
from planner.decision import decide
from planner.decision.labels_required import forecast_labels_required, label_equivalence
from planner.decision.load_curves import (
    FLOOR,
    POOLS_STAND_IN,
    Crossing,
    agreement,
    assumed_share,
    crossing,
    mix_savings,
    proxy_evidence,
    range_weights,
    with_measured_seconds,
)
from planner.evidence import recorded_curves
from planner.intervals import Z80
from planner.plan import parse_plan
from planner.plan.quantity import POSITIVE, Quantity
from planner.randomness import keyed_rng, resample
from simulations.errors import InputError
from tests.planner.decision.on_curves import fixed_curves

AXIS = np.linspace(0.0, 6.0, 61)


def lines(*slopes, start=0.5):
    best = np.minimum(start + np.array(slopes)[:, None] * AXIS, 1.0)
    return best, np.broadcast_to(AXIS, best.shape)


def test_straight_lines_cross_where_they_should_and_slopes_are_shares_of_the_mean_one():
    found = crossing(*lines(0.06, 0.1, 0.2), 0.7)
    np.testing.assert_allclose(found.log_labels, [0.2 / 0.06, 2.0, 1.0])
    np.testing.assert_allclose(found.slope, [0.5, 0.1 / 0.12, 0.2 / 0.12])
    assert found.seen.all()


def test_a_path_that_ends_before_goes_on_at_its_last_slope():
    found = crossing(*lines(0.025, 0.05, 0.1, 0.2), 0.7)  # after 6 the first is at 0.65, 0.05 short
    np.testing.assert_allclose(found.log_labels, [8.0, 4.0, 2.0, 1.0])
    assert found.seen.tolist() == [False, True, True, True]


def test_a_path_at_rest_never_crosses_and_counts_as_a_fifth_of_the_mean_slope():
    best, axis = lines(0.1, 0.1, 0.1)
    best = best.copy()
    best[0] = 0.69
    found = crossing(best, axis, 0.7)
    assert found.slope[0] == pytest.approx(0.2) and np.isinf(found.log_labels[0]) and not found.seen[0]
    np.testing.assert_allclose(found.slope[1:], 1.5)


def test_a_path_that_has_the_value_from_its_start_was_never_seen_to_cross():
    best, axis = lines(0.1, 0.1, 0.2)
    best = best.copy()
    best[2] += 0.3
    found = crossing(best, axis, 0.7)
    assert found.slope.tolist() == [1.0, 1.0, 1.0] and found.log_labels[2] == 0.0


@given(st.integers(0, 10_000), st.integers(2, 40), st.floats(0.02, 0.98))
def test_whatever_the_paths_there_is_a_place_and_a_slope(seed, points, value):
    rng = np.random.default_rng(seed)
    best = np.sort(rng.beta(0.5, 0.5, (7, points)), axis=1)
    axis = np.sort(rng.uniform(0.0, 9.0, (7, points)), axis=1)
    found = crossing(best, axis, value)
    assert not np.isnan(found.log_labels).any()
    assert (found.seen == (best[:, -1] >= value)).all()
    assert (found.slope >= 0.2 - 1e-12).all() and np.isfinite(found.slope).all()
    reached = best[:, -1] >= value
    assert (found.log_labels[reached] <= axis[reached, -1]).all()
    assert (found.log_labels[~reached] >= axis[~reached, -1]).all()


RANGE = Quantity.parse("5_000 to 20_000", POSITIVE)
TASK = "[task]\ntarget = 0.9\npool_size = 100_000\n[strategy]\ninitial_labels = 100\n[evidence]\n"


def straight(need, slope=1.0):
    """Curves that cross a value at some label counts, alike steep unless told."""
    return Crossing(np.log(need), np.isfinite(need), np.broadcast_to(slope, np.shape(need)))


def test_a_range_is_a_density_over_ln_labels():
    weights = range_weights(RANGE, straight([10_000.0, 20_000.0, np.inf]), 40_000.0)
    np.testing.assert_allclose(weights[1] / weights[0], np.exp(-0.5 * Z80**2))
    assert weights[0] == pytest.approx(norm.pdf(0.0) / (np.log(4) / (2 * Z80)))
    assert weights[2] == FLOOR


def test_a_curve_half_as_steep_is_twice_as_likely_to_have_the_value_near_a_label_count():
    weights = range_weights(RANGE, straight([8_000.0, 8_000.0], [1.0, 0.5]), 40_000.0)
    assert weights[1] == pytest.approx(2 * weights[0])


def test_a_curve_that_ends_before_it_crosses_stands_for_a_need_beyond_the_pool():
    ended = Crossing(np.log([10_000.0, 10_000.0, 50_000.0]), np.array([True, False, False]), np.ones(3))
    weights = range_weights(RANGE, ended, 40_000.0)
    sd = np.log(4) / (2 * Z80)
    expected = norm.pdf(np.log([10_000.0, 40_000.0, 50_000.0]), np.log(10_000), sd)
    np.testing.assert_allclose(weights, expected)


def test_what_lies_below_the_least_counts_as_it():
    weights = range_weights(RANGE, straight([20.0, 3_000.0, 5_000.0]), 40_000.0, least=5_000.0)
    assert weights[0] == weights[1] == weights[2]


def test_two_normals_in_ln_labels_multiply_as_they_should():
    """Range N(ln 10,000, 0.54²), forecast N(ln 20,000, 0.7²): precisions add up, to 1% in the middle."""
    drawn = norm(np.log(20_000), 0.7).ppf((np.arange(30_000) + 0.5) / 30_000)
    chosen = resample(range_weights(RANGE, straight(np.exp(drawn)), 1e9), 10_000, keyed_rng(0, "range"))
    prior, data = (np.log(4) / (2 * Z80)) ** -2, 0.7**-2
    middle = (prior * np.log(10_000) + data * np.log(20_000)) / (prior + data)
    assert drawn[chosen].mean() == pytest.approx(middle, abs=0.01)
    assert drawn[chosen].std() == pytest.approx((prior + data) ** -0.5, rel=0.01)


def test_agreement_is_the_effective_share_of_the_draws():
    assert agreement(np.array([1.0, 2.0, 5.0])) == pytest.approx(64 / 30 / 3)


@pytest.fixture
def pilot(tmp_path):
    """Random labels on a power law that reaches 90% at 4,000."""
    rows = [f"{n},{1 - 0.1 * (n / 4_000) ** -0.4:.4f}" for n in (100, 180, 320, 560, 1_000)]
    (tmp_path / "pilot.csv").write_text("labels,value\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return tmp_path


def needs(text, base):
    found = forecast_labels_required(parse_plan(TASK + text), n_draws=400, seed=0, base=base)
    return found.needs["random"], found.curves


def test_a_pilot_and_a_range_narrow_each_other(pilot):
    alone, curves = needs('pilot = "pilot.csv"', pilot)
    both, narrowed = needs('pilot = "pilot.csv"\nrandom_labels = "3_000 to 6_000"', pilot)
    assert narrowed.n_draws == curves.n_draws == 400 and narrowed.clean_labels == curves.clean_labels
    spread = [np.diff(np.log(np.quantile(np.minimum(need, 1e6), [0.1, 0.9])))[0] for need in (alone, both)]
    assert spread[1] < min(spread[0], np.log(2))
    assert not any("hardly agree" in text for text in narrowed.warnings)
    assert not any("By the measured points alone" in text for text in curves.warnings)


def test_a_range_that_the_pilot_contradicts_is_told(pilot):
    _, curves = needs('pilot = "pilot.csv"\nrandom_labels = "400_000 to 600_000"', pilot)
    assert any(
        "The measured points and random_labels (400000 to 600000) hardly agree" in text for text in curves.warnings
    )
    _, wild = needs('pilot = "pilot.csv"\nrandom_labels = "1 to 1.001"', pilot)
    assert any("no future lies in that range, which is left out" in text for text in wild.warnings)
    budget = parse_plan(TASK.replace("target = 0.9", "budget_usd = 5_000") + 'pilot = "pilot.csv"')
    alone = forecast_labels_required(budget, n_draws=400, seed=0, base=pilot).curves
    median = [np.median(curves.labels_to_reach(0.9)[:, 0]) for curves in (wild, alone)]
    assert median[0] == pytest.approx(median[1], rel=0.1)


@pytest.fixture
def flat(tmp_path):
    """Write random labels that come to rest near 88%, from where 90% may be far, from a first count to 1,600."""

    def write(first):
        rows = [f"{n:.0f},{0.885 - 0.1 * (n / 100) ** -0.8:.4f}" for n in np.geomspace(first, 1_600, 5)]
        (tmp_path / "pilot.csv").write_text("labels,value\n" + "\n".join(rows) + "\n", encoding="utf-8")
        return tmp_path

    return write


SMALL = TASK.replace("100_000", "20_000")
SMALL_BUDGET = SMALL.replace("target = 0.9", "budget_usd = 5_000")  # with which nothing is assumed


def never_and_curves(text, base):
    curves = forecast_labels_required(parse_plan(text + 'pilot = "pilot.csv"'), n_draws=1_000, seed=0, base=base).curves
    return float((curves.labels_to_reach(0.9)[:, 0] > 18_000).mean()), curves


def test_an_assumed_range_weighs_all_draws_less_a_third_per_octave():
    shares = [assumed_share(200, last) for last in (200, 400, 800, 1_600, 10_000)]
    assert shares == pytest.approx([1, 2 / 3, 1 / 3, 0, 0])


def test_a_pilot_over_three_octaves_speaks_for_the_task_alone(flat):
    base = flat(200)
    assumed, curves = never_and_curves(SMALL, base)
    alone, at_budget = never_and_curves(SMALL_BUDGET, base)
    assert assumed == alone > 0.3
    np.testing.assert_array_equal(curves.best, at_budget.best)


def test_a_pilot_over_two_octaves_leaves_an_assumed_range_a_third_of_the_draws(flat):
    base = flat(400)
    alone, _ = never_and_curves(SMALL_BUDGET, base)
    assumed, _ = never_and_curves(SMALL, base)
    typed, curves = never_and_curves(SMALL + 'random_labels = "100 to 18_000"\n', base)
    assert assumed == pytest.approx(typed / 3 + 2 * alone / 3, abs=0.04)
    # A range that was typed counts in full, and what it makes of the pilot is told.
    assert typed < alone - 0.2
    told = [text for text in curves.warnings if text.startswith("By the measured points alone")]
    assert len(told) == 1 and f"say that it needs 100 to 18,000 labels, 80% sure, which leaves {typed:.0%}." in told[0]


def test_what_is_assumed_does_not_overrule_a_pilot_that_has_seen_the_target(tmp_path):
    """With an initial set of nearly the pool the range would be next to a point, far from where 90% was measured."""
    rows = zip((50, 100, 200, 400, 800, 1_200), (0.82, 0.87, 0.90, 0.92, 0.93, 0.935), strict=True)
    (tmp_path / "pilot.csv").write_text("labels,value\n" + "\n".join(f"{n},{v}" for n, v in rows), encoding="utf-8")
    pool = 1_201
    text = f"pool_size = {pool + 400}\ntest_labels = 400\n[strategy]\ninitial_labels = 1_200\n[evidence]\n"
    need, median = {}, {}
    for name, goal in (("target", "target = 0.9"), ("budget", "budget_usd = 5_000")):
        plan = parse_plan(f'[task]\n{goal}\n{text}pilot = "pilot.csv"\n')
        found = forecast_labels_required(plan, n_draws=400, seed=0, base=tmp_path)
        need[name] = found.curves.labels_to_reach(0.9)[:, 0]
        median[name] = np.median(need[name])
    assert median["target"] == pytest.approx(median["budget"], rel=0.25)
    assert (need["target"] > pool).mean() <= (need["budget"] > pool).mean() + 0.03


def test_a_plan_with_a_pilot_has_its_range_in_the_curves_and_not_among_its_inputs():
    plan = parse_plan(TASK + 'pilot = "pilot.csv"\nrandom_labels = "3_000 to 6_000"')
    item = plan.input("evidence.random_labels")
    assert item.quantity is None and item.text == "3000 to 6000"
    assert "evidence.random_labels" not in plan.draw(10, 0) and not plan.need_assumed


BELIEVED = """
[task]
{goal}
pool_size = 100_000
test_labels = 500
[strategy]
names = ["margin", "entropy", "stratified_random"]
initial_labels = 100
[evidence]
proxies = ["letter", "penbased"]
"""


def believed(text, goal="target = 0.9", base=None):
    plan = parse_plan(BELIEVED.format(goal=goal) + text)
    return forecast_labels_required(plan, n_draws=300, seed=0, base=base)


@pytest.mark.parametrize(
    ("factor", "need"), [(2, 5_000), (0.5, 20_000), (8, 1_250), (1, 10_000), (1_000, 100 * np.exp(0.01))]
)
def test_a_typed_saving_is_that_of_every_strategy_that_chooses(factor, need):
    """Random needs 10,000; no strategy needs fewer than 1% more than the initial set of 100."""
    found = believed(f"random_labels = 10_000\nlabel_savings = {factor}")
    for name in ("margin", "entropy"):
        np.testing.assert_allclose(found.needs[name], need, rtol=1e-9)
    assert found.needs["stratified_random"].std() > 0
    assert found.curves.evidence.iloc[-1].tolist() == [
        "label_savings",
        1.0,
        f"label savings only: {factor:g} at 0.9, by your own belief",
    ]


def test_a_typed_range_comes_back_as_it_was_typed_and_is_one_draw_for_all():
    found = believed('random_labels = "5_000 to 20_000"\nlabel_savings = "1.2 to 3"')
    factor = found.needs["random"] / found.needs["margin"]
    np.testing.assert_allclose(np.quantile(factor, [0.1, 0.5, 0.9]), [1.2, np.sqrt(3.6), 3.0], rtol=0.02)
    np.testing.assert_array_equal(found.needs["margin"], found.needs["entropy"])


def test_curves_with_a_typed_saving_pass_where_it_says():
    """With 5,000 labels margin has what random has with 10,000; at the initial set and the whole pool they are one."""
    curves = believed("random_labels = 10_000\nlabel_savings = 2").curves
    np.testing.assert_allclose(curves.value_of("margin", 5_000), 0.9, atol=2e-3)
    for labels in (100, 99_500):
        both = curves.values_at(labels)
        np.testing.assert_allclose(both[:, 1], both[:, 0], atol=1e-3)
    equivalent = np.exp(curves.equivalent_of("margin", np.log(707.1)))  # half the way to 5,000 in ln labels
    np.testing.assert_allclose(equivalent / 707.1, np.sqrt(2), rtol=0.01)


def test_a_belief_is_mixed_with_what_is_recorded_by_their_precision():
    # Random needs 8,000 labels, in one draw never enough; the strategies 4,000 and 2,000 times something.
    rng = np.random.default_rng(0)
    spread, believed_spread = 0.5 * rng.standard_normal(1_000), 0.25 * rng.standard_normal(1_000)
    random = np.full(1_000, 8_000.0)
    random[0] = np.inf
    curves = fixed_curves(
        ("random", "margin", "entropy"), np.stack([random, 4_000 * np.exp(spread), [2_000] * 1_000]).T
    )
    factor, weight = mix_savings(3 * np.exp(believed_spread), curves, 0.9, ["margin", "entropy"])
    recorded = (np.log(2) - spread + np.log(4)) / 2  # the mean over strategies
    recorded[0] = np.median(recorded[1:])
    expected = recorded[1:].var() / (believed_spread.var() + recorded[1:].var())
    assert weight == pytest.approx(expected, rel=0.01)
    mixed = weight * (np.log(3) + believed_spread) + (1 - weight) * recorded
    np.testing.assert_allclose(np.log(factor), mixed, atol=0.01)
    # As of two independent measurements precisions add up.
    assert 1 / np.log(factor).var() == pytest.approx(1 / believed_spread.var() + 1 / recorded.var(), rel=0.1)


def test_a_belief_known_for_sure_learns_nothing_and_a_range_says_what_it_weighs():
    alone = believed('random_labels = 10_000\nlabel_savings = 2\nlabel_savings_with = "recorded"')
    np.testing.assert_allclose(alone.needs["margin"], 5_000, rtol=1e-9)
    found = believed('random_labels = 10_000\nlabel_savings = "1.2 to 3"\nlabel_savings_with = "recorded"')
    assert ", weighing " in found.curves.evidence.iloc[-1]["why"]
    assert 0 < np.log(found.needs["margin"]).std() < np.log(3 / 1.2) / 2 / 1.2816


def test_a_belief_beside_records_needs_a_belief():
    with pytest.raises(InputError, match="label_savings_with: found without label_savings; allowed: together with it"):
        believed('label_savings_with = "recorded"')


def test_a_typed_saving_at_a_budget_is_that_at_random_value():
    text = "random_labels = 10_000\nrandom_value = 0.85\nlabel_savings = 2"
    curves = believed(text, goal="budget_usd = 5_000").curves
    np.testing.assert_allclose(curves.labels_to_reach(0.85)[:, 1], 5_000, rtol=1e-9)


def test_a_typed_saving_goes_with_a_pilot_of_random_labels_alone(pilot):
    found = believed('pilot = "pilot.csv"\nlabel_savings = 2', base=pilot)
    random, margin = found.needs["random"], found.needs["margin"]
    there = np.isfinite(margin)
    assert there.mean() > 0.5 and (random[~there] > 99_500).all()
    np.testing.assert_allclose(random[there] / margin[there], 2.0, rtol=1e-9)
    rows = (pilot / "pilot.csv").read_text(encoding="utf-8").splitlines()[1:]
    both = [f"{name},{row}" for name in ("random", "margin") for row in rows]
    (pilot / "both.csv").write_text("strategy,labels,value\n" + "\n".join(both), encoding="utf-8")
    with pytest.raises(InputError, match="label_savings: found 2 beside a pilot that measured margin; allowed: "):
        believed('pilot = "both.csv"\nlabel_savings = 2', base=pilot)


STAND_IN = "No curve is recorded with the learner '{}': those with linear stand in for it."


@pytest.fixture
def library(monkeypatch):
    """The recorded linear curves, and one data set again under a forest's name with a tenth of the error."""
    table = evidence.recorded_curves()
    table = table[table["dataset"].isin(["digits", "penbased", "letter"])]
    digits = table[table["dataset"] == "digits"]
    forest = digits.assign(
        learner="forest",
        value=1 - (1 - digits["value"]) / 10,
        fit_seconds=digits["fit_seconds"] * 1_000 + 1,
        trajectory="f" + digits["trajectory"].str.slice(1),
    )
    both = pd.concat([table, forest], ignore_index=True)
    monkeypatch.setattr(evidence, "_learners", lambda: both[["learner", "metric"]].drop_duplicates())
    monkeypatch.setattr(evidence, "_curves_of", lambda learner, metric: both[both["learner"].isin(["linear", learner])])
    return table


def plan(learner, more=""):
    said = "" if learner is None else f'learner = "{learner}"\n'
    return parse_plan(f'[task]\nclasses = 10\n[strategy]\nnames = ["margin"]\n[evidence]\n{said}{more}')


@pytest.mark.parametrize(
    ("learner", "learners", "told"),
    [
        ("linear", ["linear"], None),
        ("forest", ["forest", "linear"], None),
        ("mlp", ["linear"], STAND_IN.format("mlp")),
        ("my own network", ["linear"], STAND_IN.format("my own network")),
        (None, ["linear"], None),
    ],
)
def test_a_plan_draws_on_the_linear_curves_and_those_of_its_learner(library, learner, learners, told):
    evidence, sentence = proxy_evidence(plan(learner), None)
    table = evidence.curves
    assert sorted(table["learner"].unique()) == learners
    assert sentence == told
    if learner == "forest":  # which is not recorded on all data sets
        _, sentence = proxy_evidence(plan(learner, 'proxies = ["letter", "penbased"]\n'), None)
        assert sentence == STAND_IN.format("forest").replace("No curve", "No curve of letter, penbased")
    linear = table[table["learner"] == "linear"].reset_index(drop=True)
    pd.testing.assert_frame_equal(linear, library.reset_index(drop=True))


def test_all_curves_of_a_plans_own_store_speak(library):
    both = pd.concat([library, library.assign(learner="mlp")])
    found, sentence = proxy_evidence(plan("forest"), both)
    assert found.curves is both and found.recorded_savings is None and sentence is None


def test_streams_of_a_plans_own_store_are_no_pools(library):
    streams = library.assign(dataset=library["dataset"] + " [stream share=0.1]")
    found, sentence = proxy_evidence(plan("linear"), pd.concat([library, streams]))
    assert len(found.curves) == len(library) and not found.curves["dataset"].str.contains("stream").any()
    assert sentence is not None and sentence.startswith("Not used as proxies, as their items passed by in a stream: ")
    with pytest.raises(InputError, match=r"\[evidence\] store: found only curves of streams or made-up queries; allo"):
        proxy_evidence(plan("linear"), streams)


@pytest.mark.parametrize(
    ("scenario", "field", "mark"),
    [("stream", "stream_share", " [stream share=0.1]"), ("queries", "query_price_factor", " [queries]")],
)
def test_a_plan_of_another_scenario_rests_on_its_curves_or_says_that_pools_stand_in(library, scenario, field, mark):
    asked, stand_in = plan("linear").replace({f"strategy.{field}": 0.1}), POOLS_STAND_IN[scenario]
    own = library.assign(dataset=library["dataset"] + mark)
    found, sentence = proxy_evidence(asked, pd.concat([library, own]))
    assert len(found.curves) == len(own) and found.curves["dataset"].str.endswith(mark).all()
    assert sentence is not None and sentence.startswith("Not used as proxies, as their items were chosen from a pool: ")
    assert proxy_evidence(asked, own)[1] is None
    found, sentence = proxy_evidence(asked, library)
    assert found.curves is library and sentence == stand_in
    assert proxy_evidence(asked, None)[1] == stand_in
    # Curves of the other scenario stand in for nothing.
    (other,) = {" [stream share=0.1]", " [queries]"} - {mark}
    others = library.assign(dataset=library["dataset"] + other)
    found, sentence = proxy_evidence(asked, pd.concat([library, others]))
    assert len(found.curves) == len(library) and sentence == stand_in
    with pytest.raises(InputError, match="found only curves of streams or made-up queries"):
        proxy_evidence(asked, others)
    sentences = proxy_evidence(plan("linear"), pd.concat([library, own, others]))[1]
    assert sentences is not None and "passed by in a stream: " in sentences and "were made up: " in sentences


def test_seconds_are_those_of_the_learner_where_it_is_recorded(library):
    asked = '[compute]\nseconds_from = "simulation"\n'
    forest, sentence = with_measured_seconds(plan("forest", asked), None)
    assert sentence is not None and "on 100 simulated campaigns with forest," in sentence
    linear, sentence = with_measured_seconds(plan("boosting", asked), None)
    assert sentence is not None and "on 325 simulated campaigns with linear," in sentence
    assert forest.compute.train_seconds_per_item.low > 100 * linear.compute.train_seconds_per_item.high


MEASURED = """
[compute]
seconds_from = "simulation"
machine_usd_per_hour = 3.6
[evidence]
proxies = ["letter"]
"""


def test_seconds_of_the_curves_take_the_place_of_the_plans():
    assert with_measured_seconds(parse_plan(""), None) == (parse_plan(""), None)
    plan, sentence = with_measured_seconds(parse_plan(MEASURED), None)
    assert plan.compute.seconds_from == "plan"
    assert plan.compute.epochs.median == plan.compute.passes.median == plan.compute.members.median == 1
    assert 0 < plan.compute.train_seconds_per_item.low < plan.compute.train_seconds_per_item.high < 1e-3
    assert sentence is not None
    assert "75 simulated campaigns with linear" in sentence
    values = plan.medians()
    bill = price_plan(plan, values, 0, values["strategy.initial_labels"] * 3, active=False, at_once=True)
    # $3.6 an hour is $0.001 a second.
    seconds = 3_000 * float(values["compute.train_seconds_per_item"][0])
    assert bill.lines["training_usd"][0] == pytest.approx(seconds * 0.001)


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
    curves = fixed_curves(("random", "margin"), np.full((4, 2), 2_000.0), clean_labels=True)
    eta = np.array([0.1])
    recorded, measured = (
        label_equivalence(plan, table, curves, 0.9, seed=0) for table in (clean, pd.concat([clean, wrong]))
    )
    assert not recorded.sources and "store's simulations (letter)" in measured.sources[0]
    assert (recorded.at("margin", eta, np.zeros(1)) != measured.at("margin", eta, np.zeros(1))).all()
    formula = label_equivalence(plan.replace({"evidence.label_errors": "formula"}), clean, curves, 0.9, seed=0)
    assert formula.at("margin", eta, np.zeros(1)) == pytest.approx(0.64) and not formula.sources


def test_a_single_number_of_random_labels_answers_like_a_narrow_range():
    one, narrow = (
        decide(
            parse_plan(f"[[vendors]]\ndelivered_error_rate = 0\n[evidence]\nrandom_labels = {need}\n"),
            n_draws=400,
            questions=None,
        )
        for need in (7_500, "[7499, 7501]")  # not at the end of a batch
    )
    assert one.plans["random"].labels.q10 == one.plans["random"].labels.q50
    assert one.plans["random"].labels.q50 == pytest.approx(narrow.plans["random"].labels.q50, rel=1e-3)
    assert one.p_al_cheaper == pytest.approx(narrow.p_al_cheaper, abs=0.02)
