from dataclasses import replace

import numpy as np
import pytest

from simulations.errors import InputError
from simulations.learners.learner import Labelled, WithEmbeddings, WithMembers
from simulations.learners.neural.mlp import EnsembleLearner, MlpLearner
from simulations.learners.neural.network import NetworkShape
from simulations.learners.neural.training import dropout_mask

pytest.importorskip("torch", reason="torch is not installed: neural learners need the extra neural")


@pytest.mark.parametrize(("hidden", "dropout", "d"), [((13,), 0.0, 7), ((20, 9), 0.3, 17), ((64,), 0.5, 33)])
def test_a_lane_gives_the_same_bits_alone_or_packed(how, task, streams, hidden, dropout, d):
    labelled, _ = task(lanes=5, d=d)
    learner = MlpLearner(hidden, how(dropout=dropout))
    packed = learner.fit(labelled, None, streams(range(5)))
    P = packed.probabilities(range(5), labelled.features)
    for lanes in ([3], [0, 4], [2, 1, 3]):
        alone = learner.fit(labelled.take(lanes), None, streams(lanes))
        assert (alone.probabilities(range(len(lanes)), labelled.features) == P[lanes]).all()
        assert (alone.effort == packed.effort[lanes]).all()
        assert (alone.embeddings(0, labelled.features) == packed.embeddings(lanes[0], labelled.features)).all()


def test_lanes_too_many_for_one_stack_are_trained_stack_by_stack(how, task, streams, monkeypatch):
    labelled, _ = task(lanes=5)
    learner = MlpLearner((16,), how(start="warm"))
    fits = []
    for numbers in (50_000_000, 2 * NetworkShape(7, (16,), 3).numbers(8)):
        monkeypatch.setattr("simulations.learners.neural.mlp._STACKED", numbers)
        fits.append(_rounds(learner, labelled, streams, (20, 30)))
    one, other = (fit.probabilities(range(5), labelled.features) for fit in fits)
    assert (one == other).all() and (fits[0].effort == fits[1].effort).all()


def test_streams_move_the_fit_and_are_all_that_does(how, task, streams):
    labelled, truth = task(lanes=1)
    learner = MlpLearner((16,), how())
    first, again, other = (
        learner.fit(labelled, None, streams([0], seed)).probabilities([0], labelled.features) for seed in (1, 1, 2)
    )
    assert (first == again).all() and (first != other).any()
    assert first.dtype == np.float32 and first.shape == (1, 3, 200)
    assert first.sum(axis=1) == pytest.approx(np.ones((1, 200)), abs=1e-5)
    assert (first[0].argmax(axis=0) == truth).mean() > 0.9


@pytest.mark.parametrize("items", [1, 7, 16, 130])
def test_an_item_gets_the_same_bits_whatever_is_scored_beside_it(how, task, streams, items):
    labelled, _ = task(lanes=1, d=33, items=300)
    fitted = MlpLearner((20, 40), how()).fit(labelled, None, streams([0]))
    P = fitted.probabilities([0], labelled.features)
    for at in (0, 5, 160):
        some = labelled.features[at : at + items].copy()
        assert (fitted.probabilities([0], some) == P[:, :, at : at + items]).all()
        assert (fitted.embeddings(0, some) == fitted.embeddings(0, labelled.features)[at : at + items]).all()


def test_classes_without_a_label_have_no_probability(how, task, streams):
    labelled, _ = task(lanes=2, classes=5)
    answers = np.stack([np.where(labelled.answers[0] < 3, 1, 4), np.full(30, 2)])
    narrow = Labelled(labelled.features, labelled.rows, answers, labelled.spectrum, 5)
    fitted = MlpLearner((16,), how()).fit(narrow, None, streams(range(2)))
    P = fitted.probabilities([0, 1], labelled.features)
    assert (P[0, [0, 2, 3]] == 0).all() and (P[0, [1, 4]] > 0).all()
    assert (P[1, 2] == 1).all() and fitted.converged.all()


def test_what_overflows_is_told_in_one_sentence(how, streams):
    X = np.full((40, 3), 3e38, np.float32)
    labelled = Labelled(X, np.arange(20)[None], np.arange(20)[None] % 2, np.ones(3), 2)
    sentence = r"^learner mlp: training on 20 items diverged in epoch 1; allowed: settings under which [^\n]+$"
    with pytest.raises(InputError, match=sentence):
        MlpLearner((8,), how()).fit(labelled, None, streams([0]))


def _rounds(learner, labelled, streams, labels):
    warm = None
    for n in labels:
        grown = replace(labelled, rows=labelled.rows[:, :n], answers=labelled.answers[:, :n])
        warm = learner.fit(grown, warm, streams(range(len(grown.rows)), n))
    return warm


def test_from_scratch_nothing_is_taken_from_the_round_before(how, task, streams):
    labelled, _ = task()
    learner = MlpLearner((16,), how())
    both, second = (_rounds(learner, labelled, streams, labels) for labels in ((20, 30), (30,)))
    X = labelled.features
    assert (both.probabilities(range(4), X) == second.probabilities(range(4), X)).all()


@pytest.mark.parametrize("start", ["warm", "finetune"])
def test_other_starts_go_on_from_the_round_before(how, task, streams, start):
    labelled, _ = task()
    learner = MlpLearner((16,), how(start=start, epochs=1, learning_rate=1e-6, weight_decay=0.0))
    first, second = (_rounds(learner, labelled, streams, labels) for labels in ((20,), (20, 30)))
    X = labelled.features
    P = first.probabilities(range(4), X)
    # Steps too small to be seen: the second round is where the first ended, not where its own draws would begin.
    assert second.probabilities(range(4), X) == pytest.approx(P, abs=1e-3) and second.labels == 30


