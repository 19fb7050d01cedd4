"""Pieces of a page: text that Markdown leaves alone, tables, charts, cards, choices kept in the address, uploads.

Widths of columns are computed from the rows, since a table on screen keeps those of what it showed first when its
words become longer. Charts are made without altair's check against the schema of Vega-Lite, which takes longer than
all else on some pages; their own tests check them.
"""

import math
import re
from collections.abc import Container, Iterable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, Literal

import altair as alt
import pandas as pd
import streamlit as st
from altair.utils.schemapi import debug_mode
from streamlit.runtime.uploaded_file_manager import DeletedFile, UploadedFile

from planner.render.chart_style import chart_rows
from planner.render.numbers import plain
from planner.render.verdict.words import Card
from simulations.errors import InputError
from simulations.files import check_size, guard_formula


def as_csv(frame: pd.DataFrame) -> str:
    """Write what a chart shows as CSV; what a spreadsheet would run is kept text by an apostrophe."""

    def guarded(cell: Any) -> Any:
        # A lone carriage return ends a row for some readers, and pandas leaves it without quotes.
        return guard_formula(cell).replace("\r", " ") if isinstance(cell, str) else cell

    return str(frame.map(guarded).rename(columns=guarded).to_csv(index=False))


LETTER_PX, MARGIN_PX = 6.3, 20
LEAST_PX, MOST_PX = 60, 420
LINE_PX, ROW_MARGIN_PX, MOST_LINES = 20, 15, 3
MOST_TALL_PX = 640


def columns_of(rows: Sequence[dict[str, str]], most_px: int = MOST_PX) -> dict[str, Any]:
    """Give each column the width of its longest words, up to a width from which on they wrap; all stretch alike."""
    return {name: st.column_config.TextColumn(width=min(width, most_px)) for name, width in widths_px(rows).items()}


def widths_px(rows: Sequence[dict[str, str]]) -> dict[str, int]:
    """Give the width of each column in pixels.

    >>> widths_px([{"Plan": "random", "Why": "x" * 200}])
    {'Plan': 60, 'Why': 420}
    """
    names = dict.fromkeys(name for row in rows for name in row)
    longest = {name: max(len(name), *(len(row.get(name, "")) for row in rows)) for name in names}
    return {name: min(MOST_PX, max(LEAST_PX, _px(letters))) for name, letters in longest.items()}


def row_px(rows: Sequence[dict[str, str]]) -> int | None:
    """Give the height of rows in which long words wrap; None where none has to.

    >>> row_px([{"Why": "short"}]), row_px([{"Why": "x" * 100}])
    (None, 55)
    """
    longest = max((len(cell) for row in rows for cell in row.values()), default=0)
    lines = math.ceil(_px(longest) / MOST_PX)
    return None if lines <= 1 else LINE_PX * min(lines, MOST_LINES) + ROW_MARGIN_PX


def table_px(rows: Sequence[dict[str, str]]) -> int | Literal["auto"]:
    """Give the height of a table: rows that wrap have more room than the ten rows of one line that are usual."""
    tall = row_px(rows)
    return "auto" if tall is None else min(tall * len(rows) + ROW_MARGIN_PX + LINE_PX, MOST_TALL_PX)


def _px(letters: int) -> int:
    return math.floor(LETTER_PX * letters) + MARGIN_PX


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


def paragraph(words: str) -> None:
    """Show words as a paragraph; like those below, without reading Markdown into them."""
    st.markdown(text(words))


def caption(words: str) -> None:
    """Show words in small letters."""
    st.caption(text(words))


def error(words: str) -> None:
    """Show words as an error."""
    st.error(text(words))


def warning(words: str) -> None:
    """Show words as a warning."""
    st.warning(text(words))


def info(words: str) -> None:
    """Show words as a hint."""
    st.info(text(words))


def bullets(sentences: Iterable[str]) -> str:
    """Write sentences as a list in Markdown."""
    return "\n".join(f"- {text(sentence)}" for sentence in sentences)


def quoted(names: Iterable[str]) -> str:
    """Quote the first three of some names, cut where they are long."""
    return ", ".join(f"“{name[:40]}”" for name in list(names)[:3])


def warn_unknown(sentence: str, options: Mapping[str, Container[str]]) -> None:
    """Warn of what the address asks for that there is not, with a `{}` for the names; fields drop it in silence.

    `options` are what each field may hold, by its key in the address.
    """
    unknown = [
        name
        for key, allowed in options.items()
        if key not in st.session_state
        for name in st.query_params.get_all(key)
        if name and name not in allowed
    ]
    if unknown:
        warning(sentence.format(quoted(unknown)))


