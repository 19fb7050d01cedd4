"""The notebooks and the Python page of the documentation: they run, and answer what is stored and shown."""

import re
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import gettempdir

import nbformat
import pytest

from scripts.notebooks import NOTEBOOKS, ROOT, run_notebook, texts

pytest.importorskip("vl_convert", reason="the notebooks draw charts, which takes the extra report")

NAMES = sorted(NOTEBOOKS.glob("*.ipynb"))
MOST_BYTES = 300_000
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
# Code, and below it as comments what it prints.
BLOCK = re.compile(r"```python\n(.*?)((?:^#[^\n]*\n)*)```", re.MULTILINE | re.DOTALL)
LAST_DIGITS = 0.02  # the last digits of a sum differ between processors


def words_of(text: str) -> list[str]:
    """Give the words without their numbers, however many blanks are between them."""
    return NUMBER.sub("#", text).split()


def numbers_of(text: str) -> list[float]:
    return [float(found.replace(",", "")) for found in NUMBER.findall(text)]


def check_same(answered: str, stored: str) -> None:
    """Words are the same, and numbers up to their last digits."""
    assert words_of(answered) == words_of(stored)
    assert numbers_of(answered) == pytest.approx(numbers_of(stored), rel=LAST_DIGITS, abs=LAST_DIGITS)


@pytest.mark.numbers
@pytest.mark.parametrize("path", NAMES, ids=lambda path: path.stem)
def test_a_notebook_answers_what_is_stored(path: Path) -> None:
    stored, answered = texts(nbformat.read(path, as_version=4)), texts(run_notebook(path))
    for new, old in zip(answered, stored, strict=True):
        check_same(new, old)


@pytest.mark.numbers
def test_the_python_page_shows_what_its_calls_print(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = BLOCK.findall((ROOT / "docs" / "guide" / "python.md").read_text(encoding="utf-8"))
    assert len(blocks) == 8
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for code, shown in blocks:
        with redirect_stdout(StringIO()) as printed:
            exec(code, names)
        check_same(printed.getvalue(), shown.replace("\n#", "\n").removeprefix("#"))


def test_there_is_a_notebook_for_each_reader() -> None:
    assert [path.stem for path in NAMES] == ["buyer", "data-scientist", "manager"]


@pytest.mark.parametrize("path", NAMES, ids=lambda path: path.stem)
def test_a_notebook_is_short_and_holds_nothing_of_the_machine_that_ran_it(path: Path) -> None:
    notebook, text = nbformat.read(path, as_version=4), path.read_text(encoding="utf-8")
    assert 8 <= len(notebook.cells) <= 15
    assert len(text.encode()) < MOST_BYTES
    found = [
        word for word in (str(ROOT), str(Path.home()), gettempdir(), "\\u001b", "cdn.", "Traceback") if word in text
    ]
    assert found == []
    assert all(cell.metadata == {} for cell in notebook.cells)
