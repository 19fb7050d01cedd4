import numpy as np
import pytest

from simulations.errors import InputError
from simulations.learners.learner import Labelled, WithEmbeddings, WithMembers
from simulations.learners.neural.cnn import CnnLearner, convolve
from simulations.learners.neural.network import padded_features

torch = pytest.importorskip("torch")


@pytest.fixture(scope="module")
def bars():
    """Images of 6 x 9 pixels, two channels: a bar that stands or lies anywhere, or none."""
    rng = np.random.default_rng(0)
    truth = rng.integers(3, size=240)
    images = rng.normal(0, 0.3, (240, 6, 9, 2)).astype(np.float32)
    for image, kind in zip(images, truth, strict=True):
        if kind == 1:
            image[:, rng.integers(9), 1] += 2
        elif kind == 2:
            image[rng.integers(6), :, 1] += 2
    features = images.reshape(240, -1)
    features.flags.writeable = False
    rows = np.stack([rng.permutation(240)[:60] for _ in range(3)])
    return Labelled(features, rows, truth[rows], np.ones(108), 3), truth


def _learner(how, **changed):
    return CnnLearner("6x9x2", (6, 8), (12,), how(**{"epochs": 20, "batch_size": 16, **changed}))


def test_lanes_do_not_feel_one_another_and_learn(how, bars, streams):
    labelled, truth = bars
    packed = _learner(how).fit(labelled, None, streams(range(3)))
    P = packed.probabilities(range(3), labelled.features)
    assert P.dtype == np.float32 and P.sum(axis=1) == pytest.approx(np.ones((3, 240)), abs=1e-5)
    assert (P.argmax(axis=1) == truth).mean() > 0.9
    alone = _learner(how).fit(labelled.take([2]), None, streams([2]))
    assert (alone.probabilities([0], labelled.features) == P[2]).all()
    assert (packed.take([2, 2]).probabilities([1], labelled.features) == P[2]).all()
    assert packed.converged.shape == packed.effort.shape == (3,) and (packed.effort > 0).all()


@pytest.mark.parametrize("items", [1, 7, 60])
def test_an_image_gets_the_same_bits_whatever_is_scored_beside_it(how, bars, streams, monkeypatch, items):
    labelled, _ = bars
    fitted = _learner(how, epochs=2).fit(labelled.take([0]), None, streams([0]))
    P = fitted.probabilities([0], labelled.features)
    monkeypatch.setattr("simulations.learners.neural.cnn._AT_ONCE", 48)
    assert (fitted.probabilities([0], labelled.features) == P).all()
    for at in (0, 5, 100):
        assert (fitted.probabilities([0], labelled.features[at : at + items].copy()) == P[:, :, at : at + items]).all()


def test_convolutions_are_those_of_the_formula():
    rng = np.random.default_rng(0)
    image, K, bias = rng.normal(size=(4, 6, 2)), rng.normal(size=(3, 2, 3, 3)), rng.normal(size=3)
    found = convolve(
        padded_features(image.reshape(1, -1)), (4, 6, 2), [torch.from_numpy(a.astype(np.float32)) for a in (K, bias)]
    )
    wide = np.pad(image, ((1, 1), (1, 1), (0, 0)))
    Z = np.array(
        [
            [
                [(wide[i : i + 3, j : j + 3].transpose(2, 0, 1) * K[o]).sum() + bias[o] for j in range(6)]
                for i in range(4)
            ]
            for o in range(3)
        ]
    )
    halved = np.maximum(Z, 0).reshape(3, 2, 2, 3, 2).max(axis=(2, 4))
    assert found.numpy() == pytest.approx(halved.reshape(1, -1), abs=1e-5)


def test_kernels_are_trained_down_the_gradient(how, bars, streams):
    labelled, _ = bars
    one = labelled.take([0])
    # One step of Adam moves every weight by the learning rate against the sign of its gradient.
    cnn = _learner(how, epochs=1, batch_size=60, learning_rate=1e-3, dropout=0.0, weight_decay=0.0, start="warm")
    fewer = Labelled(one.features, one.rows[:, :40], one.answers[:, :40], one.spectrum, 3)
    before = cnn.fit(fewer, None, streams([0])).lanes[0]
    after = cnn.fit(one, cnn.fit(fewer, None, streams([0])), streams([0])).lanes[0]
    leaves = [W[0].clone().requires_grad_() for W in [*before.kernels, *before.head.weights]]
    X = padded_features(one.features)[torch.from_numpy(one.rows[0])]
    F = convolve(X, (6, 9, 2), leaves[:4])
    H = torch.cat([F, torch.ones(60, 1)], dim=1) @ leaves[4][: F.shape[1] + 1, :12]
    scores = torch.cat([H.relu(), torch.ones(60, 1)], dim=1) @ leaves[5][:13, :3]
    torch.nn.functional.cross_entropy(scores, torch.from_numpy(one.answers[0])).backward()
    all_weights = ([*net.kernels, *net.head.weights] for net in (before, after))
    moved = [b[0] - a[0] for a, b in zip(*all_weights, strict=True)]
    for step, leaf in zip(moved, leaves, strict=True):
        clear = leaf.grad.abs() > 1e-5
        assert clear.any() and torch.allclose(step[clear], -1e-3 * leaf.grad[clear].sign(), atol=2e-5)


