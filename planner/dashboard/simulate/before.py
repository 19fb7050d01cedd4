"""The part of the Simulate page before the click: what a run would take, the grid file, and the button."""

import streamlit as st

from planner.dashboard import show
from planner.dashboard.jobs import job as jobs
from planner.dashboard.jobs import preview as previews
from planner.dashboard.jobs.place import Place
from planner.dashboard.simulate import watching
from planner.plan import Plan
from planner.report import words_simulate
from simulations.errors import InputError


def where(place: Place, *, own: bool) -> str:
    """Say where simulations are kept."""
    whose = "This dashboard was started without a store, so its own is used" if own else "Curves are kept in the store"
    return f"{whose}: {place.store}. What is stored is never simulated twice."


def start_button(toml: str, place: Place, plan: Plan) -> None:
    """Show what running a grid would take, its text, and the button that starts it.

    Args:
        toml: the grid file.
        place: the store it would run into.
        plan: for the price of a machine.
    """
    runs = jobs.running(place) is not None
    preview = _previewed(toml, place)
    if preview is not None:
        _tell(preview, plan)
    to_run = preview.estimate.to_run if preview else 0
    st.button(
        words_simulate.start_label(to_run),
        type="primary",
        icon=":material/play_arrow:",
        disabled=runs or not to_run,
        on_click=_start,
        args=(place, toml),
        key="simulate_start",
        width="stretch",
    )
    if runs:
        st.caption("A simulation into this store is running: the next can start when it is done or paused.")
    if fault := st.session_state.pop("simulate_start_fault", None):
        st.error(show.text(f"{fault}."))
    with st.expander("The grid file of these choices"):
        st.code(toml, language="toml", wrap_lines=True)
        st.download_button(
            "Download the grid file", toml, "grid.toml", "application/toml", icon=":material/download:", width="stretch"
        )
        st.caption("Run it with: labelplan simulate grid.toml --store DIR")


def _previewed(toml: str, place: Place) -> previews.Preview | None:
    try:
        return _preview(toml, str(place.store), jobs.stamp(place))
    except InputError as error:
        st.error(show.text(f"{error}."))
        return None


@st.cache_data(max_entries=64, show_spinner="Counting what is stored…")
def _preview(toml: str, store: str, stamp: float) -> previews.Preview:
    """Count what a grid would take; `stamp` is there for the cache's key alone."""
    return previews.preview(toml, store)


def _tell(preview: previews.Preview, plan: Plan) -> None:
    found, price = preview.estimate, plan.compute.machine_usd_per_hour
    st.markdown(f"**{show.text(words_simulate.counted(found.trajectories, found.stored, found.to_run))}**")
    if not found.to_run:
        st.markdown(show.text(words_simulate.all_stored(found.trajectories)))
        return
    sentence = words_simulate.took(
        found.seconds,
        preview.wall_seconds,
        preview.processes,
        preview.usd(price),
        price.median,
        rough=found.rough,
        currency=plan.task.currency,
    )
    st.markdown(show.text(sentence))


def _start(place: Place, toml: str) -> None:
    """Start a job and show it."""
    try:
        job = jobs.start(place, toml)
    except InputError as error:
        st.session_state["simulate_start_fault"] = str(error)
    else:
        st.session_state[watching.RUN] = watching.run_name(job)
