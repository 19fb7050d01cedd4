"""A chart as the browser gets it: text that never changes again, and the tables it draws; imports no streamlit.

Altair checks every part of a chart against the schema of Vega-Lite when it is made, and again when it is shown; that
takes longer than all else on some pages. The charts are checked by their own tests instead.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd
import pyarrow as pa
from altair.utils.schemapi import debug_mode

from planner.report.charts.drawn import drawn

_PARTS = ("layer", "vconcat", "hconcat")


@dataclass(frozen=True, eq=False)
class Drawing:
    """A chart that was made ready to be shown; it may be kept and shown again.

    Attributes:
        title: what the chart says, as plain text.
        text: its Vega-Lite specification as JSON, title aside; tables are referred to by name.
        tables: name -> the rows that are drawn, in Arrow's stream format as the browser gets them, named by their
            content so that other rows are another table.
        rows: the rows that are offered for download.
    """

    title: str
    text: str
    tables: Mapping[str, bytes]
    rows: pd.DataFrame

    @property
    def spec(self) -> dict[str, Any]:
        """The specification with its tables, a new one each time, since whoever shows it may change it."""
        whole: dict[str, Any] = json.loads(self.text)
        return {**whole, "datasets": dict(self.tables)}


def drawing_of(draw: Callable[[], Any], rows: pd.DataFrame | None = None) -> Drawing:
    """Draw a chart and make it ready to be shown.

    Args:
        draw: makes an altair chart with a title, each of its fields with a type; a new one, which is changed here.
        rows: what is offered for download; the rows that are drawn where not given.
    """
    tables: dict[str, bytes] = {}
    with debug_mode(False):
        chart = draw()
        title, offered = str(chart.title), drawn(chart) if rows is None else rows
        chart.title = alt.Undefined
        _name_tables(chart, tables, {})
        # Below the top level no theme is laid over it: fonts and colours of axes follow the page.
        spec = chart.to_dict(validate=False, context={"top_level": False})
    return Drawing(title, json.dumps({**spec, "$schema": alt.SCHEMA_URL}), tables, offered)


def table_of(frame: pd.DataFrame) -> bytes:
    """Give a table as the browser gets it: names and kinds of columns, index and every row."""
    table, whole = pa.Table.from_pandas(frame), pa.BufferOutputStream()
    with pa.ipc.new_stream(whole, table.schema) as stream:
        stream.write_table(table)
    return bytes(whole.getvalue())


def table_name(frame: pd.DataFrame) -> str:
    """Name a table by all of its content."""
    return _name(table_of(frame))


def _name(table: bytes) -> str:
    return hashlib.sha256(table).hexdigest()[:32]


def _name_tables(chart: Any, tables: dict[str, bytes], known: dict[int, str]) -> None:
    """Put names in the place of a chart's tables; layers mostly share one table, which is `known` by its identity."""
    data = chart._get("data")
    if isinstance(data, pd.DataFrame):
        if id(data) not in known:
            table = table_of(data)
            known[id(data)] = _name(table)
            tables[known[id(data)]] = table
        chart.data = alt.NamedData(known[id(data)])
    for part in _PARTS:
        inner = chart._get(part)
        for one in inner if isinstance(inner, list) else ():
            _name_tables(one, tables, known)
