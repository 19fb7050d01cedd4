"""The report as the Verdict page offers it: ticked sections, kept from page to page, and the whole answer in it."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from planner.dashboard import answers
from planner.dashboard.plan_link import read_start
from planner.dashboard.views import verdict_parts
from planner.render.html import SECTIONS, offered_sections
from planner.render.verdict import words
from simulations.errors import InputError

APP = Path(__file__).parents[4] / "planner" / "dashboard" / "app.py"
VERDICT, ASSUMPTIONS = "views/verdict.py", "views/assumptions.py"


def headings(page: str) -> list[str]:
    return re.findall(r"<h2>(.*)</h2>", page)


def test_every_section_is_ticked_at_first_and_what_is_not_stays_so() -> None:
    at = AppTest.from_file(str(APP), default_timeout=60).switch_page(VERDICT).run()
    boxes = [box for box in at.checkbox if str(box.key).startswith(verdict_parts.TICKED)]
    assert [box.label for box in boxes] == [title for name, title in SECTIONS.items() if name != "hybrid"]
    assert all(box.value for box in boxes)
    at.checkbox(key=f"{verdict_parts.TICKED}.method").uncheck().run()
    assert not at.exception
    at.switch_page(ASSUMPTIONS).run()
    at.switch_page(VERDICT).run()
    assert not at.checkbox(key=f"{verdict_parts.TICKED}.method").value
    assert at.checkbox(key=f"{verdict_parts.TICKED}.plans").value


def test_the_report_holds_the_whole_answer_and_what_cannot_be_told_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    start = read_start({})
    verdict = answers.verdict_of(start.plan, start)
    page = verdict_parts._page(verdict, start, offered_sections(verdict))
    assert headings(page) == [*offered_sections(verdict).values()]
    assert words.headline(verdict) in page and "Nothing to show" not in page
    # The page's own answer has no analysis; the report's has.
    assert verdict.analysis is None and "From where to where active learning pays" in page

    def refuse(*_: object) -> None:
        raise InputError("too much is asked")

    monkeypatch.setattr(verdict_parts.vendors_parts, "of_text", refuse)
    monkeypatch.setattr(answers, "analysis_of_verdict", refuse)
    page = verdict_parts._page(replace(verdict, warnings=()), start, ["vendors", "information"])
    assert headings(page) == [SECTIONS["information"], SECTIONS["vendors"]]
    assert page.count('<p class="warning">too much is asked</p>') == 1
    assert "The quotes were not compared." in page
