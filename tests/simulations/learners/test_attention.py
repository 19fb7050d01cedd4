from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulations.errors import InputError
from simulations.learners.attention import (
    HEAD,
    NOTHING,
    AttentionShape,
    Network,
    Vocabulary,
    answer_scores,
    begun,
    draw_part,
    draw_weights,
    edit_distances,
    windows,
)

torch = pytest.importorskip("torch", reason="torch is not installed: neural learners need the extra neural")

SHAPE = AttentionShape(characters=5, symbols=4, hidden=8)


@pytest.fixture
def network():
    return Network(SHAPE, torch.from_numpy(draw_weights(SHAPE, np.random.default_rng(0))))


def scores(network, X, Z):
    with torch.no_grad():
        return network.say(network.read(torch.tensor(X)), begun(network.symbols(torch.tensor(Z))))


def test_the_weights_are_the_parts_one_behind_the_other():
    ends = [SHAPE.place(part) for part in SHAPE.parts]
    assert ends[0].start == 0 and ends[-1].stop == draw_weights(SHAPE, np.random.default_rng(0)).size
    assert all(one.stop == other.start for one, other in pairwise(ends))
    assert {draw_part(SHAPE, part, np.random.default_rng(0)).dtype for part in SHAPE.parts} == {np.dtype("float32")}
    assert set(HEAD) <= set(SHAPE.parts)


def test_windows_hold_the_neighbours():
    x = torch.tensor([[[1.0], [2.0], [3.0]]])
    assert windows(x).tolist() == [[[0, 1, 2], [1, 2, 3], [2, 3, 0]]]


def test_what_stands_behind_the_end_of_a_text_changes_nothing(network):
    short = scores(network, [[1, 2]], [[5, 0, 1]])
    padded = scores(network, [[1, 2, 0, 0, 0], [3, 1, 2, 4, 5]], [[5, 0, 1], [5, 2, 2]])
    assert torch.allclose(short[0], padded[0], atol=1e-5)
    # Places further on than are told apart are read too.
    assert scores(network, [[1] * 60], [[5] + [0] * 59]).isfinite().all()


def test_a_symbol_depends_on_none_that_comes_later(network):
    one, other = (scores(network, [[1, 2, 3]], [[5, 0, later, 3]]) for later in (1, 2))
    assert torch.equal(one[:, :2], other[:, :2]) and not torch.allclose(one[:, 2:], other[:, 2:])


def test_symbol_by_symbol_is_all_at_once(network):
    X, Z = torch.tensor([[1, 2, 3], [4, 5, 0]]), torch.tensor([[5, 0, 1, 3, 2, 2], [5, 3, 3, 1, 0, 1]])
    whole = scores(network, X.tolist(), Z.tolist())
    with torch.no_grad():
        read, past = network.read(X), begun(network.symbols(Z[:, :1]))
        for t in range(Z.shape[1]):
            assert torch.allclose(network.say(read, past, t)[:, 0], whole[:, t], atol=1e-5)
            if t + 1 < Z.shape[1]:
                past = torch.cat([past[:, 1:], network.symbols(Z[:, t + 1 : t + 2], t + 1)], dim=1)


def test_the_gradient_is_the_slope_of_the_loss():
    shape = AttentionShape(3, 2, 4)
    weights = torch.from_numpy(draw_weights(shape, np.random.default_rng(1))).double().requires_grad_()

    def loss(theta):
        network = Network(shape, theta)
        past = begun(network.symbols(torch.tensor([[3, 0, 1]])))
        return network.say(network.read(torch.tensor([[1, 3]])), past).logsumexp(dim=2).sum()

    (gradient,) = torch.autograd.grad(loss(weights), [weights])
    for direction in torch.from_numpy(np.random.default_rng(2).standard_normal((5, len(weights)))):
        step = 1e-6 * direction
        slope = float((loss(weights + step) - loss(weights - step)).detach()) / 2e-6
        assert slope == pytest.approx(float(gradient @ direction), rel=1e-5)


def test_texts_and_answers_are_numbered():
    vocabulary = Vocabulary(tuple("ab"), ("X", "Y"))
    assert vocabulary.read(["ab", "b"]).tolist() == [[1, 2, 3], [2, 3, 0]]
    assert vocabulary.write([("Y",), ()]).tolist() == [[1, 2], [2, NOTHING]]
    assert vocabulary.write([("Y",), ()], end=False).tolist() == [[1, NOTHING], [NOTHING, NOTHING]]


@pytest.mark.parametrize(
    ("text", "told"),
    [("axe", "found the character 'x' in 'axe'; allowed: a e"), ("", "found a text without a character")],
)
def test_unreadable_texts_are_refused(text, told):
    with pytest.raises(InputError, match=told):
        Vocabulary(("a", "e"), ()).read(["ae", text])


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


words = st.text("abc", max_size=7)


@given(pairs=st.lists(st.tuples(words, words), min_size=1, max_size=6))
def test_all_at_once_is_cell_by_cell(pairs):
    pairs.append(("saturday", "sunday"))  # the others have places behind their end then
    G, Y = (written(list(side)) for side in zip(*pairs, strict=True))
    assert edit_distances(G, Y).tolist() == [by_the_book(*pair) for pair in pairs]


def test_scores_by_hand():
    # Distances 0, 1 of 4 and 5 of 2, whose share of −1.5 counts as 0.
    given, true = written(["ab", "abcx", "vwxyz"]), written(["ab", "abcd", "ab"])
    assert answer_scores(given, true) == {"exact_match": 1 / 3, "symbol_accuracy": pytest.approx((1 + 0.75 + 0) / 3)}
