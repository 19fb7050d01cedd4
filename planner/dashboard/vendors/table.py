"""The table of quotes that a person edits: what was typed, the plan it makes, and one sentence for each fault.

The table stays mounted while its own edits go into the plan, so that a cell keeps its place; a change from elsewhere
(the side bar, a preset, a file) mounts it anew. Session state: `TABLE` holds what is mounted.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import streamlit as st

from planner.dashboard import show
from planner.dashboard.state import link, plan_file
from planner.plan import Plan
from planner.plan.quote_grid import Grid, choices, edited, grid_of, read_grid, with_columns
from planner.plan.vendors import Vendor
from planner.plan.vendors.cells import kinds
from planner.plan.vendors.files import to_csv
from planner.report.names import input_label

TABLE = "vendors_mounted"
SAID = "vendors_said"  # session state: sentences about what was added, pasted or uploaded
MORE = "vendors.columns"
NAME_PX = 170


@dataclass(frozen=True)
class Mounted:
    """What the table on screen was made from.

    Attributes:
        made_from: the plan whose quotes it showed when it was mounted.
        grid: its cells then.
        quotes: the plan's quotes as it last left them; others mean that they were changed elsewhere.
        number: how often a table was mounted, part of its key.
        typed: its cells now.
        more: the columns that were asked for.
        faults: one sentence for each row of it that cannot be used.
    """

    made_from: Plan
    grid: Grid
    quotes: str
    number: int
    typed: Grid
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
    mounted = _mounted(plan)
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
        on_change=_edited,
        args=(plan,),
        alt="Quotes, one vendor a row; every cell takes a number or a range",
    )
    return mounted.faults


def more_columns(plan: Plan) -> None:
    """Let fields be shown that no quote uses yet; to be called before the table, which shows them."""
    labels = {field: _label(field, plan.task.currency) for field in kinds() if field not in ("name", "billing")}
    unknown = [text for text in st.query_params.get_all(MORE) if text not in labels.values()]
    if unknown:
        st.warning(show.text(f"The address asks for the column “{unknown[0][:40]}”, which no quote has."))
    st.multiselect(
        "More columns",
        list(labels),
        format_func=labels.__getitem__,
        key=MORE,
        bind="query-params",
        placeholder="Fees, tiers, review, rush, dates, …",
    )


def said() -> str | None:
    """Give the sentence about what was last added, pasted or uploaded, where it could not be used."""
    sentence: str | None = st.session_state.get(SAID)
    return sentence


def take_plan(plan: Plan) -> str:
    """Put a plan into the address; the sentence where it is too large for one, else nothing; to be called back."""
    size = len(plan.to_toml().encode())
    if size > link.MOST_BYTES:
        return f"the table: found a plan of {size:,} bytes; allowed: up to {link.MOST_BYTES:,}, with fewer quotes"
    plan_file.take(plan)
    return ""


def _mounted(plan: Plan) -> Mounted:
    """Give what is mounted; mount the plan's quotes where there is nothing, or they were changed elsewhere."""
    mounted: Mounted | None = st.session_state.get(TABLE)
    if mounted is None or mounted.quotes != to_csv(plan.vendors):
        return _mount(plan, grid_of(plan, _more()), mounted)
    if mounted.key not in st.session_state:
        # Back from another page, which the editor's own memory does not outlive: what could not be used is kept.
        return _mount_again(mounted, mounted.typed) if mounted.faults else _mount(plan, grid_of(plan, _more()), mounted)
    if mounted.more != _more():
        return _mount_again(mounted, with_columns(mounted.typed, _more()))
    return mounted


def _mount(plan: Plan, grid: Grid, before: Mounted | None) -> Mounted:
    number = 0 if before is None else before.number + 1
    return _kept(Mounted(plan, grid, to_csv(plan.vendors), number, grid, _more()))


def _mount_again(mounted: Mounted, grid: Grid) -> Mounted:
    return _kept(replace(mounted, grid=grid, number=mounted.number + 1, typed=grid, more=_more()))


def _kept(mounted: Mounted) -> Mounted:
    st.session_state[TABLE] = mounted
    return mounted


def _more() -> tuple[str, ...]:
    """Give the columns asked for, as far as there are such fields."""
    return tuple(field for field in st.session_state.get(MORE) or () if field in kinds())


def _changes(mounted: Mounted) -> Mapping[str, Any]:
    return dict(st.session_state.get(mounted.key) or {})


def _edited(plan: Plan) -> None:
    """Put what was typed into the plan, or say what is wrong with it and leave the plan as it is."""
    mounted: Mounted = st.session_state[TABLE]
    st.session_state[SAID] = None
    typed = edited(mounted.grid, _changes(mounted), _more())
    read = read_grid(typed, mounted.made_from, plan)
    taken = None if read.plan is None else take_plan(read.plan)
    faults = read.faults if taken is None else (taken,) if taken else ()
    if read.plan is None or taken:
        # New columns can only come with a new table; it begins with what was typed.
        moved = typed.fields != mounted.grid.fields
        kept = _mount_again(mounted, typed) if moved else mounted
        _kept(replace(kept, typed=typed, faults=faults))
        return
    shown = grid_of(read.plan, (*_more(), *mounted.grid.fields))
    if shown.texts() == typed.texts() and shown.fields == mounted.grid.fields:
        _kept(replace(mounted, quotes=to_csv(read.plan.vendors), typed=typed, faults=()))
    else:
        _mount(read.plan, shown, mounted)


def _column(field: str, currency: str) -> Any:
    label, told = _label(field, currency), Vendor.model_fields[field].description
    help = show.text(f"{told}. " if told else "") + show.text(f"In the plan file: {field}")
    required = field == "name"
    if options := choices(field):
        return st.column_config.SelectboxColumn(label, options=list(options), help=help, required=False)
    return st.column_config.TextColumn(
        label, help=help, required=required, pinned=required, max_chars=300, width=NAME_PX if required else None
    )


def _label(field: str, currency: str) -> str:
    info = Vendor.model_fields[field]
    extra = info.json_schema_extra
    unit = str(extra["unit"]) if isinstance(extra, dict) else ""
    label = info.title or field
    return input_label(f"{label} ({unit})" if unit else label, currency)
