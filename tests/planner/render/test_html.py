import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from planner.decision.buying import Buying
from planner.decision.verdict import Verdict
from planner.render import html, image_export
from planner.render.html import SECTIONS, read_sections, render_report, write_report
from planner.render.quotes import words as quote_words
from planner.render.verdict import analysis_words, words
from planner.render.verdict.bill_words import explained_bill
from simulations.errors import InputError
from tests.planner.render.conftest import HOSTILE, made_hostile

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


def undrawn(*arguments: Any, **options: Any) -> str:
    """The report where the library that draws is not installed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(image_export, "find_spec", lambda name: None)
        return render_report(*arguments, **options)


def flat(text: str) -> str:
    return " ".join(text.split())


def no_fault(text: str) -> None:
    for fault in ("nan", "NaN", "None", "$-", "inf "):
        assert fault not in text.replace("None of", "")


@pytest.fixture(scope="module")
def drawn(verdict: Verdict, many: Buying, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The whole report with its pictures, as it is written."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_report(verdict, path, many)
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def decided(usual: Verdict) -> str:
    """The report of a verdict with everything that is asked beyond it, drawn."""
    return render_report(usual)


@pytest.fixture(scope="module")
def plain(verdict: Verdict) -> str:
    """The report of the verdict alone, without pictures."""
    return undrawn(verdict)


def test_the_report_holds_everything(drawn: str, verdict: Verdict) -> None:
    seen = outline(drawn)
    assert seen.tags.count("svg") == 9
    parts = [words.headline(verdict), words.sentence(verdict), *(card.value for card in words.cards(verdict))]
    parts += [*verdict.warnings, "digits", "vendors.0.price_usd", verdict.plan_toml.strip()]
    assert all(part in seen.text for part in [*parts, "labelplan 0.1.0, seed 0, 5,000 draws"])


def test_nothing_comes_from_outside_and_nothing_runs(drawn: str, decided: str) -> None:
    for page in (drawn, decided):
        seen = outline(page)
        assert not [link for link in seen.links if not link.startswith("#")]
        assert not {"script", "link", "iframe", "img", "object", "embed", "form", "base"} & set(seen.tags)
        assert not re.search(r"url\((?!#)|@import|javascript:", page)
        # Names of XML's vocabularies are no addresses that anything is fetched from.
        found = set(re.findall(r"https?://[^\s\"'<]+", page))
        assert found <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
        # Ids are unique, and every link and reference has one.
        assert len(seen.ids) == len(set(seen.ids))
        assert set(links(page)) | set(re.findall(r"url\(#([^)]+)\)", page)) <= set(seen.ids)


def links(page: str) -> list[str]:
    return [link.removeprefix("#") for link in outline(page).links]


def test_the_contents_are_the_sections_that_have_something_to_show(drawn: str, decided: str) -> None:
    for page, absent in (
        (drawn, ("sliders", "options", "information", "buying", "hybrid")),
        (decided, ("sliders", "options", "vendors", "hybrid")),
    ):
        assert links(page) == [name for name in SECTIONS if name not in absent]


def test_vendors_have_their_costs_and_the_prices_at_which_each_would_win(drawn: str, many: Buying) -> None:
    text = flat(outline(drawn).text)
    rows = [*quote_words.deal_rows(many), *quote_words.winning_rows(many)]
    rows += quote_words.quote_rows(many.comparison, "USD")
    assert many.warnings
    sentences = [quote_words.summary(many), *quote_words.winning_lines(many), *many.warnings]
    assert all(flat(said) in text for said in [*sentences, *(cell for row in rows for cell in row.values())])


def test_only_what_is_ticked_is_shown_and_what_has_nothing_says_so(verdict: Verdict, many: Buying) -> None:
    page = undrawn(verdict, many, sections=read_sections("vendors, hybrid"))
    text = outline(page).text
    assert links(page) == ["vendors", "hybrid"]
    assert "max_error_rate" in text and "At which price each would win" in text
    assert "Method" not in text and words.cards(verdict)[2].value not in text
    # The answer, what a reader must be told, and how it came about stand in every report.
    for part in (words.sentence(verdict), *verdict.warnings, "labelplan 0.1.0, seed 0, 5,000 draws"):
        assert part in text
    assert "The quotes were not compared." in undrawn(verdict, sections=["vendors"])


@pytest.mark.parametrize("text", ["", "vendor", "verdict,,plans", "Verdict"])
def test_a_wrong_name_is_answered_by_all_that_there_are(text: str) -> None:
    with pytest.raises(InputError, match=r"--sections: found '.*'; allowed, with commas between: verdict, sliders, .*"):
        read_sections(text)
    assert read_sections("plans,verdict , plans") == ("verdict", "plans")  # in the order of the page


def test_a_single_quote_and_a_budget_have_reports_too(
    verdict: Verdict, at_budget: Verdict, one: Buying, budget: Buying
) -> None:
    text = outline(undrawn(verdict, one, sections=["vendors"])).text
    assert "Vendor A" in text and "would win" not in text
    text = outline(undrawn(at_budget, budget, sections=["vendors", "verdict"])).text
    assert "that the budget usually buys" in text and "would win" not in text
    assert flat(words.at_the_budget(at_budget) or "") in flat(text)


def test_markup_from_a_user_is_text(usual: Verdict, many: Buying) -> None:
    assert usual.analysis is not None
    flips = tuple(replace(flip, label=HOSTILE) for flip in usual.analysis.flips)
    hostile = replace(made_hostile(usual), analysis=replace(usual.analysis, flips=flips))
    for page in (render_report(hostile, many), undrawn(hostile, many)):
        seen = outline(page)
        assert "script" not in seen.tags and "<script" not in page
        assert HOSTILE in seen.text


def test_without_pictures_the_figures_are_tables(plain: str) -> None:
    seen = outline(plain)
    assert "svg" not in seen.tags
    assert 'pip install "labelplan[report]"' in seen.text
    assert "−$8,000" in seen.text and "$91,000" in seen.text
    assert "Target: 85% to 91% · assumed, flips" in seen.text
    # A minus sign stays on the line of its amount.
    assert re.search(r'<span class="amount">−\$8,000[^<\s]*</span>', plain)
    # What a user wrote is escaped before anything is put around it.
    assert html._amounts("−<b>5 & −2") == '<span class="amount">−&lt;b&gt;5</span> &amp; <span class="amount">−2</span>'


def test_a_report_that_cannot_be_written_is_one_sentence(verdict: Verdict, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the report cannot be written"):
        write_report(verdict, tmp_path, sections=["method"])


def test_the_bills_stand_line_by_line_as_the_command_prints_them(verdict, plain):
    assert "margin: 3,000 labels, 2 rounds after the initial set" in plain
    assert "3,000 items × $0.5 a vote = $1,500.00" in plain
    lines = explained_bill(verdict.worked["margin"])
    assert lines[-2].name == "total"
    assert all(part.replace("'", "&#39;") in plain for line in lines for part in line.parts)
    no_fault(outline(plain).text)


@pytest.mark.parametrize("case", ["usual", "at_budget", "never"])
def test_the_decision_stands_below_the_verdict(request: pytest.FixtureRequest, decided: str, case: str) -> None:
    told = request.getfixturevalue(case)
    seen = outline(decided if case == "usual" else undrawn(told))
    text = flat(seen.text)
    for heading in ("What would change the answer", "What is worth knowing first", "How to buy", "The plans"):
        assert heading in text
    for said in analysis_words.decision_lines(told):
        assert flat(said) in text
    for rows in (analysis_words.break_even_rows(told), analysis_words.frontier_rows(told)):
        assert all(cell in text for row in rows for cell in row.values())
    no_fault(seen.text)


def test_figures_of_the_decision_are_pictures_with_their_tables(decided: str, usual: Verdict) -> None:
    seen = outline(decided)
    shown = len([*html._figures(usual, None, SECTIONS)])
    assert seen.tags.count("svg") == shown >= 9
    # Long tables are folded: one below each picture but that of the bill, which is open, and one of batch sizes.
    assert seen.tags.count("details") == shown


def test_figures_with_nothing_to_show_are_left_out(usual: Verdict) -> None:
    assert usual.analysis is not None
    losses = replace(usual.analysis.information.losses, evpi_usd=0.0)
    information = replace(usual.analysis.information, losses=losses, inputs={})
    bare = replace(usual, analysis=replace(usual.analysis, information=information, pilots={}, first=None, rounds=None))
    shown = {name for name, _, _ in html._figures(bare, None, SECTIONS)}
    assert not shown & {"information", "pilot"} and {"map", "frontier"} <= shown
    text = outline(undrawn(bare, sections=["information", "buying"])).text
    assert "Nothing is worth finding out first" in text and "Labels a round" not in text


def test_sweeps_that_were_asked_for_are_told(usual: Verdict) -> None:
    assert usual.analysis is not None
    saving = {"expected": -50.0, "saving_q10": -900.0, "saving_q50": -50.0, "saving_q90": 800.0}
    frame = pd.DataFrame([{"value": 4e4, "p_al_better": 0.42, **saving, "p_unreachable": 0.0, "state": "too_close"}])
    swept = replace(usual, analysis=replace(usual.analysis, sweeps={"task.pool_size": frame}))
    text = outline(undrawn(swept, sections=["changes"])).text
    assert "The answer along task.pool_size" in text and "42%" in text and "−$50" in text
