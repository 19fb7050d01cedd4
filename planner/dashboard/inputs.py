"""The inputs in the side bar: every one takes a number or a range, lives in the address, and says what is wrong."""

from collections.abc import Iterable
from itertools import groupby

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from planner.dashboard import show, state
from planner.errors import InputError
from planner.plan import Plan, PlanInput
from planner.report.words import input_label

KEPT = "kept_edits"  # session state: the last text that worked, by path
UPLOAD = "uploaded_plan"
UPLOAD_ERROR = "uploaded_plan_error"


def side_bar(start: state.Start) -> Plan:
    """Show the inputs and give the plan they make; what cannot be used is told beside its field."""
    base = _base_plan(start)
    first = _first(base)
    inputs = {item.path: item for item in base.inputs() if _has_field(item, first)}
    with st.sidebar:
        st.header("Your project")
        slots = dict(_field(inputs[path], base, alone=True) for path in first)
        with st.expander("More assumptions"):
            slots |= _grouped((item for item in inputs.values() if item.path not in first), base)
    edited = _edited(base, inputs)
    for path, sentence in edited.errors.items():
        slots[path].error(show.text(sentence))
    if edited.errors:
        # A phone hides the side bar, where the sentences stand.
        names = ", ".join(inputs[path].label for path in edited.errors)
        st.warning(show.text(f"Not used, as the side bar explains: {names}. The last good value stands in."))
    with st.sidebar:
        _plan_file(edited.plan, start)
    return edited.plan


def _first(plan: Plan) -> tuple[str, ...]:
    """List the inputs that are always in sight."""
    price = f"vendors.0.{plan.vendors[0].price_key}"
    return ("task.target", price, "engineering.one_off_hours", "evidence.random_labels", "strategy.names")


def _has_field(item: PlanInput, first: tuple[str, ...]) -> bool:
    """Say whether an input has a field: the usual ones, those the plan gives, and those that the address names."""
    wanted = item.shown or item.path in first or item.path in st.query_params
    return wanted and item.path not in state.FILES


def _base_plan(start: state.Start) -> Plan:
    """Give the plan before edits: the one in the address, or else the one the dashboard was started with."""
    packed = st.query_params.get(state.PLAN_KEY)
    plan = start.plan
    if packed is not None:
        try:
            plan = state.unpack(packed, start)
        except InputError as error:
            st.warning(show.text(f"{error}. The plan the dashboard was started with is shown."))
    unknown = state.unknown_keys(st.query_params.to_dict(), plan)
    if unknown:
        names = ", ".join(f"“{key[:40]}”" for key in unknown[:3])
        st.warning(show.text(f"The address names what is no input of this plan, and it is ignored: {names}."))
    return plan


def _field(item: PlanInput, base: Plan, *, alone: bool = False) -> tuple[str, DeltaGenerator]:
    """Show one input; what is returned takes the sentence about a bad value.

    Args:
        item: the input.
        base: the plan it is from.
        alone: whether no vendor's name stands above it.
    """
    vendor = _table(item)[1]
    whose = f" of {base.vendors[vendor].name}" if alone and vendor is not None and len(base.vendors) > 1 else ""
    label = f"{item.label}{whose}"
    st.text_input(
        show.text(input_label(f"{label} ({item.unit})" if item.unit else label, base.task.currency)),
        value=item.text,
        key=item.path,
        help=show.text(_help(item)),
        max_chars=200,
        bind="query-params",
    )
    return item.path, st.empty()


def _help(item: PlanInput) -> str:
    said = f"{item.help}. " if item.help else ""
    kind = "A number, or a range such as 0.05 to 0.12 (80% sure). " if item.quantity is not None else ""
    return f"{said}{kind}In the plan file: {item.path}"


def _grouped(items: Iterable[PlanInput], base: Plan) -> dict[str, DeltaGenerator]:
    slots: dict[str, DeltaGenerator] = {}
    for (name, vendor), group in groupby(items, key=_table):
        st.subheader(show.text(name.capitalize() if vendor is None else base.vendors[vendor].name))
        slots |= dict(_field(item, base) for item in group)
    return slots


def _table(item: PlanInput) -> tuple[str, int | None]:
    """Give the table of an input, with the place of its vendor."""
    name, *rest = item.path.split(".")
    return name, int(rest[0]) if name == "vendors" else None


def _edited(base: Plan, inputs: dict[str, PlanInput]) -> state.Edited:
    texts = {path: str(st.session_state.get(path) or "").strip() for path in inputs}
    wanted = {path: text for path, text in texts.items() if text != inputs[path].text}
    edited = state.apply_edits(base, wanted, st.session_state.get(KEPT, {}))
    st.session_state[KEPT] = dict(edited.values)
    return edited


def _plan_file(plan: Plan, start: state.Start) -> None:
    """Offer the plan as a file, and take one."""
    st.download_button(
        "Download this plan",
        plan.to_toml(),
        "plan.toml",
        "application/toml",
        icon=":material/download:",
        width="stretch",
    )
    st.file_uploader("Open a plan file", type="toml", key=UPLOAD, on_change=_open, args=(start,))
    if sentence := st.session_state.get(UPLOAD_ERROR):
        st.error(show.text(sentence))


def _open(start: state.Start) -> None:
    """Put an uploaded plan into the address and all fields back to its values."""
    file = st.session_state[UPLOAD]
    st.session_state[UPLOAD_ERROR] = None
    if file is None:
        return
    try:
        plan = state.received(file.getvalue().decode("utf-8"), start, where=file.name)
    except UnicodeDecodeError:
        st.session_state[UPLOAD_ERROR] = f"{file.name}: not a text file in UTF-8, so it cannot be a plan"
    except InputError as error:
        st.session_state[UPLOAD_ERROR] = str(error)
    else:
        st.query_params[state.PLAN_KEY] = state.pack(plan)
        st.session_state[KEPT] = {}
        for item in plan.inputs():
            if item.path not in state.FILES:
                st.session_state[item.path] = item.text
