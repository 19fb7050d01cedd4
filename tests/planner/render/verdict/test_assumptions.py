"""Inputs, scenarios and evidence in words, on plans and verdicts made by hand."""

from dataclasses import replace

import pandas as pd

from planner.decision.state import Call
from planner.decision.verdict import Verdict
from planner.plan import Plan, parse_plan
from planner.render.evidence.recorded import evidence_rows, evidence_sentence
from planner.render.verdict.assumptions import (
    answer_rows,
    assumption_rows,
    change_rows,
    count_sentence,
    difference_rows,
    difference_sentence,
    input_help,
    matching_rows,
)
from planner.render.verdict.charts import scenarios_chart
from planner.render.verdict.words import cards

TWO = parse_plan(
    '[task]\ncurrency = "EUR"\n[[vendors]]\nname = "Crowd"\nprice_usd = "0.01 to 0.02"\nsource = "a list"\n'
    '[[vendors]]\nname = "Own"\nprice_usd = 0.5\n'
)


def test_a_value_that_follows_from_the_plan_has_a_source_of_its_own() -> None:
    rows = {row["Plan file"]: row for row in assumption_rows(Plan(), {})}
    need = rows["evidence.random_labels"]
    assert need["Value"] == Plan().random_labels.text  # type: ignore[union-attr]
    assert need["Source"] == "from the initial set to the pool"
    assert "task.budget_usd" not in rows
    absent = {row["Plan file"]: row for row in assumption_rows(Plan(), {}, absent=True)}
    assert absent["task.budget_usd"]["Value"] == "not given"


def test_sources_units_and_states_of_quotes() -> None:
    rows = {row["Plan file"]: row for row in assumption_rows(TWO, {"vendors.1.price_usd": "0.5"})}
    first, second = rows["vendors.0.price_usd"], rows["vendors.1.price_usd"]
    assert (first["Input"], first["Unit"], first["Source"]) == ("Crowd: price per vote", "EUR", "the quote: a list")
    assert (second["State"], second["Source"]) == ("changed", "you, on these pages")
    assert second["labelplan's default"] == Plan().vendors[0].price_usd.text  # type: ignore[union-attr]
    assert rows["vendors.0.source"]["Source"] == "the plan"
    assert rows["vendors.0.votes_per_item"]["State"] == "default"
    # Counts add up, and words filter in any order.
    listed = [*rows.values()]
    states = [row["State"] for row in listed]
    assert count_sentence(listed).startswith(f"{len(listed)} inputs: {states.count('given')} given")
    assert [row["Plan file"] for row in matching_rows(listed, "PER crowd vote price EUR lower")] == []
    assert first in matching_rows(listed, "vote PRICE crowd") and matching_rows(listed, "  ") == listed
    edits = {"task.budget_usd": "9000"}
    assert change_rows(TWO, TWO.replace(edits), edits) == {"task.budget_usd": ("Budget", "not given", "9000")}


def test_help_offers_a_range_only_where_one_is_allowed() -> None:
    plan = Plan()
    assert "or a range such as" in input_help(plan.input("task.target"), plan)
    # An input without a value has no kind of number to tell.
    told = plan.replace({"evidence.random_labels": "500", "evidence.random_value": "0.8"})
    said = input_help(told.input("evidence.random_value"), told)
    assert "Allowed: one fraction above 0 and below 1 (0.90, not 90), and no range. " in said
    assert "or a range such as" not in said


def test_scenarios_list_what_differs_and_nothing_else() -> None:
    assert difference_rows(TWO, TWO) == []
    assert "scenario A itself" in difference_sentence([])
    rows = difference_rows(TWO, TWO.replace({"task.target": "0.8", "vendors.0.price_usd": "0.3"}))
    assert [(row["Input"], row["A (kept)"], row["B (now)"]) for row in rows] == [
        ("Target", "0.9", "0.8"),
        ("Crowd: price per vote", "0.01 to 0.02", "0.3"),
    ]
    one = difference_rows(Plan(), TWO)
    assert any(row["A (kept)"] == "not given" and row["Input"].startswith("Own") for row in one)
    assert difference_sentence(one[:1]) == "1 input differs."


def test_two_answers_stand_side_by_side(verdict: Verdict) -> None:
    other = replace(verdict, call=Call(9_000.0, 500.0), p_al_cheaper=0.91)
    rows = {row[""]: row for row in answer_rows(verdict, other)}
    assert rows["On average active learning"]["A (kept)"] == f"saves {cards(verdict)[0].value}"
    assert rows["Chance for active learning"]["B (now)"] == "91%"
    chart = scenarios_chart(verdict, other)
    assert str(chart.title).startswith("On average active learning saves ")
    assert cards(verdict)[0].value in str(chart.title)
    assert "Ranges of the saving" in str(chart.description)
    assert f"on average {cards(verdict)[0].value} (" in str(chart.description)


def test_evidence_in_words(verdict: Verdict) -> None:
    frame = pd.DataFrame({"dataset": ["a", "<b>"], "weight": [0.3, 0.7], "why": ["like", "liker"]})
    found = replace(verdict, evidence=frame)
    assert evidence_sentence(found) == "The curves rest on 2 data sets of 2; most weight has <b> with 70%."
    assert evidence_rows(found)[1] == {"Data set": "<b>", "Weight": "70%", "Why": "liker"}
    assert evidence_sentence(replace(verdict, evidence=frame[:0])) == "No data set stands behind the curves."
    twice = pd.DataFrame({"dataset": ["a", "b", "a"], "weight": [0.3, 0.4, 0.3], "why": ["forest", "", "linear"]})
    told = evidence_sentence(replace(verdict, evidence=twice))
    assert told == "The curves rest on 2 data sets of 2; most weight has a with 60%."
    alike = evidence_sentence(replace(verdict, evidence=twice.assign(weight=[0.25, 0.5, 0.25])))
    assert alike == "The curves rest on 2 data sets of 2, of which each has 50% of the weight."
