"""The Back and Forward buttons: a plan, a scenario and what to solve for are never lost on the way."""

from typing import Any

import pytest

from planner.dashboard import plan_state
from planner.plan import parse_plan
from tests.e2e.browsing import WAIT_MS, no_fault, open_page, settle

pytestmark = pytest.mark.browser

PLAN = parse_plan('[task]\nname = "Carried along"\ntarget = 0.8\nbudget_usd = 9000\n[strategy]\nbatch_size = 1000\n')
HELD = ("plan=", "a=", "task.solve_for=value_at_budget")


def holds(page: Any, *parts: str) -> None:
    page.wait_for_url(lambda url: all(part in url for part in parts), timeout=WAIT_MS)
    settle(page)
    page.get_by_text("Carried along").first.wait_for(timeout=WAIT_MS)


def test_back_right_after_a_page_click_loses_nothing(browser: Any, address: str) -> None:
    packed = plan_state.pack(PLAN)
    page = open_page(browser, f"{address}/assumptions?plan={packed}&a={packed}&task.solve_for=value_at_budget")
    holds(page, *HELD)
    page.get_by_role("link", name="Verdict").first.click()
    page.wait_for_url(f"{address}/?*", timeout=WAIT_MS)
    holds(page, *HELD)
    # A page click leaves its bare address in the history, or not, as the browser and the server happen to meet: with
    # one more there is one for certain. It is completed again, and the buttons lead on.
    page.evaluate("history.pushState({}, '', location.pathname)")
    page.go_back()
    holds(page, *HELD)
    page.go_forward()
    holds(page, *HELD)
    assert page.get_by_role("textbox", name="Budget", exact=False).first.input_value() == "9000"
    for _ in range(4):
        page.go_back()
        holds(page, *HELD)
        if "/assumptions" in page.url:
            break
    assert "/assumptions" in page.url
    no_fault(page)


def test_back_undoes_an_opened_plan_and_forward_brings_it_again(browser: Any, address: str) -> None:
    page = open_page(browser, f"{address}/assumptions")
    target = page.get_by_role("textbox", name="Target", exact=False).first
    file = {"name": "mine.toml", "mimeType": "application/toml", "buffer": PLAN.to_toml().encode()}
    page.locator("[data-testid='stSidebar'] input[type=file]").first.set_input_files(file)
    holds(page, "plan=")
    assert target.input_value() == "0.8"
    page.go_back()
    page.wait_for_url(lambda url: "plan=" not in url, timeout=WAIT_MS)
    page.get_by_text("Carried along").first.wait_for(state="detached", timeout=WAIT_MS)
    settle(page)
    assert target.input_value() == "0.9"
    page.go_forward()
    holds(page, "plan=")
    assert target.input_value() == "0.8"
    no_fault(page)
