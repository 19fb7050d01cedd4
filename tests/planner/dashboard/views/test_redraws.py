"""What a page computes and draws anew when an input has changed: all that follows from it, and nothing else."""

import json
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from planner.curves.forecasts import curve_lines
from planner.dashboard import plan_link
from planner.dashboard.components import drawing_of
from planner.plan import parse_plan, template
from planner.transfer.task_curves import TaskCurves
from simulations.curve_table import validate_curves
from tests.planner.dashboard.conftest import curve_table

APP = Path(__file__).parents[4] / "app.py"
VIEWS = "planner/dashboard/views"
MEASURED = {"curves.of": "Measured on data sets"}
QUOTES = [
    '[[vendors]]\nname = "first"\nprice_usd = "0.02 to 0.04"\nvotes_per_item = 3\n',
    '[[vendors]]\nname = "second"\nprice_usd = 0.3\nvotes_per_item = 1\ndelivered_error_rate = 0.01\n',
]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    table = validate_curves(curve_table(), where="test curves")
    monkeypatch.setattr("planner.dashboard.views.curves_data.recorded_curves", lambda *_: table)
    monkeypatch.setattr("planner.dashboard.views.curves_data.recorded_table", lambda: table)
    monkeypatch.setattr("planner.dashboard.answers.DRAWS", 200)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Titles of the pictures that the Curves page draws, none of them kept before."""
    st.cache_resource.clear()
    titles: list[str] = []

    def counted(draw, rows=None):
        drawing = drawing_of(draw, rows)
        titles.append(drawing.title)
        return drawing

    monkeypatch.setattr("planner.dashboard.views.curves_data.drawing_of", counted)
    return titles


def opened(page: str, **address: str) -> AppTest:
    at = AppTest.from_file(str(APP), default_timeout=90)
    for key, value in address.items():
        at.query_params[key] = value
    return at.switch_page(f"{VIEWS}/{page}.py").run()


def priced(at: AppTest, text: str) -> AppTest:
    at.text_input(key="vendors.0.price_usd").set_value(text).run()
    assert not at.exception
    return at


def charts(at: AppTest) -> list[str]:
    """Each chart with the rows it draws."""
    shown = []
    for chart in at.get("vega_lite_chart"):
        rows = sorted(one.data.data for one in chart.proto.datasets)
        shown.append(json.dumps(json.loads(chart.proto.spec)) + str(rows))
    return shown


def test_the_curves_page_searches_for_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    def searched(*_: object, **__: object) -> None:
        raise AssertionError("a verdict was asked for")

    monkeypatch.setattr("planner.dashboard.answers.decide", searched)
    for address in ({}, MEASURED):
        at = opened("curves", **address)
        assert not at.exception and not at.error
        assert charts(at)


def test_a_price_moves_no_curve_along_labels(drawn: list[str]) -> None:
    at = opened("curves", **MEASURED)
    before, first = charts(at), len(drawn)
    assert first == len(before) >= 4
    priced(at, "0.123")
    assert charts(at) == before
    assert len(drawn) == first


def test_a_price_moves_every_curve_along_money(drawn: list[str]) -> None:
    at = opened("curves", **MEASURED, **{"curves.axis": "Money"})
    before, first = charts(at), len(drawn)
    priced(at, "0.456")
    after = charts(at)
    assert after[0] != before[0] and after[1:] == before[1:]
    assert len(drawn) == first + 1


def test_measured_curves_are_laid_out_once_for_all_sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    laid: Counter[int] = Counter()

    def counted(rows: pd.DataFrame):
        laid[len(rows)] += 1
        return curve_lines(rows)

    monkeypatch.setattr("planner.dashboard.views.curves_data.curve_lines", counted)
    st.cache_resource.clear()
    address = {**MEASURED, "curves.data": "second"}
    first, again = opened("curves", **address), opened("curves", **address)
    assert charts(first) == charts(again)
    assert sum(laid.values()) == 1


def test_an_edited_quote_changes_all_that_follows_from_it() -> None:
    at = opened("vendors", plan=plan_link.pack(parse_plan(template(QUOTES))))
    before, tables = charts(at), [frame.value.to_csv() for frame in at.dataframe]
    bill = [part.value for part in at.markdown if "**" in part.value and "labels" in part.value.lower()]
    assert len(before) == 3
    priced(at, "0.21 to 0.24")
    assert all(new != old for new, old in zip(charts(at), before, strict=True))
    after = [frame.value.to_csv() for frame in at.dataframe]
    assert all(new != old for new, old in zip(after, tables, strict=True))
    assert bill != [part.value for part in at.markdown if "**" in part.value and "labels" in part.value.lower()]
    priced(at, "0.02 to 0.04")
    assert charts(at) == before
    assert [frame.value.to_csv() for frame in at.dataframe] == tables


def test_a_price_asks_for_no_needs_in_other_pools_again(monkeypatch: pytest.MonkeyPatch) -> None:
    st.cache_resource.clear()
    asked: list[object] = []

    labels_in_pool = TaskCurves.labels_in_pool

    def counted(*of, **more):
        asked.append(of)
        return labels_in_pool(*of, **more)

    monkeypatch.setattr(TaskCurves, "labels_in_pool", counted)
    at = opened("assumptions")
    first = len(asked)
    assert first > 0
    priced(at, "0.123")
    assert len(asked) == first
    at.text_input(key="task.target").set_value("0.88").run()
    assert len(asked) > first
