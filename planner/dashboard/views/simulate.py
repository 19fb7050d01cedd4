"""The Simulate page: choose what to simulate, see what it takes, and watch it run in a process of its own."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from planner.app import grid_choices, jobs, uploads
from planner.curves.replicates import seed_quantiles
from planner.dashboard import components, own_evidence, session
from planner.plan import Plan
from planner.render import numbers, simulation_words
from planner.render.curves.charts import simulated_chart
from simulations.errors import InputError

DATASETS, OWN, LEARNERS, STRATEGIES = "simulate.datasets", "simulate.own", "simulate.learners", "simulate.strategies"
_ADDED = "simulate_added"  # session state: the title of the data set that was added last
_FAULT = "simulate_upload_fault"
_NO_LABEL = "Which column is the label?"
UPLOADED, KINDS_OF_FILE = "simulate_data", ["csv", "tsv", "parquet", "npz"]
HELP = "One row an item. Columns of numbers are features; those of text can be left out or turned into indicators."


def page() -> None:
    """Draw the page."""
    opened = session.current_page()
    place, own = own_evidence.place_of(opened.start), own_evidence.is_own(opened.start)
    st.title("Simulate", anchor=False)
    st.markdown(
        "Labelling campaigns are played through on data whose labels are known: how fast does a model learn when "
        "labels are bought at random, and how fast when a strategy chooses?"
    )
    left, right = st.columns([4, 5], gap="large")
    with left:
        st.subheader("What to simulate", anchor=False)
        toml = _choices(place).toml()
        _offer_start(toml, place, opened.plan)
        whose = (
            "This dashboard was started without a store, so its own is used" if own else "Curves are kept in the store"
        )
        components.caption(f"{whose}: {place.store}. What is stored is never simulated twice.")
    with right:
        if found := jobs.jobs_of(place):
            _watch(found, opened.plan.strategy.names, own=own)
        else:
            st.subheader("Nothing has been simulated yet", anchor=False)
            st.markdown(
                "Start a simulation, and its progress and curves appear here. It goes on when the page is closed."
            )


def _choices(place: jobs.JobDir) -> grid_choices.Choices:
    """Show the fields and give what they hold; what the address names and is not known is told."""
    own = uploads.kept_data(place)
    components.warn_unknown(
        "The address names what cannot be simulated, and it is ignored: {}.",
        {
            DATASETS: grid_choices.dataset_names(),
            OWN: own,
            LEARNERS: grid_choices.learner_names(),
            STRATEGIES: grid_choices.strategy_names(),
        },
    )
    datasets = _choose_several(
        "Data sets", grid_choices.dataset_names(), ("digits",), DATASETS, "labelplan list datasets says what each is."
    )
    mine = _choose_several("Your own data", tuple(own), (), OWN, "Files you added below.") if own else []
    _add_own_data(place)
    learners = _choose_several(
        "Learners", grid_choices.learner_names(), ("linear",), LEARNERS, "The models that are trained in each round."
    )
    strategies = _choose_several(
        "Strategies",
        grid_choices.strategy_names(),
        ("random", "margin"),
        STRATEGIES,
        "Who chooses what is labelled next. A verdict needs random beside the others.",
    )
    left, right = st.columns(2)
    with left:
        batches = _text_field(
            "Batch sizes", "20", "simulate.batches", "Items labelled in each round; several with commas."
        )
        rounds = _text_field("Rounds", "25", "simulate.rounds", "Rounds of labelling after the initial set.")
    with right:
        initial = _text_field("Initial labels", "20", "simulate.initial", "At least one of each class.")
        seeds = _text_field("Seeds", "10", "simulate.seeds", "How many replicates, or a list of them: 0, 1, 7.")
    return grid_choices.Choices(
        datasets, [own[title] for title in mine], learners, strategies, batches, initial, rounds, seeds
    )


def _choose_several(label: str, options: Sequence[str], default: Sequence[str], key: str, help: str) -> list[str]:
    return st.multiselect(label, options, list(default), key=key, help=help, bind="query-params")


def _text_field(label: str, value: str, key: str, help: str) -> str:
    return st.text_input(label, value, key=key, help=help, max_chars=200, bind="query-params")


def _add_own_data(place: jobs.JobDir) -> None:
    with st.expander("Add your own data", icon=":material/upload_file:"):
        components.caption(
            "A table (.csv, .tsv, .parquet) with a column of labels, or an .npz with the arrays features and "
            f"labels; up to {most_megabytes()} MB. It stays on this computer, beside the store."
        )
        file = components.upload(
            "Features and labels", UPLOADED, KINDS_OF_FILE, help_text=HELP, most_bytes=_most_bytes()
        )
        if file is not None:
            try:
                _ask_how_to_read(place, *file)
            except InputError as error:
                components.error(f"{error}.")
        if fault := st.session_state.pop(_FAULT, None):
            components.error(f"{fault}.")
        if added := st.session_state.pop(_ADDED, None):
            st.success(components.text(added))


def _ask_how_to_read(place: jobs.JobDir, name: str, content: bytes) -> None:
    columns = uploads.columns_of(place, name, content, most_bytes=_most_bytes())
    _forget_others(columns)
    label, drop, one_hot = None, list[str](), False
    if columns:
        label = st.selectbox("Column of the labels", columns, index=None, placeholder=_NO_LABEL, key="simulate_label")
        others = [column for column in columns if column != label]
        drop = st.multiselect("Columns to leave out", others, key="simulate_drop", help="Identifiers, dates, notes.")
        one_hot = st.checkbox("Turn text into indicator columns", key="simulate_one_hot")
    kind = st.selectbox("What the features are made from", grid_choices.DATA_KINDS, key="simulate_kind")
    unit = f"simulate_alike_{not columns}"
    st.session_state.setdefault(unit, not columns)
    alike = st.checkbox("The columns share one unit (embeddings, pixels)", key=unit)
    given = {
        "label": label or "",
        "drop": uploads.join_columns(drop),
        "one_hot": one_hot,
        "kind": kind,
        "scaling": "global" if alike else "feature",
    }
    st.button(
        "Check and add",
        disabled=bool(columns) and label is None,
        on_click=_keep_upload,
        args=(place, name, content, given),
        key="simulate_add",
    )


def _forget_others(columns: Sequence[str]) -> None:
    """Forget choices of columns that another file had."""
    if st.session_state.get("simulate_label") not in (None, *columns):
        del st.session_state["simulate_label"]
    if not set(st.session_state.get("simulate_drop", [])) <= set(columns) - {st.session_state.get("simulate_label")}:
        del st.session_state["simulate_drop"]


def _keep_upload(place: jobs.JobDir, name: str, content: bytes, given: dict[str, str | bool]) -> None:
    try:
        own = uploads.keep(place, name, content, most_bytes=_most_bytes(), **given)
    except InputError as error:
        st.session_state[_FAULT] = str(error)
        return
    st.session_state[OWN] = [*dict.fromkeys([*st.session_state.get(OWN, []), own.title])]
    st.session_state[_ADDED] = (
        f"{own.title} is added and chosen: {own.pool:,} items to label and as many as needed held out, "
        f"{own.classes:,} classes."
    )


def most_megabytes() -> int:
    """Give the size of the largest upload the server takes, in units of 2^20 bytes."""
    return int(st.get_option("server.maxUploadSize"))


def _most_bytes() -> int:
    return most_megabytes() << 20


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


def run_name(job: jobs.Job) -> str:
    """Name a job for people: when it was made, in UTC."""
    day, time, mark = job.name.split("-")
    return f"{day[:4]}-{day[4:6]}-{day[6:]} {time[:2]}:{time[2:4]}:{time[4:6]} UTC, {mark}"


def _watch(found: list[jobs.Job], strategies: Sequence[str], *, own: bool) -> None:
    """Show one of the jobs, the newest unless another is chosen; it is drawn anew by itself only while it runs.

    Where the store is the dashboard's `own`, the verdict can be switched to it.
    """
    job = found[0]
    if len(found) > 1:
        named = {run_name(one): one for one in found}
        job = named[str(st.selectbox("Run", list(named), key=RUN, bind="query-params"))]
    ran = job.look().runs
    st.fragment(run_every=REFRESH_SECONDS if ran else None)(_panel)(job, strategies, ran=ran, own=own)


def _panel(job: jobs.Job, strategies: Sequence[str], *, ran: bool, own: bool) -> None:
    """Show a job; where it has ended since the page was drawn, the whole page is, and this refreshes no more."""
    seen = job.look()
    if ran and not seen.runs:
        st.rerun()
    _progress(seen)
    _buttons(job, seen, own=own)
    families = grid_choices.families_of(job.grid)
    if families:
        if own and (names := grid_choices.lacking(families, strategies)):
            components.caption(simulation_words.missing_curves_sentence(names))
        left, right = st.columns([3, 2])
        name = left.selectbox("Curves of", list(families), key="simulate.curves", bind="query-params")
        family = families[str(name)]
        metric = right.selectbox("Metric", grid_choices.metrics(family), key="simulate.metric", bind="query-params")
        _curves(family, str(metric), job.place.store)
    elif not ran:
        st.info("The grid file of this run cannot be read any more, so its curves are not shown.")
    _details(job)


def _progress(seen: jobs.Report) -> None:
    st.subheader(f"{_ICONS[seen.status]} {simulation_words.STATUS[seen.status]}", anchor=False)
    sentence = simulation_words.progress_words(
        seen.status, seen.total, seen.stored, seen.done, seen.left_seconds, seen.error, share=seen.share
    )
    st.progress(seen.share)
    tell = {"failed": st.error, "stopped": st.warning}.get(seen.status, st.markdown)
    tell(components.text(sentence))
    if seen.faults:
        st.warning(components.bullets(map(numbers.with_full_stop, seen.faults)))


def _buttons(job: jobs.Job, seen: jobs.Report, *, own: bool) -> None:
    with st.container(horizontal=True):
        if seen.runs:
            _button("Pause", "pause", job.pause, disabled=seen.status == "pausing")
        elif seen.status != "done":
            _button("Resume", "play_arrow", job.resume)
        offered = own and seen.share > 0 and not st.session_state.get(own_evidence.STORE_KEY)
        if offered and st.button("Use these curves", icon=":material/balance:", key="simulate_use"):
            own_evidence.use_store()
    if fault := st.session_state.pop(FAULT, None):
        components.error(f"{fault}.")


def _button(label: str, icon: str, act: Callable[[], None], *, disabled: bool = False) -> None:
    """Show a button whose deed may be refused in a sentence."""
    if st.button(label, icon=f":material/{icon}:", key=f"simulate_{icon}", disabled=disabled):
        try:
            act()
        except InputError as error:
            st.session_state[FAULT] = str(error)
        st.rerun()


def _curves(family: grid_choices.Family, metric: str, store: Path) -> None:
    summary = seed_quantiles(grid_choices.curves_so_far(family, store, metric))
    if summary.empty:
        st.caption("Curves appear here as soon as the first trajectories are finished.")
        return
    seeds = len({t.seed for t in family})
    components.figure(simulated_chart(summary, metric, seeds), "simulated-curves", summary)
    rows = simulation_words.curve_rows(summary)
    components.details("These curves as numbers", rows, "Measured values by strategy and number of labels")


def _details(job: jobs.Job) -> None:
    with st.expander("Log and grid file of this run"):
        st.code(job.log or "The log is empty.", language=None, wrap_lines=True)
        components.caption(f"The job's files: {job.folder}")
        st.code(job.grid or "There is no grid file.", language="toml", wrap_lines=True)


def _offer_start(toml: str, place: jobs.JobDir, plan: Plan) -> None:
    """Show what running a grid would take at the plan's price of a machine, its text, and the button that starts it."""
    runs = jobs.running_job(place) is not None
    to_run = 0
    try:
        found, processes = _preview(toml, str(place.store), jobs.newest_change(place.store))
    except InputError as error:
        components.error(f"{error}.")
    else:
        to_run = found.to_run
        counted = simulation_words.grid_count_words(found.trajectories, found.stored, to_run)
        st.markdown(f"**{components.text(counted)}**")
        if to_run:
            components.paragraph(simulation_words.run_cost_sentence(found, processes, plan))
        else:
            components.paragraph(simulation_words.all_stored_sentence(found.trajectories))
    st.button(
        simulation_words.start_label(to_run),
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
        components.error(f"{fault}.")
    with st.expander("The grid file of these choices"):
        st.code(toml, language="toml", wrap_lines=True)
        st.download_button(
            "Download the grid file", toml, "grid.toml", "application/toml", icon=":material/download:", width="stretch"
        )
        st.caption("Run it with: labelplan simulate grid.toml --store DIR")


@st.cache_data(max_entries=64, show_spinner="Counting what is stored…")
def _preview(toml: str, store: str, stamp: float) -> tuple[Any, int]:
    """Count what a grid would take; `stamp` is there for the cache's key alone."""
    return grid_choices.preview(toml, store)


def _start(place: jobs.JobDir, toml: str) -> None:
    try:
        job = jobs.start_job(place, toml)
    except InputError as error:
        st.session_state["simulate_start_fault"] = str(error)
    else:
        st.session_state[RUN] = run_name(job)
