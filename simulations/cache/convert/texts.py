"""Texts with a class each, and sentences with a tag a token."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from simulations.cache.errors import FetchError
from simulations.cache.resource import Counts, Members

TEXTS = "texts.parquet"
SENTENCES = "sentences.parquet"
_HEADER_LINES = 3


def tab_texts(members: Members, folder: Path) -> Counts:
    """Keep Orange's tab files, three header lines and then class and text, as one Parquet file."""
    rows = [row for content in members.values() for row in parse_tab(content.decode("utf-8"))]
    return _write_texts(rows, folder)


def folder_texts(members: Members, folder: Path) -> Counts:
    """Keep one file a text, in one folder a class, as one Parquet file."""
    rows = [(name.split("/")[-2], _plain(_decoded(content))) for name, content in members.items()]
    return _write_texts(rows, folder)


def conllu_sentences(members: Members, folder: Path) -> Counts:
    """Keep CoNLL-U sentences as Parquet: columns `tokens` and `tags`, lists of equal length (columns 2 and 4)."""
    import pandas as pd

    (content,) = members.values()
    sentences = parse_conllu(content.decode("utf-8"))
    pd.DataFrame(sentences, columns=["tokens", "tags"]).to_parquet(folder / SENTENCES, index=False)
    return len(sentences), len({tag for _, tags in sentences for tag in tags})


def parse_tab(text: str) -> list[tuple[str, str]]:
    """Read (class, text) rows below three header lines.

    Raises:
        FetchError: the header is another, or a row is no pair.
    """
    lines = text.split("\n")
    if lines[0] != "Category\tText" or len(lines) <= _HEADER_LINES:
        raise FetchError(f"a table of texts begins with '{lines[0][:60]}'; expected: Category and Text")
    # One file has a row of nothing but the tab, which is no text.
    rows = [tuple(line.split("\t")) for line in lines[_HEADER_LINES:] if line.strip()]
    if any(len(row) != 2 for row in rows):
        raise FetchError("a table of texts has a row that is no pair of class and text")
    return [(row[0], row[1]) for row in rows]


def parse_conllu(text: str) -> list[tuple[list[str], list[str]]]:
    """Read the words and universal tags of each sentence; ranges (`3-4`) and empty nodes (`5.1`) are left out."""
    blocks = re.split(r"\n\s*\n", text.replace("\r\n", "\n"))
    sentences = []
    for block in blocks:
        rows = [line.split("\t") for line in block.splitlines() if line and not line.startswith("#")]
        words = [(row[1], row[3]) for row in rows if row[0].isdecimal()]
        if words:
            sentences.append(([word for word, _ in words], [tag for _, tag in words]))
    return sentences


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("latin-1")  # one article is; every byte is a character there


def _plain(text: str) -> str:
    return " ".join(text.split())


def _write_texts(rows: Iterable[Sequence[str]], folder: Path) -> Counts:
    import pandas as pd

    frame = pd.DataFrame(list(rows), columns=["label", "text"])
    frame.to_parquet(folder / TEXTS, index=False)
    return len(frame), int(frame["label"].nunique())