def test_finetuning_looks_at_new_labels_alone(how, task, streams):
    labelled, _ = task(lanes=1)
    learner = MlpLearner((16,), how(start="finetune"))
    wrong = labelled.answers.copy()
    before = _rounds(learner, labelled, streams, (20,))
    # Old answers are turned; all classes are still there, so that the same are allowed.
    wrong[:, :20] = (wrong[:, :20] + 1) % 3
    one, other = (
        learner.fit(Labelled(labelled.features, labelled.rows, y, labelled.spectrum, 3), before, streams([0]))
        for y in (labelled.answers, wrong)
    )
    assert (one.probabilities([0], labelled.features) == other.probabilities([0], labelled.features)).all()


def test_resamples_of_as_many_labels_start_from_scratch(how, task, streams):
    labelled, _ = task()
    cold, warm = (MlpLearner((16,), how(start=start)) for start in ("scratch", "warm"))
    before = warm.fit(labelled, None, streams(range(4), 1))
    X = labelled.features
    again = warm.fit(labelled, before, streams(range(4), 2)).probabilities(range(4), X)
    assert (again == cold.fit(labelled, None, streams(range(4), 2)).probabilities(range(4), X)).all()


def test_the_last_layer_reads_the_embeddings(how, task, streams):
    labelled, _ = task(lanes=2)
    fitted = MlpLearner((16, 5), how()).fit(labelled, None, streams(range(2)))
    E = fitted.embeddings(1, labelled.features)
    W = fitted.weights[-1][1].numpy()
    scores = E.astype(np.float64) @ W[:5, :3] + W[5, :3]
    shares = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    assert E.shape == (200, 5) and (E >= 0).all() and isinstance(fitted, WithEmbeddings)
    assert np.allclose(shares.T, fitted.probabilities([1], labelled.features)[0], atol=1e-5)


def test_members_are_networks_with_units_left_out(how, task, streams):
    labelled, _ = task(lanes=2)
    fitted = MlpLearner((16,), how(samples=300, dropout=0.5)).fit(labelled, None, streams(range(2)))
    rows = np.arange(40, 100)
    ((piece, P),) = fitted.members(1, labelled.features, rows, np.random.default_rng(0))
    assert isinstance(fitted, WithMembers)
    assert piece == slice(0, 60) and P.shape == (300, 60, 3) and P.dtype == np.float32
    assert P.sum(axis=2) == pytest.approx(np.ones((300, 60)), abs=1e-5)
    # Scores are linear in what one hidden layer's mask keeps: on average the members' log-odds are those of the whole.
    logs, whole = np.log(P.astype(float)), np.log(fitted.probabilities([1], labelled.features[rows])[0].T.astype(float))
    odds = logs[:, :, 1:] - logs[:, :, :1]
    away = (odds.mean(axis=0) - (whole[:, 1:] - whole[:, :1])) / (odds.std(axis=0) / np.sqrt(300))
    assert odds.std(axis=0).min() > 0.1 and np.abs(away).max() < 4.5
    (_, again), (_, other) = (
        next(fitted.members(1, labelled.features, rows, np.random.default_rng(seed))) for seed in (0, 1)
    )
    assert (again == P).all() and (other != P).any()


def test_pieces_are_small_and_say_the_same(how, task, streams, monkeypatch):
    labelled, _ = task(lanes=1)
    fitted = MlpLearner((16,), how()).fit(labelled, None, streams([0]))
    rows = np.arange(200)[::-1]
    ((_, whole),) = fitted.members(0, labelled.features, rows, np.random.default_rng(0))
    monkeypatch.setattr("simulations.learners.neural.mlp._PIECE", 6 * 3 * 64)
    pieces = list(fitted.members(0, labelled.features, rows, np.random.default_rng(0)))
    assert [piece for piece, _ in pieces] == [slice(at, min(at + 64, 200)) for at in (0, 64, 128, 192)]
    assert np.concatenate([P for _, P in pieces], axis=1) == pytest.approx(whole, abs=1e-6)


@pytest.mark.parametrize("dropout", [0.1, 0.5, 0.95])
def test_dropout_keeps_the_mean(dropout):
    mask = np.empty((400, 101), np.float32)
    dropout_mask(dropout, mask[:, :100], np.random.Generator(np.random.SFC64(0)))
    kept = mask[:, :100]
    share = (kept == 0).mean()
    assert abs(share - dropout) < 4 * np.sqrt(dropout * (1 - dropout) / kept.size)
    assert np.unique(kept[kept > 0]) == pytest.approx([1 / (1 - dropout)], rel=2e-4)


def _fit(labelled, streams, how, lanes, networks=3):
    return EnsembleLearner((16,), networks, how()).fit(labelled, None, streams(lanes))


def test_a_lane_of_ensembles_gives_the_same_bits_alone_or_packed(how, task, streams):
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


def test_training_that_was_cut_off_is_flagged(how, task, streams):
    labelled, _ = task()
    assert not MlpLearner((16,), how(epochs=2)).fit(labelled, None, streams(range(4))).converged.any()


def test_each_member_goes_on_from_itself(how, task, streams):
    labelled, _ = task(lanes=2)
    learner = EnsembleLearner((16,), 3, how(start="warm", epochs=1, learning_rate=1e-6, weight_decay=0.0))
    before, after = (_rounds(learner, labelled, streams, labels) for labels in ((20,), (20, 30)))
    (_, P), (_, Q) = (next(f.members(1, labelled.features, np.arange(200), None)) for f in (before, after))
    assert pytest.approx(P, abs=1e-3) == Q
