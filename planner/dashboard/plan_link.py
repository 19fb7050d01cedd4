"""A whole plan in the address, compressed, and what the dashboard was started with.

The address holds each changed input under its own path (`?task.target=0.92`), and an uploaded plan under `plan`.
Files are named only by the plan the dashboard was started with: an address cannot make it open one.
"""

import base64
import binascii
import os
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from planner.dashboard.navigation import PAGES
from planner.plan import Plan, load_plan, parse_plan, paths, template
from simulations.errors import InputError
from simulations.files import check_size


@lru_cache(maxsize=64)
def parse_cached(text: str, where: str = "plan") -> Plan:
    """Read a plan from TOML text, or give the one that was read of it before: a plan never changes.

    Args:
        text: the plan file.
        where: names it in messages.

    Raises:
        InputError: the text is not TOML or holds something that is not allowed.
    """
    return parse_plan(text, where=where)


@dataclass(frozen=True)
class Start:
    """What the dashboard was started with: a plan, the folder its files are beside, and a store of simulations."""

    plan: Plan
    base: Path
    store: Path | None

    def stamp(self) -> float:
        """Give a number that changes when the files behind the curves do, so that no old answer is shown."""
        store = self.store or _beside(self.base, self.plan.evidence.store)
        pilot = _beside(self.base, self.plan.evidence.pilot)
        folders = [store, *store.iterdir()] if store is not None and store.is_dir() else []
        seen = [path for path in (*folders, pilot) if path is not None and path.exists()]
        return max((path.stat().st_mtime for path in seen), default=0.0)


def read_start(env: Mapping[str, str] = os.environ) -> Start:
    """Read what the dashboard was started with; without a plan, the one that `labelplan init` writes.

    Raises:
        InputError: the plan file cannot be used.
    """
    path = Path(env["LABELPLAN_PLAN"]) if env.get("LABELPLAN_PLAN") else None
    store = Path(env["LABELPLAN_STORE"]) if env.get("LABELPLAN_STORE") else None
    plan = load_plan(path) if path else parse_cached(template(), "the default plan")
    return Start(plan, path.parent if path else Path.cwd(), store)


def _beside(base: Path, name: str | None) -> Path | None:
    return base / name if name else None


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
    return [key for key in keys if key not in known and not key.startswith("embed") and not _of_a_page(key)]


def _of_a_page(key: str) -> bool:
    page, _, own = key.partition(".")
    # A vendor's inputs are numbered, so they are told apart from what the vendors' page keeps.
    return page in {name for name, _, _ in PAGES} and own != "" and not own[0].isdecimal()
