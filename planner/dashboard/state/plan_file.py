"""The plan as a file: downloaded, opened, and put into the address and the fields."""

from collections.abc import Mapping

import streamlit as st

from planner.dashboard import show
from planner.dashboard.state import address, link
from planner.dashboard.state.start import Start
from planner.plan import Plan, paths
from simulations.errors import InputError

KEPT = "kept_edits"  # session state: the last text that worked, by path
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
    st.file_uploader("Open a plan file", type="toml", key=UPLOAD, on_change=_open, args=(start,), max_upload_size=1)
    if sentence := st.session_state.get(UPLOAD_ERROR):
        st.error(show.text(sentence))


def _open(start: Start) -> None:
    """Put an uploaded plan into the address and all fields back to its values."""
    file = st.session_state[UPLOAD]
    st.session_state[UPLOAD_ERROR] = None
    if file is None:
        return
    try:
        plan = link.received(file.getvalue().decode("utf-8"), start, where=file.name)
    except UnicodeDecodeError:
        st.session_state[UPLOAD_ERROR] = f"{file.name}: not a text file in UTF-8, so it cannot be a plan"
    except InputError as error:
        st.session_state[UPLOAD_ERROR] = str(error)
    else:
        take(plan)


def take(plan: Plan) -> None:
    """Put a plan into the address and all fields to its values; to be called back, before any field is made."""
    address.put(link.PLAN_KEY, link.pack(plan))
    address.drop(paths.SOLVE_FOR)
    _fill({item.path: item.text for item in plan.inputs()})


def follow(plan: Plan) -> None:
    """Put all fields to what the address says of a plan that the Back button has brought; before any field is made."""
    _fill({item.path: st.query_params.get(item.path, item.text) for item in plan.inputs()})


def _fill(texts: Mapping[str, str]) -> None:
    st.session_state[KEPT] = {}
    for path, text in texts.items():
        if path not in (*link.FILES, paths.SOLVE_FOR):
            st.session_state[path] = text