def test_members_and_embeddings_are_those_of_the_head(how, bars, streams):
    labelled, _ = bars
    fitted = _learner(how).fit(labelled.take([0]), None, streams([0]))
    assert isinstance(fitted, WithEmbeddings) and isinstance(fitted, WithMembers)
    assert fitted.embeddings(0, labelled.features).shape == (240, 12)
    rows = np.arange(50)
    ((piece, P),) = fitted.members(0, labelled.features, rows, np.random.default_rng(0))
    net = fitted.lanes[0]
    given = np.concatenate([part for _, part in net.in_blocks(labelled.features)])
    ((_, Q),) = net.head.members(0, given, rows, np.random.default_rng(0))
    assert piece == slice(0, 50) and P.shape == (6, 50, 3) and np.allclose(P, Q, atol=1e-6)


def test_finetuning_looks_at_new_labels_alone(how, bars, streams):
    labelled, _ = bars
    one = labelled.take([0])
    cnn = _learner(how, start="finetune", epochs=2)
    fewer = Labelled(one.features, one.rows[:, :40], one.answers[:, :40], one.spectrum, 3)
    before = cnn.fit(fewer, None, streams([0]))
    turned = one.answers.copy()
    turned[:, :40] = (turned[:, :40] + 1) % 3
    fits = [
        cnn.fit(Labelled(one.features, one.rows, y, one.spectrum, 3), before, streams([0]))
        for y in (one.answers, turned)
    ]
    one_, other = (fit.probabilities([0], labelled.features) for fit in fits)
    assert (one_ == other).all() and (one_ != before.probabilities([0], labelled.features)).any()


def test_what_is_no_image_is_refused_in_one_sentence(how, bars, streams):
    labelled, _ = bars
    no_square = CnnLearner("", (6,), (12,), how())
    with pytest.raises(InputError, match=r"^learner cnn, shape: found ''; allowed: [^\n]+ since 108 features are"):
        no_square.fit(labelled, None, streams(range(3)))
    with pytest.raises(InputError, match=r"^learner cnn, shape: found '9x9'; allowed: what makes the 108 feat"):
        CnnLearner("9x9", (6,), (12,), how()).fit(labelled, None, streams(range(3)))
    with pytest.raises(InputError, match=r"^learner cnn, channels: found 3 layers, each of which halves an im"):
        CnnLearner("6x9x2", (6, 6, 6), (12,), how()).fit(labelled, None, streams(range(3)))


def test_expected_squares_are_those_of_every_answers_gradient_by_all_weights(how, bars, streams, monkeypatch):
    labelled, _ = bars
    fitted = _learner(how, epochs=3).fit(labelled.take([0]), None, streams([0]))
    X, net = labelled.features[:5], fitted.lanes[0]
    leaves = [W[0].clone().requires_grad_() for W in (*net.kernels, *net.head.weights)]
    wanted = np.zeros(5)
    for i, item in enumerate(X):
        given = convolve(padded_features(item[None]), (6, 9, 2), leaves[:4])
        padded = torch.nn.functional.pad(given, (0, 1), value=1.0)
        # Behind the twelve hidden units is a constant one.
        hidden = torch.nn.functional.pad((padded @ leaves[4][: padded.shape[1], :12]).relu(), (0, 1), value=1.0)
        hidden = torch.nn.functional.pad(hidden, (0, leaves[5].shape[0] - 13))
        scores = (hidden @ leaves[5])[0, :3]
        for answer, p in enumerate(scores.detach().softmax(0)):
            loss = -scores.log_softmax(0)[answer]
            gradients = torch.autograd.grad(loss, leaves, retain_graph=True)
            wanted[i] += p * sum(float(g.square().sum()) for g in gradients)
    monkeypatch.setattr("simulations.learners.neural.cnn._DERIVED_AT_ONCE", 2)
    assert fitted.landscape(0).expected_squares(X) == pytest.approx(wanted, rel=1e-3)
