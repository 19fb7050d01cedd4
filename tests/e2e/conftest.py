"""The dashboard as `labelplan dashboard` starts it, and a browser to look at it."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the dashboard is started: its store and its jobs lie under it."""
    return tmp_path_factory.mktemp("dashboard")


@pytest.fixture(scope="session")
def address(folder: Path) -> Iterator[str]:
    """Start the dashboard as `labelplan dashboard` does, on a free port; one server for all tests, as for all users."""
    from scripts.dashboard_server import served

    with served(folder) as server:
        yield server.address


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Start one browser for all tests."""
    path = shutil.which("chromium")
    if path is None:
        if os.environ.get("LABELPLAN_REQUIRE_BROWSER") == "1":
            pytest.fail("LABELPLAN_REQUIRE_BROWSER=1, but there is no chromium on the path")
        pytest.skip("there is no chromium on the path: install Debian's chromium to run the browser tests")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def browser(chromium: Any) -> Iterator[Any]:
    """Give a browser context that all tests share: what its pages have loaded serves the next.

    What a test has opened is closed: a page that stays goes on asking the server.
    """
    shared, *_ = chromium.contexts or [chromium.new_context(reduced_motion="reduce")]
    yield shared
    for context in chromium.contexts[1:]:
        context.close()
    for page in shared.pages:
        page.close()
