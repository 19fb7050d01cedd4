"""Files uploaded through the dashboard's own server: plans, quotes, pilots and data sets, spoilt and too large too."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
from numpy.random import Generator

from planner.plan.quote_sheets import quotes_workbook
from scripts.dashboard_server import Server, served
from tests.hostile.addresses import CANARY, check_words
from tests.hostile.client import CUT, Page, check_server, opened
from tests.hostile.harness import Attack, Attempt
from tests.hostile.inputs import (
    WORDS,
    curve_rows,
    pick,
    plan_tables,
    quote_table,
    spoil_bytes,
    spoil_rows,
    spoil_tables,
    to_csv,
    to_toml,
)

NAMES = ("../../evil{}", "/etc/evil{}", "a" * 200 + "{}", "ünïcode{}", "evil\u202e{}", "<b>{}", "mine{}", "mine{}", "x")
SHOWING = "curves.of=My+own+pilot"
BY_NAME = "refused by its name"  # by Streamlit, which lets no browser choose it
REFUSED, TAKEN, NO_TOKEN, TOO_LARGE = "told on the page", "taken", "refused without its token", "refused as too large"
LARGEST = 5 << 20
LIMITS = {"Open a plan file": 1_000_000, "Your pilot": 2_000_000}  # which a browser keeps to, and others need not


@contextmanager
def begin(folder: Path) -> Iterator[Attempt]:
    place = folder / "server"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    (folder / "canary.csv").write_text(f"labels,value\n10,{CANARY}\n", encoding="utf-8")
    with served(place) as server:
        yield lambda rng, own: attempt(rng, own, server, place)


ATTACK = Attack("uploads", 500, 2, begin)


def attempt(rng: Generator, place: Path, server: Server, folder: Path) -> str:
    """Upload one file to one page, and look at what the page says and what the server wrote."""
    page_name, label, name, content = _file(rng)
    (place / "upload").write_bytes(content[:100_000])
    outside = {path.name for path in folder.parent.iterdir()}
    outcome = _upload(rng, server.address, page_name, label, name, content)
    assert {path.name for path in folder.parent.iterdir()} == outside
    _check_folder(folder)
    check_server(server)
    return outcome


def _upload(rng: Generator, address: str, page_name: str, label: str, name: str, content: bytes) -> str:
    with opened(address, page_name) as page:
        page.run(SHOWING)
        uploader = next(one for one in page.of_kind("file_uploader") if label in one.label)
        before = {one.id for one in page.of_kind("button")}  # what comes beside them is of the file, and is pressed
        way = rng.random()
        if way < 0.05:
            status, info = page.upload(name, content, xsrf="wrong")
            assert status in (403, CUT), status
            return _refused(page, uploader.id, info, NO_TOKEN)
        if way < 0.1:
            status, info = page.upload(name, bytes(LARGEST + 2_000_000))
            assert status in (413, CUT), status
            return _refused(page, uploader.id, info, TOO_LARGE)
        status, info = page.upload(name, content)
        assert status in (200, 204), status
        page.run(SHOWING, **{uploader.id: info})
        faults = [one for one in page.of_kind("exception") if not one.message.startswith("Invalid file extension")]
        assert not faults, faults
        if page.of_kind("exception"):
            return BY_NAME
        check_words(page.words())
        told = [one.body for one in page.of_kind("alert")]
        assert told or len(content) <= LIMITS.get(label, LARGEST), f"{len(content):,} bytes were taken as {label}"
        buttons = [one.id for one in page.of_kind("button") if not one.disabled and one.id not in before]
        if buttons:
            page.run(SHOWING, pressed=pick(rng, buttons), **{uploader.id: info})
            assert not page.of_kind("exception"), page.of_kind("exception")
            check_words(page.words())
    return REFUSED if told else TAKEN


def _refused(page: Page, uploader: str, info: Any, outcome: str) -> str:
    """Tell the page of a file that its server did not take, and see that it shows itself as it was."""
    page.run(SHOWING, **{uploader: info})
    assert not page.of_kind("exception"), page.of_kind("exception")
    check_words(page.words())
    return outcome


def _check_folder(folder: Path) -> None:
    """Check that nothing lies where the server runs but what it keeps for itself."""
    assert {path.name for path in folder.iterdir()} <= {".labelplan"}, list(folder.iterdir())
    kept = [path for path in folder.rglob("*") if path.is_file()]
    assert not [path for path in kept if "evil" in path.name or path.name.endswith(".tmp")], kept


def _file(rng: Generator) -> tuple[str, str, str, bytes]:
    """Draw a page, the words of its uploader, a file's name and its content."""
    kind = pick(rng, (_plan, _plan, _quotes, _pilot, _data))
    page, label, ending, content = kind(rng)
    content = spoil_bytes(rng, content) if rng.random() < 0.3 else content
    if rng.random() < 0.07:
        content += b"\n# " + b"x" * (LIMITS.get(label, LARGEST) - 1_000)
        content = content[: LARGEST - 1_000] if label not in LIMITS else content + b"x" * 2_000
    return page, label, pick(rng, NAMES).format(ending), content


def _plan(rng: Generator) -> tuple[str, str, str, bytes]:
    raw = plan_tables(rng)
    if rng.random() < 0.2:
        raw.setdefault("evidence", {})["pilot"] = "../canary.csv"
    raw = spoil_tables(rng, raw) if rng.random() < 0.4 else raw
    page = pick(rng, ("curves", "assumptions", "vendors", "simulate", "verdict"))
    return page, "Open a plan file", ".toml", to_toml(raw).encode("utf-8", "replace")


def _quotes(rng: Generator) -> tuple[str, str, str, bytes]:
    tables = [quote_table(rng, i) for i in range(3)]
    if rng.random() < 0.3:
        return "vendors", "file of quotes", ".xlsx", quotes_workbook()
    return "vendors", "file of quotes", ".json", json.dumps(tables, default=str).encode()


def _pilot(rng: Generator) -> tuple[str, str, str, bytes]:
    rows = curve_rows(rng, ("random", "margin"))
    rows = spoil_rows(rng, rows) if rng.random() < 0.6 else rows
    return "curves", "Your pilot", ".csv", to_csv(rows).encode("utf-8", "replace")


def _data(rng: Generator) -> tuple[str, str, str, bytes]:
    frame = pd.DataFrame({"x": rng.normal(size=40), "y": [pick(rng, ("a", "b")) for _ in range(40)]})
    frame.loc[3, "y"] = pick(rng, WORDS)
    return "simulate", "Features and labels", ".csv", frame.to_csv(index=False).encode("utf-8", "replace")
