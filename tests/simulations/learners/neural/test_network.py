import numpy as np
import pytest

from simulations.learners.neural.network import (
    TILE,
    Adam,
    NetworkShape,
    backward,
    class_bars,
    deterministic_arithmetic,
    expected_squares,
    forward,
    initial_weights,
    padded_features,
    round_up_to_tile,
)

torch = pytest.importorskip("torch")

SHAPE = NetworkShape(5, (6, 3), 4)


def _network(lanes=2, items=7, seed=0):
    rng = np.random.default_rng(seed)
    weights = initial_weights(SHAPE, [np.random.default_rng([seed, lane]) for lane in range(lanes)])
    for W, (i, o) in zip(weights, SHAPE.sides, strict=True):
        W[:, i, :o] = torch.from_numpy(rng.normal(size=(lanes, o)).astype(np.float32))  # biases
    X = rng.normal(size=(lanes, items, 5)).astype(np.float32)
    padded = torch.stack([padded_features(own) for own in X])
    masks = [
        torch.from_numpy(rng.integers(0, 2, (lanes, items, round_up_to_tile(h + 1))).astype(np.float32) * 2)
        for h in (6, 3)
    ]
    return weights, X, padded, masks


def test_sides_are_whole_tiles_and_what_is_beyond_them_is_zero():
    weights, *_ = _network()
    assert all(side % TILE == 0 for W in weights for side in W.shape[1:])
    for W, (i, o) in zip(weights, SHAPE.sides, strict=True):
        assert not W[:, i + 1 :].any() and not W[:, :, o:].any() and W[:, : i + 1, :o].all()


def test_scores_are_those_of_the_formula():
    weights, X, padded, masks = _network()
    found = forward(weights, padded, SHAPE, masks)
    for lane in range(2):
        A = X[lane].astype(np.float64)
        for W, mask, (i, o) in zip(weights, [*masks, None], SHAPE.sides, strict=True):
            W = W[lane].double().numpy()
            A = A @ W[:i, :o] + W[i, :o]
            if mask is not None:
                A = np.maximum(A, 0) * mask[lane, :, :o].numpy()
        assert found[-1][lane, :, :4].numpy() == pytest.approx(A, abs=1e-5)
        assert not found[-1][lane, :, 4:].any()


def test_expected_squares_are_those_of_every_answers_gradient():
    weights, _, padded, _ = _network(lanes=1)
    A = forward(weights, padded, SHAPE)
    P = torch.nn.functional.pad(A[-1][..., :4].softmax(dim=2), (0, TILE - 4))
    found = expected_squares(weights, A, SHAPE, P[0, :, :4])
    out = [torch.zeros_like(W) for W in weights]
    for item in range(7):
        own, mean = slice(item, item + 1), 0.0
        for y in range(4):
            G = P[:, own].clone()
            G[0, 0, y] -= 1.0
            backward(weights, [given[:, own] for given in A[:-1]], G, SHAPE, [None, None], out)
            mean += float(P[0, item, y]) * sum(float(g.square().sum()) for g in out)
        assert float(found[item]) == pytest.approx(mean, rel=1e-4)
        # The last layer alone has less: what it reads, with the constant, squared, times 1 − |p|².
        last = float(A[-2][0, item].square().sum() * (1.0 - P[0, item].square().sum()))
        assert last < float(found[item])


def test_gradients_are_those_that_torch_derives():
    weights, _, padded, masks = _network()
    y = torch.tensor([[0, 1, 2, 3, 0, 1, 2], [3, 3, 2, 1, 0, 0, 0]])
    *A, scores = forward(weights, padded, SHAPE, masks)
    bars = class_bars(np.ones((2, 4), bool), scores.shape[2])
    G = (scores + bars).softmax(dim=2)
    G.scatter_add_(2, y[:, :, None], torch.full((2, 7, 1), -1.0))
    own = [torch.empty_like(W) for W in weights]
    backward(weights, A, G, SHAPE, masks, own)
    leaves = [W.clone().requires_grad_() for W in weights]
    Z = padded
    for W, mask, h in zip(leaves, masks, SHAPE.hidden, strict=False):
        Z = (Z @ W).relu() * mask
        Z = torch.cat([Z[:, :, :h], torch.ones(2, 7, 1), torch.zeros(2, 7, Z.shape[2] - h - 1)], dim=2)
    loss = torch.nn.functional.cross_entropy((Z @ leaves[-1])[:, :, :4].reshape(-1, 4), y.ravel(), reduction="sum")
    loss.backward()
    for found, leaf in zip(own, leaves, strict=True):
        assert found.numpy() == pytest.approx(leaf.grad.numpy(), abs=1e-5)


def test_adam_takes_the_published_steps():
    rng = np.random.default_rng(0)
    W = rng.normal(size=(2, 3))
    tensor = torch.from_numpy(W.copy())
    adam = Adam([tensor], 0.1, 0.05)
    m = v = np.zeros((2, 3))
    for t in range(1, 6):
        g = rng.normal(size=(2, 3))
        adam.step([torch.from_numpy(g)])
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        W = W * (1 - 0.1 * 0.05) - 0.1 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    assert tensor.numpy() == pytest.approx(W, rel=1e-9)


def test_threads_and_denormals_are_put_back():
    before = torch.get_num_threads()
    with pytest.raises(KeyError), deterministic_arithmetic():
        assert torch.get_num_threads() == 1 and (torch.full((8,), 1e-39) * 1.0).sum() == 0
        raise KeyError
    assert torch.get_num_threads() == before and (torch.full((8,), 1e-39) * 1.0).sum() > 0
