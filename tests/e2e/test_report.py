"""The report as the dashboard hands it over, opened in a real browser: offline, on a dark phone, and as pages."""

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.browsing import WAIT_MS, open_page

pytestmark = pytest.mark.browser

PAPER_PX = (680, 1_000)  # A4 without the report's margins, at 96 dots an inch


def opened(browser: Any, path: Path, *, width: int, scheme: str) -> tuple[Any, list[str]]:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True)
    page, asked = context.new_page(), list[str]()
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    return page, asked


def test_the_report_is_downloaded_and_opens_offline_on_a_dark_phone_and_on_paper(
    browser: Any, address: str, tmp_path: Path
) -> None:
    dashboard = open_page(browser, address)
    said = dashboard.inner_text("h1")
    with dashboard.expect_download(timeout=WAIT_MS) as found:
        dashboard.get_by_role("button", name="Download the report").click()
    path = tmp_path / "report.html"
    found.value.save_as(path)

    phone, asked = opened(browser, path, width=390, scheme="dark")
    assert asked == [path.as_uri()]
    assert phone.inner_text("h1") == said
    assert phone.locator("svg").count() >= 9
    assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    # Words inside the pictures follow the screen: light on dark.
    assert phone.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 23, 26)"
    assert (
        phone.evaluate("getComputedStyle(document.querySelector('svg [fill=\"#404040\"]')).fill")
        == "rgb(230, 230, 230)"
    )
    phone.get_by_role("link", name="Assumptions").click()
    assert phone.url.endswith("#assumptions")

    width, height = PAPER_PX
    paper, _ = opened(browser, path, width=width, scheme="dark")
    paper.emulate_media(media="print")
    assert paper.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    # Nothing that must stay whole is taller than a page, so that nothing has to be cut.
    tallest = "Math.max(...[...document.querySelectorAll('figure, tr, .card, .warning')].map(box => box.offsetHeight))"
    assert paper.evaluate(tallest) < height
    assert paper.evaluate(
        "[...document.querySelectorAll('figure')].every(box => getComputedStyle(box).breakInside === 'avoid')"
    )
    assert paper.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
