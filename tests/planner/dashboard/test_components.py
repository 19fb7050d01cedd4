"""Pieces of a page: a chart stands under its title; columns are as wide as their words."""

import doctest
import json
from types import SimpleNamespace

import altair as alt
import altair.utils.schemapi as schema
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from streamlit.runtime.uploaded_file_manager import DeletedFile
from streamlit.testing.v1 import AppTest

from planner.dashboard import components
from planner.render import chart_style


def shown() -> None:
    import altair as alt
    import pandas as pd

    from planner.dashboard import components
    from planner.render import chart_style

    points = pd.DataFrame({"x": [1.0, 2.0], "y": [3.0, None]})
    layer = chart_style.point_mark(points, 40, x=alt.X("x:Q"), y=alt.Y("y:Q"))
    chart = chart_style.finish([layer], "Random costs $5", "What is drawn.")
    components.figure(chart, "made")
    components.figure(lambda: chart_style.finish([layer], "Margin costs $4", "What is drawn."), "drawn")
    assert chart.title == "Random costs $5"


def test_a_chart_is_shown_without_its_title_which_stands_above_it() -> None:
    at = AppTest.from_function(shown).run()
    assert not at.exception
    assert [part.value for part in at.markdown] == [r"**Random costs \$5**", r"**Margin costs \$4**"]
    specs = [json.loads(one.proto.spec) for one in at.get("vega_lite_chart")]
    assert all("title" not in spec and spec["description"] == "What is drawn." for spec in specs)
    assert schema.DEBUG_MODE  # elsewhere charts are checked


def test_names_of_channels_are_those_that_altair_would_choose() -> None:
    rows = pd.DataFrame({"words": ["a"], "y": [1.0]})
    named = chart_style.text_mark(rows, x=alt.value(4), y=alt.Y("y:Q"), text="words:N").to_dict()["encoding"]
    plain = alt.Chart(rows).mark_text().encode(x=alt.value(4), y=alt.Y("y:Q"), text="words:N").to_dict()["encoding"]
    assert named == plain


WORDS = st.text(st.characters(codec="ascii", categories=("L", "N")), max_size=300)


@given(st.lists(st.fixed_dictionaries({"Plan": WORDS, "Why": WORDS}), max_size=5))
def test_words_fit_into_their_cells(rows: list[dict[str, str]]) -> None:
    px, tall = components.widths_px(rows), components.row_px(rows)
    assert set(px) == set(components.columns_of(rows)) == ({"Plan", "Why"} if rows else set())
    for row in rows:
        for name, words in row.items():
            lines = -(-len(words) * components.LETTER_PX // px[name])
            assert lines <= 1 or (tall is not None and tall >= components.LINE_PX * min(lines, components.MOST_LINES))


def test_a_row_may_lack_a_column() -> None:
    assert components.widths_px([{"a": "x" * 20}, {"b": "y"}]) == {"a": 146, "b": 60}


def test_examples_in_docstrings_hold() -> None:
    assert doctest.testmod(components).failed == 0


def test_markdown_reads_nothing_into_text() -> None:
    assert components.text("$5 to $9") == r"\$5 to \$9"
    assert components.text("[a](b) :red[c] <i>") == r"\[a\](b) \:red\[c\] \<i\>"
    assert components.text("1. no list") == r"1\. no list"
    assert components.text("one\n# two") == "one # two"
    assert components.text("−$5") == "−\N{WORD JOINER}\\$5"


def test_a_file_that_the_server_lost_is_told_and_is_none(monkeypatch):
    told: list[str] = []
    held = {"lost": DeletedFile("1"), "none": None}
    monkeypatch.setattr(components, "st", SimpleNamespace(session_state=held, toast=told.append))
    assert components.uploaded_file("none") is components.uploaded_file("never") is None and not told
    assert components.uploaded_file("lost") is None
    assert told == ["The server no longer has the uploaded file. Please upload it again."]
