"""Columns as wide as their words, and rows as tall as the longest needs."""

import doctest

from hypothesis import given
from hypothesis import strategies as st

from planner.dashboard import components

WORDS = st.text(st.characters(codec="ascii", categories=("L", "N")), max_size=300)


@given(st.lists(st.fixed_dictionaries({"Plan": WORDS, "Why": WORDS}), max_size=5))
def test_words_fit_into_their_cells(rows: list[dict[str, str]]) -> None:
    px, tall = components.widths_px(rows), components.row_px(rows)
    assert set(px) == set(components.columns_of(rows)) == ({"Plan", "Why"} if rows else set())
    for row in rows:
        for name, words in row.items():
            lines = -(-len(words) * components.LETTER_PX // px[name])
            assert lines <= 1 or (tall is not None and tall >= components.LINE_PX * min(lines, components.MOST_LINES))


def test_a_row_may_lack_a_column() -> None:
    assert components.widths_px([{"a": "x" * 20}, {"b": "y"}]) == {"a": 146, "b": 60}


def test_examples_in_docstrings_hold() -> None:
    assert doctest.testmod(components).failed == 0
