"""`labelplan backtest` from end to end."""

import numpy as np
import pandas as pd
import pytest

from planner.backtest import scoring

LABELS = np.round(20 * np.sqrt(2.0) ** np.arange(14)).astype(int)


@pytest.fixture
def table(tmp_path):
    """A curve table of two data sets with random and margin, 4 seeds."""
    rng = np.random.default_rng(2)
    rows = []
    for dataset in ("one", "two"):
        for seed in range(4):
            for strategy, power in (("random", 0.4), ("margin", 0.5)):
                values = 0.95 - 0.4 * (LABELS / 20) ** -power + rng.normal(0, 0.004, LABELS.size)
                rows += [(dataset, "ridge", strategy, 20, 20, seed, n, v) for n, v in zip(LABELS, values, strict=True)]
    names = ["dataset", "learner", "strategy", "batch_size", "initial_size", "seed", "labels", "value"]
    path = tmp_path / "curves.csv"
    pd.DataFrame(rows, columns=names).to_csv(path, index=False)
    return path


def quick(*more):
    return ("--draws", 100, *more)


def test_a_curve_table_from_end_to_end(run, answered, table):
    found = answered(run("backtest", table, *quick("--json")))
    assert found["source"] == "curves.csv"
    assert (found["overall"]["data_sets"], found["overall"]["curves"]) == (2, 4)
    assert found["methods"] == ["labelplan", "last_value", "figueroa"]
    ours, last, power = found["overall"]["methods"]
    assert 0 < ours["absolute_error"]["mean"] < last["absolute_error"]["mean"] < 0.3
    assert 0 <= ours["coverage80"]["mean"] <= 1
    assert set(ours) == {"method", "absolute_error", "coverage80", "width80", "ours_relative"} == set(power)


def test_people_get_words_first_and_a_chart_where_they_ask_for_it(run, table, tmp_path):
    pytest.importorskip("vl_convert")
    path = tmp_path / "chart.svg"
    status, out, _ = run("backtest", table, *quick("--chart", path))
    assert status == 0
    assert out.startswith("On 2 data sets (4 curves forecast from the first")
    assert "Overall" in out and "weighted power law" in out
    assert "nan" not in out.lower()
    assert out.splitlines()[-1] == f"Chart: {path}"
    assert path.read_text().startswith("<svg")


def test_the_recorded_curves_are_taken_where_none_are_given(run, answered):
    found = answered(run("backtest", "--sample", 1, "--cuts", "50", *quick("--json")))
    assert found["source"] == "the recorded curves"
    assert found["overall"]["data_sets"] >= 60


def test_ctrl_c_reports_nothing(run, table, monkeypatch):
    done = []

    def interrupted(*known, **options):
        if done:
            raise KeyboardInterrupt
        done.append(known)
        return forecast(*known, **options)

    forecast = scoring.forecast_later_points
    monkeypatch.setattr(scoring, "forecast_later_points", interrupted)
    status, out, err = run("backtest", table, *quick("--cuts", "50", "--json"))
    assert (status, out) == (130, "")
    assert "stopped after 1 of 4 curves; nothing is reported" in err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere.csv"], "nowhere.csv: is no file; allowed: a curve table (CSV or Parquet), or 'recorded'"),
        (["{table}", "--cuts", "few"], "--cuts: found 'few'; allowed: percentages"),
        (["{table}", "--chart", "c.pdf"], "--chart: found 'c.pdf'"),
        (["{table}", "--metric", "f1_macro"], "curves.csv"),
        (["lcdb"], "lcdb: is no file"),
        (["recorded", "--metric", "nonsense"], "--metric: found 'nonsense'"),
        (["{short}"], "no curve gives a forecast to score"),
    ],
)
def test_bad_input_is_one_sentence(refused, table, tmp_path, monkeypatch, arguments, sentence):
    if "--metric" in arguments and "{table}" in arguments:
        rows = pd.read_csv(table).assign(metric="accuracy")
        rows.to_csv(table, index=False)
        sentence = "--metric: found 'f1_macro', of which there is no value"
    short = tmp_path / "short.csv"
    short.write_text("labels,value\n10,0.5\n20,0.6\n30,0.7\n")
    refused(sentence, "backtest", *(part.format(table=table, short=short) for part in arguments))
