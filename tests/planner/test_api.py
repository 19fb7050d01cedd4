"""The Python API: the numbers and the sentences of the command line, from tables, arrays and frames."""

import json
import re
import subprocess
import sys
from pathlib import Path

import altair as alt
import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression

import planner
from planner import InputError, Plan, compare_quotes, cost, forecast, simulate, track
from planner.costs import compare_costs
from planner.render import image_export

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
TOLD = {
    "task": {"target": 0.9, "pool_size": 50_000},
    "vendors": [{"price_usd": (0.05, 0.12)}],
    "evidence": {"random_labels": "5_000 to 20_000"},
}


@pytest.fixture(scope="module")
def verdict():
    return Plan.load(EXAMPLES / "back-of-envelope.toml").decide(n_draws=200)


@pytest.fixture(scope="module")
def data():
    X, y = make_classification(400, 6, n_informative=4, random_state=0)
    return X, np.where(y == 1, "spam", "ham")


def test_every_name_is_there_and_nothing_is_loaded_before_it_is_asked_for():
    assert {name for name in planner.__all__ if callable(getattr(planner, name))} == set(planner.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = planner.nothing
    code = "import sys, planner; planner.__version__; assert 'pandas' not in sys.modules and 'numpy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_plan_of_keyword_arguments_is_the_plan_file():
    plan = Plan(**TOLD)
    assert Plan.parse(plan.to_toml()).to_toml() == plan.to_toml() == f"{plan!r}\n"
    assert plan.tables.vendors[0].price_usd.low == 0.05
    other = plan.replace({"task.target": np.float64(0.8)}).with_presets("prolific")
    assert other.tables.task.target.median == 0.8 and len(other.tables.vendors) == 2
    assert plan.tables.task.target.median == 0.9


def test_a_verdict_has_the_numbers_of_the_command_line(verdict, run, answered, tmp_path):
    said = answered(run("plan", EXAMPLES / "back-of-envelope.toml", "--draws", 200, "--json"))
    assert json.loads(json.dumps(verdict.to_dict())) == said
    assert (verdict.state, verdict.p_al_cheaper) == (said["verdict"], said["p_al_cheaper"])
    assert verdict.expected_saving_usd == said["expected_saving_usd"]
    assert verdict.saving_usd.q50 == said["saving_usd"]["q50"]
    assert verdict.break_even_price_usd == said["break_even_price_usd"]["mean"]
    printed = run("plan", EXAMPLES / "back-of-envelope.toml", "--draws", 200)[1]
    assert str(verdict).split() == printed.split()
    frame = verdict.to_frame().set_index("option")
    assert frame.loc["margin", "total_usd_q50"] == said["plans"]["margin"]["total_usd"]["q50"]
    whole = verdict.report(tmp_path / "report.html").read_text()
    alone = verdict.report(tmp_path / "verdict.html", ["verdict"]).read_text()
    assert 'type="range"' in whole and 'type="range"' not in alone


def test_a_notebook_is_shown_the_title_the_options_and_the_warnings(verdict):
    html = verdict._repr_html_()
    assert str(verdict).splitlines()[0] in html and "Never reaches" in html and verdict.warnings[0] in html
    assert verdict.plot("price").to_dict()["title"] and verdict.plot("break_even_map").to_dict()
    with pytest.raises(InputError, match="plot: found 'pie'; allowed: futures, price"):
        verdict.plot("pie")


def test_a_chart_in_a_notebook_is_a_picture_that_fetches_nothing(verdict):
    for chart in (verdict.plot(), verdict.plot("tornado").properties(height=300)):
        bundle = chart._repr_mimebundle_()
        assert set(bundle) == {"image/svg+xml"} and "<svg" in bundle["image/svg+xml"]
        assert not re.findall(r"(?:href|src)=.https?:", bundle["image/svg+xml"])
    with alt.renderers.enable("mimetype"):
        bundle, _ = verdict.plot()._repr_mimebundle_()
        assert any(name.startswith("application/vnd.vegalite.") for name in bundle)


def test_a_notebook_without_the_drawing_library_says_what_is_missing(verdict, monkeypatch):
    monkeypatch.setattr(image_export, "find_spec", lambda name: None)
    needed = "drawing needs vl-convert: pip install 'labelplan[report]'"
    assert verdict.plot()._repr_mimebundle_() == {"text/plain": f"{verdict.plot().title}\n({needed})"}
    assert "drawing needs vl-convert" in verdict._repr_html_() and "<svg" not in verdict._repr_html_()


def test_a_quick_verdict_has_the_same_numbers_and_no_analysis(verdict):
    quick = Plan.load(EXAMPLES / "back-of-envelope.toml").decide(n_draws=200, quick=True)
    assert quick.p_al_cheaper == verdict.p_al_cheaper and quick.to_dict()["evpi_usd"] is None
    assert str(verdict).startswith(str(quick).split("\nWarning")[0])
    with pytest.raises(InputError, match="found 'tornado' of a quick verdict"):
        quick.plot("tornado")
    with pytest.raises(InputError, match="report: found a quick verdict"):
        quick.report("report.html")


def test_bills_are_those_of_the_given_labels():
    plan = Plan.load(EXAMPLES / "back-of-envelope.toml")
    found = cost(plan, {"random": 105_000, "margin": 45_000})
    known = compare_costs(plan.tables, {"random": 105_000, "margin": 45_000})
    frame = found.to_frame().set_index("line")
    assert frame["random"].sum() == pytest.approx(float(known.bills["random"].total_usd[0])) == pytest.approx(4_200)
    assert "Saving from active learning: −$1,660" in str(found) and "<pre>" in found._repr_html_()
    with pytest.raises(InputError, match="did you mean 'margin'"):
        cost(plan, {"random": 1_000, "marginn": 900})


def test_quotes_are_compared_a_row_a_vendor_and_volume():
    plan = Plan(**TOLD).with_presets("prolific")
    found = compare_quotes(plan, n_draws=200)
    assert set(found.to_frame()["vendor"]) == {vendor.name for vendor in plan.tables.vendors}
    assert json.loads(json.dumps(found.to_dict()))["vendors"]


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_a_log_may_be_a_frame_of_either_library_or_a_file(frame):
    plan, path = Plan.load(EXAMPLES / "track.toml"), EXAMPLES / "track-log.csv"
    table = pd.read_csv(path, comment="#", skipinitialspace=True)
    found = track(plan, frame(table.to_dict("list")), n_draws=200)
    assert found.to_dict() == track(plan, path, n_draws=200).to_dict()
    assert set(found.to_frame()["action"]) >= {"continue", "stop"}
    with pytest.raises(InputError, match="log: found int; allowed: a pandas or polars frame"):
        track(plan, 3)


def test_a_curve_is_forecast_from_lists_arrays_and_columns():
    labels, values = [100, 200, 400, 800, 1_600], [0.62, 0.70, 0.78, 0.83, 0.86]
    found = forecast(labels, values, classes=10, n_draws=200)
    table = found.to_frame([3_200])
    assert 0.8 < table["q50"].iloc[0] < 1 and table["labels"].tolist() == [3_200]
    assert len(found.to_frame()) > 10
    assert forecast(pl.Series(labels), pd.Series(values), classes=10, n_draws=200).to_frame([3_200]).equals(table)
    with pytest.raises(InputError, match="as many values as labels"):
        forecast([1, 2], [0.5])
    with pytest.raises(InputError, match="allowed: a fraction from 0 to 1"):
        forecast(labels, [100 * value for value in values])


@pytest.mark.parametrize("learner", ["linear", LogisticRegression()])
def test_campaigns_are_simulated_on_arrays(data, learner):
    told = []
    table = simulate(*data, learner=learner, rounds=2, seeds=2, name="mail", progress=lambda *done: told.append(done))
    assert set(table["strategy"]) == {"random", "margin"} and set(table["dataset"]) == {"mail"}
    assert table["labels"].unique().tolist() == [10, 20, 30] and table["test_size"].unique().tolist() == [100]
    assert told[-1] == (4, 4)


def test_what_is_simulated_is_kept_where_a_store_is_named(data, tmp_path):
    frame = pl.DataFrame({f"x{i}": column for i, column in enumerate(data[0].T)})
    first = simulate(frame, data[1], rounds=1, seeds=1, store=tmp_path)
    again = simulate(frame, data[1], rounds=1, seeds=1, store=tmp_path)
    assert isinstance(first, pl.DataFrame) and first.equals(again)
    with pytest.raises(InputError, match="found with a learner that is an object"):
        simulate(*data, learner=LogisticRegression(), store=tmp_path)


def test_what_cannot_be_simulated_is_one_sentence(data):
    X, y = data
    with pytest.raises(InputError, match="did you mean 'margin'"):
        simulate(X, y, strategies=["margn"])
    with pytest.raises(InputError, match=r"X of shape \(400, 6\) and y of \(3,\); allowed: a label a row"):
        simulate(X, y[:3])
    with pytest.raises(InputError, match="learner int: 3 is no scikit-learn classifier"):
        simulate(X, y, learner=3)


def test_the_sentences_are_those_of_the_plan_file():
    with pytest.raises(InputError, match=r"\[task\] targett: unknown key; did you mean 'target'\?"):
        Plan(task={"targett": 0.9})
    with pytest.raises(InputError, match="at least one vendor with its price"):
        Plan(task={"target": 0.9}).decide()
