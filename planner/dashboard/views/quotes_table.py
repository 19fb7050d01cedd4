"""The editable table of quotes, and the ways to fill it: presets, pasted text, a file.

The table stays mounted while its own edits go into the plan, so that a cell keeps its place; a change from elsewhere
(the side bar, a preset, a file) mounts it anew. Session state: `TABLE` holds what is mounted.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import streamlit as st

from planner.dashboard import components, plan_state
from planner.plan import Plan, Quote, presets, quote_cells, quote_files, quote_grid
from planner.render.numbers import input_label
from simulations.errors import InputError

TABLE = "vendors_mounted"
LAST_FAULT = "vendors_said"  # session state: sentences about what was added, pasted or uploaded
MORE = "vendors.columns"
NAME_PX = 170


@dataclass(frozen=True)
class Mounted:
    """What the table on screen was made from.

    Attributes:
        made_from: the plan whose quotes it showed when it was mounted.
        grid: its cells then; `typed` are those now.
        quotes: the plan's quotes as it last left them; others mean that they were changed elsewhere.
        number: how often a table was mounted, part of its key.
        more: the columns that were asked for.
        faults: one sentence for each row of it that cannot be used.
    """

    made_from: Plan
    grid: quote_grid.QuoteGrid
    quotes: str
    number: int
    typed: quote_grid.QuoteGrid
    more: tuple[str, ...]
    faults: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The table's key."""
        return f"vendors_table_{self.number}"


def table(plan: Plan) -> tuple[str, ...]:
    """Show the quotes of a plan as a table to edit.

    Returns:
        Sentences about rows that cannot be used.
    """
    mounted = _mounted_table(plan)
    grid = mounted.grid
    st.data_editor(
        pd.DataFrame([{field: text or None for field, text in row.items()} for row in grid.texts()]),
        key=mounted.key,
        num_rows="dynamic",
        hide_index=True,
        width="stretch",
        column_order=grid.fields,
        placeholder="",
        column_config={field: _column(field, plan.task.currency) for field in grid.fields},
        on_change=_take_edits,
        args=(plan,),
        alt="Quotes, one vendor a row; every cell takes a number or a range",
    )
    return mounted.faults


def more_columns(plan: Plan) -> None:
    """Let fields be shown that no quote uses yet; to be called before the table, which shows them."""
    labels = {
        field: _label(field, plan.task.currency)
        for field in quote_cells.quote_field_kinds()
        if field not in ("name", "billing")
    }
    components.warn_unknown("The address asks for the column {}, which no quote has.", {MORE: [*labels.values()]})
    st.multiselect(
        "More columns",
        list(labels),
        format_func=labels.__getitem__,
        key=MORE,
        bind="query-params",
        placeholder="Fees, tiers, review, rush, dates, …",
    )


def _take_plan(plan: Plan) -> str | None:
    """Put a plan into the address, or give the sentence where it is too large for one; to be called back."""
    size, most = len(plan.to_toml().encode()), plan_state.MOST_BYTES
    if size > most:
        return f"the table: found a plan of {size:,} bytes; allowed: up to {most:,}, with fewer quotes"
    plan_state.take_file(plan)
    return None


def _mounted_table(plan: Plan) -> Mounted:
    """Give what is mounted; mount the plan's quotes where there is nothing, or they were changed elsewhere."""
    mounted: Mounted | None = st.session_state.get(TABLE)
    if mounted is None or mounted.quotes != quote_files.quotes_to_csv(plan.vendors):
        return _mount(plan, quote_grid.grid_from_plan(plan, _more_fields()), mounted)
    if mounted.key not in st.session_state:
        # Back from another page, which the editor's own memory does not outlive: what could not be used is kept.
        if mounted.faults:
            return _mount_again(mounted, mounted.typed)
        return _mount(plan, quote_grid.grid_from_plan(plan, _more_fields()), mounted)
    if mounted.more != _more_fields():
        return _mount_again(mounted, quote_grid.choose_columns(mounted.typed, _more_fields()))
    return mounted


def _mount(plan: Plan, grid: quote_grid.QuoteGrid, before: Mounted | None) -> Mounted:
    number = 0 if before is None else before.number + 1
    return _remember(Mounted(plan, grid, quote_files.quotes_to_csv(plan.vendors), number, grid, _more_fields()))


def _mount_again(mounted: Mounted, grid: quote_grid.QuoteGrid) -> Mounted:
    return _remember(replace(mounted, grid=grid, number=mounted.number + 1, typed=grid, more=_more_fields()))


def _remember(mounted: Mounted) -> Mounted:
    st.session_state[TABLE] = mounted
    return mounted


def _more_fields() -> tuple[str, ...]:
    """Give the columns asked for, as far as there are such fields."""
    return tuple(field for field in st.session_state.get(MORE) or () if field in quote_cells.quote_field_kinds())


