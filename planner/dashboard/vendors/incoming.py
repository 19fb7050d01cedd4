"""How quotes come into the table: presets, pasted text, a file, and back to those of the start."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from planner.dashboard import show
from planner.dashboard.state import address, link
from planner.dashboard.vendors.table import SAID, take_plan
from planner.plan import Plan
from planner.plan.quote_grid import grid_of, read_grid, with_tables
from planner.plan.vendors.files import quotes_in, to_csv
from planner.plan.vendors.presets import Preset, preset, presets
from simulations.errors import InputError

PRESET, PASTED, UPLOADED, HOW = "vendors_preset", "vendors_pasted", "vendors_uploaded", "vendors_how"
ADD, REPLACE = "Add to the table", "Take the table's place"


def preset_picker(plan: Plan) -> None:
    """Offer the presets, each with what it charges, what it needs, and where its figures are from."""
    known = {item.name: item for item in presets()}
    name = st.selectbox("A preset", list(known), format_func=lambda key: known[key].title, key=PRESET)
    chosen = known[name]
    st.markdown(show.text(f"{chosen.summary}."))
    st.caption(show.text(_of_preset(chosen)))
    st.button("Add this preset", on_click=_add_preset, args=(plan,), icon=":material/add:")


def file_reader(plan: Plan) -> None:
    """Take quotes from pasted text or a file, beside the table's or in their place."""
    st.radio("What is read should", [ADD, REPLACE], key=HOW, horizontal=True)
    st.text_area(
        "Paste quotes: CSV, cells of a spreadsheet, or JSON, with a row of field names",
        key=PASTED,
        height=120,
        placeholder="name,price_usd,votes_per_item,delivered_error_rate\nVendor B,0.05 to 0.12,3,0.02",
    )
    st.button("Read what is pasted", on_click=_paste, args=(plan,), icon=":material/content_paste:")
    st.file_uploader("Or open a file of quotes", type=["csv", "json"], key=UPLOADED, on_change=_upload, args=(plan,))


def reset_button(plan: Plan, start: Plan) -> None:
    """Offer the quotes that the dashboard was started with."""
    st.button(
        "Reset the quotes",
        on_click=_reset,
        args=(plan, start),
        disabled=to_csv(plan.vendors) == to_csv(start.vendors),
        icon=":material/restart_alt:",
        help="Back to the quotes that the dashboard was started with",
    )


def _put(plan: Callable[[], Plan]) -> None:
    """Make a plan with other quotes and take it, or keep the sentence about what is wrong."""
    try:
        st.session_state[SAID] = take_plan(plan()) or None
    except InputError as error:
        st.session_state[SAID] = str(error)


def _add_preset(plan: Plan) -> None:
    chosen = preset(st.session_state[PRESET])
    names = {vendor.name for vendor in plan.vendors}
    _put(lambda: _with(plan, [_renamed(chosen.table(), names)], where=f"the preset {chosen.name}"))


def _renamed(quote: dict[str, Any], names: set[str]) -> dict[str, Any]:
    """Number a quote whose name is taken."""
    name, number = quote["name"], 2
    while quote["name"] in names:
        quote["name"], number = f"{name} {number}", number + 1
    return quote


def _paste(plan: Plan) -> None:
    text = str(st.session_state.get(PASTED) or "")
    _put(lambda: _read(plan, text.encode(), "what is pasted"))


def _upload(plan: Plan) -> None:
    file = st.session_state.get(UPLOADED)
    if file is not None:
        _put(lambda: _read(plan, file.getvalue(), file.name))


def _read(plan: Plan, raw: bytes, where: str) -> Plan:
    quotes = quotes_in(raw, where)
    return (
        _with(plan, quotes, where=where)
        if st.session_state.get(HOW) != REPLACE
        else with_tables(plan, quotes, where=where)
    )


def _with(plan: Plan, quotes: Sequence[Mapping[str, Any]], *, where: str) -> Plan:
    return plan.with_quotes(quotes, where=where)


def _reset(plan: Plan, start: Plan) -> None:
    read = read_grid(grid_of(start), start, plan)
    _put(lambda: read.plan if read.plan is not None else start)
    if read.plan is not None and _inputs(read.plan) == _inputs(start):
        address.drop(link.PLAN_KEY)  # the address of the start is bare


def _inputs(plan: Plan) -> dict[str, str]:
    return {item.path: item.text for item in plan.inputs()}


def _of_preset(chosen: Preset) -> str:
    hearsay = "A range from a trade article, not a quote. " if chosen.source_kind == "trade_article" else ""
    kind = chosen.source_kind.replace("_", " ")
    return f"{hearsay}Replace by your own: {chosen.needs}. As of {chosen.as_of}, {kind}: {chosen.source}. {chosen.note}"
