import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from planner.decision.verdict import Verdict
from planner.errors import InputError
from planner.report import html, words
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
