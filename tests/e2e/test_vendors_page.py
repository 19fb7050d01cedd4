"""The Vendors page in a real browser: quotes edited, added and deleted, a vendor picked, light, dark and a phone."""

from pathlib import Path
from typing import Any

import pytest

from planner.dashboard import plan_state
from planner.plan import load_plan, parse_plan, template
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

ROW_PX = 35
SIX = load_plan(Path(__file__).parents[2] / "examples" / "six-quotes.toml")
LONG = "In $ and $x^2$, a company of a very long name"
THREE = parse_plan(
    template(
        [
            '[[vendors]]\nname = "<script>alert(1)</script>"\nprice_usd = "0.02 to 0.04"\nvotes_per_item = 3\n',
            f'[[vendors]]\nname = "{LONG}"\nprice_usd = 0.3\nvotes_per_item = 1\n',
            '[[vendors]]\nname = "Tool"\nbilling = "platform_only"\nplatform_fee_usd_per_item = 0.01\n',
        ]
    )
)


def open_vendors(browser: Any, address: str, query: str = "") -> Any:
    page = open_page(browser, f"{address}/vendors{query}", height=1200)
    table_of(page)
    return page


def table_of(page: Any) -> Any:
    table = page.locator("[data-testid='stDataFrame']").first
    table.locator("canvas").first.wait_for(timeout=WAIT_MS)
    return table


def put(page: Any, x: float, row: int, text: str) -> None:
    """Type into a cell of the quotes: `x` pixels from the left, in a row counted from 1."""
    table_of(page).scroll_into_view_if_needed()
    box = table_of(page).bounding_box()
    page.mouse.dblclick(box["x"] + x, box["y"] + ROW_PX * row + ROW_PX / 2)
    cell = page.locator("#portal textarea, .gdg-style textarea").first
    cell.wait_for(timeout=WAIT_MS)
    cell.fill(text)
    page.keyboard.press("Enter")


def tick(page: Any, row: int) -> None:
    """Tick a row of the quotes, counted from 1, for deletion."""
    tick_until(table_of(page), row, page.get_by_role("button", name="Delete row(s)").first)


def tick_until(table: Any, row: int, shown: Any) -> None:
    """Tick a row of a table until that shows something: a table that is just being drawn may lose a click."""
    from playwright.sync_api import TimeoutError

    for patience_ms in (4_000, 8_000, WAIT_MS):
        table.scroll_into_view_if_needed()
        box = table.bounding_box()
        table.page.mouse.click(box["x"] + 15, box["y"] + ROW_PX * row + ROW_PX / 2)
        try:
            shown.wait_for(timeout=patience_ms)
        except TimeoutError:
            continue
        return
    raise AssertionError(f"row {row} could not be ticked")


def test_a_quote_edited_added_and_deleted_is_in_the_address_and_survives(browser: Any, address: str) -> None:
    page = open_vendors(browser, address)
    price = page.get_by_role("textbox", name="Price per vote", exact=False).first
    before = price.input_value()
    put(page, 330, 1, "cheap")
    page.get_by_text('found "cheap"; allowed: a number').wait_for(timeout=WAIT_MS)
    assert price.input_value() == before != "0.05 to 0.12" and "plan=" not in page.url
    put(page, 330, 1, "0.05 to 0.12")
    page.wait_for_url("**plan=*", timeout=WAIT_MS)
    page.get_by_text('found "cheap"').wait_for(state="detached", timeout=WAIT_MS)
    page.wait_for_function(
        "() => [...document.querySelectorAll('input')].some(field => field.value === '0.05 to 0.12')", timeout=WAIT_MS
    )
    settle(page)
    box = table_of(page).bounding_box()
    page.mouse.click(box["x"] + 90, box["y"] + ROW_PX * 2.5)
    put(page, 90, 2, "Vendor $B$")
    page.get_by_role("heading", name="Cheapest: Vendor $B$").wait_for(timeout=WAIT_MS)
    no_fault(page)
    page.get_by_role("link", name="Simulate").click()
    page.get_by_role("textbox", name="Price per vote of Vendor A (USD)").wait_for(timeout=WAIT_MS)
    page.get_by_role("link", name="Vendors").click()
    page.get_by_role("heading", name="Cheapest: Vendor $B$").wait_for(timeout=WAIT_MS)
    page.reload()
    page.get_by_role("heading", name="Cheapest: Vendor $B$").wait_for(timeout=WAIT_MS)
    settle(page)
    charts_of(page, 3)
    tick(page, 2)
    page.keyboard.press("Delete")
    page.get_by_role("heading", name="One quote: Vendor A").wait_for(timeout=WAIT_MS)
    no_fault(page)
    page.get_by_role("button", name="Reset the quotes").click()
    page.wait_for_url(lambda url: "plan=" not in url, timeout=WAIT_MS)


def test_a_row_that_is_ticked_opens_that_vendors_bill_and_the_address_opens_it_again(
    browser: Any, address: str
) -> None:
    page = open_vendors(browser, address, f"?plan={plan_state.pack(THREE)}")
    charts_of(page, 3)
    charts_can_be_read(page)
    deals = page.locator("[data-testid='stDataFrame']").nth(1)
    tick_until(deals, 3, page.get_by_text(f"one order, {LONG}"))  # the second vendor, random labelling
    page.wait_for_url("**vendors.who=*", timeout=WAIT_MS)
    page.wait_for_url("**vendors.plan=random*", timeout=WAIT_MS)
    again = open_vendors(browser, address, page.url.partition("/vendors")[2])
    charts_of(again, 3)
    again.get_by_text(f"one order, {LONG}").wait_for(timeout=WAIT_MS)
    no_fault(again)


def test_six_names_are_not_written_over_one_another(browser: Any, address: str) -> None:
    sound_on_a_dark_phone(browser, f"{address}/vendors?plan={plan_state.pack(SIX)}", 3)
