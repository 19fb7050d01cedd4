"""What is read off measured curves is kept for everybody, what is read off an upload for its session alone."""

from collections.abc import Iterator

import altair as alt
import pandas as pd
import pytest
import streamlit as st
from streamlit.errors import StreamlitAPIException

from planner.dashboard.views.curves_data import CurveFamily, cached_by_family, picture

READ: list[str] = []


@pytest.fixture(autouse=True)
def nothing_read() -> Iterator[None]:
    READ.clear()
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


@cached_by_family()
def counted(family: CurveFamily, at: int) -> int:
    READ.append(family.title)
    return len(family.rows) + at


def family(stamp: str = "recorded", *, pilot: bool = False, rows: int = 2) -> CurveFamily:
    return CurveFamily((stamp, "digits"), stamp, pd.DataFrame({"value": [0.5] * rows}), None, ("random",), pilot)


def drawn_of(rows: pd.DataFrame, title: str) -> alt.LayerChart:
    READ.append(title)
    return alt.layer(alt.Chart(rows).mark_point().encode(x="value:Q"), title=title)


def test_a_measured_family_is_read_once_for_each_question() -> None:
    assert [counted(family(), 1), counted(family(), 1), counted(family(), 2)] == [3, 3, 4]
    assert READ == ["recorded", "recorded"]


def test_a_store_that_has_changed_is_read_anew() -> None:
    assert counted(family("store 1"), 0) == 2
    assert counted(family("store 2", rows=5), 0) == 5


def test_an_upload_belongs_to_a_session() -> None:
    with pytest.raises(StreamlitAPIException, match="session"):
        counted(family(pilot=True), 1)
    with pytest.raises(StreamlitAPIException, match="session"):
        picture(drawn_of, family().rows, "An upload", own=True)
    assert READ == []


def test_a_picture_is_drawn_once_of_the_same_and_anew_of_anything_else() -> None:
    rows = family().rows
    first = picture(drawn_of, rows, "One")
    assert picture(drawn_of, rows.copy(), "One") is first
    other = picture(drawn_of, rows.assign(value=[0.5, 0.6]), "One")
    assert other is not first and other.text != first.text
    assert picture(drawn_of, rows, "Two").title == "Two"
    assert picture(drawn_of, rows, "One", rows=rows.head(1)).rows.equals(rows.head(1))
    assert READ == ["One", "One", "Two", "One"]
