"""What holds on every page: each chart states a finding, offers its data and has words for who cannot see it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from planner.dashboard import plan_link
from planner.plan import parse_plan
from planner.render.verdict import words
from simulations.curve_table import validate_curves
from tests.planner.dashboard.conftest import curve_table

APP = Path(__file__).parents[4] / "app.py"
VIEWS = APP.parent / "planner" / "dashboard" / "views"
TWO = '[[vendors]]\nname = "Crowd"\nprice_usd = 0.02\n[[vendors]]\nname = "Experts"\nprice_usd = 0.5\n'
BUDGET = "[task]\nbudget_usd = 9000\n[strategy]\nbatch_size = 500\n" + TWO
PAGES = (
    ("verdict.py", {}, 5),
    ("vendors.py", {}, 3),
    ("curves.py", {}, 2),
    ("curves.py", {"curves.of": "Measured on data sets"}, 5),
    ("assumptions.py", {"assumptions.show": "Worth knowing", "vendors.0.price_usd": "0.2 to 2"}, 2),
)


@pytest.fixture(autouse=True)
def measured_curves(monkeypatch: pytest.MonkeyPatch) -> None:
    table = validate_curves(curve_table(), where="test curves")
    monkeypatch.setattr("planner.dashboard.views.curves_data.recorded_curves", lambda *_: table)
    monkeypatch.setattr("planner.dashboard.views.curves_data.recorded_table", lambda: table)


def opened(view: str, text: str = TWO, **address: str) -> AppTest:
    at = AppTest.from_file(str(APP), default_timeout=120)
    at.query_params["plan"] = plan_link.pack(parse_plan(text))
    for key, value in address.items():
        at.query_params[key] = value
    return at.switch_page(str(VIEWS / view)).run()


def specs(at: AppTest) -> list[dict[str, Any]]:
    return [json.loads(chart.proto.spec) for chart in at.get("vega_lite_chart")]


def numbers(part: Any) -> Iterator[Any]:
    if isinstance(part, dict):
        for value in part.values():
            yield from numbers(value)
    elif isinstance(part, list):
        for value in part:
            yield from numbers(value)
    else:
        yield part


@pytest.mark.parametrize(("view", "address", "charts"), PAGES)
def test_each_chart_states_its_finding_offers_its_data_and_has_words(
    view: str, address: dict[str, str], charts: int
) -> None:
    at = opened(view, **address)
    assert not at.exception and not at.error
    drawn = specs(at)
    assert len(drawn) == charts
    offered = [one for one in at.get("download_button") if one.proto.label == "Data (CSV)"]
    assert len(offered) == charts
    titles = [part.value for part in at.markdown if part.value.startswith("**") and part.value.endswith("**")]
    assert len([title for title in titles if len(title) > 15]) >= charts
    for spec in drawn:
        assert len(spec["description"]) > 40
        assert "title" not in spec or not spec["title"]  # it stands above, where it wraps and is not clipped
        assert spec["padding"]["bottom"] == 5  # or 20 pixels of nothing stand under each chart
        assert not any(value in ("NaN", "nan") or value != value for value in numbers(spec))


def test_a_budget_has_all_its_charts_too() -> None:
    at = opened("verdict.py", BUDGET)
    assert not at.exception and not at.error
    assert len(specs(at)) == len([one for one in at.get("download_button") if one.proto.label == "Data (CSV)"]) >= 4


def test_the_page_says_what_the_command_line_and_the_report_say() -> None:
    from planner.app.answers import answer
    from planner.render.html import render_report

    verdict = answer(parse_plan(TWO), base=Path(), n_draws=400)
    at = opened("verdict.py")
    said = "\n".join(str(part.value) for part in (*at.title, *at.markdown)).replace("\\", "").replace("\u2060", "")
    assert words.headline(verdict) in said and words.sentence(verdict) in said
    # One probability a page, in one form: a frequency beside it, rounded otherwise, would contradict it.
    chance = words.cards(verdict)[0].value
    assert chance in words.sentence(verdict) and not re.search(r"\b\d+ (of|in) (10|50|100)\b", said)
    cards = [(str(one.label), str(one.value)) for one in at.metric]
    assert [(one.label, one.value.replace("−", "−\u2060")) for one in words.cards(verdict)] == [
        (label.replace("\\", ""), value.replace("\\", "")) for label, value in cards
    ]
    report = render_report(verdict)
    assert all(one.value in report for one in words.cards(verdict))


def test_the_data_of_a_chart_are_what_it_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    offered: dict[str, pd.DataFrame] = {}
    from planner.dashboard import components

    monkeypatch.setattr(components, "as_csv", lambda frame: frame.to_csv(index=False))
    plain = components.st.download_button

    def kept(label: str, data: Any = None, file_name: str = "", *rest: Any, **options: Any) -> bool:
        if label == "Data (CSV)":
            offered[file_name] = data.args[0]
        return bool(plain(label, data, file_name, *rest, **options))

    monkeypatch.setattr(components.st, "download_button", kept)
    at = opened("verdict.py")
    assert not at.exception
    assert len(offered["futures.csv"]) == 50
    assert {"price_usd", "p_al_cheaper"} <= set(offered["chance_by_price.csv"].columns)
    assert {"low_usd", "high_usd"} <= set(offered["tornado.csv"].columns)
