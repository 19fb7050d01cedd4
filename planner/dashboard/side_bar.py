"""The inputs in the side bar: five questions, and all else folded.

Each takes a number or a range, lives in the address, and says what is wrong.
"""

from collections.abc import Iterable
from itertools import groupby
from typing import get_args

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from planner.dashboard import components, plan_state
from planner.plan import Plan, PlanInput, paths
from planner.plan.tables import EvidenceTable
from planner.render.numbers import input_label, plain
from planner.render.verdict.assumptions import input_help
from simulations.errors import InputError

SWITCH = "solve_for_switch"
MOST_CHARS = 200  # typed into a field, beside what the plan has in it
MOST_QUOTES = 2
SHOWN = "vendors.shown"  # whose price is in sight, by name; among many quotes a person chooses
MODES = {"cost_at_target": "Cost at the target", "value_at_budget": "Value at the budget"}
NEEDED = {"cost_at_target": paths.TARGET, "value_at_budget": paths.BUDGET_USD}
ASKED = {"cost_at_target": "How good must it be?", "value_at_budget": "How much may it cost?"}
KNOWN = (paths.RANDOM_LABELS, paths.LABEL_SAVINGS, paths.STRATEGIES)
KINDS: tuple[str, ...] = get_args(get_args(EvidenceTable.model_fields["kind"].annotation)[0])


def side_bar(start: plan_state.Start, *, another: bool) -> tuple[Plan, plan_state.Edited]:
    """Show the inputs and give the plan they make; what cannot be used is told beside its field.

    The fields follow `another` plan, which the Back or Forward button has brought.

    Returns:
        The plan before edits (the one in the address, or the one the dashboard was started with), and after them.
    """
    base = _base_plan(start)
    if another:
        plan_state.follow_upload(base)
    mode = _mode(base)
    quote = _shown_quote(base)
    price = paths.vendor(quote, base.vendors[quote].price_key)
    questions = {
        paths.KIND: "What do you label?",
        NEEDED[mode]: ASKED[mode],
        price: "What does a label cost?",
        paths.ONE_OFF_HOURS: "How long does an engineer build?",
        paths.POOL_SIZE: "How many items are there?",
    }
    inputs = _inputs_with_field(base, (*questions, *KNOWN))
    with st.sidebar:
        st.header("Your project")
        slots = {}
        for number, (path, question) in enumerate(questions.items(), 1):
            st.markdown(f"**{number}. {question}**")
            if path == NEEDED[mode]:
                slots[paths.SOLVE_FOR] = _switch(mode, _planned_mode(base))
            if path == price and len(base.vendors) > MOST_QUOTES:
                st.selectbox(
                    "Whose price",
                    [vendor.name for vendor in base.vendors],
                    format_func=plain,
                    key=SHOWN,
                    bind="query-params",
                    help="The prices of all quotes can be changed in the table of the Vendors page.",
                )
            slots |= _field(inputs[path], base, alone=True)
        with st.expander("What you know already"):
            for path in KNOWN:
                slots |= _field(inputs[path], base)
        with st.expander("More assumptions"):
            others = (item for item in inputs.values() if item.path not in {*questions, *KNOWN})
            for (name, vendor), group in groupby(others, key=_table_of):
                st.subheader(components.text(name.capitalize() if vendor is None else base.vendors[vendor].name))
                for item in group:
                    slots |= _field(item, base)
            if len(base.vendors) > MOST_QUOTES:
                st.caption("Every quote can be changed in the table of the Vendors page.")
    edited = _apply_edits(base, inputs, mode)
    for path, sentence in edited.errors.items():
        slots[path].error(components.text(sentence))
    if edited.errors:
        # A phone hides the side bar, where the sentences stand.
        names = ", ".join(base.input(path).label for path in edited.errors)
        components.warning(f"Not used, as the side bar explains: {names}. The last good value stands in.")
    with st.sidebar:
        plan_state.show_file(edited.plan, start)
    return base, edited


def reset(base: Plan, inputs: Iterable[str]) -> None:
    """Put inputs back to what they are in the plan before edits; to be called back, before any field is made."""
    for path in inputs:
        if path == paths.SOLVE_FOR:
            plan_state.drop(paths.SOLVE_FOR)
        else:
            plan_state.fill(path, base.input(path).text)


def _mode(base: Plan) -> str:
    """Say what plans are compared by: as the address says, or else as the plan does."""
    planned = _planned_mode(base)
    wanted = st.query_params.get(paths.SOLVE_FOR, planned)
    if wanted in MODES:
        return wanted
    components.warning(f"The address asks to solve for “{wanted[:40]}”; allowed: {' or '.join(MODES)}.")
    return planned


def _planned_mode(plan: Plan) -> str:
    return "value_at_budget" if plan.task.at_budget else "cost_at_target"


