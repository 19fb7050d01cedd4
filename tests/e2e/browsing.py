"""How a page is opened, waited for and looked over for faults."""

from typing import Any

READY = "[data-testid='stApp'][data-test-script-state='notRunning']"
WAIT_MS = 60_000
PHONE_PX = 390


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
        const boxes = [...svg.querySelectorAll('text')].filter(text => text.textContent
            && text.getAttribute('opacity') !== '0' && getComputedStyle(text).opacity !== '0')
            .map(text => [text.textContent, text.getBoundingClientRect()]).filter(([, box]) => box.width);
        boxes.forEach(([one, a], i) => boxes.slice(i + 1).forEach(([other, b]) => {
            if (a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3)
                faults.push(`over one another: ${one}, ${other}`);
        }));
        if (dark) for (const mark of svg.querySelectorAll('.mark-line path, .mark-rule line, .mark-text text')) {
            const style = getComputedStyle(mark), hue = mark.tagName === 'text' ? style.fill : style.stroke;
            if (hue === 'rgb(0, 0, 0)') faults.push(`black: ${mark.getAttribute('aria-label')}`);
        }
    }
    return faults;
}"""


CONTRAST = """() => {
    const parts = colour => colour.match(/[\\d.]+/g).map(Number);
    const bright = colour => {
        const [r, g, b] = colour.map(part => part / 255)
            .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    // What is behind an element: all backgrounds up to the page's own, one laid over the other.
    const behind = element => {
        if (element === null) return [255, 255, 255];
        const [r, g, b, a = 1] = parts(getComputedStyle(element).backgroundColor);
        if (a === 1) return [r, g, b];
        const below = behind(element.parentElement);
        return [r, g, b].map((part, i) => a * part + (1 - a) * below[i]);
    };
    return [...document.querySelectorAll("[data-testid='stButtonGroup'] [aria-checked='true']")].map(part => {
        const [one, other] = [parts(getComputedStyle(part).color).slice(0, 3), behind(part)].map(bright);
        return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    });
}"""
"""The contrast ratio (WCAG 2.2) of the words in the chosen part of each segmented control."""


def open_page(context: Any, address: str, *, width: int = 1280, scheme: str = "light") -> Any:
    """Open a page in a browser context, which keeps what its pages have loaded: a new one loads all of it again."""
    page = resized(context.new_page(), width=width, scheme=scheme)
    page.goto(address)
    settle(page)
    return page


def resized(page: Any, *, width: int, scheme: str) -> Any:
    page.set_viewport_size({"width": width, "height": 1_200})
    page.emulate_media(color_scheme=scheme)
    return page


def reload(page: Any) -> None:
    page.reload()
    settle(page)


def settle(page: Any) -> None:
    page.wait_for_selector("h1", timeout=WAIT_MS)
    page.wait_for_selector(READY, timeout=WAIT_MS)


def has_value(field: Any, text: str) -> None:
    """Wait until a field holds a text: a page that is settled may still be filling its fields."""
    from playwright.sync_api import expect

    expect(field).to_have_value(text, timeout=WAIT_MS)


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


def choices_can_be_read(page: Any) -> None:
    """The chosen part of every control that stands in a row can be read."""
    found = page.evaluate(CONTRAST)
    assert found and min(found) >= 4.5, found


def charts_of(page: Any, expected: int) -> None:
    """Wait until that many charts are drawn; there are no more of them."""
    charts = page.locator("[data-testid='stVegaLiteChart']")
    charts.nth(expected - 1).locator("svg, canvas").first.wait_for(timeout=WAIT_MS)
    assert charts.count() == expected


def sound_on_a_dark_phone(context: Any, address: str, charts: int) -> Any:
    """Open a page on a dark phone, where every chart is whole; light or wide, no page is laid out in a harder way."""
    page = open_page(context, address, width=PHONE_PX, scheme="dark")
    charts_of(page, charts)
    charts_can_be_read(page)
    no_sideways_scroll(page)
    no_fault(page)
    background = page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor")
    assert background == "rgb(18, 23, 26)"
    return page
