"""The Assumptions & evidence page, run on the real planner by Streamlit's own test runner."""

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from planner.backtest.scoring import run_backtest
from planner.dashboard import components, plan_state
from planner.evidence.results import FINDINGS
from planner.plan import parse_plan, template
from tests.planner.dashboard.pages import charts, held, opened, press, turned, words

LOG = b"labels,value,strategy\n" + b"".join(
    b"%d,%.4f,margin\n" % (labels, 0.95 - 2.5 * labels**-0.5) for labels in (1_000, 2_000, 3_000, 4_000, 5_000, 6_000)
)


def section(name: str, **address: str) -> AppTest:
    return chosen(opened("assumptions", **address), name)


def chosen(at: AppTest, name: str) -> AppTest:
    return at.segmented_control(key="assumptions.show").set_value(name).run()


def test_it_lists_every_input_with_its_source_and_a_filter_says_when_it_finds_nothing() -> None:
    at = opened("assumptions")
    assert not at.exception and not at.error
    table = at.dataframe[0].value
    given = {item.path: item for item in parse_plan(template()).inputs() if item.text}
    assert set(given) <= set(table["Plan file"])
    row = table.set_index("Plan file").loc["vendors.0.price_usd"]
    assert (row["Value"], row["Unit"], row["State"], row["Source"]) == ("0.01 to 0.014", "USD", "given", "the plan")
    assert table.set_index("Plan file").loc["task.failure_usd", "State"] == "default"
    # The main script's own strings are no words of a page.
    assert "Script, title" not in words(at)
    at.toggle(key="assumptions.absent").set_value(True).run()
    assert len(at.dataframe[0].value) == len(parse_plan(template()).inputs()) > len(table)
    at.text_input(key="assumptions.filter").set_value("PRICE vote").run()
    found = at.dataframe[0].value
    assert 0 < len(found) < 10
    assert all("price" in " ".join(map(str, row)).lower() for row in found.to_numpy())
    at.text_input(key="assumptions.filter").set_value("$x$ <b>").run()
    assert not at.exception and not at.dataframe
    assert "No input has “$x$ <b>”" in words(at)


def test_changes_are_told_and_taken_back_one_by_one_or_all() -> None:
    at = opened(
        "assumptions", **{"vendors.0.set_up_usd": "250", "task.solve_for": "value_at_budget", "task.budget_usd": "9000"}
    )
    at.text_input(key="task.target").set_value("0.85").run()
    at.text_input(key="vendors.0.price_usd").set_value("20 to 40").run()
    assert "Price per vote: 0.01 to 0.014 → 20 to 40" in words(at)
    assert "Set-up: 0 → 250" in words(at)
    assert "Solve for: not given → value_at_budget" in words(at)
    assert list(at.dataframe[0].value.set_index("Plan file").loc["task.target", ["Value", "State", "Source"]]) == [
        "0.85",
        "changed",
        "you, on these pages",
    ]
    at.button(key="reset task.target").click().run()
    assert at.text_input(key="task.target").value == "0.9"
    assert at.text_input(key="vendors.0.price_usd").value == "20 to 40"
    press(at, "Reset all")
    assert not at.exception and not at.error
    assert at.text_input(key="vendors.0.price_usd").value == "0.01 to 0.014"
    assert at.radio[0].value == "cost_at_target"
    assert "0 changed here" in words(at) and "→" not in words(at)


def test_a_short_description_is_told_and_taken_back() -> None:
    at = opened("assumptions")
    at.toggle(key="assumptions.absent").set_value(True).run()
    names = at.dataframe[0].value.set_index("Plan file")["Input"]
    assert names["evidence.imbalance"] == "Class imbalance"
    assert names["evidence.random_value"] == "Value with those labels"
    at.text_input(key="evidence.random_value").set_value("0.8").run()
    assert "found 0.8 without random_labels" in words(at)
    at.text_input(key="evidence.random_labels").set_value("300 to 800").run()
    at.text_input(key="evidence.imbalance").set_value("5").run()
    assert not at.exception and not at.error
    told = ("Class imbalance: not given → 5", "Value with those labels: not given → 0.8", "→ 300 to 800")
    assert all(one in words(at) for one in told)
    for path in ("imbalance", "random_value", "random_labels"):
        at.button(key=f"reset evidence.{path}").click().run()
        assert not at.exception and not at.error
    assert "0 changed here" in words(at)


def test_a_quote_says_where_and_when_it_was_found() -> None:
    quote = (
        '[[vendors]]\nname = "Crowd"\nprice_usd = 0.02\nsource = "price list of <Crowd>"\nas_of = 2026-09-30\n'
        '[[vendors]]\nname = "Own"\nprice_usd = 0.5\n'
    )
    table = opened("assumptions", plan=plan_state.pack(parse_plan(quote))).dataframe[0].value.set_index("Plan file")
    row = table.loc["vendors.0.price_usd"]
    assert row["Input"] == "Crowd: price per vote"
    assert row["Source"] == "the quote: price list of <Crowd>, as of 2026-09-30"
    assert table.loc["vendors.1.price_usd", "Source"] == "the plan"


