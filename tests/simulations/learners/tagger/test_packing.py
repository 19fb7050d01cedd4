import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simulations.learners.crf import pack

LENGTHS = st.lists(st.integers(1, 6), min_size=1, max_size=8)


def _starts(lengths):
    return np.concatenate([[0], np.cumsum(lengths)])


def test_tokens_lie_position_by_position_the_longest_sentence_first():
    # Sentences a b, c d e, f: the longest first, then the others in their order.
    packed = pack(np.array([0, 2, 5, 6]), np.array([0, 1, 2]))
    assert packed.order.tolist() == [1, 0, 2]
    assert packed.tokens.tolist() == [2, 0, 5, 3, 1, 4]  # c a f, d b, e
    assert packed.bounds.tolist() == [0, 3, 5, 6]
    assert packed.owners.tolist() == [0, 1, 2, 0, 1, 0]
    assert packed.before.tolist() == [0, 1, 3]
    assert [packed.preceding(span) for span in list(packed.positions)[1:]] == [slice(0, 2), slice(3, 4)]


def test_only_the_sentences_asked_for_are_laid_out_in_any_order():
    packed = pack(np.array([0, 2, 5, 6]), np.array([2, 0]))
    assert packed.tokens.tolist() == [0, 5, 1]
    assert packed.totals(np.array([1.0, 10.0, 2.0])).tolist() == [10.0, 3.0]


@given(LENGTHS, st.randoms(use_true_random=False))
def test_each_token_lies_once_and_behind_its_neighbour(lengths, random):
    starts = _starts(lengths)
    rows = np.array(random.sample(range(len(lengths)), random.randint(1, len(lengths))))
    packed = pack(starts, rows)
    expected = np.concatenate([np.arange(starts[row], starts[row + 1]) for row in rows])
    assert sorted(packed.tokens) == sorted(expected)
    first = packed.bounds[1]
    np.testing.assert_array_equal(packed.tokens[packed.before] + 1, packed.tokens[first:])
    np.testing.assert_array_equal(packed.owners[packed.before], packed.owners[first:])
    np.testing.assert_array_equal(packed.tokens[:first], starts[rows[packed.order]])


@given(LENGTHS)
def test_what_is_told_of_sentences_comes_back_in_the_order_they_were_given(lengths):
    rows = np.arange(len(lengths))
    packed = pack(_starts(lengths), rows)
    assert packed.totals(np.ones(sum(lengths))).tolist() == lengths
    assert packed.in_order(packed.order).tolist() == rows.tolist()
