"""The plan on screen: what the dashboard was started with, the address, drafts, edits, scenario A, the plan as a file.

- The address holds each changed input under its own path (`?task.target=0.92`), and an uploaded plan, compressed, under
  `plan`. Files are named only by the plan the dashboard was started with: an address cannot make it open one.
- Drafts are fields that are no part of the plan yet. Streamlit forgets a field that a run does not show; a value that
  is written anew in every run outlives its page.
- Streamlit keeps a field's part of the address from page to page, and drops what a script wrote there itself when
  another page is opened. That is put back here. The browser's history then holds both addresses of that page, the
  bare one first: the Back button finds it, and it is completed again.
"""

import base64
import binascii
import os
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import streamlit as st

from planner.app.jobs import newest_change
from planner.app.open_plan import open_plan
from planner.dashboard import components
from planner.dashboard.navigation import PAGES
from planner.plan import Plan, parse_plan, paths, template
from simulations.errors import InputError
from simulations.files import check_size


@lru_cache(maxsize=64)
def parse_cached(text: str, where: str = "plan") -> Plan:
    """Read a plan from TOML text, or give the one read of it before, since a plan never changes; see `parse_plan`."""
    return parse_plan(text, where=where)


@dataclass(frozen=True)
class Start:
    """What the dashboard was started with: a plan, the folder its files are beside, and a store of simulations."""

    plan: Plan
    base: Path
    store: Path | None

    @property
    def folder(self) -> Path | None:
        """The store behind the verdict; None where it rests on what is recorded."""
        return self.plan.store_folder(self.base, self.store)

    def stamp(self) -> float:
        """Give a number that changes when the files behind the curves do, so that no old answer is shown."""
        pilot = self.plan.evidence.pilot
        files = [self.base / pilot] if pilot else []
        return newest_change(self.folder, *files)


def read_start(env: Mapping[str, str] = os.environ) -> Start:
    """Read what the dashboard was started with; without a plan, the one that `labelplan init` writes.

    Raises:
        InputError: the plan file cannot be used.
    """
    path = Path(env["LABELPLAN_PLAN"]) if env.get("LABELPLAN_PLAN") else None
    store = Path(env["LABELPLAN_STORE"]) if env.get("LABELPLAN_STORE") else None
    plan = open_plan(path) if path else parse_cached(template(), "the default plan")
    return Start(plan, path.parent if path else Path.cwd(), store)


PLAN_KEY = "plan"
SCENARIO_KEY = "a"
FILES = (paths.PILOT_FILE, paths.STORE)
MOST_BYTES = 64_000


def pack(plan: Plan) -> str:
    """Compress a plan file into text for the address."""
    return base64.urlsafe_b64encode(zlib.compress(plan.to_toml().encode(), 9)).decode().rstrip("=")


def unpack(text: str, start: Start, *, what: str = "plan") -> Plan:
    """Read a plan from the address; `what` names it in messages.

    Raises:
        InputError: the text was cut or altered, or the plan in it is not allowed.
    """
    inflate = zlib.decompressobj()
    try:
        # A few bytes can stand for gigabytes, so no more than a plan's size is ever unpacked.
        raw = inflate.decompress(
            base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True), MOST_BYTES
        )
        toml = raw.decode()
    except (binascii.Error, zlib.error, ValueError) as error:
        raise InputError(f"the address: its {what} was cut or altered; allowed: an address copied whole") from error
    if not inflate.eof:
        raise InputError(
            f"the address: its {what} is cut or too large; allowed: a whole plan of up to {MOST_BYTES:,} bytes"
        )
    return check_upload(toml, start, where=f"the {what} in the address")


def check_upload(toml: str, start: Start, *, where: str) -> Plan:
    """Check a plan that came by upload or address.

    Raises:
        InputError: it is too large, not a plan, or names files other than those the dashboard was started with.
    """
    check_size(toml.encode(), MOST_BYTES, where)
    plan = parse_cached(toml, where)
    for path in FILES:
        named, own = plan.input(path).text, start.plan.input(path).text
        if named not in ("", own):
            raise InputError(
                f"{where}, [evidence] {path.split('.')[1]}: found a file; allowed: none here, "
                "start with 'labelplan dashboard --plan FILE' to use it"
            )
    return plan


