import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.curves.comparisons import compare_at
from planner.curves.forecasts import curve_lines, savings_by_value
from planner.dashboard.components import as_csv
from planner.forecasting.fit_check import check_fit, fit_points
from planner.forecasting.forecast import fit_forecast
from planner.render.chart_style import log_ticks, strategy_colours
from planner.render.curves import curve_tables
from planner.render.curves import words as curve_words
from planner.render.curves.charts import LearningPlot, learning_chart, learning_frame, spent_chart, spent_charts
from planner.render.curves.savings_charts import (
    difference_frame,
    paired_chart,
    random_beside_chart,
    residual_chart,
    savings_beside_chart,
    savings_by_labels_chart,
    savings_by_value_chart,
    tail_chart,
)
from planner.transfer.pilot_beside_proxies import RandomBeside
from simulations.curve_table import validate_curves


def family(seeds=3, counts=(100, 200, 400, 800, 1_600), top=0.95):
    rng = np.random.default_rng(0)
    rows = [
        {"strategy": name, "seed": seed, "labels": n, "value": min(1.0, top - k * n**-0.5 + rng.normal(0, 0.003))}
        for name, k in (("random", 3.0), ("margin", 2.2))
        for seed in range(seeds)
        for n in counts
    ]
    return validate_curves(pd.DataFrame(rows), test_size=1_000)


def learning(found, **changed):
    given = {"lines": found.lines, "seeds": found.seeds, "names": ("random", "margin"), "metric": "accuracy"}
    given |= {
        "target": 0.9,
        "money": False,
        "error": False,
        "currency": "USD",
        "title": "A finding",
        "about": "Curves.",
    }
    return LearningPlot(**given | changed)


@pytest.fixture(scope="module")
def found():
    """The lines of a family of three seeds."""
    return curve_lines(family())


def sound(chart):
    """Every chart states its finding, has alternative text, and holds no number that is none."""
    spec = chart.to_dict()
    assert spec["title"] and spec["title"] in spec["description"]
    text = json.dumps(spec)
    assert "NaN" not in text and "Infinity" not in text
    return spec


def test_beyond_the_measured_labels_a_curve_is_dashed_and_joined(found):
    frame = learning_frame(learning(found))
    for _, line in frame.groupby("plan"):
        solid, dashed = (line[line["reach"] == reach] for reach in ("measured", "forecast beyond it"))
        assert solid["x"].max() == dashed["x"].min() == 1_600
    spec = sound(learning_chart(learning(found)))
    assert "not measured" in json.dumps(spec) and "target 90%" in json.dumps(spec)


def test_the_error_view_leaves_out_what_has_no_error():
    found = curve_lines(family(top=1.05))
    frame = learning_frame(learning(found, error=True))
    assert (frame["y"] > 0).all() and (frame["low"].dropna() > 0).all()
    spec = sound(learning_chart(learning(found, error=True)))
    assert '"type": "log"' in json.dumps(spec)


def test_one_seed_is_drawn_without_a_band_and_money_is_along_the_axis(found):
    alone = curve_lines(family(seeds=1, counts=(100, 200, 400)))
    spec = sound(learning_chart(learning(alone)))
    assert not [layer for layer in spec["layer"] if layer["mark"]["type"] == "area"]
    priced = {"lines": found.lines.assign(total_usd=100.0 + found.lines["labels"].astype(float) / 2)}
    priced |= {"seeds": found.seeds.assign(total_usd=100.0 + found.seeds["labels"] / 2), "money": True}
    spec = sound(learning_chart(learning(found, **priced)))
    assert "Cost of the whole plan" in json.dumps(spec) and "Cost" in json.dumps(spec)


def test_a_strategy_keeps_its_colour_whatever_is_ticked():
    both = strategy_colours(("random", "margin", "entropy"), ["random", "margin", "entropy"]).to_dict()["scale"]
    one = strategy_colours(("random", "margin", "entropy"), ["entropy"]).to_dict()["scale"]
    assert one["range"] == [both["range"][both["domain"].index("entropy")]]


