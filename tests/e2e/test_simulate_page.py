"""The Simulate page in a real browser: a simulation is started, paused, resumed and seen from a second browser."""

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.browsing import WAIT_MS, no_fault, no_sideways_scroll, open_page

pytestmark = pytest.mark.browser

PATH = "/simulate?simulate.learners=forest&simulate.rounds=12&simulate.seeds=5"
"""Ten trajectories of forests: a dozen seconds on two cores, so that there is time to pause."""

RUN_MS = 240_000  # a busy machine has other things to do than to grow forests


def button(page: Any, name: str) -> Any:
    return page.get_by_role("button", name=name)


def heading(page: Any, name: str) -> Any:
    return page.get_by_role("heading", name=name)


def drawn(page: Any) -> None:
    chart = page.locator("[data-testid='stVegaLiteChart']").first
    chart.locator("svg, canvas").first.wait_for(timeout=RUN_MS)


def test_a_simulation_is_paused_and_resumed_and_used(browser: Any, address: str, folder: Path) -> None:
    page = open_page(browser, address + PATH)
    button(page, "Simulate 10 trajectories").click()
    # Curves appear while it runs, by themselves.
    drawn(page)
    heading(page, "Running").wait_for(timeout=WAIT_MS)
    button(page, "Pause").click()
    button(page, "Resume").wait_for(timeout=WAIT_MS)
    heading(page, "Paused").wait_for(timeout=WAIT_MS)
    kept = len(list((folder / ".labelplan" / "dashboard").glob("*/*.json")))
    assert 0 < kept < 10
    no_fault(page)

    page.reload()
    heading(page, "Paused").wait_for(timeout=WAIT_MS)
    page.get_by_text(f"{kept} of 10 trajectories are stored").wait_for(timeout=WAIT_MS)
    button(page, f"Simulate {10 - kept} trajectories").wait_for(timeout=WAIT_MS)
    button(page, "Resume").click()

    second = open_page(browser, f"{address}/simulate")
    # Both see its end without a click; the first page's counts follow.
    for seen in (page, second):
        heading(seen, "Done").wait_for(timeout=RUN_MS)
        seen.get_by_text("All 10 trajectories are stored.").wait_for(timeout=WAIT_MS)
        drawn(seen)
        no_fault(seen)
    page.get_by_text("10 trajectories: 10 stored already, 0 to run").wait_for(timeout=WAIT_MS)

    button(second, "Use these curves").click()
    second.wait_for_function("location.search.includes('simulate.use=true')", timeout=WAIT_MS)
    second.reload()
    heading(second, "Done").wait_for(timeout=WAIT_MS)
    assert button(second, "Use these curves").count() == 0
    no_fault(second)

    phone = open_page(browser, f"{address}/simulate", width=390, scheme="dark")
    drawn(phone)
    no_sideways_scroll(phone)
    no_fault(phone)
