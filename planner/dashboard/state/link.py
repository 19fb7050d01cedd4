"""A whole plan in the address, compressed; imports no streamlit.

The address holds each changed input under its own path (`?task.target=0.92`), and an uploaded plan under `plan`.
Files are named only by the plan the dashboard was started with: an address cannot make it open one.
"""

import base64
import binascii
import zlib
from collections.abc import Mapping

from planner.dashboard.navigation import PAGES
from planner.dashboard.state.parsed import parsed
from planner.dashboard.state.start import Start
from planner.plan import Plan, paths
from simulations.errors import InputError
from simulations.files import check_size

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
    return received(toml, start, where=f"the {what} in the address")


def received(toml: str, start: Start, *, where: str) -> Plan:
    """Check a plan that came by upload or address.

    Raises:
        InputError: it is too large, not a plan, or names files other than those the dashboard was started with.
    """
    check_size(toml.encode(), MOST_BYTES, where)
    plan = parsed(toml, where)
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
    return [key for key in keys if key not in known and not key.startswith("embed") and not _of_a_page(key)]


def _of_a_page(key: str) -> bool:
    page, _, own = key.partition(".")
    # A vendor's inputs are numbered, so they are told apart from what the vendors' page keeps.
    return page in {name for name, _, _ in PAGES} and own != "" and not own[0].isdecimal()