@given(st.floats(1e-4, 1e6), st.floats(1.02, 1e7))
def test_a_log_axis_has_a_few_ticks_inside_it(low, ratio):
    high = low * ratio
    ticks = log_ticks(low, high)
    assert 2 <= len(ticks) <= 6 and ticks == sorted(set(ticks))
    assert low * 0.998 <= ticks[0] and ticks[-1] <= high * 1.002


def test_savings_are_drawn_as_far_as_they_go():
    rows = savings_by_value(family())
    title = curve_words.savings_finding(rows, "accuracy")
    spec = sound(savings_by_value_chart(rows, ("random", "margin"), "accuracy", title))
    assert spec["title"].startswith("Labels saved at random's best accuracy")
    never = rows.assign(factor=None, q10=None, q90=None)
    assert curve_words.savings_finding(never, "accuracy").startswith("Within the labels measured, margin never reaches")
    factors = {"q10": [1.0, 1.2, None], "q50": [1.5, 2.0, None], "q90": [2.0, None, None]}
    open_ended = pd.DataFrame({"strategy": "margin", "labels": [100.0, 200.0, 300.0], **factors})
    spec = sound(savings_by_labels_chart(open_ended, ("random", "margin"), "A finding"))
    assert "1.20 to no end" in json.dumps(spec)


def test_the_fit_is_drawn_with_its_tail():
    rows = family(counts=(50, 100, 200, 400, 800, 1_600))
    rows = rows[rows["strategy"] == "random"]
    points, check = fit_points(rows), check_fit(rows, fit_forecast(rows))
    frame, tail = points.to_frame(), points.tail.to_frame()
    spec = sound(residual_chart(frame, curve_words.residual_finding("random", check)))
    assert spec["title"].startswith(f"The fit of random is {check.verdict}")
    spec = sound(tail_chart(points.measured(), tail, "accuracy", curve_words.tail_finding(check, tail)))
    assert f"of {len(tail)} held-out points" in spec["title"]


def test_differences_beyond_chance_are_told_from_the_others():
    compared = compare_at(family(seeds=5), [200, 1_600])
    frame = difference_frame(compared)
    assert list(frame["sign"]) == ["above" if one.p_holm <= 0.05 else "unclear" for one in compared]
    spec = sound(paired_chart(compared, "accuracy", curve_tables.paired_finding(compared)))
    assert "beyond chance" in spec["title"]
    alone = compare_at(family(seeds=1), [200])
    spec = sound(paired_chart(alone, "accuracy", curve_tables.paired_finding(alone)))
    assert "not known" in spec["title"] and "no interval" in json.dumps(spec)


def test_the_pilot_is_drawn_over_the_recorded_curves():
    recorded = pd.DataFrame({"dataset": "a", "line": 0, "labels": [10, 100], "value": [0.4, 0.8]})
    points = pd.DataFrame({"labels": [20.0, 500.0], "value": [0.6, 0.9], "below": [1, 0], "of": [1, 0]})
    found = RandomBeside(recorded, points.assign(middle=[0.5, None]))
    title = curve_words.random_beside_finding(found)
    assert title == "At 20 labels your random curve is above 1 of 1 recorded ones"
    spec = sound(random_beside_chart(found, "accuracy", title))
    assert "no recorded curve was measured there" in json.dumps(spec)
    expected = pd.DataFrame({"strategy": "margin", "labels": [10.0, 100.0], "q10": 0.9, "q50": 1.2, "q90": 1.6})
    measured = pd.DataFrame({"strategy": ["margin"], "labels": [50.0], "factor": [1.4], "q10": [None], "q90": [None]})
    sound(savings_beside_chart(expected, measured, ("random", "margin"), "A finding"))
    sound(savings_beside_chart(expected, measured.head(0), ("random", "margin"), "A finding"))


