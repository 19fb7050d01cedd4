from itertools import pairwise

import numpy as np
import pytest

from simulations.learners.seq2seq_network import HEAD, AttentionShape, Network, begun, draw_part, draw_weights, windows

torch = pytest.importorskip("torch", reason="torch is not installed: neural learners need the extra neural")

SHAPE = AttentionShape(characters=5, symbols=4, hidden=8)


@pytest.fixture
def network():
    return Network(SHAPE, torch.from_numpy(draw_weights(SHAPE, np.random.default_rng(0))))


def scores(network, X, Z):
    with torch.no_grad():
        return network.say(network.read(torch.tensor(X)), begun(network.symbols(torch.tensor(Z))))


def test_the_weights_are_the_parts_one_behind_the_other():
    assert draw_weights(SHAPE, np.random.default_rng(0)).shape == (SHAPE.numbers,)
    ends = [SHAPE.place(part) for part in SHAPE.parts]
    assert ends[0].start == 0 and ends[-1].stop == SHAPE.numbers
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
    for direction in torch.from_numpy(np.random.default_rng(2).standard_normal((5, shape.numbers))):
        step = 1e-6 * direction
        slope = float((loss(weights + step) - loss(weights - step)).detach()) / 2e-6
        assert slope == pytest.approx(float(gradient @ direction), rel=1e-5)


def test_places_further_on_than_are_told_apart_are_read_too(network):
    assert scores(network, [[1] * 60], [[5] + [0] * 59]).isfinite().all()
