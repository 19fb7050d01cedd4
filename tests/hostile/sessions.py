"""Edits of a plan in ten sessions of a real browser at once: each says only its own, and nothing is asked of others."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from numpy.random import Generator

from planner.dashboard.navigation import PAGES
from planner.dashboard.plan_state import pack
from planner.plan import parse_plan
from scripts.dashboard_server import Server, served
from tests.e2e.browsing import WAIT_MS, no_fault, open_page, settle
from tests.e2e.conftest import CHROMIUM_FLAGS
from tests.hostile.addresses import check_words
from tests.hostile.client import check_server
from tests.hostile.harness import Attack, Attempt, UnavailableError
from tests.hostile.inputs import ODD_VALUES, WORDS, pick

SESSIONS = 10
PLAN = """[task]
target = 0.8
pool_size = 20_000
[strategy]
batch_size = 500
[[vendors]]
name = "{}"
price_usd = 0.1
"""
EDITED, TURNED = "edited", "turned to another page"


@contextmanager
def begin(folder: Path) -> Iterator[Attempt]:
    """Start a server and a browser with ten sessions.

    Raises:
        UnavailableError: there is no chromium on the path.
    """
    path = shutil.which("chromium")
    if path is None:
        raise UnavailableError("there is no chromium on the path")
    from playwright.sync_api import sync_playwright

    place = folder / "server"
    place.mkdir(exist_ok=True)
    with served(place) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        asked: list[str] = []
        sessions: dict[int, Any] = {}

        def session(number: int) -> Any:
            if number not in sessions:
                context = browser.new_context(reduced_motion="reduce")
                context.on("request", lambda request: asked.append(request.url))
                sessions[number] = open_session(context, server.address, number)
            return sessions[number]

        yield lambda rng, _: _checked(server, attempt(rng, session, asked))
        browser.close()


ATTACK = Attack("sessions", 200, 0, begin)


def _checked(server: Server, outcome: str) -> str:
    check_server(server)
    return outcome


def own_name(number: int) -> str:
    """Name the vendor of a session, so that what it says of another is seen."""
    return f"Vendor of {number:02}"


def open_session(context: Any, address: str, number: int) -> Any:
    """Open the dashboard with the plan of a session, whose vendor is named on the page."""
    page = open_page(context, f"{address}/?plan={pack(parse_plan(PLAN.format(own_name(number))))}")
    assert own_name(number) in page.inner_text("body")
    return page


def attempt(rng: Generator, session: Any, asked: list[str], n_sessions: int = SESSIONS) -> str:
    """Edit one field of one session, or turn to another page, and see that it speaks of its own plan alone."""
    number = int(rng.integers(n_sessions))
    page = session(number)
    turns = rng.random() < 0.3
    if turns:
        page.get_by_role("link", name=pick(rng, PAGES)[1]).first.click()
        settle(page)
    else:
        fields = page.locator("[data-testid='stSidebar'] input[type=text]:visible")
        assert fields.count(), "no field to edit"
        value = str(pick(rng, (*ODD_VALUES, *WORDS, 0.03, "0.1 to 0.3", 20_000, 0.85)))
        _fill(page, fields.nth(int(rng.integers(fields.count()))), value.replace("\n", " ")[:400])
    no_fault(page)
    said = page.inner_text("body") + "\n".join(page.locator("input").evaluate_all("all => all.map(one => one.value)"))
    check_words(said)
    others = [own_name(other) for other in range(n_sessions) if other != number and own_name(other) in said]
    assert not others, f"session {number} speaks of {others}"
    foreign = {urlsplit(url).hostname for url in asked if url.startswith(("http", "ws"))} - {"localhost", "127.0.0.1"}
    assert not foreign, foreign
    return TURNED if turns else EDITED


def _fill(page: Any, box: Any, value: str) -> None:
    box.fill(value, timeout=WAIT_MS)
    box.press("Enter")
    page.wait_for_timeout(300)
    settle(page)
