"""Sentences whose every token is to be given a tag: Portuguese news once it is fetched, and the user's own files.

Notation
    S      sentences
    d      numbers in a sentence's vector

Lines are numbered from 1, as editors number them.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from simulations.arrays import Singles
from simulations.cache.catalogue import RESOURCES, SENTENCES
from simulations.cache.fetch import open_fetched
from simulations.config_values import quote_value
from simulations.datasets.fetched import fetched_entry
from simulations.datasets.own_files import check_content, file_entry, resolve_file
from simulations.errors import InputError
from simulations.tasks.task import TaskData
from simulations.threads import one_blas_thread

Words = tuple[str, ...]
Tags = tuple[int, ...]
Sentence = tuple[Words, Words]

DIMENSIONS = 50
FEWEST_SENTENCES = 20
"""What is held out at least, and what is left in the pool at least."""

_BUCKETS = 4096
_ENDING = 3

CONLLU = ".conllu"
FORMATS = (CONLLU, ".conll", ".tsv", ".txt")
MOST_TOKENS = 2_000_000
_CONLLU_COLUMNS = 10
_WORD, _TAG = 1, 3
_NO_TAG = "_"

MOST_TAGS = 200
MOST_HELD_OUT = 2000
_RESOURCE = RESOURCES["pos-pt"]


def tagging_data(sentences: Sequence[Words], tags: Sequence[Tags], outputs: int, test_size: int) -> TaskData:
    """Make a data set of tagging from S sentences of at least one word each, and the numbers of their words' tags."""
    return TaskData(
        task="tagging",
        kind="sequence",
        items=tuple(sentences),
        answers=tuple(tags),
        features=sentence_vectors(sentences),
        lengths=np.array([len(words) for words in sentences], dtype=np.int64),
        outputs=outputs,
        test_size=test_size,
    )


def check_held_out(name: str, test_size: int, sentences: int) -> int:
    """Give the number of held-out sentences back when it leaves a pool; else, or of too few, raise an InputError."""
    most = sentences - FEWEST_SENTENCES
    if most < FEWEST_SENTENCES:
        raise InputError(f"{name}: has {sentences} sentences; allowed: at least {2 * FEWEST_SENTENCES}")
    if not FEWEST_SENTENCES <= test_size <= most:
        raise InputError(f"{name}, test_size: found {test_size}; allowed: {FEWEST_SENTENCES} to {most:,}")
    return test_size


def sentence_vectors(sentences: Sequence[Words]) -> Singles:
    """Describe sentences by what they are made of, without a model and without a tag.

    A word is a hashed vector of itself and its ending in lower case (Weinberger et al. 2009, Feature hashing for large
    scale multitask learning); a sentence is the mean of its words', reduced by a truncated singular value
    decomposition (latent semantic analysis: Deerwester et al. 1990).

    Returns:
        Shape (S, d), d being `DIMENSIONS` or, of so few sentences, one less than there are; the same each time.
    """
    from scipy.sparse import diags_array
    from sklearn.feature_extraction import FeatureHasher
    from sklearn.utils.extmath import randomized_svd

    lower = ([word.lower() for word in words] for words in sentences)
    parts = ([part for word in words for part in (f"w{word}", f"e{word[-_ENDING:]}")] for words in lower)
    counts = FeatureHasher(_BUCKETS, input_type="string").transform(parts)
    means = diags_array([1 / len(words) for words in sentences]) @ counts
    dimensions = min(DIMENSIONS, len(sentences) - 1)
    # Sums over several threads end in another order each time, so bits are kept by using one.
    with one_blas_thread():
        _, _, axes = randomized_svd(means, dimensions, n_iter=5, random_state=0)
        return np.asarray(means @ axes.T, dtype=np.float32)


def read_sentences(path: Path, called: str) -> list[Sentence]:
    """Read words and tags of every sentence; an InputError names the line that has none, or says what else is wrong.

    Of CoNLL-U the columns FORM and UPOS, without comments, ranges (`3-4`) and empty nodes (`5.1`); of other files the
    first and the last column of each line, by tabs, or by blanks in a file without tabs.
    """
    try:
        # Some editors begin a file with a byte order mark, which is no part of the first word.
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{called}: byte {error.start + 1} is not UTF-8; save the file as UTF-8") from error
    lines = list(enumerate(text.split("\n"), start=1))
    tokens = _conllu_tokens(lines, called) if path.suffix.lower() == CONLLU else _column_tokens(lines, called)
    sentences = list(_split_sentences(tokens))
    count = sum(len(words) for words, _ in sentences)
    if count > MOST_TOKENS:
        raise InputError(f"{called}: has {count:,} tokens; allowed: at most {MOST_TOKENS:,}; take a sample")
    return sentences


