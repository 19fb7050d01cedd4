"""Tagged sentences in files of one token a line: CoNLL-U, or a word and its tag with a blank line after a sentence.

Notation: lines are numbered from 1, as editors number them.
"""

from collections.abc import Iterator
from pathlib import Path

from simulations.datasets.sentences.tagged import Words
from simulations.entries import shown
from simulations.errors import InputError

CONLLU = ".conllu"
FORMATS = (CONLLU, ".conll", ".tsv", ".txt")
MOST_TOKENS = 2_000_000
_CONLLU_COLUMNS = 10
_WORD, _TAG = 1, 3
_NO_TAG = "_"

Sentence = tuple[Words, Words]


def read_sentences(path: Path, called: str) -> list[Sentence]:
    """Read words and tags of every sentence.

    Of CoNLL-U the columns FORM and UPOS, without comments, ranges (`3-4`) and empty nodes (`5.1`); of other files the
    first and the last column of each line, by tabs, or by blanks in a file without tabs.

    Args:
        path: the file.
        called: its name, for messages.

    Raises:
        InputError: it cannot be read, a line has no tag, or there are too many tokens; names the line.
    """
    try:
        # Some editors begin a file with a byte order mark, which is no part of the first word.
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{called}: byte {error.start + 1} is not UTF-8; save the file as UTF-8") from error
    lines = list(enumerate(text.split("\n"), start=1))
    tokens = _conllu(lines, called) if path.suffix.lower() == CONLLU else _two_columns(lines, called)
    sentences = list(_gathered(tokens))
    count = sum(len(words) for words, _ in sentences)
    if count > MOST_TOKENS:
        raise InputError(f"{called}: has {count:,} tokens; allowed: at most {MOST_TOKENS:,}; take a sample")
    return sentences


def _conllu(lines: list[tuple[int, str]], called: str) -> Iterator[tuple[str, str] | None]:
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
                yield _pair(cells[_WORD], cells[_TAG], number, called)


def _two_columns(lines: list[tuple[int, str]], called: str) -> Iterator[tuple[str, str] | None]:
    # In a file with tabs, blanks belong to words: "New York".
    tabbed = any("\t" in line for _, line in lines)
    for number, line in lines:
        if not line.strip():
            yield None
            continue
        cells = [cell.strip() for cell in line.split("\t")] if tabbed else line.split()
        if len(cells) < 2:
            raise InputError(
                f"{called}, line {number}: found {shown(line)}; allowed: a word, {'a tab' if tabbed else 'a blank'} "
                "and its tag, and a blank line after each sentence"
            )
        yield _pair(cells[0], cells[-1], number, called)


def _pair(word: str, tag: str, number: int, called: str) -> tuple[str, str]:
    if not word or not tag or tag == _NO_TAG:
        what = "no word" if not word else f"no tag for {shown(word)}"
        raise InputError(f"{called}, line {number}: found {what}; allowed: a word and a tag on every line")
    return word, tag


def _gathered(tokens: Iterator[tuple[str, str] | None]) -> Iterator[Sentence]:
    words: list[str] = []
    tags: list[str] = []
    for token in tokens:
        if token is not None:
            words.append(token[0])
            tags.append(token[1])
        elif words:
            yield tuple(words), tuple(tags)
            words, tags = [], []
    if words:
        yield tuple(words), tuple(tags)
