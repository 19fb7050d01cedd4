"""The Curves page, run on the real planner by Streamlit's own test runner; what is kept for all, and for a session."""

import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
import streamlit as st
from streamlit.errors import StreamlitAPIException
from streamlit.testing.v1 import AppTest

from planner.dashboard.views import curves_data
from planner.dashboard.views.curves_data import CurveFamily, cached_by_family
from simulations.curve_table import validate_curves
from simulations.errors import InputError
from tests.planner.dashboard.conftest import curve_table
from tests.planner.dashboard.pages import charts, opened, turned, words

MEASURED, PILOT = "Measured on data sets", "My own pilot"
HOSTILE = ("<script>alert(1)</script> $$\\frac{1}{0}$$", "nan", "")


@pytest.fixture(autouse=True)
def measured_curves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Show the formula's curves; one data set has no random, another a single seed in macro F1."""
    frame = curve_table()
    without = frame[(frame["dataset"] == "first") & (frame["strategy"] != "random")].assign(dataset="no random")
    one = frame[(frame["dataset"] == "second") & (frame["seed"] == 0)].assign(dataset="one seed", metric="f1_macro")
    table = validate_curves(pd.concat([frame, without, one]), where="test curves")
    monkeypatch.setattr("planner.decision.load_curves.recorded_curves", lambda *_: table)
    monkeypatch.setattr("planner.dashboard.views.curves_data.recorded_table", lambda: table)


def measured(**address: str) -> AppTest:
    return opened("curves", **{"curves.of": MEASURED, **address})


def sound(at: AppTest) -> None:
    assert not at.exception
    assert at.title[0].value == "Learning curves"
    # No number that is none, and no word in the place of one; what the address holds is told in quotes.
    shown = re.sub("“[^”]*”", "", words(at))
    assert not re.search(r"\bnan\b|\bNone\b(?! of)|\binf\b|\$-", shown), shown


def test_it_opens_with_the_forecast_of_the_verdict_and_money_and_error_have_findings_of_their_own() -> None:
    at = opened("curves")
    sound(at)
    assert not at.error and not at.warning
    assert len(charts(at)) == 2
    assert "Usual labels to 90% accuracy: random" in words(at)
    assert "Fewer labels than random for the target: margin in" in words(at)
    assert len(at.get("download_button")) >= 2
    at.segmented_control(key="curves.axis").set_value("Money").run()
    sound(at)
    assert "Forecast accuracy at $" in words(at) and "Cost: the whole plan" in words(at)
    at.segmented_control(key="curves.view").set_value("Error, both axes log").run()
    sound(at)
    assert "Forecast error at $" in words(at)


def test_random_alone_is_told_apart_from_nothing() -> None:
    at = opened("curves")
    at.multiselect(key="curves.plans").set_value(["random"]).run()
    sound(at)
    assert len(charts(at)) == 1 and "savings need another strategy" in words(at)
    at.multiselect(key="curves.plans").set_value([]).run()
    sound(at)
    assert len(charts(at)) == 0 and "Choose one strategy or more" in words(at)


def test_measured_curves_are_drawn_checked_and_compared() -> None:
    at = measured(**{"curves.data": "first"})
    sound(at)
    assert len(charts(at)) == 5 and not at.warning
    shown = words(at)
    assert "Measured accuracy at 3,200 labels: margin" in shown
    assert "Labels saved at random's best accuracy" in shown
    assert "The fit of random is" in shown and "held-out point" in shown
    assert "Holm-corrected over all 9 tests" in shown
    seeds = next(table.value for table in at.dataframe if "Seeds for 1 point" in table.value.columns)
    assert list(seeds["Pair"]) == ["entropy − random", "margin − random", "entropy − margin"]
    at.number_input(key="curves.claim").set_value(0.5).run()
    more = next(table.value for table in at.dataframe if "Seeds for 0.5 points" in table.value.columns)
    assert all(int(a) >= int(b) for a, b in zip(more["Seeds for 0.5 points"], seeds["Seeds for 1 point"], strict=True))
    at.multiselect(key="curves.at").set_value(["400"]).run()
    sound(at)
    assert "Holm-corrected over all 3 tests" in words(at)
    at.multiselect(key="curves.strategies").set_value(["margin"]).run()
    sound(at)
    assert "Choose two strategies or more" in words(at)


