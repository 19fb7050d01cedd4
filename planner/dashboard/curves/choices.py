"""What a person chooses on the Curves page: every choice lives in the address, and what is not known there is told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from planner.dashboard import show
from planner.report.names import plan_name
from planner.report.numbers import plain

TASK, MEASURED, PILOT = "Forecast for my task", "Measured on data sets", "My own pilot"
MODES = (TASK, MEASURED, PILOT)
LABELS, MONEY = "Labels", "Money"
VALUE, ERROR = "Value", "Error, both axes log"
MOST_SHOWN = 6  # curves at first: more can be ticked


@dataclass(frozen=True)
class Axes:
    """How curves are drawn.

    Attributes:
        money: along money, in place of labels.
        error: the error on two log axes, in place of the value.
    """

    money: bool
    error: bool


def mode() -> str:
    """Choose whose curves are shown."""
    _tell_unknown("curves.of", MODES)
    chosen = st.segmented_control(
        "Curves", MODES, default=TASK, required=True, key="curves.of", label_visibility="collapsed", bind="query-params"
    )
    return str(chosen or TASK)


def axes() -> Axes:
    """Choose the axes."""
    _tell_unknown("curves.axis", (LABELS, MONEY))
    _tell_unknown("curves.view", (VALUE, ERROR))
    row = st.container(horizontal=True)
    with row:
        along = st.segmented_control(
            "Along", (LABELS, MONEY), default=LABELS, required=True, key="curves.axis", bind="query-params"
        )
        up = st.segmented_control(
            "Up", (VALUE, ERROR), default=VALUE, required=True, key="curves.view", bind="query-params"
        )
    return Axes(along == MONEY, up == ERROR)


def one_of(label: str, options: Sequence[str], key: str, *, usual: str | None = None, help: str | None = None) -> str:
    """Choose one; the first unless another is usual."""
    _tell_unknown(key, options)
    index = list(options).index(usual) if usual is not None and usual in options else 0
    if key in st.session_state and st.session_state[key] not in options:
        del st.session_state[key]  # left behind by another data set
    chosen = st.selectbox(
        label,
        options,
        index,
        key=key,
        format_func=plain,
        help=None if help is None else show.text(help),
        bind="query-params",
    )
    return str(chosen) if chosen in options else options[index]


def some_of(options: Sequence[str], key: str) -> tuple[str, ...]:
    """Choose strategies, in their order; the first few at first."""
    return _several("Strategies", options, options[:MOST_SHOWN], key, format_func=plan_name)


def numbers_of(label: str, options: Sequence[int], usual: Sequence[int], key: str) -> tuple[int, ...]:
    """Choose label counts among those measured."""
    return tuple(map(int, _several(label, [str(option) for option in options], [str(one) for one in usual], key)))


def _several(
    label: str, options: Sequence[str], usual: Sequence[str], key: str, format_func: Callable[[str], str] = plain
) -> tuple[str, ...]:
    """Choose several, in their order; what was usual for other curves gives way to what is usual for these."""
    _tell_unknown(key, options)
    held, before = st.session_state.get(key), st.session_state.get(f"usual {key}")
    st.session_state[f"usual {key}"] = list(usual)
    if held is not None and (not set(held) <= set(options) or (held == before and held != list(usual))):
        del st.session_state[key]
    chosen = st.multiselect(label, options, list(usual), key=key, format_func=format_func, bind="query-params")
    return tuple(option for option in options if option in chosen)


def _tell_unknown(key: str, options: Sequence[str]) -> None:
    """Tell what the address asks for that there is not; the fields themselves drop it in silence."""
    if key in st.session_state:
        return
    unknown = [text for text in st.query_params.get_all(key) if text and text not in options]
    if unknown:
        names = ", ".join(f"“{text[:40]}”" for text in unknown[:3])
        st.warning(show.text(f"The address asks under {key} for what is not there, and it is ignored: {names}."))
