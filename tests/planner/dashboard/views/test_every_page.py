"""What holds on every page: what each chart states and offers, and what is drawn anew when an input has changed."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from planner.dashboard import components, plan_state
from planner.decision import decide
from planner.plan import parse_plan, template
from planner.render.html import render_report
from planner.render.verdict import words as verdict_words
from planner.transfer.task_curves import TaskCurves
from tests.planner.dashboard.pages import charts, opened

TWO = '[[vendors]]\nname = "Crowd"\nprice_usd = 0.02\n[[vendors]]\nname = "Experts"\nprice_usd = 0.5\n'
PACKED = plan_state.pack(parse_plan(TWO))
BUDGET = "[task]\nbudget_usd = 9000\n[strategy]\nbatch_size = 500\n" + TWO
PAGES = (
    ("verdict", {}, 5),
    ("verdict", {"plan": plan_state.pack(parse_plan(BUDGET))}, 5),
    ("vendors", {}, 3),
    ("curves", {}, 2),
    ("curves", {"curves.of": "Measured on data sets"}, 5),
    ("assumptions", {"assumptions.show": "Worth knowing", "vendors.0.price_usd": "0.2 to 2"}, 2),
)


def numbers(part: Any) -> Iterator[Any]:
    if isinstance(part, dict):
        for value in part.values():
            yield from numbers(value)
    elif isinstance(part, list):
        for value in part:
            yield from numbers(value)
    else:
        yield part


@pytest.mark.parametrize(("view", "address", "count"), PAGES)
def test_each_chart_states_its_finding_offers_its_data_and_has_words(
    view: str, address: dict[str, str], count: int, request: pytest.FixtureRequest
) -> None:
    if view == "verdict":
        request.getfixturevalue("unasked")
    at = opened(view, **{"plan": PACKED, **address})
    assert not at.exception and not at.error
    drawn = [json.loads(chart.proto.spec) for chart in charts(at)]
    offered = [one for one in at.get("download_button") if one.proto.label == "Data (CSV)"]
    assert len(drawn) == len(offered) == count
    titles = [part.value for part in at.markdown if part.value.startswith("**") and part.value.endswith("**")]
    assert len([title for title in titles if len(title) > 15]) >= len(drawn)
    for spec in drawn:
        assert len(spec["description"]) > 40
        assert "title" not in spec or not spec["title"]  # it stands above, where it wraps and is not clipped
        assert spec["padding"]["bottom"] == 5  # or 20 pixels of nothing stand under each chart
        assert not any(value in ("NaN", "nan") or value != value for value in numbers(spec))


def test_the_page_says_what_the_command_line_and_the_report_say() -> None:
    verdict = decide(parse_plan(TWO), n_draws=200, questions=None)
    at = opened(plan=PACKED)
    said = "\n".join(str(part.value) for part in (*at.title, *at.markdown)).replace("\\", "").replace("\u2060", "")
    assert verdict_words.headline(verdict) in said and verdict_words.sentence(verdict) in said
    # One probability a page, in one form: a frequency beside it, rounded otherwise, would contradict it.
    chance = verdict_words.cards(verdict)[0].value
    assert chance in verdict_words.sentence(verdict) and not re.search(r"\b\d+ (of|in) (10|50|100)\b", said)
    cards = [(str(one.label), str(one.value)) for one in at.metric]
    assert [(one.label, one.value.replace("−", "−\u2060")) for one in verdict_words.cards(verdict)] == [
        (label.replace("\\", ""), value.replace("\\", "")) for label, value in cards
    ]
    report = render_report(verdict)
    assert all(one.value in report for one in verdict_words.cards(verdict))


@pytest.mark.usefixtures("unasked")
def test_the_data_of_a_chart_are_what_it_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    offered: dict[str, pd.DataFrame] = {}
    monkeypatch.setattr(components, "as_csv", lambda frame: frame.to_csv(index=False))
    plain = components.st.download_button

    def kept(label: str, data: Any = None, file_name: str = "", *rest: Any, **options: Any) -> bool:
        if label == "Data (CSV)":
            offered[file_name] = data.args[0]
        return bool(plain(label, data, file_name, *rest, **options))

    monkeypatch.setattr(components.st, "download_button", kept)
    at = opened(plan=PACKED)
    assert not at.exception
    assert len(offered["futures.csv"]) == 50
    assert {"price_usd", "p_al_cheaper"} <= set(offered["chance_by_price.csv"].columns)
    assert {"at_low", "at_high"} <= set(offered["tornado.csv"].columns)


MEASURED = {"curves.of": "Measured on data sets"}
QUOTES = [
    '[[vendors]]\nname = "first"\nprice_usd = "0.02 to 0.04"\nvotes_per_item = 3\n',
    '[[vendors]]\nname = "second"\nprice_usd = 0.3\nvotes_per_item = 1\ndelivered_error_rate = 0.01\n',
]


def priced(at: AppTest, text: str) -> AppTest:
    at.text_input(key="vendors.0.price_usd").set_value(text).run()
    assert not at.exception
    return at


def drawings(at: AppTest) -> list[str]:
    """Each chart with the rows it draws."""
    shown = []
    for chart in charts(at):
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
        assert drawings(at)


def test_a_price_moves_no_curve_along_labels() -> None:
    at = opened("curves", **MEASURED)
    before = drawings(at)
    assert len(before) >= 4
    priced(at, "0.123")
    assert drawings(at) == before


def test_a_price_moves_every_curve_along_money() -> None:
    at = opened("curves", **MEASURED, **{"curves.axis": "Money"})
    before = drawings(at)
    priced(at, "0.456")
    after = drawings(at)
    assert after[0] != before[0] and after[1:] == before[1:]


def test_an_edited_quote_changes_all_that_follows_from_it() -> None:
    at = opened("vendors", plan=plan_state.pack(parse_plan(template(QUOTES))))
    before, tables = drawings(at), [frame.value.to_csv() for frame in at.dataframe]
    bill = [part.value for part in at.markdown if "**" in part.value and "labels" in part.value.lower()]
    assert len(before) == 3
    priced(at, "0.21 to 0.24")
    assert all(new != old for new, old in zip(drawings(at), before, strict=True))
    after = [frame.value.to_csv() for frame in at.dataframe]
    assert all(new != old for new, old in zip(after, tables, strict=True))
    assert bill != [part.value for part in at.markdown if "**" in part.value and "labels" in part.value.lower()]
    priced(at, "0.02 to 0.04")
    assert drawings(at) == before
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
