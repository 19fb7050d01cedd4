"""The pages in a real browser; in one file, so that one server and one browser serve all of them."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pandas as pd
import pytest

from planner.app.jobs import JobDir, default_store, jobs_of
from planner.dashboard import plan_state
from planner.plan import load_plan, parse_plan
from tests.e2e.browsing import (
    PHONE_PX,
    READY,
    WAIT_MS,
    charts_can_be_read,
    charts_of,
    choices_can_be_read,
    has_value,
    no_fault,
    no_sideways_scroll,
    open_page,
    reload,
    resized,
    settle,
    sound_on_a_dark_phone,
)
from tests.hostile import sessions
from tests.planner.app.conftest import held

pytestmark = pytest.mark.browser

HEADLINES = ("Use active learning", "Label random", "Too close to call")
PAPER_PX = (680, 1_000)  # A4 without the report's margins, at 96 dots an inch


def offline(browser: Any, path: Path, *, width: int, scheme: str) -> tuple[Any, list[str]]:
    """Open a file without a network, and list what it asks for."""
    page, asked = browser.browser.new_context(offline=True).new_page(), list[str]()
    page.on("request", lambda request: asked.append(request.url))
    resized(page, width=width, scheme=scheme).goto(path.as_uri())
    return page, asked


def test_the_verdict_its_report_offline_and_an_edited_price(browser: Any, address: str, tmp_path: Path) -> None:
    dashboard = open_page(browser, address)
    said = dashboard.inner_text("h1")
    assert said in HEADLINES
    charts_of(dashboard, 5)
    charts_can_be_read(dashboard)
    no_fault(dashboard)
    with dashboard.expect_download(timeout=WAIT_MS) as found:
        dashboard.get_by_role("button", name="Download the report").click()
    path = tmp_path / "report.html"
    found.value.save_as(path)

    phone, asked = offline(browser, path, width=PHONE_PX, scheme="dark")
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
    paper, _ = offline(browser, path, width=width, scheme="dark")
    paper.emulate_media(media="print")
    assert paper.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    # Nothing that must stay whole is taller than a page, so that nothing has to be cut.
    tallest = "Math.max(...[...document.querySelectorAll('figure, tr, .card, .warning')].map(box => box.offsetHeight))"
    assert paper.evaluate(tallest) < height
    assert paper.evaluate(
        "[...document.querySelectorAll('figure')].every(box => getComputedStyle(box).breakInside === 'avoid')"
    )
    assert paper.evaluate("document.documentElement.scrollWidth <= window.innerWidth")

    price = dashboard.get_by_role("textbox", name="Price per vote (USD)")
    price.fill("20 to 40")
    price.press("Enter")
    dashboard.wait_for_url("**vendors.0.price_usd=20*", timeout=WAIT_MS)
    told = dashboard.get_by_text("At $28.28 per vote")
    told.wait_for(timeout=WAIT_MS)
    reload(dashboard)
    told.wait_for(timeout=WAIT_MS)
    no_fault(dashboard)
    dashboard.get_by_role("link", name="Assumptions").click()
    dashboard.wait_for_url("**/assumptions?*vendors.0.price_usd=20*", timeout=WAIT_MS)
    has_value(price, "20 to 40")
    price.fill("0.01 to 0.014")
    price.press("Enter")
    dashboard.wait_for_url(lambda url: "vendors" not in url, timeout=WAIT_MS)


def test_no_page_asks_for_anything_of_another_host(browser: Any, address: str) -> None:
    context, asked = browser.browser.new_context(), list[str]()
    context.on("request", lambda request: asked.append(request.url))
    page = open_page(context, f"{address}/simulate")
    assert page.evaluate("document.querySelector('link[rel*=icon]').href").startswith("data:image/svg+xml")
    assert asked and all(url.startswith((address, "data:", "blob:")) for url in asked)


@pytest.mark.slow
def test_two_sessions_that_are_edited_speak_of_their_own_plan_alone(browser: Any, address: str) -> None:
    pages = [sessions.open_session(browser, address, number) for number in range(2)]
    rng = np.random.default_rng(0)
    assert {sessions.attempt(rng, pages.__getitem__, [], len(pages)) for _ in range(4)} >= {sessions.EDITED}


def test_a_hostile_address_gives_sentences_and_whole_charts_on_a_dark_phone(browser: Any, address: str) -> None:
    hostile = "task.target=%3Cscript%3Ealert(1)%3C/script%3E&plan=AAAA&nonsense=%24x%24"
    page = sound_on_a_dark_phone(browser, f"{address}/?{hostile}", 5)
    assert page.inner_text("h1") in HEADLINES
    assert page.locator("[data-testid='stAlert']").count() >= 3
    # A chart that cannot be read would have been noticed.
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


MINE = parse_plan(
    '[task]\nname = "Carried along"\ntarget = 0.8\nbudget_usd = 9000\n[strategy]\nbatch_size = 1000\n'
    '[[vendors]]\nname = "Crowd"\nprice_usd = "0.2 to 2"\n'
)
KEPT = ("plan=", "a=", "task.solve_for=value_at_budget")
CHARTS = {
    "A against B": 1,
    "Every number": 0,
    "Worth knowing": 1,
    "Evidence": 0,
    "Past forecasts": 0,
    "Findings": 0,
    "Campaign": 0,
}


def holds(page: Any, *parts: str) -> None:
    page.wait_for_url(lambda url: all(f"&{part}" in url.replace("?", "&") for part in parts), timeout=WAIT_MS)
    settle(page)
    page.get_by_text("Carried along").first.wait_for(timeout=WAIT_MS)


def test_back_and_forward_lose_nothing_of_what_was_opened_and_kept(browser: Any, address: str) -> None:
    page = open_page(browser, f"{address}/assumptions?assumptions.show=A+against+B")
    target = page.get_by_role("textbox", name="Target", exact=False).first
    file = {"name": "mine.toml", "mimeType": "application/toml", "buffer": MINE.to_toml().encode()}
    page.locator("[data-testid='stSidebar'] input[type=file]").first.set_input_files(file)
    holds(page, "plan=")
    has_value(target, "0.8")
    page.go_back()
    page.wait_for_url(lambda url: "plan=" not in url, timeout=WAIT_MS)
    page.get_by_text("Carried along").first.wait_for(state="detached", timeout=WAIT_MS)
    settle(page)
    has_value(target, "0.9")
    page.go_forward()
    holds(page, "plan=")
    has_value(target, "0.8")

    page.get_by_role("button", name="Keep this plan as scenario A").click()
    holds(page, *KEPT[:2])
    page.get_by_text("Value at the budget").click()
    holds(page, *KEPT)
    page.get_by_role("link", name="Verdict").first.click()
    page.wait_for_url(f"{address}/?*", timeout=WAIT_MS)
    holds(page, *KEPT)
    # A page click leaves its bare address in the history, or not, as the browser and the server happen to meet: with
    # one more there is one for certain. It is completed again, and the buttons lead on.
    page.evaluate("history.pushState({}, '', location.pathname)")
    page.go_back()
    holds(page, *KEPT)
    page.go_forward()
    holds(page, *KEPT)
    has_value(page.get_by_role("textbox", name="Budget", exact=False).first, "9000")
    for _ in range(4):
        page.go_back()
        holds(page, *KEPT)
        if "/assumptions" in page.url:
            break
    assert "/assumptions" in page.url
    no_fault(page)

    reload(resized(page, width=PHONE_PX, scheme="dark"))
    holds(page, *KEPT)
    for section, charts in CHARTS.items():
        page.get_by_role("radio", name=section).click()
        page.locator(f"[role=radio][aria-checked=true]:has-text('{section}')").wait_for(timeout=WAIT_MS)
        page.wait_for_selector(READY, timeout=WAIT_MS)
        if section == "A against B":
            page.get_by_text("1 input differs").wait_for(timeout=WAIT_MS)
        if charts:
            charts_of(page, charts)
            charts_can_be_read(page)
        no_fault(page)
        no_sideways_scroll(page)


def test_choices_of_curves_live_in_the_address_and_charts_offer_their_data(
    browser: Any, address: str, tmp_path: Path
) -> None:
    measured = f"{address}/curves?curves.of={quote('Measured on data sets')}&curves.data=letter"
    page = sound_on_a_dark_phone(browser, measured, 5)
    choices_can_be_read(page)
    assert page.inner_text("h1") == "Learning curves"
    page.get_by_text("Measured accuracy at").first.wait_for(timeout=WAIT_MS)
    page.get_by_role("radio", name="Money").click()
    page.wait_for_url("**curves.axis=Money*", timeout=WAIT_MS)
    page.get_by_text("Cost: the whole plan").wait_for(timeout=WAIT_MS)
    reload(resized(page, width=1280, scheme="light"))
    page.get_by_text("Cost: the whole plan").wait_for(timeout=WAIT_MS)
    charts_of(page, 5)
    no_fault(page)
    with page.expect_download(timeout=WAIT_MS) as found:
        page.get_by_role("button", name="Data (CSV)").first.click()
    found.value.save_as(tmp_path / "curves.csv")
    drawn = pd.read_csv(tmp_path / "curves.csv")
    assert {"strategy", "labels", "total_usd", "q10", "q50", "q90", "extrapolated"} == set(drawn.columns)
    assert set(drawn["strategy"]) == {"random", "stratified_random", "margin", "entropy", "coreset"}
    page.get_by_role("radio", name="Labels").click()
    page.get_by_role("radio", name="Error, both axes log").click()
    page.wait_for_url("**curves.view=Error*", timeout=WAIT_MS)
    settle(page)
    page.get_by_role("link", name="Simulate").click()
    page.wait_for_url("**/simulate*", timeout=WAIT_MS)
    page.get_by_role("heading", name="What to simulate").wait_for(timeout=WAIT_MS)
    page.get_by_role("link", name="Curves").click()
    page.wait_for_url(lambda url: "curves.view=Error" in url and "curves.data=letter" in url, timeout=WAIT_MS)
    page.get_by_text("Measured error at").first.wait_for(timeout=WAIT_MS)
    no_fault(page)


ROW_PX = 35
LONG = "In $ and $x^2$, a company of a very long name"
SIX = load_plan(Path(__file__).parents[2] / "examples" / "six-quotes.toml").replace(
    {"vendors.1.name": LONG, "vendors.5.name": "<script>alert(1)</script>"}
)


def table_of(page: Any, place: int = 0) -> Any:
    table = page.locator("[data-testid='stDataFrame']").nth(place)
    table.locator("canvas").first.wait_for(timeout=WAIT_MS)
    table.scroll_into_view_if_needed()
    return table


def put(page: Any, x: float, row: int, text: str) -> None:
    """Type into a cell of the quotes: `x` pixels from the left, in a row counted from 1."""
    box = table_of(page).bounding_box()
    page.mouse.dblclick(box["x"] + x, box["y"] + ROW_PX * row + ROW_PX / 2)
    cell = page.locator("#portal textarea, .gdg-style textarea").first
    cell.wait_for(timeout=WAIT_MS)
    cell.fill(text)
    page.keyboard.press("Enter")


def tick(page: Any, place: int, row: int, shown: Any) -> None:
    """Tick a row of a table until that shows something: a table that is just being drawn may lose a click."""
    from playwright.sync_api import TimeoutError

    for patience_ms in (4_000, 8_000, WAIT_MS):
        box = table_of(page, place).bounding_box()
        page.mouse.click(box["x"] + 15, box["y"] + ROW_PX * row + ROW_PX / 2)
        try:
            shown.wait_for(timeout=patience_ms)
        except TimeoutError:
            continue
        return
    raise AssertionError(f"row {row} could not be ticked")


def test_a_quote_edited_added_and_deleted_is_in_the_address_and_survives(browser: Any, address: str) -> None:
    page = open_page(browser, f"{address}/vendors")
    price = page.get_by_role("textbox", name="Price per vote", exact=False).first
    has_value(price, "0.01 to 0.014")
    put(page, 330, 1, "cheap")
    page.get_by_text('found "cheap"; allowed: a number').wait_for(timeout=WAIT_MS)
    has_value(price, "0.01 to 0.014")
    assert "plan=" not in page.url
    put(page, 330, 1, "0.05 to 0.12")
    page.wait_for_url("**plan=*", timeout=WAIT_MS)
    page.get_by_text('found "cheap"').wait_for(state="detached", timeout=WAIT_MS)
    has_value(price, "0.05 to 0.12")
    settle(page)
    box = table_of(page).bounding_box()
    page.mouse.click(box["x"] + 90, box["y"] + ROW_PX * 2.5)
    put(page, 90, 2, "Vendor $B$")
    cheapest = page.get_by_role("heading", name="Cheapest: Vendor $B$")
    cheapest.wait_for(timeout=WAIT_MS)
    no_fault(page)
    page.get_by_role("link", name="Simulate").click()
    page.get_by_role("textbox", name="Price per vote of Vendor A (USD)").wait_for(timeout=WAIT_MS)
    page.get_by_role("link", name="Vendors").click()
    cheapest.wait_for(timeout=WAIT_MS)
    reload(page)
    cheapest.wait_for(timeout=WAIT_MS)
    charts_of(page, 3)
    charts_can_be_read(page)
    tick(page, 0, 2, page.get_by_role("button", name="Delete row(s)").first)
    page.keyboard.press("Delete")
    page.get_by_role("heading", name="One quote: Vendor A").wait_for(timeout=WAIT_MS)
    no_fault(page)
    page.get_by_role("button", name="Reset the quotes").click()
    page.wait_for_url(lambda url: "plan=" not in url, timeout=WAIT_MS)


def test_six_names_are_not_written_over_one_another_and_a_row_that_is_ticked_opens_its_bill(
    browser: Any, address: str
) -> None:
    page = resized(
        sound_on_a_dark_phone(browser, f"{address}/vendors?plan={plan_state.pack(SIX)}", 3), width=1280, scheme="dark"
    )
    bill = page.get_by_text(f"more orders after the initial set, {LONG}")
    tick(page, 1, 3, bill)  # the second vendor, random labelling
    page.wait_for_url("**vendors.who=*", timeout=WAIT_MS)
    page.wait_for_url("**vendors.plan=random*", timeout=WAIT_MS)
    reload(page)
    bill.wait_for(timeout=WAIT_MS)
    charts_of(page, 3)
    charts_can_be_read(page)
    no_fault(page)


GRID = "simulate.learners=ridge&simulate.learners=mlp&simulate.rounds=6&simulate.seeds=2"
"""Eight trajectories: the four of ridge are kept at once, those of the perceptron take seconds."""


def test_a_simulation_is_paused_resumed_seen_by_others_and_used(browser: Any, address: str, folder: Path) -> None:
    def shows(seen: Any, status: str) -> None:
        seen.get_by_role("heading", name=status, exact=False).wait_for(timeout=WAIT_MS)

    page = open_page(browser, f"{address}/simulate?{GRID}")
    page.get_by_role("button", name="Simulate 8 trajectories").click()
    shows(page, "Running")
    place = JobDir.beside(default_store(folder))
    (job,) = jobs_of(place)
    with held(job):
        charts_of(page, 1)  # by itself, while it runs
        second = open_page(browser.browser.new_context(), f"{address}/simulate", width=PHONE_PX, scheme="dark")
        shows(second, "Running")
        page.get_by_role("button", name="Pause").click()
        shows(page, "Pausing")
    for seen in (page, second):
        shows(seen, "Paused")
        no_fault(seen)
    kept = len(list(place.store.glob("*/*.json")))
    assert 0 < kept < 8

    reload(page)
    page.get_by_text(f"{kept} of 8 trajectories are stored").wait_for(timeout=WAIT_MS)
    page.get_by_role("button", name=f"Simulate {8 - kept} trajectories").wait_for(timeout=WAIT_MS)
    page.get_by_role("button", name="Resume").click()
    reload(second)
    # Both see its end without a click; the first page's counts follow.
    for seen in (page, second):
        shows(seen, "Done")
        seen.get_by_text("All 8 trajectories are stored.").wait_for(timeout=WAIT_MS)
        charts_of(seen, 1)
        no_fault(seen)
    page.get_by_text("8 trajectories: 8 stored already, 0 to run").wait_for(timeout=WAIT_MS)
    no_sideways_scroll(second)

    use = second.get_by_role("button", name="Use these curves")
    use.click()
    second.wait_for_function("location.search.includes('simulate.use=true')", timeout=WAIT_MS)
    reload(second)
    shows(second, "Done")
    assert use.count() == 0
    no_fault(second)