def test_scenario_a_stands_beside_the_plan_now() -> None:
    at = section("A against B")
    assert not at.dataframe
    press(at, "Keep this plan as scenario A")
    assert "The plan now is scenario A itself" in words(at)
    at.text_input(key="vendors.0.price_usd").set_value("20 to 40").run()
    assert not at.exception and not at.error
    inputs, answers = (table.value for table in at.dataframe)
    assert inputs.to_dict("records") == [
        {"Input": "Price per vote", "A (kept)": "0.01 to 0.014", "B (now)": "20 to 40", "Unit": "USD"}
    ]
    assert len(charts(at)) == 1
    now = answers.set_index("")["B (now)"]
    link = held(at, "a")
    turned(at, "verdict")
    metrics = [str(metric.value).replace("\\", "").replace("\N{WORD JOINER}", "") for metric in at.metric]
    assert metrics == [
        now["Expected saving by AL"],
        now["Chance for active learning"],
        now["Break-even price per vote"],
    ]
    again = section("A against B", a=link, **{"vendors.0.price_usd": "20 to 40"})
    assert again.dataframe[1].value.equals(answers)
    press(again, "Forget scenario A")
    assert "a" not in again.query_params and not again.dataframe


def test_a_hostile_scenario_is_one_sentence() -> None:
    at = section("A against B", a="AAAA", **{"assumptions.show": "no such", "assumptions.x": "<b>"})
    assert not at.exception
    assert "scenario A" in at.warning[-1].value and "No scenario is kept" in at.warning[-1].value
    assert "ignored" not in words(at)


def test_worth_knowing_ranks_inputs_and_maps_two_of_them() -> None:
    at = section("Worth knowing", **{"vendors.0.price_usd": "0.2 to 2"})
    assert not at.exception and not at.error
    assert len(charts(at)) == 2
    assert at.dataframe[0].value["Learning"][0] == "everything"
    grid = at.dataframe[1].value
    at.selectbox(key="assumptions.x").set_value("engineering.one_off_hours").run()
    assert not at.exception and not at.error
    assert not at.dataframe[1].value.equals(grid)
    assert "Engineering, one-off" in at.dataframe[1].value.columns[0]


def test_evidence_names_data_sets_and_how_they_were_recorded() -> None:
    at = section("Evidence")
    assert not at.exception and not at.error
    used, recorded = (table.value for table in at.dataframe)
    assert set(used["Data set"]) <= {"first", "second"}
    assert {"digits", "letter"} <= set(recorded["Data set"])
    assert "recorded on 20" in words(at)


def test_the_forecast_is_scored_only_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def counted(table: pd.DataFrame, title: str, **options: Any) -> dict[str, Any]:
        asked.append(table["dataset"].nunique())
        few = sorted(table["dataset"].unique())[:6]
        return run_backtest(table[table["dataset"].isin(few)], title, **options, n_draws=100)

    monkeypatch.setattr("planner.app.backtests.run_backtest", counted)
    at = section("Past forecasts")
    assert not at.exception and not asked
    assert "What is not here" in words(at)
    at.button(key="score").click().run()
    assert not at.exception and not at.error
    assert asked[0] >= 30
    assert "intervals held" in words(at)
    assert len(charts(at)) == 1
    scores = at.dataframe[0].value.set_index("Method")
    assert set(scores.index) == {"labelplan", "last value", "weighted power law"}
    assert all(" to " in cell for cell in scores.loc["labelplan"])
    assert scores.loc["last value", "80% intervals held"] == "gives none"


def test_published_findings_are_shown_with_every_miss() -> None:
    at = section("Findings")
    assert not at.exception and not at.error and not at.warning
    assert "Published findings" in words(at) and "Of 17 published findings" in words(at)
    rows, parts = (table.value for table in at.dataframe)
    recorded = FINDINGS.judged()["findings"]
    assert list(rows["State"]) == [finding["state"] for finding in recorded]
    assert len(parts) == sum(len(finding["parts"]) for finding in recorded)


def test_findings_of_another_version_leave_the_page_standing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planner.dashboard.views.assumptions.FINDINGS", replace(FINDINGS, version=2))
    at = section("Findings")
    assert not at.exception
    assert "make evidence-signs" in words(at) and not at.dataframe


def test_a_log_is_answered_and_its_past_forecasts_are_scored() -> None:
    at = section("Campaign")
    at.file_uploader(key="campaign_log.file").upload("log.csv", LOG).run()
    assert not at.exception and not at.error
    assert "6,000 labels in hand" in words(at)
    assert "From now on" in at.dataframe[0].value.columns
    chosen(at, "Past forecasts")
    assert "later measurements lay in their 80% range" in words(at)
    assert len(at.dataframe[0].value) == 2
    press(at, "Put it away")
    assert not at.dataframe


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "cannot be read as a curve table"),
        (b"labels,value,strategy\n1000,0.9,<b>\n", "the plan has no strategy '<b>'"),
        (b"#" * (components.MOST_UPLOAD_BYTES + 1), "allowed: up to 2,000,000"),
    ],
)
def test_a_bad_log_is_one_sentence(content: bytes, told: str) -> None:
    at = section("Campaign")
    at.file_uploader(key="campaign_log.file").upload("log.csv", content).run()
    assert not at.exception and not at.dataframe
    (error,) = at.error
    assert told in error.value.replace("\\", "")
    assert "\n" not in error.value