def _switch(mode: str, planned: str) -> DeltaGenerator:
    """Show what plans are compared by; what is returned takes the sentence about a choice that cannot be used."""
    # The address holds the choice as the plan file writes it, which a bound switch could not do beside its own words.
    st.session_state[SWITCH] = mode
    st.radio(
        "Solve for",
        list(MODES),
        format_func=MODES.__getitem__,
        key=SWITCH,
        on_change=_take_mode,
        args=(planned,),
        help=components.text(
            "What each plan pays to reach the target, or what each reaches for the budget. In the plan file: "
            f"{paths.SOLVE_FOR}"
        ),
    )
    return st.empty()


def _take_mode(planned: str) -> None:
    if st.session_state[SWITCH] == planned:
        plan_state.drop(paths.SOLVE_FOR)
    else:
        plan_state.put(paths.SOLVE_FOR, st.session_state[SWITCH])


def _shown_quote(plan: Plan) -> int:
    """Give the place of the quote whose price is in sight: the one that was chosen, or else the first."""
    names = [vendor.name for vendor in plan.vendors]
    wanted = st.session_state.get(SHOWN, st.query_params.get(SHOWN))
    if len(names) <= MOST_QUOTES or wanted is None:
        return 0
    if wanted not in names:
        if SHOWN in st.query_params:
            components.warning(f"The address asks for the price of “{wanted[:40]}”, which is no quote here.")
        st.session_state.pop(SHOWN, None)
        return 0
    return names.index(wanted)


def _inputs_with_field(base: Plan, first: tuple[str, ...]) -> dict[str, PlanInput]:
    """Give the inputs that have a field, by path: the usual ones, those the plan gives, and those that were changed."""
    never = {*plan_state.FILES, paths.SOLVE_FOR}
    wanted = {*first, *st.query_params, *st.session_state.get(plan_state.KEPT_EDITS, {})}
    # A quote has forty numbers: from the third on, the table of the Vendors page is the place to change them.
    return {
        item.path: item
        for item in base.inputs()
        if item.path not in never and (item.path in wanted or (item.shown and (_table_of(item)[1] or 0) < MOST_QUOTES))
    }


def _base_plan(start: plan_state.Start) -> Plan:
    """Give the plan before edits: the one in the address, or else the one the dashboard was started with."""
    packed = st.query_params.get(plan_state.PLAN_KEY)
    plan = start.plan
    if packed is not None:
        try:
            plan = plan_state.unpack(packed, start)
        except InputError as error:
            components.warning(f"{error}. The plan the dashboard was started with is shown.")
    unknown = plan_state.unknown_keys(st.query_params.to_dict(), plan)
    if unknown:
        names = components.quoted(unknown)
        components.warning(f"The address names what is no input of this plan, and it is ignored: {names}.")
    return plan


def _field(item: PlanInput, base: Plan, *, alone: bool = False) -> dict[str, DeltaGenerator]:
    """Show one input of a plan; `alone`, no vendor's name stands above it.

    Returns:
        Path -> the place of a sentence about a bad value; nothing where the value is the plan's own, which is good.
    """
    vendor = _table_of(item)[1]
    whose = f" of {base.vendors[vendor].name}" if alone and vendor is not None and len(base.vendors) > 1 else ""
    label = f"{item.label}{whose}"
    label = components.text(input_label(f"{label} ({item.unit})" if item.unit else label, base.task.currency))
    told = components.text(input_help(item, base))
    if item.path == paths.KIND:
        components.warn_unknown(
            "The address asks for data of no kind that there is, and it is ignored: {}.", {paths.KIND: KINDS}
        )
        if st.session_state.get(item.path) not in (None, *KINDS):
            del st.session_state[item.path]  # an address that the Back button brought
        index = KINDS.index(item.text) if item.text else None
        st.selectbox(label, KINDS, index, key=item.path, help=told, placeholder="Anything", bind="query-params")
        return {}
    text = st.text_input(
        label,
        value=item.text,
        key=item.path,
        help=told,
        # A browser cuts off what is longer, the plan's own text too, such as a list of many data sets.
        max_chars=MOST_CHARS + len(item.text),
        bind="query-params",
    )
    return {} if str(text or "").strip() == item.text else {item.path: st.empty()}


def _table_of(item: PlanInput) -> tuple[str, int | None]:
    """Give the table of an input, with the place of its vendor."""
    name, *rest = item.path.split(".")
    return name, int(rest[0]) if name == "vendors" else None


def _apply_edits(base: Plan, inputs: dict[str, PlanInput], mode: str) -> plan_state.Edited:
    texts = {path: str(st.session_state.get(path) or "").strip() for path in inputs}
    wanted = {path: text for path, text in texts.items() if text != inputs[path].text}
    if mode != _planned_mode(base):
        if not texts[NEEDED[mode]]:
            # The plan stays as it was until the one number that the choice needs is given.
            needed = base.input(NEEDED[mode]).label.lower()
            components.info(
                f"“{MODES[mode]}” needs a {needed} in the side bar; until then the answer is the one before."
            )
        else:
            wanted[paths.SOLVE_FOR] = mode
    edited = plan_state.apply_edits(base, wanted, st.session_state.get(plan_state.KEPT_EDITS, {}))
    st.session_state[plan_state.KEPT_EDITS] = dict(edited.values)
    return edited
