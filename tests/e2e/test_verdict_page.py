"""The Verdict page in a real browser, and the report it hands over: offline, on a dark phone, and as pages."""

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.browsing import (
    WAIT_MS,
    charts_can_be_read,
    charts_of,
    no_fault,
    open_page,
    settle,
    sound_on_a_dark_phone,
)

pytestmark = pytest.mark.browser

HEADLINES = ("Use active learning", "Label random", "Too close to call")


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


def test_every_chart_is_whole_on_a_dark_phone_and_one_that_cannot_be_read_is_noticed(
    browser: Any, address: str
) -> None:
    page = sound_on_a_dark_phone(browser, address, 6)
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
    assert said in HEADLINES
    charts_of(dashboard, 6)
    charts_can_be_read(dashboard)
    no_fault(dashboard)
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


def test_a_hostile_address_gives_sentences(browser: Any, address: str) -> None:
    page = open_page(browser, f"{address}/?task.target=%3Cscript%3Ealert(1)%3C/script%3E&plan=AAAA&nonsense=%24x%24")
    assert page.inner_text("h1") in HEADLINES
    assert page.locator("[data-testid='stAlert']").count() >= 3
    no_fault(page)