def _conllu_tokens(lines: list[tuple[int, str]], called: str) -> Iterator[tuple[str, str] | None]:
    """Give word and tag of each token, and None after a sentence."""
    for number, line in lines:
        if not line.strip():
            yield None
        elif not line.startswith("#"):
            cells = line.rstrip("\r").split("\t")
            if len(cells) != _CONLLU_COLUMNS:
                raise InputError(
                    f"{called}, line {number}: found {len(cells)} columns; allowed: the {_CONLLU_COLUMNS} of CoNLL-U, "
                    "separated by tabs"
                )
            if cells[0].isdecimal():
                yield _check_pair(cells[_WORD], cells[_TAG], number, called)


def _column_tokens(lines: list[tuple[int, str]], called: str) -> Iterator[tuple[str, str] | None]:
    # In a file with tabs, blanks belong to words: "New York".
    tabbed = any("\t" in line for _, line in lines)
    for number, line in lines:
        if not line.strip():
            yield None
            continue
        cells = [cell.strip() for cell in line.split("\t")] if tabbed else line.split()
        if len(cells) < 2:
            raise InputError(
                f"{called}, line {number}: found {quote_value(line)}; allowed: a word, "
                f"{'a tab' if tabbed else 'a blank'} and its tag, and a blank line after each sentence"
            )
        yield _check_pair(cells[0], cells[-1], number, called)


def _check_pair(word: str, tag: str, number: int, called: str) -> tuple[str, str]:
    if not word or not tag or tag == _NO_TAG:
        what = "no word" if not word else f"no tag for {quote_value(word)}"
        raise InputError(f"{called}, line {number}: found {what}; allowed: a word and a tag on every line")
    return word, tag


def _split_sentences(tokens: Iterator[tuple[str, str] | None]) -> Iterator[Sentence]:
    for inside, sentence in groupby(tokens, lambda token: token is not None):
        if inside:
            words, tags = zip(*filter(None, sentence), strict=True)
            yield words, tags


def load_portuguese(*, test_size: int) -> TaskData:
    """Load the fetched sentences; tags are numbered in the order of their names, from ADJ to X.

    An InputError if they are not in the cache or damaged, or the test set leaves no pool.
    """
    import pandas as pd

    check_held_out(_RESOURCE.name, test_size, _RESOURCE.items)
    frame = pd.read_parquet(open_fetched(_RESOURCE).path(SENTENCES))
    names = sorted({tag for tags in frame["tags"] for tag in tags})
    if (len(frame), len(names)) != (_RESOURCE.items, _RESOURCE.classes):
        raise InputError(
            f"{_RESOURCE.name}: the cache holds {len(frame)} sentences with {len(names)} tags where {_RESOURCE.items} "
            f"with {_RESOURCE.classes} belong; fetch it again with: labelplan data get {_RESOURCE.name}"
        )
    number = {name: code for code, name in enumerate(names)}
    answers = [tuple(number[tag] for tag in tags) for tags in frame["tags"]]
    return tagging_data([tuple(tokens) for tokens in frame["tokens"]], answers, len(names), test_size)


def _portuguese_size(settings: Mapping[str, Any]) -> tuple[int, int, int]:
    # A run that cannot start says so while its grid is read, not trajectory by trajectory.
    open_fetched(_RESOURCE)
    return _RESOURCE.items, check_held_out(_RESOURCE.name, settings["test_size"], _RESOURCE.items), _RESOURCE.classes


POS_PT = fetched_entry(
    _RESOURCE, defaults={"test_size": 1_500}, size=_portuguese_size, load=load_portuguese, task="tagging"
)


def load_sentences(*, content: str, called: str, test_size: int, path: str = "") -> TaskData:
    """Load a file of the user's own as a data set of tagging; tags are numbered in the order of their names.

    Settings and errors are as in `simulations.datasets.own_files.load_file`, but that lines are named; a test size of 0
    is a fifth, at most 2,000.
    """
    if not path:
        raise InputError(f"{called or 'file_tags'}: where it lies is not known; name it in a grid file")
    check_content(path, content)
    sentences = read_sentences(Path(path), called)
    number = {tag: code for code, tag in enumerate(sorted({tag for _, tags in sentences for tag in tags}))}
    if not 2 <= len(number) <= MOST_TAGS:
        raise InputError(f"{called}: has {len(number)} different tags; allowed: 2 to {MOST_TAGS}")
    held_out = test_size or max(FEWEST_SENTENCES, min(MOST_HELD_OUT, len(sentences) // 5))
    check_held_out(called, held_out, len(sentences))
    answers = [tuple(number[tag] for tag in tags) for _, tags in sentences]
    return tagging_data([words for words, _ in sentences], answers, len(number), held_out)


FILE_TAGS = file_entry(
    load_sentences,
    name="file_tags",
    needs="a .conllu file, or a .conll, .tsv or .txt file of a word and its tag a line: path",
    summary="Your own tagged sentences, one token a line; see docs/method/tagging.md for its settings.",
    kind="sequence",
    defaults={"path": "", "test_size": 0, "called": "", "content": ""},
    resolve=partial(resolve_file, name="file_tags", formats=FORMATS),
    task="tagging",
)
