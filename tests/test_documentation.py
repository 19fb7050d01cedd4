"""README and docs: every command has the options that are shown, every link and picture is there."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from planner.cli.entry import app
from planner.plan.plan import TABLES

ROOT = Path(__file__).resolve().parents[1]
DOCS, README = ROOT / "docs", ROOT / "README.md"
ROOT_PAGES = [README, *(ROOT / f"{name}.md" for name in ("CHANGELOG", "CONTRIBUTING", "SECURITY"))]
PAGES = [*ROOT_PAGES, DOCS / "llms.txt", *sorted(DOCS.rglob("*.md"))]
GUIDE, REFERENCE = DOCS / "guide", "plan-file.md"
MOST_PICTURE_BYTES = 150_000
MOST_LINES = 120
MOST_WORDS_IN_A_TABLE = 25

COMMAND = re.compile(r"(?:^|`|&& )\s*(?:\.venv/bin/)?labelplan ([^`#&\n]*)", re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)|src=\"([^\"]+)\"")


def words_of(page: Path) -> str:
    """Give a page's text with commands that run over two lines put on one."""
    return re.sub(r"\\\n\s*", " ", page.read_text(encoding="utf-8"))


def named(text: str) -> tuple[Any, list[str]] | None:
    """Find the command that a line types, and its options; None where the line only names labelplan in a sentence."""
    command, words = typer.main.get_command(app), text.split()
    while words and words[0] in getattr(command, "commands", {}):
        command = command.commands[words.pop(0)]
    if hasattr(command, "commands"):
        return None
    return command, [word.partition("=")[0] for word in words if re.match(r"--[a-z]", word)]


def shown() -> list[tuple[str, str]]:
    return [(page.name, found.strip()) for page in PAGES for found in COMMAND.findall(words_of(page))]


def test_enough_commands_are_found_to_mean_something() -> None:
    typed = [text.split()[0] for _, text in shown() if named(text) is not None]
    assert len(typed) > 60
    assert set(typed) >= {"plan", "vendors", "cost", "track", "simulate", "curves", "dashboard"}


def test_every_option_shown_is_one_of_its_command() -> None:
    wrong = []
    for page, text in shown():
        found = named(text)
        if found is None:
            continue
        command, options = found
        known = {name for one in command.params for name in (*one.opts, *one.secondary_opts)}
        wrong += [f"{page}: labelplan {text}: {option}" for option in options if option.rstrip(",.;)") not in known]
    assert not wrong


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for target in (first or second for first, second in LINK.findall(page.read_text(encoding="utf-8"))):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        path = (page.parent / name) if name else page
        if not path.exists() or (anchor and anchor not in headings(path)):
            broken.append(target)
    assert not broken


def headings(page: Path) -> set[str]:
    """Give a page's anchors, as the usual renderers make them."""
    lines = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", line.strip().lower()).replace(" ", "-") for line in lines}


def test_pictures_are_small_and_all_are_shown() -> None:
    pictures = list((DOCS / "img").iterdir())
    large = [picture.name for picture in pictures if picture.stat().st_size > MOST_PICTURE_BYTES]
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    unused = [picture.name for picture in pictures if f"img/{picture.name}" not in text]
    assert (large, unused) == ([], [])


@pytest.mark.parametrize("page", [README, *sorted(GUIDE.glob("*.md"))], ids=lambda page: page.name)
def test_pages_for_users_are_short(page: Path) -> None:
    assert page.name == REFERENCE or len(page.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


def test_sentences_in_the_tables_of_the_readme_are_short() -> None:
    rows = [line for line in README.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    cells = [re.sub(r"\]\([^)]*\)", "]", cell) for row in rows for cell in row.split("|")]
    sentences = [sentence for cell in cells for sentence in re.split(r"[.;:] ", cell)]
    assert [sentence for sentence in sentences if len(sentence.split()) > MOST_WORDS_IN_A_TABLE] == []


@pytest.mark.parametrize("table", TABLES)
def test_every_key_of_the_plan_file_is_in_its_reference(table: str) -> None:
    text = (GUIDE / REFERENCE).read_text(encoding="utf-8")
    section = re.split(r"^## `\[+(\w+)\]+`$", text, flags=re.MULTILINE)
    keys = dict(zip(section[1::2], section[2::2], strict=True))[table]
    told = {key for line in keys.splitlines() for key in re.findall(r"`(\w+)`", line.split(" | ")[0])}
    assert set(TABLES[table].model_fields) - told == set()


def test_every_page_stands_in_the_index() -> None:
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    found = [page for kind in ("*.md", "*.ipynb") for page in sorted(DOCS.rglob(kind))]
    pages = [page.relative_to(DOCS).as_posix() for page in found]
    assert [page for page in pages if f"({page}" not in index] == ["README.md"]


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("material") is None, reason="the site takes the extra docs: make docs")
def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    # A link that leads nowhere, a page outside of the navigation, or a request to another host ends it.
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "index.html").exists() and (tmp_path / "llms.txt").exists()
    assert (tmp_path / "guide" / "pilot.md").exists() and (tmp_path / "search" / "search_index.js").exists()
