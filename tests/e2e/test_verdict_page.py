"""The Verdict page in a real browser: light, dark and on a phone."""

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.browsing import WAIT_MS, charts_can_be_read, no_fault, no_sideways_scroll, open_page, settle

pytestmark = pytest.mark.browser

HEADLINES = ("Use active learning", "Label random", "Too close to call")


def charts_of(page: Any) -> Any:
    charts = page.locator("[data-testid='stVegaLiteChart']")
    charts.nth(4).locator("svg, canvas").first.wait_for(timeout=WAIT_MS)
    return charts


def test_it_answers_with_every_chart_and_a_report(browser: Any, address: str, tmp_path: Path) -> None:
    page = open_page(browser, address)
    assert page.inner_text("h1") in HEADLINES
    assert charts_of(page).count() >= 5
    charts_can_be_read(page)
    no_fault(page)
    with page.expect_download(timeout=WAIT_MS) as found:
        page.get_by_role("button", name="Download the report").click()
    found.value.save_as(tmp_path / "report.html")
    report = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.inner_text("h1") in report and "<svg" in report


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


@pytest.mark.parametrize(("width", "scheme"), [(1280, "dark"), (390, "light"), (390, "dark")])
def test_dark_and_a_phone_show_every_chart_whole(browser: Any, address: str, width: int, scheme: str) -> None:
    page = open_page(browser, address, width=width, scheme=scheme)
    assert charts_of(page).count() >= 5
    charts_can_be_read(page)
    no_sideways_scroll(page)
    no_fault(page)
    if scheme == "dark":
        background = page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor")
        assert background == "rgb(18, 23, 26)"


def test_a_chart_that_cannot_be_read_is_noticed(browser: Any, address: str) -> None:
    page = open_page(browser, address, scheme="dark")
    charts_of(page)
    charts_can_be_read(page)
    page.evaluate("""() => {
        const svg = document.querySelector("[data-testid='stVegaLiteChart'] svg");
        svg.querySelector('text').setAttribute('transform', 'translate(-400, 0)');
        const [one, other] = document.querySelectorAll("[data-testid='stVegaLiteChart'] .role-axis-label text");
        other.setAttribute('transform', one.getAttribute('transform'));
        for (const line of document.querySelectorAll('.mark-line path')) line.setAttribute('stroke', 'black');
    }""")
    with pytest.raises(AssertionError, match="cut: ") as found:
        charts_can_be_read(page)
    assert "over one another" in str(found.value) and "black: " in str(found.value)
