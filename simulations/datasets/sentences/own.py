"""A file of the user's own tagged sentences as a data set; known by its content, as `file` is."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from simulations.datasets.dataset import DatasetEntry
from simulations.datasets.files.entry import hash_file, remembered, resolve_file
from simulations.datasets.sentences.tagged import FEWEST_SENTENCES, FORMATS, checked_held_out, read_sentences, tagged
from simulations.errors import InputError
from simulations.tasks.task import TaskData
from simulations.trajectory import Scalar

MOST_TAGS = 200
MOST_HELD_OUT = 2000
_DEFAULTS: Mapping[str, Scalar] = {"path": "", "test_size": 0, "called": "", "content": ""}


def load_sentences(*, content: str, called: str, test_size: int, path: str = "") -> TaskData:
    """Load a file of the user's own as a data set of tagging; tags are numbered in the order of their names.

    Settings are as in `simulations.datasets.files.entry.load_file`; a test size of 0 is a fifth, at most 2,000.

    Raises:
        InputError: the file is gone or changed, or cannot be used; the sentence names the line.
    """
    if not path:
        raise InputError(f"{called or 'file_tags'}: where it lies is not known; name it in a grid file")
    if hash_file(Path(path)) != content:
        raise InputError(f"{path}: has changed since the grid file was read; start the run again")
    sentences = read_sentences(Path(path), called)
    number = {tag: code for code, tag in enumerate(sorted({tag for _, tags in sentences for tag in tags}))}
    if not 2 <= len(number) <= MOST_TAGS:
        raise InputError(f"{called}: has {len(number)} different tags; allowed: 2 to {MOST_TAGS}")
    held_out = test_size or max(FEWEST_SENTENCES, min(MOST_HELD_OUT, len(sentences) // 5))
    checked_held_out(called, held_out, len(sentences))
    answers = [tuple(number[tag] for tag in tags) for _, tags in sentences]
    return tagged([words for words, _ in sentences], answers, len(number), held_out)


def sentences_title(settings: Mapping[str, Any]) -> str:
    """Name a file by its name, the test size asked for, and the first digits of its hash."""
    asked = [f"test_size={settings['test_size']}"] if settings["test_size"] else []
    return f"{settings['called']} [{', '.join([*asked, settings['content'][:8]])}]"


@remembered
def _size(**settings: Any) -> tuple[int, int, int]:
    """Read the file to tell its size."""
    data = load_sentences(**settings)
    return len(data.items), data.test_size, data.outputs


FILE_TAGS = DatasetEntry(
    name="file_tags",
    family="your own",
    paper="your own data",
    needs="a .conllu file, or a .conll, .tsv or .txt file of a word and its tag a line: path",
    summary="Your own tagged sentences, one token a line; see docs/method/tagging.md for its settings.",
    kind="sequence",
    defaults=_DEFAULTS,
    size=_size,
    load=load_sentences,
    licence="yours",
    resolve=partial(resolve_file, name="file_tags", formats=FORMATS),
    title=sentences_title,
    task="tagging",
)