def test_without_random_there_is_nothing_to_save() -> None:
    at = measured(**{"curves.data": "no random"})
    sound(at)
    assert len(charts(at)) == 4
    assert "There is no random curve beside these" in words(at)
    assert "entropy − margin" in str([table.value.to_dict() for table in at.dataframe])


def test_one_seed_has_no_interval_and_another_metric_is_told() -> None:
    at = measured(**{"curves.data": "one seed"})
    sound(at)
    shown = words(at)
    assert "No curve here is measured in accuracy, the plan's metric; macro F1 is shown" in shown
    assert "One seed of entropy, margin, random" in shown
    assert "whether they are chance is not known" in shown
    assert "unknown: fewer than two paired seeds" in str([table.value.to_dict() for table in at.dataframe])


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_address_is_sentences(text: str) -> None:
    keys = ("of", "data", "metric", "strategies", "plans", "axis", "view", "at", "fit", "claim", "learner")
    at = opened("curves", **{f"curves.{key}": text for key in keys} | {"curves.of": MEASURED})
    sound(at)
    assert len(at.warning) >= (5 if text else 0)
    other = opened("curves", **{"curves.of": text, "curves.axis": text})
    sound(other)


PILOT_ROWS = "strategy,seed,labels,value\n" + "".join(
    f"{name},{seed},{labels},{0.95 - scale * labels**-0.5 + 0.003 * seed:.4f}\n"
    for name, scale in (("random", 3.0), ("margin", 2.4))
    for seed in (0, 1, 2)
    for labels in (200, 400, 800, 1_600, 3_000)
)


def test_a_bad_pilot_is_one_sentence_and_a_good_one_is_shown_beside_what_was_recorded() -> None:
    at = opened("curves", **{"curves.of": PILOT})
    at.file_uploader(key="curves_pilot.file").upload("bad.csv", b"n,acc\n1,2\n").run()
    sound(at)
    (error,) = at.error
    assert "column 'labels' is missing" in error.value and "\n" not in error.value
    assert len(charts(at)) == 0
    at.file_uploader(key="curves_pilot.file").upload("mine.csv", PILOT_ROWS.encode()).run()
    sound(at)
    assert not at.error
    assert len(charts(at)) == 7
    assert "your random curve is above 0 of" in words(at) or "your random curve is above 1 of" in words(at)
    assert "In the pilot margin saves ×" in words(at)
    # It stays while another page is open, and goes when it is put away.
    turned(at, "verdict")
    turned(at, "curves")
    assert "mine.csv" in words(at)
    at.button(key="curves_pilot.forget").click().run()
    sound(at)
    assert len(charts(at)) == 0


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("labels,value\n100,0.7\n", "at least 4"),
        ("strategy,labels,value\nmargin,100,0.7\nmargin,200,0.8\n", "There is no random curve"),
        ("strategy,labels,value\nrandom,100,0.7\nrandom,200,0.8\n$x$ <b>,100,0.7\n$x$ <b>,200,0.9\n", "$x$ <b>"),
        ("labels,value\n100,1\n200,1\n400,1\n800,1\n", "One seed"),
        ("seed,labels,value\n0,100,0.7\n1,200,0.8\n", "share no label count"),
        ("metric,labels,value\nf1_macro,100,0.7\nf1_macro,200,0.8\n", "macro F1 is shown"),
    ],
)
def test_a_thin_pilot_says_what_it_cannot_show(content: str, told: str) -> None:
    at = opened("curves", **{"curves.of": PILOT, "curves.axis": "Money", "curves.view": "Error, both axes log"})
    at.file_uploader(key="curves_pilot.file").upload("thin.csv", content.encode()).run()
    sound(at)
    assert not at.error
    assert told in words(at)


