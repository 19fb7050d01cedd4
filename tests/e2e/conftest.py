"""The dashboard as `labelplan dashboard` starts it, and a browser to look at it."""

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


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the dashboard is started: its store and its jobs lie under it."""
    return tmp_path_factory.mktemp("dashboard")


@pytest.fixture(scope="session")
def address(folder: Path) -> Iterator[str]:
    """Start the dashboard as `labelplan dashboard` does, on a free port; one server for all tests, as for all users."""
    from planner.dashboard.launch import command, environment

    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryFile() as log:
        arguments = [*command(port), "--server.headless=true"]
        server = subprocess.Popen(
            arguments,
            cwd=folder,
            env=environment(None, None),
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
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
    """Give the browser, and close what a test has opened: a page that stays goes on asking the server."""
    yield chromium
    for context in chromium.contexts:
        context.close()