def choose_part(label: str, parts: Sequence[str], key: str, *, default: str | None = None, named: bool = True) -> str:
    """Let one of some parts be chosen in a row; the address holds it, and what it asks for in vain is the default.

    The default is the first part where none is given; `named` says whether the label is shown.
    """
    usual = default or parts[0]
    chosen = st.segmented_control(
        label,
        parts,
        default=usual,
        key=key,
        required=True,
        bind="query-params",
        label_visibility="visible" if named else "collapsed",
    )
    return chosen if chosen in parts else usual


MOST_UPLOAD_BYTES = 2_000_000


def upload(
    label: str, key: str, kinds: list[str], *, help_text: str, most_bytes: int = MOST_UPLOAD_BYTES
) -> tuple[str, bytes] | None:
    """Show an uploader and give the name and bytes of the file that was uploaded last, if any.

    The file is read in memory and kept under `key` while other pages are open; one that is too large is told. `kinds`
    are the endings of file names that may be chosen.
    """
    st.file_uploader(
        label,
        type=kinds,
        key=f"{key}.file",
        on_change=_keep_upload,
        args=(key,),
        help=text(help_text),
        max_upload_size=most_bytes // 1_000_000,
    )
    file: tuple[str, bytes] | None = st.session_state.get(key)
    if file is None:
        return None
    name, data = file
    with st.container(horizontal=True, vertical_alignment="center"):
        caption(f"In use: {name}, {len(data):,} bytes.")
        st.button("Put it away", key=f"{key}.forget", on_click=_forget_upload, args=(key,), type="tertiary")
    try:
        check_size(data, most_bytes, name)
    except InputError as fault:
        error(f"{fault}.")
        return None
    return file


def uploaded_file(key: str) -> UploadedFile | None:
    """Give the file that an uploader holds; one that the server lost, as when it was restarted, is told and is none."""
    file: UploadedFile | DeletedFile | None = st.session_state.get(key)
    if isinstance(file, DeletedFile):
        st.toast("The server no longer has the uploaded file. Please upload it again.")
        return None
    return file


def _keep_upload(key: str) -> None:
    file = uploaded_file(f"{key}.file")
    # An uploader forgets its file when its page is left; taking it out by hand puts it away here too.
    if file is None:
        _forget_upload(key)
    else:
        st.session_state[key] = (file.name, file.getvalue())


def _forget_upload(key: str) -> None:
    st.session_state.pop(key, None)


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
        chart: an altair chart with a title, each of its fields with a type; or what draws one.
        name: of the file its data come in, without ending; no other chart of the page has it.
        data: what is in the file; the rows that are drawn where not given.
    """
    with debug_mode(False), st.container(border=True, height="stretch", gap="xsmall"):
        shown = chart() if callable(chart) else chart.copy(deep=False)
        st.markdown(f"**{text(str(shown.title))}**")
        shown.title = alt.Undefined
        st.altair_chart(shown, width="stretch")
        st.download_button(
            "Data (CSV)",
            partial(as_csv, chart_rows(shown) if data is None else data),
            f"{name}.csv",
            "text/csv",
            key=f"{name}.csv",
            on_click="ignore",
            type="tertiary",
            icon=":material/download:",
        )


def figures(**charts: Any) -> None:
    """Show charts side by side, on a phone below one another, each under its name; see `figure`."""
    for column, (name, chart) in zip(st.columns(len(charts)), charts.items(), strict=True):
        with column:
            figure(chart, name)


def table(
    rows: Sequence[dict[str, str]],
    description: str,
    *,
    height: int | Literal["content"] | None = None,
    most_px: int = MOST_PX,
    widths: dict[str, Any] | None = None,
) -> None:
    """Show rows of words as a table, as tall as it needs unless a height is given; columns are at most so wide.

    `widths` are columns' own settings, by name.
    """
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        width="stretch",
        height=table_px(rows) if height is None else height,
        row_height=row_px(rows) if height is None else None,
        column_config=columns_of(rows, most_px) | (widths or {}),
        alt=description,
    )


def details(title: str, rows: Sequence[dict[str, str]], description: str) -> None:
    """Show rows of words as a table that is folded under a title."""
    with st.expander(title):
        table(rows, description)