SCHEDULE = "200 labels, then batches of 200"


@pytest.fixture
def learners_table() -> pd.DataFrame:
    st.cache_resource.clear()  # tables are told apart by where they are from
    linear = curve_table()
    first = linear[linear["dataset"] == "first"]
    others = [first.assign(learner=name, value=first["value"] - 0.1) for name in ("forest", "mlp")]
    return validate_curves(pd.concat([linear, *others]), where="test curves")


@pytest.mark.parametrize(
    ("learner", "order"),
    [
        (None, ["linear", "forest", "mlp"]),
        ("mlp", ["mlp", "linear", "forest"]),
        ("boosting", ["linear", "forest", "mlp"]),
    ],
)
def test_learners_of_a_data_set_are_curves_of_their_own(
    learners_table: pd.DataFrame, learner: str | None, order: list[str]
) -> None:
    rows = learners_table[learners_table["dataset"] == "first"]
    found = curves_data.families_of(rows, "recorded", metric="accuracy", plans=("random",), learner=learner)
    assert list(found) == [f"{name} · {SCHEDULE}" for name in order]
    for name, family in zip(order, found.values(), strict=True):
        assert set(family.rows["learner"]) == {name}
    assert len({family.key for family in found.values()}) == 3
    assert sum(len(family.rows) for family in found.values()) == len(rows)


def test_the_page_offers_each_learner_and_opens_with_the_plans(
    monkeypatch: pytest.MonkeyPatch, learners_table: pd.DataFrame
) -> None:
    monkeypatch.setattr("planner.dashboard.views.curves_data.recorded_table", lambda: learners_table)
    at = measured(**{"curves.data": "first", "evidence.learner": "mlp"})
    assert not at.exception and not at.error
    chosen = at.selectbox(key="curves.learner")
    assert chosen.options == [f"{name} · {SCHEDULE}" for name in ("mlp", "linear", "forest")]
    assert chosen.value == chosen.options[0]


def test_a_library_that_cannot_be_read_leaves_the_store_to_be_shown(
    monkeypatch: pytest.MonkeyPatch, learners_table: pd.DataFrame
) -> None:
    def refused() -> pd.DataFrame:
        raise InputError("recorded curves: curves.parquet cannot be read (damaged); 'make evidence' rebuilds it")

    monkeypatch.setattr("planner.dashboard.views.curves_data.recorded_table", refused)
    at = measured(**{"curves.data": "first"})
    assert not at.exception and not at.warning
    assert "curves.parquet cannot be read (damaged); 'make evidence' rebuilds it." in words(at)
    monkeypatch.setattr("planner.dashboard.plan_state.Start.folder", Path("runs"))
    monkeypatch.setattr("planner.dashboard.answers.stored_table", lambda folder, stamp: (learners_table, ()))
    at = measured(**{"curves.data": "first"})
    assert not at.exception and not at.error
    assert [one.options for one in at.selectbox if one.key == "curves.data"] == [["first", "second"]]
    assert "curves.parquet cannot be read (damaged)" in words(at)


READ: list[str] = []


@pytest.fixture
def nothing_read() -> Iterator[None]:
    READ.clear()
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


@cached_by_family
def counted(rows: pd.DataFrame, at: int) -> int:
    READ.append("read")
    return len(rows) + at


def family(stamp: str = "recorded", *, pilot: bool = False, rows: int = 2) -> CurveFamily:
    return CurveFamily((stamp, "digits"), pd.DataFrame({"value": [0.5] * rows}), None, ("random",), pilot)


def test_a_measured_family_is_read_once_for_each_question(nothing_read: None) -> None:
    assert [counted(family(), 1), counted(family(), 1), counted(family(), 2)] == [3, 3, 4]
    assert READ == ["read", "read"]
    assert counted(family("a store that has changed", rows=5), 0) == 5


def test_an_upload_belongs_to_a_session(nothing_read: None) -> None:
    with pytest.raises(StreamlitAPIException, match="session"):
        counted(family(pilot=True), 1)
    assert READ == []
