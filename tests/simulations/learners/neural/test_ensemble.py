import numpy as np
import pytest

from simulations.learners.neural.mlp import EnsembleLearner, MlpLearner

pytest.importorskip("torch")


def _fit(labelled, streams, how, lanes, networks=3):
    return EnsembleLearner((16,), networks, how()).fit(labelled, None, streams(lanes))


def test_a_lane_gives_the_same_bits_alone_or_packed(how, task, streams):
    labelled, truth = task(lanes=4)
    packed = _fit(labelled, streams, how, range(4))
    P = packed.probabilities(range(4), labelled.features)
    assert P.dtype == np.float32 and P.shape == (4, 3, 200) and P.sum(axis=1) == pytest.approx(np.ones((4, 200)))
    assert (P.argmax(axis=1) == truth).mean() > 0.9
    for lanes in ([2], [3, 0]):
        alone = _fit(labelled.take(lanes), streams, how, lanes)
        assert (alone.probabilities(range(len(lanes)), labelled.features) == P[lanes]).all()
        assert (packed.take(lanes).probabilities([0], labelled.features) == P[lanes[:1]]).all()
        assert (packed.take(lanes).effort == alone.effort).all() and alone.converged.shape == (len(lanes),)


def test_members_differ_and_their_mean_is_the_answer(how, task, streams):
    labelled, _ = task(lanes=2)
    fitted = _fit(labelled, streams, how, range(2))
    rows = np.arange(150, 50, -1)
    ((piece, P),) = fitted.members(1, labelled.features, rows, np.random.default_rng(0))
    assert piece == slice(0, 100) and P.shape == (3, 100, 3)
    assert all((P[i] != P[j]).any() for i, j in ((0, 1), (0, 2), (1, 2)))
    assert np.allclose(P.mean(axis=0), fitted.probabilities([1], labelled.features)[0].T[rows], atol=1e-6)


def test_members_are_perceptrons_with_chances_of_their_own(how, task, streams):
    labelled, _ = task(lanes=1)
    fitted = _fit(labelled, streams, how, [0])
    seed = int(streams([0])[0].integers(2**63, size=3)[1])
    alone = MlpLearner((16,), how()).fit(labelled, None, [np.random.Generator(np.random.SFC64(seed))])
    (_, P) = next(fitted.members(0, labelled.features, np.arange(200), np.random.default_rng(0)))
    assert np.array_equal(P[1].T, alone.probabilities([0], labelled.features)[0])


def test_embeddings_are_those_of_all_members(how, task, streams):
    labelled, _ = task(lanes=2)
    fitted = _fit(labelled, streams, how, range(2))
    E = fitted.embeddings(1, labelled.features)
    assert E.shape == (200, 48) and (E[:, 16:32] == fitted.stack.embeddings(4, labelled.features)).all()


def test_each_member_goes_on_from_itself(how, task, streams):
    labelled, _ = task(lanes=2)
    learner = EnsembleLearner((16,), 3, how(start="warm", epochs=1, learning_rate=1e-6, weight_decay=0.0))
    fewer = labelled.__class__(
        labelled.features, labelled.rows[:, :20], labelled.answers[:, :20], labelled.spectrum, labelled.classes
    )
    before = learner.fit(fewer, None, streams(range(2), 1))
    after = learner.fit(labelled, before, streams(range(2), 2))
    (_, P), (_, Q) = (next(f.members(1, labelled.features, np.arange(200), None)) for f in (before, after))
    assert pytest.approx(P, abs=1e-3) == Q
