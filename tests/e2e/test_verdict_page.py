"""The Verdict page in a real browser: light, dark and on a phone."""

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.browsing import WAIT_MS, no_fault, no_sideways_scroll, open_page, settle

pytestmark = pytest.mark.browser

HEADLINES = ("Use active learning", "Label random", "Too close to call")


def charts_of(page: Any) -> Any:
    charts = page.locator("[data-testid='stVegaLiteChart']")
    charts.nth(4).locator("svg, canvas").first.wait_for(timeout=WAIT_MS)
    return charts


def test_it_answers_with_every_chart(browser: Any, address: str) -> None:
    page = open_page(browser, address)
    assert page.inner_text("h1") in HEADLINES
    assert charts_of(page).count() >= 5
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
    assert charts_of(page).count() >= 5
    no_sideways_scroll(page)
    no_fault(page)


def test_dark_is_dark(browser: Any, address: str, tmp_path: Path) -> None:
    page = open_page(browser, address, scheme="dark")
    charts_of(page)
    background = page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor")
    assert background == "rgb(18, 23, 26)"
    no_fault(page)
    page.screenshot(path=tmp_path / "dark.png")
    assert (tmp_path / "dark.png").stat().st_size > 10_000
