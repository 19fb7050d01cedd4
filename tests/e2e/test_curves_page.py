"""The Curves page in a real browser: axes chosen, data downloaded, a pilot uploaded; light, dark and on a phone."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd
import pytest

from tests.e2e.browsing import (
    WAIT_MS,
    charts_of,
    choices_can_be_read,
    no_fault,
    open_page,
    settle,
    sound_on_a_dark_phone,
)

pytestmark = pytest.mark.browser

MEASURED = f"curves?curves.of={quote('Measured on data sets')}&curves.data=letter"


def test_choices_live_in_the_address_and_charts_offer_their_data(browser: Any, address: str, tmp_path: Path) -> None:
    page = open_page(browser, f"{address}/{MEASURED}")
    assert page.inner_text("h1") == "Learning curves"
    charts_of(page, 5)
    page.get_by_text("Measured accuracy at 1,400 labels").wait_for(timeout=WAIT_MS)
    page.get_by_role("radio", name="Money").click()
    page.wait_for_url("**curves.axis=Money*", timeout=WAIT_MS)
    page.get_by_text("Cost: the whole plan").wait_for(timeout=WAIT_MS)
    page.reload()
    settle(page)
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
    page.get_by_text("Measured error at 1,400 labels").wait_for(timeout=WAIT_MS)
    no_fault(page)


def test_a_dark_phone_shows_every_chart_whole(browser: Any, address: str) -> None:
    choices_can_be_read(sound_on_a_dark_phone(browser, f"{address}/{MEASURED}", 5))
