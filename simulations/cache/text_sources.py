"""Texts and classes out of files that were not made for learning: registers, ratings, reports, translations.

Each function takes an archive's members, name to content, and gives (class, text) rows in the order of the source.
"""

import csv
import gzip
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from xml.etree import ElementTree

Rows = Iterable[tuple[str, str]]
"""Pairs of class and text."""

_NEUTRAL = 0.5
"""Mean ratings, on a scale of -4 to 4, that are no further from 0 are neutral."""

_FREQUENT = 100
"""Texts that a technique or a language needs to be a class."""

_LATIN = re.compile(r"[\u0000-\u02ff\u1e00-\u1fff\u2010-\u203f]{20,}")
"""Twenty characters or more of Latin script and punctuation."""

_MESSAGE = re.compile(r'^msgstr(?:\[\d\])? ((?:".*"\n)+)', re.MULTILINE)
"""A translation in a gettext file: lines in quotes."""

_CITATION = re.compile(r"\(Citation:[^)]*\)?|</?code>")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)?")


def csv_rows(members: Mapping[str, bytes]) -> Rows:
    """Read CSV files of two columns under a header, text and class; they may be gzipped."""
    for name, content in members.items():
        text = (gzip.decompress(content) if name.endswith(".gz") else content).decode("utf-8")
        for cells in list(csv.reader(io.StringIO(text, newline="")))[1:]:
            yield cells[1], cells[0]


def tab_lines(members: Mapping[str, bytes]) -> Rows:
    """Read lines of class, tab and text, without a header."""
    for content in members.values():
        for line in content.decode("utf-8").splitlines():
            label, text = line.split("\t")
            yield label, text


def rated_lines(members: Mapping[str, bytes]) -> Rows:
    """Read lines of number, mean rating by people and text; the class is the rating's sign, or neutral near 0."""
    for content in members.values():
        for line in content.decode("utf-8").splitlines():
            _, rating, text = line.split("\t")
            yield ("negative", "neutral", "positive")[(float(rating) >= -_NEUTRAL) + (float(rating) > _NEUTRAL)], text


def occupation_titles(members: Mapping[str, bytes]) -> Rows:
    """Read every second job title of each minor group of occupations; the class is the sub-major group."""
    (content,) = members.values()
    for code, titles in json.loads(content).items():
        yield from ((code[:2], title) for title in titles[::2])


def diagnosis_terms(members: Mapping[str, bytes]) -> Rows:
    """Read the inclusion terms of the ICD-10-CM; the class is the chapter."""
    (content,) = members.values()
    for chapter in ElementTree.fromstring(content).iter("chapter"):
        label = chapter.findtext("name", "")
        yield from ((label, note.text or "") for note in chapter.iterfind(".//inclusionTerm/note"))


def attack_reports(members: Mapping[str, bytes]) -> Rows:
    """Read what attackers were reported to do; the class is the technique, of those of at least 100 reports.

    A sub-technique counts as its technique. Links become their words, citations are left out.
    """
    patterns, relationships = (_largest_list(json.loads(content)) for content in members.values())
    techniques = {one["stix_id"]: one["external_id"].partition(".")[0] for one in patterns}
    texts = {
        _LINK.sub(r"\1", _CITATION.sub("", one["description"])).strip(): techniques[one["target_ref"]]
        for one in relationships
        if one["relationship_type"] == "uses" and one["target_ref"] in techniques and one["description"]
    }
    counts = Counter(texts.values())
    return ((label, text) for text, label in texts.items() if counts[label] >= _FREQUENT)


def _largest_list(tables: Mapping[str, list[Any]]) -> list[Any]:
    return max(tables.values(), key=len)


def statistics_tables(members: Mapping[str, bytes]) -> Rows:
    """Read the titles of tables of Statistics Canada that have one subject; the class is its code."""
    (content,) = members.values()
    for table in json.loads(content).values():
        subjects = {code[:2] for code in table["subject_code"] or ()}
        if len(subjects) == 1:
            yield subjects.pop(), table["title_en"]


def interface_messages(members: Mapping[str, bytes]) -> Rows:
    """Read the messages of a program's translations, gettext files in one folder a language, which is the class.

    Kept are messages of 20 characters or more in Latin script, of languages of at least 100; dialects are one.
    """
    texts: dict[str, str] = {}
    for name, content in members.items():
        language = name.split("/")[-3].partition("_")[0]
        _, _, body = content.decode("utf-8").partition("\n\n")  # the first message describes the file
        for lines in _MESSAGE.findall(body):
            text = "".join(line[1:-1] for line in lines.splitlines()).replace("\\n", " ").replace('\\"', '"').strip()
            if _LATIN.fullmatch(text):
                texts.setdefault(text, language)
    counts = Counter(texts.values())
    return ((label, text) for text, label in texts.items() if counts[label] >= _FREQUENT)


SOURCES: Mapping[str, Callable[[Mapping[str, bytes]], Rows]] = {
    source.__name__: source
    for source in (
        csv_rows,
        tab_lines,
        rated_lines,
        occupation_titles,
        diagnosis_terms,
        attack_reports,
        statistics_tables,
        interface_messages,
    )
}
