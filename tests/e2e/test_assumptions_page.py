"""The Assumptions & evidence page in a real browser, and what lives on from page to page."""

from typing import Any

import pytest

from tests.e2e.browsing import (
    READY,
    WAIT_MS,
    charts_can_be_read,
    charts_of,
    no_fault,
    no_sideways_scroll,
    open_page,
    settle,
)

pytestmark = pytest.mark.browser

SECTIONS = {
    "Every number": 0,
    "A against B": 0,
    "Worth knowing": 2,
    "Evidence": 0,
    "Past forecasts": 0,
    "Findings": 0,
    "Campaign": 0,
}


def show(page: Any, section: str) -> None:
    page.get_by_role("radio", name=section).click()
    page.wait_for_timeout(300)
    page.wait_for_selector(READY, timeout=WAIT_MS)


def change(page: Any, field: str, text: str, key: str) -> None:
    box = page.get_by_role("textbox", name=field)
    box.fill(text)
    box.press("Enter")
    page.wait_for_url(lambda url: f"{key}=" in url, timeout=WAIT_MS)


def go(page: Any, name: str) -> None:
    page.get_by_role("link", name=name).first.click()
    page.wait_for_timeout(300)
    settle(page)


def test_what_was_typed_and_kept_lives_on_from_page_to_page(browser: Any, address: str) -> None:
    page = open_page(browser, f"{address}/assumptions?vendors.0.set_up_usd=250&assumptions.show=A+against+B")
    page.get_by_role("button", name="Keep this plan as scenario A").click()
    page.wait_for_url(lambda url: "a=" in url, timeout=WAIT_MS)
    change(page, "Price per vote (USD)", "20 to 40", "vendors.0.price_usd")
    for name in ("Verdict", "Assumptions & evidence"):
        go(page, name)
        page.wait_for_url(lambda url: all(f"{key}=" in url for key in ("vendors.0.set_up_usd", "&a")), timeout=WAIT_MS)
        assert page.get_by_role("textbox", name="Price per vote (USD)").input_value() == "20 to 40"
        no_fault(page)
    page.get_by_text("1 input differs").wait_for(timeout=WAIT_MS)
    page.locator("[data-testid='stVegaLiteChart']").locator("svg, canvas").first.wait_for(timeout=WAIT_MS)
    page.reload()
    settle(page)
    page.get_by_text("1 input differs").wait_for(timeout=WAIT_MS)
    no_fault(page)


def test_every_section_opens_with_its_charts_on_a_dark_phone(browser: Any, address: str) -> None:
    page = open_page(browser, f"{address}/assumptions?vendors.0.price_usd=0.2+to+2", width=390, scheme="dark")
    for section, charts in SECTIONS.items():
        show(page, section)
        if charts:
            charts_of(page, charts)
            charts_can_be_read(page)
        no_fault(page)
        no_sideways_scroll(page)
