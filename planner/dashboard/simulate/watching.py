"""The part of the Simulate page that shows a job: how far it is, its curves so far, and how to pause and resume it."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import streamlit as st

from planner.curves.over_seeds import over_seeds
from planner.dashboard import show
from planner.dashboard.jobs.job import Job, Seen
from planner.dashboard.jobs.so_far import Family, curves_so_far, families_of, lacking
from planner.dashboard.state import own_store
from planner.report import words_simulate
from planner.report.charts.simulated import simulated_chart
from planner.report.numbers import ended
from simulations.errors import InputError

RUN = "simulate.run"
FAULT = "simulate_fault"  # session state: why the last click could not be done
REFRESH_SECONDS = 2.0

_ICONS = {
    "starting": ":material/hourglass_top:",
    "running": ":material/play_arrow:",
    "pausing": ":material/hourglass_bottom:",
    "paused": ":material/pause:",
    "done": ":material/check_circle:",
    "failed": ":material/error:",
    "stopped": ":material/warning:",
}


def run_name(job: Job) -> str:
    """Name a job for people: when it was made, in UTC."""
    day, time, mark = job.name.split("-")
    return f"{day[:4]}-{day[4:6]}-{day[6:]} {time[:2]}:{time[2:4]}:{time[4:6]} UTC, {mark}"


def watch(jobs: list[Job], strategies: Sequence[str], *, own: bool) -> None:
    """Show one of the jobs, the newest unless another is chosen; it is drawn anew by itself only while it runs.

    Args:
        jobs: the newest first.
        strategies: those of the plan.
        own: whether the store is the dashboard's own, so that the verdict can be switched to it.
    """
    job = jobs[0]
    if len(jobs) > 1:
        named = {run_name(one): one for one in jobs}
        job = named[str(st.selectbox("Run", list(named), key=RUN, bind="query-params"))]
    ran = job.look().runs
    st.fragment(run_every=REFRESH_SECONDS if ran else None)(_panel)(job, strategies, ran=ran, own=own)


def _panel(job: Job, strategies: Sequence[str], *, ran: bool, own: bool) -> None:
    """Show a job; where it has ended since the page was drawn, the whole page is, and this refreshes no more."""
    seen = job.look()
    if ran and not seen.runs:
        st.rerun()
    _progress(seen)
    _buttons(job, seen, own=own)
    families = families_of(job.grid)
    if families:
        if own and (names := lacking(families, strategies)):
            st.caption(show.text(words_simulate.lacks(names)))
        family, metric = _choose(families)
        _curves(family, metric, job.place.store)
    elif not ran:
        st.info("The grid file of this run cannot be read any more, so its curves are not shown.")
    _details(job, seen)


def _choose(families: Mapping[str, Family]) -> tuple[Family, str]:
    """Ask which curves are shown."""
    left, right = st.columns([3, 2])
    name = left.selectbox("Curves of", list(families), key="simulate.curves", bind="query-params")
    family = families[str(name)]
    return family, str(right.selectbox("Metric", family.metrics, key="simulate.metric", bind="query-params"))


def _progress(seen: Seen) -> None:
    report = seen.report
    st.subheader(f"{_ICONS[seen.status]} {words_simulate.STATUS[seen.status]}", anchor=False)
    total, stored, done = (report.total, report.stored, report.done) if report else (0, 0, 0)
    error = report.error if report else None
    sentence = words_simulate.progress_words(
        seen.status, total, stored, done, seen.left_seconds, error, share=seen.share
    )
    st.progress(seen.share)
    tell = {"failed": st.error, "stopped": st.warning}.get(seen.status, st.markdown)
    tell(show.text(sentence))
    if report and report.faults:
        st.warning("\n".join(f"- {show.text(ended(fault))}" for fault in report.faults))


def _buttons(job: Job, seen: Seen, *, own: bool) -> None:
    row = st.container(horizontal=True)
    with row:
        if seen.runs:
            _button("Pause", "pause", job.pause, disabled=seen.status == "pausing")
        elif seen.status != "done":
            _button("Resume", "play_arrow", job.resume)
        offered = own and seen.share > 0 and not st.session_state.get(own_store.KEY)
        if offered and st.button("Use these curves", icon=":material/balance:", key="simulate_use"):
            own_store.use()
    if fault := st.session_state.pop(FAULT, None):
        st.error(show.text(f"{fault}."))


def _button(label: str, icon: str, act: Callable[[], None], *, disabled: bool = False) -> None:
    """Show a button whose deed may be refused in a sentence."""
    if st.button(label, icon=f":material/{icon}:", key=f"simulate_{icon}", disabled=disabled):
        try:
            act()
        except InputError as error:
            st.session_state[FAULT] = str(error)
        st.rerun()


def _curves(family: Family, metric: str, store: Path) -> None:
    summary = over_seeds(curves_so_far(family, store, metric))
    if summary.empty:
        st.caption("Curves appear here as soon as the first trajectories are finished.")
        return
    show.figure(simulated_chart(summary, metric, family.seeds), "simulated-curves", summary)
    with st.expander("These curves as numbers"):
        show.table(words_simulate.curve_rows(summary), "Measured values by strategy and number of labels")


def _details(job: Job, seen: Seen) -> None:
    with st.expander("Log and grid file of this run"):
        st.code(seen.log or "The log is empty.", language=None, wrap_lines=True)
        st.caption(show.text(f"The job's files: {job.folder}"))
        st.code(job.grid or "There is no grid file.", language="toml", wrap_lines=True)
