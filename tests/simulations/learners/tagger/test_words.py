import numpy as np

from simulations.learners.tagger import BUCKETS, describe


def _same(left, right):
    return (left != right).nnz == 0


def test_a_token_is_described_by_itself_and_its_neighbours():
    found = describe((("a", "dog", "barks"), ("a", "dog", "barks"), ("the", "dog", "barks"), ("a", "dog")))
    rows = found.matrix
    assert rows.shape == (11, BUCKETS) and found.starts.tolist() == [0, 3, 6, 9, 11]
    assert _same(rows[[0]], rows[[3]]) and _same(rows[[1]], rows[[4]])
    assert not _same(rows[[1]], rows[[7]])  # another word before
    assert not _same(rows[[1]], rows[[10]])  # nothing after
    assert _same(rows[[2]], rows[[8]])  # the word before the one before is not read


def test_neighbours_end_with_the_sentence():
    joined, apart = describe((("a", "b", "c", "d"),)), describe((("a", "b"), ("c", "d")))
    assert not _same(joined.matrix[[1]], apart.matrix[[1]]) and not _same(joined.matrix[[2]], apart.matrix[[2]])
    assert _same(apart.matrix[[0]], joined.matrix[[0]]) and _same(apart.matrix[[3]], joined.matrix[[3]])


def test_what_is_alike_shares_descriptions():
    found = describe((("running", "walking", "table"),)).matrix

    def shared(i, j):
        return int((found[[i]].minimum(found[[j]])).sum())

    assert shared(0, 1) > shared(1, 2) >= 1  # endings; of all words, that they are words


def test_a_description_does_not_depend_on_what_else_is_described():
    alone, beside = describe((("a", "dog"),)), describe((("cats",), ("a", "dog")))
    assert _same(alone.matrix, beside.matrix[1:])


def test_counts_are_whole_and_every_token_has_some():
    found = describe((("x",), ("Abc-1", "x", "…"))).matrix
    assert (found.data == found.data.astype(int)).all() and (found.data > 0).all()
    assert (
        np.diff(found.indptr).tolist()[0] == 6
    )  # that it is a word, itself twice, its shape, and nothing on either side
