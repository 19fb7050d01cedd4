"""The notebooks of the documentation: they run, and answer what is stored and shown."""

import re
from pathlib import Path

import nbformat
import pytest

from scripts.notebooks import NOTEBOOKS, ROOT, run_notebook, texts

pytest.importorskip("vl_convert", reason="the notebooks draw charts, which takes the extra report")

NAMES = sorted(NOTEBOOKS.glob("*.ipynb"))
MOST_BYTES = 300_000
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
LAST_DIGITS = 0.02  # the last digits of a sum differ between processors


def words_of(text: str) -> list[str]:
    """Give the words without their numbers, however many blanks are between them."""
    return NUMBER.sub("#", text).split()


def numbers_of(text: str) -> list[float]:
    return [float(found.replace(",", "")) for found in NUMBER.findall(text)]


@pytest.mark.numbers
@pytest.mark.parametrize("path", NAMES, ids=lambda path: path.stem)
def test_a_notebook_answers_what_is_stored(path: Path) -> None:
    stored, answered = texts(nbformat.read(path, as_version=4)), texts(run_notebook(path))
    assert [words_of(text) for text in answered] == [words_of(text) for text in stored]
    for new, old in zip(answered, stored, strict=True):
        assert numbers_of(new) == pytest.approx(numbers_of(old), rel=LAST_DIGITS, abs=LAST_DIGITS)


def test_there_is_a_notebook_for_each_reader() -> None:
    assert [path.stem for path in NAMES] == ["buyer", "data-scientist", "manager"]


@pytest.mark.parametrize("path", NAMES, ids=lambda path: path.stem)
def test_a_notebook_is_short_and_holds_nothing_of_the_machine_that_ran_it(path: Path) -> None:
    notebook, text = nbformat.read(path, as_version=4), path.read_text(encoding="utf-8")
    assert 8 <= len(notebook.cells) <= 16
    assert len(text.encode()) < MOST_BYTES
    found = [word for word in (str(ROOT), str(Path.home()), "/tmp/", "\\u001b", "cdn.", "Traceback") if word in text]
    assert found == []
    assert all(cell.metadata == {} for cell in notebook.cells)
