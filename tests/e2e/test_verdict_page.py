"""The Verdict page in a real browser: light, dark and on a phone."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser

HEADLINES = ("Use active learning", "Label random", "Too close to call")
READY = "[data-testid='stApp'][data-test-script-state='notRunning']"
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_SECONDS = 90
WAIT_MS = 60_000


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Start the dashboard as `labelplan dashboard` does, on a free port."""
    from planner.dashboard.launch import command, environment

    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryFile() as log:
        arguments = [*command(port), "--server.headless=true"]
        server = subprocess.Popen(
            arguments, env=environment(None, None), stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            _wait_until_healthy(server, port, log)
            yield f"http://localhost:{port}"
        finally:
            # The group, so that nothing the server started outlives the test.
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(timeout=20)


def _wait_until_healthy(server: subprocess.Popen[bytes], port: int, log: Any) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    log.seek(0)
    pytest.fail(f"the dashboard did not start: {log.read().decode(errors='replace')[-2_000:]}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    chromium = shutil.which("chromium")
    if chromium is None:
        if os.environ.get("LABELPLAN_REQUIRE_BROWSER") == "1":
            pytest.fail("LABELPLAN_REQUIRE_BROWSER=1, but there is no chromium on the path")
        pytest.skip("there is no chromium on the path: install Debian's chromium to run the browser tests")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        yield launched
        launched.close()


def open_page(browser: Any, address: str, *, width: int = 1280, scheme: str = "light") -> Any:
    page = browser.new_context(viewport={"width": width, "height": 960}, color_scheme=scheme).new_page()
    page.goto(address)
    settle(page)
    return page


def settle(page: Any) -> None:
    page.wait_for_selector("h1", timeout=WAIT_MS)
    page.wait_for_selector(READY, timeout=WAIT_MS)


def charts_of(page: Any) -> Any:
    charts = page.locator("[data-testid='stVegaLiteChart']")
    charts.nth(4).locator("svg, canvas").first.wait_for(timeout=WAIT_MS)
    return charts


def no_fault(page: Any) -> None:
    assert page.locator("[data-testid='stException']").count() == 0
    assert page.locator(".katex").count() == 0
    text = page.inner_text("body")
    for fault in ("$nan", "$-", "NaN", "Traceback"):
        assert fault not in text


def test_it_answers_with_every_chart(browser: Any, address: str) -> None:
    page = open_page(browser, address)
    assert page.inner_text("h1") in HEADLINES
    assert charts_of(page).count() == 5
    no_fault(page)


def test_an_edited_price_is_in_the_address_and_survives_a_reload(browser: Any, address: str) -> None:
    page = open_page(browser, address)
    price = page.get_by_role("textbox", name="Price per vote (USD)")
    price.fill("20 to 40")
    price.press("Enter")
    page.wait_for_url("**vendors.0.price_usd=20*", timeout=WAIT_MS)
    page.get_by_text("At $28.28 per vote").wait_for(timeout=WAIT_MS)
    page.reload()
    settle(page)
    page.get_by_text("At $28.28 per vote").wait_for(timeout=WAIT_MS)
    price = page.get_by_role("textbox", name="Price per vote (USD)")
    assert price.input_value() == "20 to 40"
    no_fault(page)
    price.fill("0.01 to 0.014")
    price.press("Enter")
    page.wait_for_url(lambda url: "vendors" not in url, timeout=WAIT_MS)


def test_a_hostile_address_gives_sentences(browser: Any, address: str) -> None:
    page = open_page(browser, f"{address}/?task.target=%3Cscript%3Ealert(1)%3C/script%3E&plan=AAAA&nonsense=%24x%24")
    assert page.inner_text("h1") in HEADLINES
    assert page.locator("[data-testid='stAlert']").count() >= 3
    no_fault(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_needs_no_sideways_scroll(browser: Any, address: str, scheme: str) -> None:
    page = open_page(browser, address, width=390, scheme=scheme)
    assert charts_of(page).count() == 5
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    # The page's own scroller, and every chart inside its frame.
    assert page.evaluate(
        """() => [...document.querySelectorAll("[data-testid='stMain'], [data-testid='stVegaLiteChart']")]
               .every(box => box.scrollWidth <= box.clientWidth + 1)"""
    )
    no_fault(page)


def test_dark_is_dark(browser: Any, address: str, tmp_path: Path) -> None:
    page = open_page(browser, address, scheme="dark")
    charts_of(page)
    background = page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor")
    assert background == "rgb(18, 23, 26)"
    no_fault(page)
    page.screenshot(path=tmp_path / "dark.png")
    assert (tmp_path / "dark.png").stat().st_size > 10_000
