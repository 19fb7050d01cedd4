"""Pieces of a page: text that Markdown leaves alone, cards, figures and tables."""

import re
from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Any

import pandas as pd
import streamlit as st

from planner.dashboard import widths
from planner.dashboard.drawing import Drawing, drawing_of
from planner.report.numbers import plain
from planner.report.spreadsheet import as_csv
from planner.report.words import Card

_INLINE = re.compile(r"([\\`*_\[\]<>$~:^])")
_BLOCK = re.compile(r"^(\s*\d*)([#+.)=|-])")


@lru_cache(maxsize=2_048)
def text(words: str) -> str:
    r"""Escape what Markdown would read as its own, above all `$`, which would begin a formula.

    No more is escaped than needed: Streamlit hands labels to screen readers with their backslashes.

    >>> text("$5 to $9"), text("Price (USD)"), text("# not a heading")
    ('\\$5 to \\$9', 'Price (USD)', '\\# not a heading')
    """
    escaped = _BLOCK.sub(r"\1\\\2", _INLINE.sub(r"\\\1", plain(words)))
    # A line may break after a minus sign, away from its amount; the word joiner forbids it, as does a firm space.
    return escaped.replace("−", "−\N{WORD JOINER}").replace("± ", "±\N{NO-BREAK SPACE}")


def cards(items: Sequence[Card]) -> None:
    """Show figures side by side; on a phone below one another."""
    for column, card in zip(st.columns(len(items)), items, strict=True):
        with column.container(border=True, height="stretch", gap="xxsmall"):
            st.metric(text(card.label), text(card.value))
            st.caption(text(card.note))


def figure(chart: Any, name: str, data: pd.DataFrame | None = None) -> None:
    """Show a chart in a frame with its data to download; its title stands above as text, which wraps on a phone.

    The chart's own description is its accessible name.

    Args:
        chart: an altair chart with a title, what gives one, or a `Drawing` that was made of one before.
        name: of the file its data come in, without ending; no other chart of the page has it.
        data: what is in the file; the rows that are drawn, or those of the drawing, where not given.
    """
    ready = chart if isinstance(chart, Drawing) else drawing_of(chart if callable(chart) else chart.copy, data)
    with st.container(border=True, height="stretch", gap="xsmall"):
        st.markdown(f"**{text(ready.title)}**")
        st.vega_lite_chart(spec=ready.spec, width="stretch")
        st.download_button(
            "Data (CSV)",
            partial(as_csv, ready.rows),
            f"{name}.csv",
            "text/csv",
            key=f"{name}.csv",
            on_click="ignore",
            type="tertiary",
            icon=":material/download:",
        )


def table(rows: Sequence[dict[str, str]], description: str) -> None:
    """Show rows of words as a table."""
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        width="stretch",
        height=widths.table_px(rows),
        row_height=widths.row_px(rows),
        column_config=widths.columns_of(rows),
        alt=description,
    )