def test_findings_name_what_they_found():
    lines = pd.DataFrame({"strategy": ["a", "b"], "labels": [10.0, 10.0], "q50": [0.8, 0.9]})
    found = curve_words.ends_finding(lines, "accuracy", error=False, currency=None)
    assert found == "Measured accuracy at 10 labels: b 90%, a 80%"
    dear = lines.rename(columns={"labels": "total_usd"})
    wrong = curve_words.ends_finding(dear, "accuracy", error=True, currency="USD", forecast=True)
    assert wrong == "Forecast error at $10: b 10%, a 20%"
    apart = pd.DataFrame({"strategy": ["a", "a", "b", "b"], "total_usd": [1.0, 90.0, 500.0, 900.0], "q50": 0.5})
    found = curve_words.ends_finding(apart, "accuracy", error=False, currency="USD")
    assert found == "Nothing in common: a ends at $90, b begins at $500"


def test_a_spreadsheet_runs_no_name():
    text = as_csv(pd.DataFrame({"strategy": ["=cmd|x", "margin"], "value": [-1.0, 2.0]}))
    assert text.splitlines() == ["strategy,value", "'=cmd|x,-1.0", "margin,2.0"]
    text = as_csv(pd.DataFrame({"+column": ["\t=cmd|x", "\r=cmd|x", "", "-0.5", "'t Hoen"]}))
    assert text == "'+column\n'\t=cmd|x\n' =cmd|x\n\"\"\n-0.5\n't Hoen\n"


def spent(dataset="d", **values):
    rows = [
        {"dataset": dataset, "strategy": name, "spent": spent, "value": value, "q10": value - 0.01, "q90": value + 0.01}
        for name, points in values.items()
        for spent, value in points.items()
    ]
    family = {"learner": "linear", "batch_size": 10, "initial_size": 10, "metric": "accuracy", "seeds": 3}
    return pd.DataFrame(rows, dtype=object).assign(**family)


BOTH = spent(random={10.0: 0.5, 100.0: 0.7}, margin={10.0: 0.5, 1000.0: 0.9})


def test_amounts_have_a_unit_that_fits():
    seconds = {7_199.0: "7,199 s", 7_200.0: "2 h", 123_456.0: "34.3 h"}
    assert {spent: curve_words.amount(spent, "seconds") for spent in seconds} == seconds
    assert (curve_words.amount(12.3, "usd"), curve_words.amount(1.5e6, "tokens")) == ("$12", "1,500,000 tokens")


def test_the_finding_reads_all_curves_for_the_same_amount():
    # 100 is half way from 10 to 1,000 on a log axis.
    assert curve_words.spending_finding(BOTH, "votes", "accuracy") == "Accuracy for 100 votes: margin 70%, random 70%"
    # Curves without a common range have none.
    apart = spent(random={10.0: 0.5, 20.0: 0.6}, margin={30.0: 0.6, 60.0: 0.8})
    assert curve_words.spending_finding(apart, "usd", "f1_macro") == "The curves of macro F1 share no range of dollars"


@pytest.mark.parametrize("unit", ["votes", "seconds", "usd"])
def test_the_title_of_the_chart_is_the_finding(unit):
    spec = sound(spent_chart(BOTH, unit, "accuracy"))
    assert spec["title"] == curve_words.spending_finding(BOTH, unit, "accuracy")


def test_one_seed_has_a_line_and_no_band():
    spec = spent_chart(BOTH.assign(q10=None, q90=None), "votes", "accuracy").to_dict()
    drawn = [row for rows in spec["datasets"].values() for row in rows]
    assert {row["value_words"] for row in drawn} == {"50%", "70%", "90%"}


def test_several_families_stand_below_one_another_each_under_its_name():
    other = spent("other [votes=3]", random={10.0: 0.5, 100.0: 0.7})
    spec = spent_charts([BOTH, other], "votes", "accuracy").to_dict()
    assert [chart["title"]["subtitle"] for chart in spec["vconcat"]] == [
        "d · linear · 10 labels, then batches of 10",
        "other [votes=3] · linear · 10 labels, then batches of 10",
    ]
