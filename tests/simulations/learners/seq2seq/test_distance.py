import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulations.learners.seq2seq_network import NOTHING, Vocabulary, answer_scores, edit_distances

LETTERS = Vocabulary((), tuple("abcdefghijklmnopqrstuvwxyz"))


def written(answers):
    return LETTERS.write([tuple(answer) for answer in answers], end=False)


def by_the_book(given, true):
    """Wagner & Fischer's table, cell by cell."""
    row = list(range(len(true) + 1))
    for i, one in enumerate(given, start=1):
        above, row = row, [i]
        for j, other in enumerate(true, start=1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (one != other)))
    return row[-1]


@pytest.mark.parametrize(
    ("given", "true", "edits"),
    [("", "abc", 3), ("abc", "abc", 0), ("kitten", "sitting", 3), ("abc", "b", 2), ("saturday", "sunday", 3)],
)
def test_known_distances(given, true, edits):
    assert edit_distances(written([given]), written([true])) == [edits]


words = st.text("abc", max_size=7)


@given(pairs=st.lists(st.tuples(words, words), min_size=1, max_size=6))
def test_all_at_once_is_cell_by_cell(pairs):
    G, Y = (written(list(side)) for side in zip(*pairs, strict=True))
    assert edit_distances(G, Y).tolist() == [by_the_book(*pair) for pair in pairs]


def test_scores_by_hand():
    # Distances 0, 1 of 4 and 5 of 2, whose share of −1.5 counts as 0.
    given, true = written(["ab", "abcx", "vwxyz"]), written(["ab", "abcd", "ab"])
    assert answer_scores(given, true) == {"exact_match": 1 / 3, "symbol_accuracy": pytest.approx((1 + 0.75 + 0) / 3)}


def test_what_stands_behind_the_end_is_nothing():
    padded = np.full((1, 9), NOTHING)
    padded[0, :2] = [0, 1]
    assert edit_distances(padded, written(["ab"])) == [0]
