import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from planner.decision.verdict import Verdict
from planner.errors import InputError
from planner.report import html, words, words_decision
from planner.report.html import render_report, write_report
from planner.report.words_bill import explained_bill

vl_convert = pytest.importorskip("vl_convert")


class Outline(HTMLParser):
    """Collects what a browser would see: tags, addresses, ids and text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name in ("src", "href", "xlink:href", "action", "data"):
                self.links.append(value or "")
            if name == "id":
                self.ids.append(value or "")
            assert not name.startswith("on"), f"{tag} has {name}"

    def handle_data(self, data: str) -> None:
        self.text += data


def outline(page: str) -> Outline:
    parsed = Outline()
    parsed.feed(page)
    return parsed


def test_the_report_holds_everything(verdict: Verdict, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_report(verdict, path)
    seen = outline(path.read_text(encoding="utf-8"))
    assert seen.tags.count("svg") == 5
    for part in (
        words.headline(verdict),
        words.sentence(verdict),
        *(card.value for card in words.cards(verdict)),
        *verdict.warnings,
        "digits",
        "vendors.0.price_usd",
        "labelplan 0.1.0, seed 0, 5,000 draws",
        verdict.plan_toml.strip(),
    ):
        assert part in seen.text


def test_nothing_comes_from_outside(verdict: Verdict) -> None:
    page = render_report(verdict)
    seen = outline(page)
    assert not [link for link in seen.links if not link.startswith("#")]
    assert not {"script", "link", "iframe", "img", "object"} & set(seen.tags)
    assert not re.search(r"url\((?!#)|@import", page)


def test_ids_are_unique_on_the_page(verdict: Verdict) -> None:
    seen = outline(render_report(verdict))
    assert len(seen.ids) == len(set(seen.ids))
    assert set(re.findall(r"url\(#([^)]+)\)", render_report(verdict))) <= set(seen.ids)


@pytest.mark.parametrize("pictures", [True, False])
def test_markup_from_a_user_is_text(hostile: Verdict, markup: str, pictures: bool) -> None:
    page = render_report(hostile, pictures=pictures)
    seen = outline(page)
    assert "script" not in seen.tags
    assert "<script" not in page
    assert markup in seen.text


def test_without_pictures_the_figures_are_tables(verdict: Verdict, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html.importlib.util, "find_spec", lambda name: None)
    page = render_report(verdict)
    seen = outline(page)
    assert "svg" not in seen.tags
    assert 'pip install "labelplan[report]"' in seen.text
    assert "−$8,000" in seen.text and "$91,000" in seen.text
    assert "Target: 85% to 91% · assumed, flips" in seen.text


def test_a_minus_sign_stays_on_the_line_of_its_amount(verdict: Verdict) -> None:
    page = render_report(verdict, pictures=False)
    assert re.search(r'<span class="amount">−\$8,000[^<\s]*</span>', page)
    # What a user wrote is escaped before anything is put around it.
    assert html._amounts("−<b>5 & −2") == '<span class="amount">−&lt;b&gt;5</span> &amp; <span class="amount">−2</span>'


def test_no_fault_is_shown(verdict: Verdict) -> None:
    text = outline(render_report(verdict, pictures=False)).text
    for fault in ("nan", "NaN", "None", "$-", "inf "):
        assert fault not in text.replace("None of", "")


def test_a_report_that_cannot_be_written_is_one_sentence(verdict: Verdict, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the report cannot be written"):
        write_report(verdict, tmp_path)


def test_the_bills_stand_line_by_line_as_the_command_prints_them(verdict):
    page = render_report(verdict, pictures=False)
    assert "margin: 3,000 labels, 2 rounds after the initial set" in page
    assert "3,000 items × $0.5 a vote = $1,500.00" in page
    lines = explained_bill(verdict.worked["margin"])
    assert lines[-2].name == "total"
    assert all(part.replace("'", "&#39;") in page for line in lines for part in line.parts)


@pytest.mark.parametrize("case", ["usual", "at_budget", "never"])
def test_the_decision_stands_below_the_verdict(request: pytest.FixtureRequest, case: str) -> None:
    told = request.getfixturevalue(case)
    seen = outline(render_report(told, pictures=False))
    text = " ".join(seen.text.split())
    for heading in ("What would change the answer", "What is worth knowing first", "How to buy", "The plans"):
        assert heading in text
    for said in words_decision.decision_lines(told):
        assert " ".join(said.split()) in text
    for rows in (words_decision.break_even_rows(told), words_decision.frontier_rows(told)):
        assert all(cell in text for row in rows for cell in row.values())
    for fault in ("nan", "NaN", "None", "$-", "inf "):
        assert fault not in seen.text.replace("None of", "")


def test_figures_of_the_decision_are_pictures_with_their_tables(usual: Verdict) -> None:
    page = render_report(usual)
    seen = outline(page)
    shown = len(html._figures(usual))
    assert seen.tags.count("svg") == shown >= 9
    assert len(seen.ids) == len(set(seen.ids))
    assert set(re.findall(r"url\(#([^)]+)\)", page)) <= set(seen.ids)
    # Long tables are folded, one below each picture and one of batch sizes.
    assert seen.tags.count("details") == shown + 1


def test_figures_with_nothing_to_show_are_left_out(usual: Verdict) -> None:
    assert usual.analysis is not None
    losses = replace(usual.analysis.information.losses, evpi_usd=0.0)
    information = replace(usual.analysis.information, losses=losses, inputs={})
    bare = replace(usual, analysis=replace(usual.analysis, information=information, pilots={}, first=None, rounds=None))
    shown = set(html._figures(bare))
    assert not shown & {"information", "pilot"} and {"map", "frontier"} <= shown
    text = outline(render_report(bare, pictures=False)).text
    assert "Nothing is worth finding out first" in text and "Labels a round" not in text


def test_sweeps_that_were_asked_for_are_told(usual: Verdict) -> None:
    assert usual.analysis is not None
    frame = pd.DataFrame(
        [{"value": 40_000.0, "p_al_better": 0.42, "saving_q10": -900.0, "saving_q50": -50.0, "saving_q90": 800.0,
          "p_unreachable": 0.0, "state": "too_close"}]
    )  # fmt: skip
    swept = replace(usual, analysis=replace(usual.analysis, sweeps={"task.pool_size": frame}))
    text = outline(render_report(swept, pictures=False)).text
    assert "The answer along task.pool_size" in text and "42%" in text and "−$50" in text


def test_markup_in_what_the_decision_names_is_text(usual: Verdict, markup: str) -> None:
    assert usual.analysis is not None
    flips = tuple(replace(flip, label=markup) for flip in usual.analysis.flips)
    bars = tuple(replace(bar, label=markup) for bar in usual.sensitivity)
    hostile = replace(usual, currency=markup, sensitivity=bars, analysis=replace(usual.analysis, flips=flips))
    for pictures in (True, False):
        page = render_report(hostile, pictures=pictures)
        assert "script" not in outline(page).tags and "<script" not in page
