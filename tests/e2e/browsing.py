"""How a page is opened, waited for and looked over for faults."""

from typing import Any

READY = "[data-testid='stApp'][data-test-script-state='notRunning']"
WAIT_MS = 60_000


READ = """() => {
    const faults = [], page = getComputedStyle(document.querySelector("[data-testid='stApp']")).backgroundColor;
    const dark = page.match(/\\d+/g).slice(0, 3).every(part => part < 60);
    for (const svg of document.querySelectorAll("[data-testid='stVegaLiteChart'] svg")) {
        const edge = svg.getBoundingClientRect();
        for (const text of svg.querySelectorAll('text')) {
            const box = text.getBoundingClientRect();
            if (!text.textContent || getComputedStyle(text).opacity === '0' || !box.width) continue;
            if (box.top < edge.top - 1 || box.left < edge.left - 1 || box.right > edge.right + 1
                || box.bottom > edge.bottom + 1) faults.push(`cut: ${text.textContent}`);
        }
        for (const labels of svg.querySelectorAll('.role-axis-label')) {
            const boxes = [...labels.querySelectorAll('text')].filter(text => text.textContent
                && text.getAttribute('opacity') !== '0' && getComputedStyle(text).opacity !== '0')
                .map(text => [text.textContent, text.getBoundingClientRect()]);
            for (let i = 1; i < boxes.length; i++) {
                const [one, a] = boxes[i - 1], [other, b] = boxes[i];
                if (a.left < b.right && b.left < a.right && a.top < b.bottom - 2 && b.top < a.bottom - 2)
                    faults.push(`over one another: ${one}, ${other}`);
            }
        }
        if (dark) for (const mark of svg.querySelectorAll('.mark-line path, .mark-rule line, .mark-text text')) {
            const style = getComputedStyle(mark), hue = mark.tagName === 'text' ? style.fill : style.stroke;
            if (hue === 'rgb(0, 0, 0)') faults.push(`black: ${mark.getAttribute('aria-label')}`);
        }
    }
    return faults;
}"""


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


def charts_can_be_read(page: Any) -> None:
    """No word of a chart is cut off at its edge or written over another of its axis; no mark is black on black."""
    faults = page.evaluate(READ)
    assert not faults, faults
