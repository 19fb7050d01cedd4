"""Pieces of a page: a chart made ready for the browser is the chart; columns are as wide as their words."""

import doctest

import altair as alt
import altair.utils.schemapi as schema
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.dashboard import components
from planner.dashboard.components import drawing_of, table_name, table_of
from planner.render import chart_style

POINTS = pd.DataFrame({"x": [1.0, 2.0], "y": [3.0, None], "plan": ["random", "margin"]})


def chart() -> alt.LayerChart:
    x, y = alt.X("x:Q", axis=chart_style.count_axis("Labels")), alt.Y("y:Q")
    base = alt.Chart(POINTS)
    said = chart_style.text_mark(
        pd.DataFrame({"words": ["here"], "y": [3.0]}), x=alt.value(4), y=y, text="words:N", dy=-9
    )
    layers = [base.mark_line().encode(x=x, y=y), base.mark_point().encode(x=x, y=y, y2=alt.Y2("x:Q")), said]
    return chart_style.finish(layers, "Random costs $5", "What is drawn.")


def read_back(table: bytes) -> pd.DataFrame:
    return pa.ipc.open_stream(table).read_pandas()


def test_the_specification_is_altairs_own_but_for_title_theme_and_the_names_of_tables() -> None:
    drawing, whole = drawing_of(chart), chart().to_dict()
    names = {name: f"t{i}" for i, name in enumerate(drawing.tables)}
    own = {name: f"t{i}" for i, name in enumerate(whole["datasets"])}
    frames = {name: read_back(table) for name, table in drawing.tables.items()}
    rows = {name: frame.astype(object).where(frame.notna(), None).to_dict("records") for name, frame in frames.items()}
    assert [rows[name] for name in names] == [whole["datasets"][name] for name in own]
    left = {key: part for key, part in whole.items() if key not in ("title", "config", "datasets")}
    shown = {key: part for key, part in drawing.spec.items() if key != "datasets"}
    assert _renamed(shown, names) == _renamed(left, own)
    assert drawing.title == "Random costs $5" and len(names) == 2  # a table that layers share is sent once
    assert drawing.rows.equals(POINTS)


def _renamed(part: object, names: dict[str, str]) -> object:
    if isinstance(part, dict):
        return {key: _renamed(one, names) for key, one in part.items()}
    if isinstance(part, list):
        return [_renamed(one, names) for one in part]
    return names.get(part, part) if isinstance(part, str) else part


def test_showing_a_drawing_changes_nothing_of_it() -> None:
    drawing = drawing_of(chart)
    first = drawing.spec
    first["layer"].clear()
    del first["datasets"]
    assert len(drawing.spec["layer"]) == 3 and set(drawing.spec["datasets"]) == set(drawing.tables)
    assert drawing_of(chart, POINTS.head(1)).rows.equals(POINTS.head(1))  # what is offered may be other rows


def test_checks_are_back_after_a_chart_that_could_not_be_drawn() -> None:
    def broken() -> alt.Chart:
        raise ValueError("no rows")

    with pytest.raises(ValueError, match="no rows"):
        drawing_of(broken)
    assert schema.DEBUG_MODE


@pytest.mark.parametrize(
    "other",
    [
        POINTS.assign(x=[1.0, 2.5]),
        POINTS.rename(columns={"x": "z"}),
        POINTS.assign(x=[1, 2]),
        POINTS.head(1),
        POINTS.set_axis([1, 2]),
        POINTS[["y", "x", "plan"]],
    ],
)
def test_other_rows_are_another_table(other: pd.DataFrame) -> None:
    assert table_name(other) != table_name(POINTS)
    assert table_name(POINTS.copy()) == table_name(POINTS)


def test_the_browser_gets_the_very_rows() -> None:
    for frame in (POINTS, POINTS.set_axis([1, 2]), POINTS.head(0), POINTS.assign(day=pd.Timestamp("2026-01-02"))):
        pd.testing.assert_frame_equal(read_back(table_of(frame)), frame)


def test_every_row_of_a_long_table_counts() -> None:
    long = pd.DataFrame({"x": range(60_000)})
    for place in (0, 31_234, 59_999):
        changed = long.copy()
        changed.loc[place, "x"] = -1
        assert table_name(changed) != table_name(long)


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
