"""The user's own evidence: the store that the dashboard simulates into, and an uploaded pilot.

The store is named by the plan or the option that the dashboard was started with. Without one there is the dashboard's
own, `.labelplan/dashboard`, which a switch in the address turns on for the verdict: no address can name another folder.
A pilot lies beside the store under a hash of its content, which the address holds: no address can name another file.
"""

import hashlib
import os
import re
from dataclasses import replace
from pathlib import Path

import streamlit as st

from planner.app.jobs import JobDir, default_store, holds_curves, unwritable
from planner.dashboard import components, plan_state
from planner.plan import Plan, paths
from simulations.errors import InputError
from simulations.files import write_whole

STORE_KEY = "simulate.use"
_WANTED = "simulate_use_wanted"

_HELP = (
    "Rests the verdict on the curves simulated on the Simulate page, in place of those recorded with labelplan. "
    "In the address: simulate.use=true"
)


def place_of(start: plan_state.Start) -> JobDir:
    """Give the store that simulations go into, and the folder of its jobs."""
    return JobDir.beside(start.folder or default_store(start.base))


def is_own(start: plan_state.Start) -> bool:
    """Say whether that is the dashboard's own store, since it was started without one."""
    return start.folder in (None, default_store(start.base))


def start_with_store(start: plan_state.Start) -> plan_state.Start:
    """Show the switch in the side bar where there is something to switch on, and give the start that it makes."""
    if start.folder is not None:
        return start
    store = default_store(start.base)
    if not holds_curves(store):
        if STORE_KEY in st.query_params:
            st.warning(
                "The address asks for the curves simulated here, and there are none yet: "
                "the recorded ones are used. The Simulate page makes some."
            )
        return start
    if st.session_state.pop(_WANTED, False):
        st.session_state[STORE_KEY] = True  # set before the switch is shown, after which it may not be
    with st.sidebar:
        used = st.toggle("Use the curves simulated here", key=STORE_KEY, help=_HELP, bind="query-params")
    return replace(start, store=store) if used else start


def use_store() -> None:
    """Turn the switch on and draw the page anew."""
    st.session_state[_WANTED] = True
    st.rerun()


PILOT_FAULT = "own_pilot_fault"  # session state: why the last click could not be done
_HASH = re.compile(r"[0-9a-f]{32}")


def start_with_pilot(start: plan_state.Start) -> plan_state.Start:
    """Give the start as it is with the pilot that the address holds; one that is not here is told."""
    if fault := st.session_state.pop(PILOT_FAULT, None):
        components.error(f"{fault}.")
    digest = st.query_params.get(plan_state.PILOT_KEY)
    if digest is None:
        return start
    path = _pilot_path(start, digest)
    if path is None or not path.is_file():
        st.warning("The address asks for a pilot that is not on this computer: the answer does not rest on it.")
        return start
    # As the plan file names it: from the plan's own folder.
    name = Path(os.path.relpath(path, start.base.resolve())).as_posix()
    return replace(start, plan=_with_pilot(start.plan, name))


def rest_on_pilot(plan: Plan, start: plan_state.Start, without: plan_state.Start) -> Plan:
    """Have the side bar's plan rest on the pilot too; `without`, the start before it, is `start` without one."""
    pilot = start.plan.evidence.pilot
    return plan if start is without or pilot is None else _with_pilot(plan, pilot)


def in_use(content: bytes) -> bool:
    """Say whether the answer rests on this very pilot."""
    return st.query_params.get(plan_state.PILOT_KEY) == _content_hash(content)


def use_pilot(start: plan_state.Start, content: bytes) -> None:
    """Keep a pilot and have the answer rest on it; to be called back."""
    try:
        place = place_of(start)
        place.make()
        path = _pilot_path(start, _content_hash(content))
        assert path is not None, "a hash names a file"
        try:
            write_whole(path, content)
        except OSError as error:
            raise unwritable(path.parent, error) from error
    except InputError as error:
        st.session_state[PILOT_FAULT] = str(error)
    else:
        plan_state.put(plan_state.PILOT_KEY, _content_hash(content))


def drop_pilot(start: plan_state.Start) -> None:
    """Have the answer rest on the plan's own evidence again; to be called back with the start that has the pilot."""
    packed = st.query_params.get(plan_state.PLAN_KEY)
    plan_state.drop(plan_state.PILOT_KEY)
    if packed is None:
        return
    try:
        plan = plan_state.unpack(packed, start)
    except InputError:
        return  # told as any other plan that cannot be read
    if plan.evidence.pilot is not None:
        plan_state.put(plan_state.PLAN_KEY, plan_state.pack(plan.replace({paths.PILOT_FILE: ""})))


def _with_pilot(plan: Plan, pilot: str) -> Plan:
    try:
        return plan.with_pilot(pilot)
    except InputError as error:
        components.warning(f"{error}. The answer does not rest on the pilot.")
        return plan


def _pilot_path(start: plan_state.Start, digest: str) -> Path | None:
    return place_of(start).uploads / f"pilot-{digest}.csv" if _HASH.fullmatch(digest) else None


def _content_hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]
