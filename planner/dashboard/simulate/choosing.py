"""The part of the Simulate page on which a person chooses what to simulate; every choice lives in the address."""

from collections.abc import Iterable, Mapping, Sequence

import streamlit as st

from planner.dashboard import show
from planner.dashboard import uploads as uploader
from planner.dashboard.jobs import uploads
from planner.dashboard.jobs.choices import DATASET_NAMES, LEARNER_NAMES, STRATEGY_NAMES, Choices
from planner.dashboard.jobs.place import Place
from simulations.datasets.dataset import KINDS
from simulations.errors import InputError

DATASETS, OWN, LEARNERS, STRATEGIES = "simulate.datasets", "simulate.own", "simulate.learners", "simulate.strategies"
_ADDED = "simulate_added"  # session state: the title of the data set that was added last
_FAULT = "simulate_upload_fault"
_NO_LABEL = "Which column is the label?"
UPLOADED, KINDS_OF_FILE = "simulate_data", ["csv", "tsv", "parquet", "npz"]
HELP = "One row an item. Columns of numbers are features; those of text can be left out or turned into indicators."


def choices(place: Place) -> Choices:
    """Show the fields and give what they hold; what the address names and is not known is told."""
    own = uploads.kept(place)
    _tell_unknown({DATASETS: DATASET_NAMES, OWN: own, LEARNERS: LEARNER_NAMES, STRATEGIES: STRATEGY_NAMES})
    datasets = _several("Data sets", DATASET_NAMES, ("digits",), DATASETS, "labelplan list datasets says what each is.")
    mine = _several("Your own data", tuple(own), (), OWN, "Files you added below.") if own else []
    _add(place)
    learners = _several("Learners", LEARNER_NAMES, ("linear",), LEARNERS, "The models that are trained in each round.")
    strategies = _several(
        "Strategies",
        STRATEGY_NAMES,
        ("random", "margin"),
        STRATEGIES,
        "Who chooses what is labelled next. A verdict needs random beside the others.",
    )
    left, right = st.columns(2)
    with left:
        batches = _typed("Batch sizes", "20", "simulate.batches", "Items labelled in each round; several with commas.")
        rounds = _typed("Rounds", "25", "simulate.rounds", "Rounds of labelling after the initial set.")
    with right:
        initial = _typed("Initial labels", "20", "simulate.initial", "At least one of each class.")
        seeds = _typed("Seeds", "10", "simulate.seeds", "How many replicates, or a list of them: 0, 1, 7.")
    return Choices(datasets, [own[title] for title in mine], learners, strategies, batches, initial, rounds, seeds)


def _several(label: str, options: Sequence[str], default: Sequence[str], key: str, help: str) -> list[str]:
    return st.multiselect(label, options, list(default), key=key, help=help, bind="query-params")


def _typed(label: str, value: str, key: str, help: str) -> str:
    return st.text_input(label, value, key=key, help=help, max_chars=200, bind="query-params")


def _tell_unknown(options: Mapping[str, Iterable[str]]) -> None:
    """Tell what the address asks for that there is not; the fields themselves drop it in silence."""
    unknown = [
        name
        for key, known in options.items()
        if key not in st.session_state
        for name in st.query_params.get_all(key)
        if name and name not in known
    ]
    if unknown:
        names = ", ".join(f"“{name[:40]}”" for name in unknown[:3])
        st.warning(show.text(f"The address names what cannot be simulated, and it is ignored: {names}."))


def _add(place: Place) -> None:
    """Take a file of the user's own."""
    with st.expander("Add your own data", icon=":material/upload_file:"):
        st.caption(
            show.text(
                "A table (.csv, .tsv, .parquet) with a column of labels, or an .npz with the arrays features and "
                f"labels; up to {most_megabytes()} MB. It stays on this computer, beside the store."
            )
        )
        file = uploader.upload("Features and labels", UPLOADED, KINDS_OF_FILE, help_text=HELP, most_bytes=most_bytes())
        if file is not None:
            try:
                _describe(place, *file)
            except InputError as error:
                st.error(show.text(f"{error}."))
        if fault := st.session_state.pop(_FAULT, None):
            st.error(show.text(f"{fault}."))
        if added := st.session_state.pop(_ADDED, None):
            st.success(show.text(added))


def _describe(place: Place, name: str, content: bytes) -> None:
    """Ask how a file is to be read."""
    columns = uploads.columns_of(place, name, content, most_bytes=most_bytes())
    _forget_others(columns)
    label, drop, one_hot = None, list[str](), False
    if columns:
        label = st.selectbox("Column of the labels", columns, index=None, placeholder=_NO_LABEL, key="simulate_label")
        others = [column for column in columns if column != label]
        drop = st.multiselect("Columns to leave out", others, key="simulate_drop", help="Identifiers, dates, notes.")
        one_hot = st.checkbox("Turn text into indicator columns", key="simulate_one_hot")
    kind = st.selectbox("What the features are made from", KINDS, key="simulate_kind")
    unit = f"simulate_alike_{not columns}"
    st.session_state.setdefault(unit, not columns)
    alike = st.checkbox("The columns share one unit (embeddings, pixels)", key=unit)
    given = {
        "label": label or "",
        "drop": uploads.joined(drop),
        "one_hot": one_hot,
        "kind": kind,
        "scaling": "global" if alike else "feature",
    }
    st.button(
        "Check and add",
        disabled=bool(columns) and label is None,
        on_click=_keep,
        args=(place, name, content, given),
        key="simulate_add",
    )


def _forget_others(columns: Sequence[str]) -> None:
    """Forget choices of columns that another file had."""
    if st.session_state.get("simulate_label") not in (None, *columns):
        del st.session_state["simulate_label"]
    if not set(st.session_state.get("simulate_drop", [])) <= set(columns) - {st.session_state.get("simulate_label")}:
        del st.session_state["simulate_drop"]


def _keep(place: Place, name: str, content: bytes, given: dict[str, str | bool]) -> None:
    """Check an upload, keep it and choose it."""
    try:
        own = uploads.keep(place, name, content, most_bytes=most_bytes(), **given)
    except InputError as error:
        st.session_state[_FAULT] = str(error)
        return
    st.session_state[OWN] = [*dict.fromkeys([*st.session_state.get(OWN, []), own.title])]
    st.session_state[_ADDED] = (
        f"{own.title} is added and chosen: {own.pool:,} items to label and as many as needed held out, "
        f"{own.classes:,} classes."
    )


def most_megabytes() -> int:
    """Give the largest upload the server takes."""
    return int(st.get_option("server.maxUploadSize"))


def most_bytes() -> int:
    """Give the largest upload the server takes."""
    return most_megabytes() * 2**20
