"""The user's own pilot, uploaded on the Curves page, which the answer of every page can be made to rest on.

It is kept beside the store under a hash of its content, which the address holds: no address can name another file.
"""

import hashlib
import os
import re
from dataclasses import replace
from pathlib import Path

import streamlit as st

from planner.dashboard import show
from planner.dashboard.jobs.place import unwritable
from planner.dashboard.state import address, link
from planner.dashboard.state.own_store import place_of
from planner.dashboard.state.start import Start
from planner.plan import Plan, paths
from simulations.errors import InputError
from simulations.files import write_whole

KEY = address.PILOT_KEY
FAULT = "own_pilot_fault"  # session state: why the last click could not be done
_HASH = re.compile(r"[0-9a-f]{32}")


def start_with(start: Start) -> Start:
    """Give the start as it is with the pilot that the address holds; one that is not here is told."""
    if fault := st.session_state.pop(FAULT, None):
        st.error(show.text(f"{fault}."))
    mark = st.query_params.get(KEY)
    if mark is None:
        return start
    path = _path(start, mark)
    if path is None or not path.is_file():
        st.warning("The address asks for a pilot that is not on this computer: the answer does not rest on it.")
        return start
    return replace(start, plan=_resting(start.plan, _named(path, start)))


def resting(plan: Plan, start: Start, own: Start) -> Plan:
    """Have a plan rest on the pilot too, where there is one in use.

    Args:
        plan: the side bar's.
        start: with the pilot.
        own: without.
    """
    pilot = start.plan.evidence.pilot
    return plan if start is own or pilot is None else _resting(plan, pilot)


def in_use(content: bytes) -> bool:
    """Say whether the answer rests on this very pilot."""
    return st.query_params.get(KEY) == _mark(content)


def use(start: Start, content: bytes) -> None:
    """Keep a pilot and have the answer rest on it; to be called back."""
    try:
        place = place_of(start)
        place.make()
        path = _path(start, _mark(content))
        assert path is not None, "a hash names a file"
        try:
            write_whole(path, content)
        except OSError as error:
            raise unwritable(path.parent, error) from error
    except InputError as error:
        st.session_state[FAULT] = str(error)
    else:
        address.put(KEY, _mark(content))


def put_away(start: Start) -> None:
    """Have the answer rest on the plan's own evidence again; to be called back.

    Args:
        start: with the pilot.
    """
    packed = st.query_params.get(link.PLAN_KEY)
    address.drop(KEY)
    if packed is None:
        return
    try:
        plan = link.unpack(packed, start)
    except InputError:
        return  # told as any other plan that cannot be read
    if plan.evidence.pilot is not None:
        address.put(link.PLAN_KEY, link.pack(plan.replace({paths.PILOT_FILE: ""})))


def _resting(plan: Plan, pilot: str) -> Plan:
    try:
        return plan.with_pilot(pilot)
    except InputError as error:
        st.warning(show.text(f"{error}. The answer does not rest on the pilot."))
        return plan


def _path(start: Start, mark: str) -> Path | None:
    return place_of(start).uploads / f"pilot-{mark}.csv" if _HASH.fullmatch(mark) else None


def _named(path: Path, start: Start) -> str:
    """Name a file as the plan file does: from the plan's own folder."""
    return Path(os.path.relpath(path, start.base.resolve())).as_posix()


def _mark(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]