def unknown_keys(keys: Mapping[str, str], plan: Plan) -> list[str]:
    """List the address's keys that are no input of this plan; those of pages and of Streamlit are not counted."""
    known = {item.path for item in plan.inputs()} - set(FILES) | {PLAN_KEY, SCENARIO_KEY}
    # A vendor's inputs are numbered, so they are told apart from what the vendors' page keeps.
    pages = re.compile(rf"embed|(?:{'|'.join(name for name, _, _ in PAGES)})\.\D")
    return [key for key in keys if key not in known and not pages.match(key)]


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
CARRIED = (PLAN_KEY, SCENARIO_KEY, paths.SOLVE_FOR, PILOT_KEY)
SEEN = "address_seen"  # session state: the page of the last run, and what the address held there
LANDED = "address_landed"  # session state: page -> what was put back when it was opened


def carry(page: str) -> bool:
    """Put back what was lost on the way to a page, before anything reads the address.

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
    return held is not None and held.get(PLAN_KEY) != now.get(PLAN_KEY)


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


def _carried_values() -> dict[str, str]:
    return {key: st.query_params[key] for key in CARRIED if key in st.query_params}


@dataclass(frozen=True)
class Edited:
    """A plan after edits.

    Attributes:
        plan: with every edit that could be made.
        values: path to text of the edits in it; where an edit failed, the last that worked.
        errors: path to one sentence for each edit that failed.
    """

    plan: Plan
    values: Mapping[str, str]
    errors: Mapping[str, str]


def apply_edits(base: Plan, wanted: Mapping[str, str], kept: Mapping[str, str]) -> Edited:
    """Make the edits that can be made of those wanted: path to new text, for inputs whose text differs from the plan's.

    The last text that worked, `kept` by path, stands in for one that does not.
    """
    try:
        return Edited(base.replace(wanted), dict(wanted), {})
    except InputError:
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


def kept_scenario(start: Start) -> Plan | None:
    """Give scenario A; None where there is none, and a sentence where the address holds one that cannot be read."""
    packed = st.query_params.get(SCENARIO_KEY)
    if packed is None:
        return None
    try:
        return unpack(packed, start, what="scenario A")
    except InputError as error:
        components.warning(f"{error}. No scenario is kept.")
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
        components.error(sentence)


def _open_upload(start: Start) -> None:
    """Put an uploaded plan into the address and all fields back to its values."""
    file = components.uploaded_file(UPLOAD)
    st.session_state[UPLOAD_ERROR] = None
    if file is None:
        return
    try:
        plan = check_upload(file.getvalue().decode("utf-8"), start, where=file.name)
        plan.check_prices(file.name)
    except UnicodeDecodeError:
        st.session_state[UPLOAD_ERROR] = f"{file.name}: not a text file in UTF-8, so it cannot be a plan"
    except InputError as error:
        st.session_state[UPLOAD_ERROR] = str(error)
    else:
        take_file(plan)


def take_file(plan: Plan) -> None:
    """Put a plan into the address and all fields to its values; to be called back, before any field is made."""
    put(PLAN_KEY, pack(plan))
    drop(paths.SOLVE_FOR)
    _fill({item.path: item.text for item in plan.inputs()})


def follow_upload(plan: Plan) -> None:
    """Put all fields to what the address says of a plan that the Back button has brought; before any field is made."""
    _fill({item.path: st.query_params.get(item.path, item.text) for item in plan.inputs()})


def _fill(texts: Mapping[str, str]) -> None:
    st.session_state[KEPT_EDITS] = {}
    for path, text in texts.items():
        if path not in (*FILES, paths.SOLVE_FOR):
            fill(path, text)


def fill(path: str, text: str) -> None:
    """Put a field to a text; before it is made. The list of kinds holds nothing where none is chosen."""
    st.session_state[path] = text or (None if path == paths.KIND else "")
