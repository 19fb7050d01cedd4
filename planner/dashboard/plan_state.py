"""The state of the plan on screen, in this order: drafts, the address, edits, scenario A, and the plan as a file.

- Drafts are fields that are no part of the plan yet. Streamlit forgets a field that a run does not show; a value that
  is written anew in every run outlives its page.
- Streamlit keeps a field's part of the address from page to page, and drops what a script wrote there itself when
  another page is opened. That is put back here. The browser's history then holds both addresses of that page, the
  bare one first: the Back button finds it, and it is completed again.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from planner.dashboard import components, plan_link
from planner.dashboard.plan_link import Start
from planner.plan import Plan, paths
from simulations.errors import InputError

DRAFTS = (
    "vendors_pasted",
    "vendors_how",
    "vendors_preset",
    "simulate_label",
    "simulate_drop",
    "simulate_one_hot",
    "simulate_kind",
    "simulate_alike_True",
    "simulate_alike_False",
)
"""Keys of the session state: what was typed or chosen."""


def keep_drafts() -> None:
    """Keep all drafts for another run; to be called before any field is made."""
    for key in DRAFTS:
        if key in st.session_state:
            st.session_state[key] = st.session_state[key]


PILOT_KEY = "curves.pilot"
CARRIED = (plan_link.PLAN_KEY, plan_link.SCENARIO_KEY, paths.SOLVE_FOR, PILOT_KEY)
SEEN = "address_seen"  # session state: the page of the last run, and what the address held there
LANDED = "address_landed"  # session state: page -> what was put back when it was opened


def carry(page: str) -> bool:
    """Put back what was lost on the way from another page; to be called before anything reads the address.

    Args:
        page: the page that is open.

    Returns:
        Whether the Back or Forward button has brought another plan.
    """
    before, held = st.session_state.get(SEEN, (page, None))
    landed = st.session_state.setdefault(LANDED, {})
    if held is not None and before != page:
        lost = {key: value for key, value in held.items() if key not in st.query_params}
        if lost:
            landed[page] = lost
    missing = {key: value for key, value in landed.get(page, {}).items() if key not in st.query_params}
    if missing:
        st.query_params.update(missing)  # at once: every change is an entry of the browser's history
    now = _carried_values()
    st.session_state[SEEN] = (page, now)
    return held is not None and held.get(plan_link.PLAN_KEY) != now.get(plan_link.PLAN_KEY)


def put(key: str, value: str) -> None:
    """Write a value that is carried along; to be called back."""
    st.query_params[key] = value
    _remember()


def drop(key: str) -> None:
    """Take a value out of the address for good; to be called back."""
    st.query_params.pop(key, None)
    for held in st.session_state.get(LANDED, {}).values():
        held.pop(key, None)
    _remember()


def _remember() -> None:
    page, _ = st.session_state.get(SEEN, (None, None))
    if page is not None:
        st.session_state[SEEN] = (page, _carried_values())


def _carried_values() -> Mapping[str, str]:
    return {key: st.query_params[key] for key in CARRIED if key in st.query_params}


@dataclass(frozen=True)
class Edited:
    """A plan after edits.

    Attributes:
        plan: the plan with every edit that could be made.
        values: path to text of the edits in it; where an edit failed, the last that worked.
        errors: path to one sentence for each edit that failed.
    """

    plan: Plan
    values: Mapping[str, str]
    errors: Mapping[str, str]


def apply_edits(base: Plan, wanted: Mapping[str, str], kept: Mapping[str, str]) -> Edited:
    """Make the edits that can be made.

    Args:
        base: the plan before edits.
        wanted: path to new text, for the inputs whose text differs from the plan's.
        kept: path to the last text that worked, which stands in for one that does not.
    """
    try:
        return Edited(base.replace(wanted), dict(wanted), {})
    except InputError:
        return _edit_singly(base, wanted, kept)


def _edit_singly(base: Plan, wanted: Mapping[str, str], kept: Mapping[str, str]) -> Edited:
    plan, values, errors = base, dict[str, str](), dict[str, str]()
    for path, text in wanted.items():
        for candidate in dict.fromkeys((text, kept.get(path, text))):
            try:
                plan = base.replace({**values, path: candidate})
            except InputError as error:
                errors.setdefault(path, str(error))
            else:
                values[path] = candidate
                break
    return Edited(plan, values, errors)


def keep_scenario(plan: Plan) -> None:
    """Keep a plan as scenario A; to be called back."""
    put(plan_link.SCENARIO_KEY, plan_link.pack(plan))


def forget_scenario() -> None:
    """Keep none; to be called back."""
    drop(plan_link.SCENARIO_KEY)


def kept_scenario(start: Start) -> Plan | None:
    """Give scenario A; None where there is none, and a sentence where the address holds one that cannot be read."""
    packed = st.query_params.get(plan_link.SCENARIO_KEY)
    if packed is None:
        return None
    try:
        return plan_link.unpack(packed, start, what="scenario A")
    except InputError as error:
        st.warning(components.text(f"{error}. No scenario is kept."))
        return None


KEPT_EDITS = "kept_edits"  # session state: the last text that worked, by path
UPLOAD = "uploaded_plan"
UPLOAD_ERROR = "uploaded_plan_error"


def show_file(plan: Plan, start: Start) -> None:
    """Offer the plan as a file, and take one."""
    st.download_button(
        "Download this plan",
        plan.to_toml(),
        "plan.toml",
        "application/toml",
        icon=":material/download:",
        width="stretch",
    )
    st.file_uploader(
        "Open a plan file", type="toml", key=UPLOAD, on_change=_open_upload, args=(start,), max_upload_size=1
    )
    if sentence := st.session_state.get(UPLOAD_ERROR):
        st.error(components.text(sentence))


def _open_upload(start: Start) -> None:
    """Put an uploaded plan into the address and all fields back to its values."""
    file = st.session_state[UPLOAD]
    st.session_state[UPLOAD_ERROR] = None
    if file is None:
        return
    try:
        plan = plan_link.check_upload(file.getvalue().decode("utf-8"), start, where=file.name)
    except UnicodeDecodeError:
        st.session_state[UPLOAD_ERROR] = f"{file.name}: not a text file in UTF-8, so it cannot be a plan"
    except InputError as error:
        st.session_state[UPLOAD_ERROR] = str(error)
    else:
        take_file(plan)


def take_file(plan: Plan) -> None:
    """Put a plan into the address and all fields to its values; to be called back, before any field is made."""
    put(plan_link.PLAN_KEY, plan_link.pack(plan))
    drop(paths.SOLVE_FOR)
    _fill({item.path: item.text for item in plan.inputs()})


def follow_upload(plan: Plan) -> None:
    """Put all fields to what the address says of a plan that the Back button has brought; before any field is made."""
    _fill({item.path: st.query_params.get(item.path, item.text) for item in plan.inputs()})


def _fill(texts: Mapping[str, str]) -> None:
    st.session_state[KEPT_EDITS] = {}
    for path, text in texts.items():
        if path not in (*plan_link.FILES, paths.SOLVE_FOR):
            st.session_state[path] = text
