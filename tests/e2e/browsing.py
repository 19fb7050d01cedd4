"""How a page is opened, waited for and looked over for faults."""

from typing import Any

READY = "[data-testid='stApp'][data-test-script-state='notRunning']"
WAIT_MS = 60_000


def open_page(browser: Any, address: str, *, width: int = 1280, scheme: str = "light") -> Any:
    page = browser.new_context(viewport={"width": width, "height": 960}, color_scheme=scheme).new_page()
    page.goto(address)
    settle(page)
    return page


def settle(page: Any) -> None:
    page.wait_for_selector("h1", timeout=WAIT_MS)
    page.wait_for_selector(READY, timeout=WAIT_MS)


def no_sideways_scroll(page: Any) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    # The page's own scroller, and every chart inside its frame.
    assert page.evaluate(
        """() => [...document.querySelectorAll("[data-testid='stMain'], [data-testid='stVegaLiteChart']")]
               .every(box => box.scrollWidth <= box.clientWidth + 1)"""
    )


def no_fault(page: Any) -> None:
    assert page.locator("[data-testid='stException']").count() == 0
    assert page.locator(".katex").count() == 0
    text = page.inner_text("body")
    for fault in ("$nan", "$-", "NaN", "Traceback"):
        assert fault not in text
