import json

import pandas as pd
import pytest

from planner.render.curves.charts import spent_chart, spent_charts
from planner.render.curves.words import amount, spending_finding


def curves(dataset="d", **values):
    rows = [
        {
            "dataset": dataset,
            "learner": "linear",
            "batch_size": 10,
            "initial_size": 10,
            "metric": "accuracy",
            "strategy": name,
            "seeds": 3,
            "spent": spent,
            "value": value,
            "q10": value - 0.01,
            "q90": value + 0.01,
        }
        for name, points in values.items()
        for spent, value in points.items()
    ]
    return pd.DataFrame(rows, dtype=object)


BOTH = curves(random={10.0: 0.5, 100.0: 0.7}, margin={10.0: 0.5, 1000.0: 0.9})


@pytest.mark.parametrize(
    ("spent", "unit", "words"),
    [
        (7_199.0, "seconds", "7,199 s"),
        (7_200.0, "seconds", "2 h"),
        (123_456.0, "seconds", "34.3 h"),
        (12.3, "usd", "$12"),
        (1_500_000.0, "tokens", "1,500,000 tokens"),
    ],
)
def test_amounts_have_a_unit_that_fits(spent, unit, words):
    assert amount(spent, unit) == words


def test_the_finding_reads_all_curves_for_the_same_amount():
    # 100 is half way from 10 to 1,000 on a log axis.
    assert spending_finding(BOTH, "votes", "accuracy") == "Accuracy for 100 votes: margin 70%, random 70%"


def test_curves_that_share_no_range_have_no_finding():
    apart = curves(random={10.0: 0.5, 20.0: 0.6}, margin={30.0: 0.6, 60.0: 0.8})
    assert spending_finding(apart, "usd", "f1_macro") == "The curves of macro F1 share no range of dollars"


@pytest.mark.parametrize("unit", ["votes", "seconds", "usd"])
def test_the_title_of_the_chart_is_the_finding(unit):
    spec = spent_chart(BOTH, unit, "accuracy").to_dict()
    assert spec["title"] == spending_finding(BOTH, unit, "accuracy") and spec["title"] in spec["description"]
    assert "NaN" not in json.dumps(spec)


def test_one_seed_has_a_line_and_no_band():
    spec = spent_chart(BOTH.assign(q10=None, q90=None), "votes", "accuracy").to_dict()
    drawn = [row for rows in spec["datasets"].values() for row in rows]
    assert {row["value_words"] for row in drawn} == {"50%", "70%", "90%"}


def test_several_families_stand_below_one_another_each_under_its_name():
    other = curves("other [votes=3]", random={10.0: 0.5, 100.0: 0.7})
    spec = spent_charts([BOTH, other], "votes", "accuracy").to_dict()
    assert [chart["title"]["subtitle"] for chart in spec["vconcat"]] == [
        "d · linear · 10 labels, then batches of 10",
        "other [votes=3] · linear · 10 labels, then batches of 10",
    ]
