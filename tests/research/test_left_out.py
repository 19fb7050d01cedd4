"""The plans on a data set that they may not use: written from what is recorded, and answered as the page says."""

from pathlib import Path

import pytest

from planner.decision import decide
from planner.plan import load_plan
from planner.render.verdict import words
from research import left_out

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "examples" / "left-out"
PAGE = (ROOT / "docs" / "method" / "left-out.md").read_text(encoding="utf-8")
SAID = {
    "description": "label random, 25%",
    "random-pilot": "label random, 37%",
    "paired-pilot": "too close to call, 47%",
}


pytestmark = pytest.mark.numbers


def test_the_files_are_what_the_script_writes() -> None:
    written = left_out.texts()
    assert {path.name for path in FOLDER.iterdir()} == set(written)
    for name, text in written.items():
        assert (FOLDER / name).read_text(encoding="utf-8") == text
    # No plan may use the data set itself.
    plans = [text for name, text in written.items() if name.endswith(".toml")]
    assert len(plans) == 3
    for text in plans:
        assert f'"{left_out.DATASET}"' not in text and text.count('",\n') == 72


def test_the_page_tells_the_truth() -> None:
    needed = left_out.truth()
    assert f"--labels random={needed['random']} --labels margin={needed['margin']}" in PAGE
    assert f"| {needed['random']:,} and {needed['margin']} |" in PAGE


@pytest.mark.parametrize("name", SAID)
def test_the_page_says_what_the_plan_answers(name: str) -> None:
    verdict = decide(load_plan(FOLDER / f"{name}.toml"), base=FOLDER, questions=None)
    said, chance = SAID[name].split(", ")
    assert SAID[name] in PAGE
    assert (words.headline(verdict).lower(), words.cards(verdict)[1].value) == (said, chance)
