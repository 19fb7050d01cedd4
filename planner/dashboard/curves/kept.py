"""What is read off a family of curves, kept: a measured data set's for everybody, an upload's for its session alone."""

from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

import pandas as pd
import streamlit as st

from planner.dashboard.curves.family import Family
from planner.dashboard.drawing import Drawing, drawing_of, table_name

Asked = ParamSpec("Asked")
Read = TypeVar("Read")
Reading = Callable[Concatenate[Family, Asked], Read]


def kept(spinner: str | bool = False, *, entries: int = 64) -> Callable[[Reading[Asked, Read]], Reading[Asked, Read]]:
    """Keep what a function reads off a family; families are told apart by their key. Nothing kept is ever changed.

    Args:
        spinner: what is said while it is read.
        entries: how many readings are kept, of all sessions together and of each session's uploads.
    """

    def decorate(read: Reading[Asked, Read]) -> Reading[Asked, Read]:
        options: dict[str, Any] = {"max_entries": entries, "show_spinner": spinner, "hash_funcs": {Family: _key}}
        shared = st.cache_resource(**options)(read)
        own = st.cache_resource(**options, scope="session")(read)

        def reading(family: Family, /, *args: Asked.args, **kwargs: Asked.kwargs) -> Read:
            return (own if family.pilot else shared)(family, *args, **kwargs)

        return reading

    return decorate


def picture(draw: Callable[..., Any], *of: Any, rows: pd.DataFrame | None = None, own: bool = False) -> Drawing:
    """Draw a chart, or show the one that was drawn of the same before: a price moves no measured curve.

    Args:
        draw: the function of a module that draws it.
        of: what it draws, told apart by all of its content.
        rows: what is offered for download; the rows that are drawn where not given.
        own: whether it shows what a person uploaded.
    """
    return (_own if own else _shared)(f"{draw.__module__}.{draw.__qualname__}", of, rows, draw)


def _drawing(name: str, of: tuple[Any, ...], rows: pd.DataFrame | None, _draw: Callable[..., Any]) -> Drawing:
    return drawing_of(lambda: _draw(*of), rows)


def _key(family: Family) -> tuple[str, ...]:
    return family.key


# All rows count: by default only some of a long table's would.
_options: dict[str, Any] = {"max_entries": 128, "show_spinner": False, "hash_funcs": {pd.DataFrame: table_name}}
_shared = st.cache_resource(**_options)(_drawing)
_own = st.cache_resource(**_options, scope="session")(_drawing)