def _take_edits(plan: Plan) -> None:
    """Put what was typed into the plan, or say what is wrong with it and leave the plan as it is."""
    mounted: Mounted = st.session_state[TABLE]
    st.session_state[LAST_FAULT] = None
    typed = quote_grid.apply_cell_edits(mounted.grid, dict(st.session_state.get(mounted.key) or {}), _more_fields())
    read = quote_grid.plan_from_grid(typed, mounted.made_from, plan)
    fault = None if read.plan is None else _take_plan(read.plan)
    faults = read.faults if read.plan is None else (fault,) if fault else ()
    if read.plan is None or fault:
        # New columns can only come with a new table; it begins with what was typed.
        moved = typed.fields != mounted.grid.fields
        kept = _mount_again(mounted, typed) if moved else mounted
        _remember(replace(kept, typed=typed, faults=faults))
        return
    shown = quote_grid.grid_from_plan(read.plan, (*_more_fields(), *mounted.grid.fields))
    if shown.texts() == typed.texts() and shown.fields == mounted.grid.fields:
        _remember(replace(mounted, quotes=quote_files.quotes_to_csv(read.plan.vendors), typed=typed, faults=()))
    else:
        _mount(read.plan, shown, mounted)


def _column(field: str, currency: str) -> Any:
    label, description = _label(field, currency), Quote.model_fields[field].description
    help = components.text(f"{description}. " if description else "") + components.text(f"In the plan file: {field}")
    required = field == "name"
    if options := quote_cells.allowed_texts(field):
        return st.column_config.SelectboxColumn(label, options=list(options), help=help, required=False)
    return st.column_config.TextColumn(
        label, help=help, required=required, pinned=required, max_chars=300, width=NAME_PX if required else None
    )


def _label(field: str, currency: str) -> str:
    info = Quote.model_fields[field]
    extra = info.json_schema_extra
    unit = str(extra["unit"]) if isinstance(extra, dict) else ""
    label = info.title or field
    return input_label(f"{label} ({unit})" if unit else label, currency)


PRESET, PASTED, UPLOADED, HOW = "vendors_preset", "vendors_pasted", "vendors_uploaded", "vendors_how"
ADD, REPLACE = "Add to the table", "Take the table's place"


def preset_picker(plan: Plan) -> None:
    """Offer the presets, each with what it charges, what it needs, and where its figures are from."""
    known = {item.name: item for item in presets.presets()}
    name = st.selectbox("A preset", list(known), format_func=lambda key: known[key].title, key=PRESET)
    chosen = known[name]
    components.paragraph(f"{chosen.summary}.")
    components.caption(_preset_note(chosen))
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
    kinds = ["xlsx", "csv", "json"]
    st.file_uploader("Or open a file of quotes", type=kinds, key=UPLOADED, on_change=_upload, args=(plan,))


def reset_button(plan: Plan, start: Plan) -> None:
    """Offer the quotes that the dashboard was started with."""
    st.button(
        "Reset the quotes",
        on_click=_reset,
        args=(plan, start),
        disabled=quote_files.quotes_to_csv(plan.vendors) == quote_files.quotes_to_csv(start.vendors),
        icon=":material/restart_alt:",
        help="Back to the quotes that the dashboard was started with",
    )


def _put(plan: Callable[[], Plan]) -> None:
    """Make a plan with other quotes and take it, or keep the sentence about what is wrong."""
    try:
        st.session_state[LAST_FAULT] = _take_plan(plan())
    except InputError as error:
        st.session_state[LAST_FAULT] = str(error)


def _add_preset(plan: Plan) -> None:
    """Add a preset; where its name is taken, with the first number that is free."""
    chosen = presets.preset(st.session_state[PRESET])
    quote, taken = chosen.table(), {vendor.name for vendor in plan.vendors}
    names = (quote["name"], *(f"{quote['name']} {number}" for number in range(2, len(taken) + 2)))
    quote["name"] = next(name for name in names if name not in taken)
    _put(lambda: plan.with_quotes([quote], where=f"the preset {chosen.name}"))


def _paste(plan: Plan) -> None:
    text = str(st.session_state.get(PASTED) or "")
    _put(lambda: _read(plan, text.encode(), "what is pasted"))


def _upload(plan: Plan) -> None:
    file = components.uploaded_file(UPLOADED)
    if file is not None:
        _put(lambda: _read(plan, file.getvalue(), file.name))


def _read(plan: Plan, raw: bytes, where: str) -> Plan:
    instead = st.session_state.get(HOW) == REPLACE
    return plan.with_quotes(quote_files.parse_quotes(raw, where), where=where, instead=instead)


def _reset(plan: Plan, start: Plan) -> None:
    read = quote_grid.plan_from_grid(quote_grid.grid_from_plan(start), start, plan)
    _put(lambda: read.plan if read.plan is not None else start)
    texts = [None if one is None else {item.path: item.text for item in one.inputs()} for one in (read.plan, start)]
    if texts[0] == texts[1]:
        plan_state.drop(plan_state.PLAN_KEY)  # the address of the start is bare


def _preset_note(chosen: presets.Preset) -> str:
    quote = chosen.vendor
    hearsay = "A range from a trade article, not a quote. " if quote.source_kind == "trade_article" else ""
    kind = str(quote.source_kind).replace("_", " ")
    return f"{hearsay}Replace by your own: {chosen.needs}. As of {quote.as_of}, {kind}: {quote.source}. {chosen.note}"
