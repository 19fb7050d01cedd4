from dataclasses import replace

import numpy as np
import pytest

from simulations.datasets.sentences import tagging_data
from simulations.datasets.synthetic_tags import TagKnobs, generate_tags
from simulations.engine import run_lanes
from simulations.errors import InputError
from simulations.grid import parse_grid
from simulations.learners import LEARNERS
from simulations.learners import tagger as module
from simulations.learners.tagger import BUCKETS, FittedTagger, Tagger, describe
from simulations.tasks.task import METRICS_OF, Chances

KNOBS = TagKnobs(sentences=160, words=200, tags=5, length=8.0, test_size=60)
TEST = np.arange(60)
POOL = np.arange(60, 160)


@pytest.fixture(scope="module")
def data():
    return generate_tags(KNOBS)


def _chances():
    return Chances(np.random.default_rng(0), np.random.default_rng(1))


def _fit(data, rows=POOL[:40], warm=None, **settings):
    return Tagger(**settings).fit(data, rows, warm, _chances())


@pytest.fixture(scope="module")
def fitted(data):
    return _fit(data)


def _said(model, rows):
    """The tags the model gives, sentence by sentence."""
    from simulations.learners.crf import best, pack

    packed = pack(model.described.starts, rows)
    tags, _ = best(model.weights.scores(model.described.matrix[packed.tokens]), model.weights.A, packed)
    laid = dict(zip(packed.tokens.tolist(), tags.tolist(), strict=True))
    starts = model.described.starts
    return [[laid[token] for token in range(starts[row], starts[row + 1])] for row in rows]


def test_metrics_are_those_of_scikit_learn(data, fitted):
    from sklearn.metrics import accuracy_score, f1_score

    true = [list(data.answers[row]) for row in TEST]
    said = _said(fitted, TEST)
    found = fitted.evaluate(TEST)
    assert tuple(found) == METRICS_OF["tagging"]
    flat = [tag for tags in true for tag in tags], [tag for tags in said for tag in tags]
    assert found["accuracy"] == pytest.approx(accuracy_score(*flat))
    assert found["f1_macro"] == pytest.approx(f1_score(*flat, average="macro"))
    assert found["sentence_accuracy"] == pytest.approx(np.mean([a == b for a, b in zip(true, said, strict=True)]))


def test_it_learns(data):
    few, many = _fit(data, POOL[:5]), _fit(data, POOL)
    shares = np.bincount([tag for row in TEST for tag in data.answers[row]])
    # Better than to give every token the most frequent tag, and better with more sentences.
    assert shares.max() / shares.sum() + 0.1 < few.evaluate(TEST)["accuracy"] < many.evaluate(TEST)["accuracy"]
    assert many.converged


def test_neighbouring_tags_count_where_words_do_not_tell():
    # The word x is tagged 0 and 1 in turn, from 0 on: no window tells which, but in the first and the last place.
    sentences = [("x",) * 9] * 30
    data = tagging_data(sentences, [tuple(place % 2 for place in range(9))] * 30, outputs=2, test_size=10)
    chained, alone = (_fit(data, np.arange(10, 30), chain=chain) for chain in (True, False))
    assert chained.evaluate(np.arange(10))["accuracy"] == 1.0
    assert alone.evaluate(np.arange(10))["accuracy"] < 0.8


def test_no_answer_but_those_of_labelled_sentences_is_read(data):
    rows = POOL[:10]
    hidden = [tags if row in set(rows.tolist()) else None for row, tags in enumerate(data.answers)]
    seen, blind = _fit(data, rows), _fit(replace(data, answers=hidden), rows)
    np.testing.assert_array_equal(seen.weights.W, blind.weights.W)
    np.testing.assert_array_equal(seen.sequences(POOL).entropy, blind.sequences(POOL).entropy)


def test_a_warm_start_changes_next_to_nothing(data, fitted):
    warm, cold = _fit(data, POOL[:60], warm=fitted), _fit(data, POOL[:60])
    np.testing.assert_allclose(warm.sequences(POOL).entropy, cold.sequences(POOL).entropy, rtol=0.05, atol=0.05)


def test_what_is_said_of_sequences_keeps_to_its_bounds(data, fitted):
    told = fitted.sequences(POOL)
    assert {array.shape for array in (told.log_probability, told.entropy, told.margin, told.lengths)} == {(1, 100)}
    assert (told.lengths[0] == data.lengths[POOL]).all()
    assert (told.log_probability <= 0).all() and (told.entropy >= 0).all()
    assert (told.entropy <= told.lengths * np.log(5)).all()
    assert (told.margin >= 0).all() and (told.margin <= 1).all()


def test_neither_order_nor_pieces_count(monkeypatch, fitted):
    whole = fitted.sequences(POOL)
    turned = fitted.sequences(POOL[::-1])
    monkeypatch.setattr(module, "_AT_ONCE", 7 * 5**2)
    pieces = fitted.sequences(POOL)
    for name in ("log_probability", "entropy", "margin", "lengths"):
        np.testing.assert_allclose(getattr(turned, name)[:, ::-1], getattr(whole, name), rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(getattr(pieces, name), getattr(whole, name), rtol=1e-9, atol=1e-9)
    assert isinstance(fitted, FittedTagger)


def test_the_probability_of_a_sentence_is_that_of_its_best_tags():
    # A model of no labels' worth: weights all but 0, so each of 2 tags of 3 tokens is as likely as the other.
    data = tagging_data([("a", "b", "c"), ("d",)], [(0, 1, 0), (1,)], outputs=2, test_size=1)
    told = _fit(data, np.array([1]), l2=1e6).sequences(np.array([0, 1]))
    np.testing.assert_allclose(told.log_probability[0], [-3 * np.log(2), -np.log(2)], atol=1e-4)
    np.testing.assert_allclose(told.entropy[0], [3 * np.log(2), np.log(2)], atol=1e-4)
    np.testing.assert_allclose(told.margin[0], [0, 0], atol=1e-4)


@pytest.mark.parametrize("l2", [0.0, -1.0, 1e7])
def test_a_penalty_out_of_range_is_told(l2):
    with pytest.raises(InputError, match=r"learner tagger, l2: found .*; allowed: 0.000001 to 1,000,000"):
        LEARNERS["tagger"].make(l2=l2, chain=True)


def _grid(**changes):
    knobs = {"sentences": 120, "words": 200, "tags": 4, "length": 6.0, "test_size": 40}
    asked = {
        "datasets": [{"name": "synthetic-tags", **knobs}],
        "learners": ["tagger"],
        "strategies": ["random", "mnlp", "coreset"],
        "batch_sizes": [10],
        "initial_size": 10,
        "rounds": 3,
        "seeds": [0],
    }
    return parse_grid({"grid": {**asked, **changes}})


def test_a_campaign_from_end_to_end():
    records = run_lanes(list(_grid().trajectories))
    assert [record.trajectory.strategy.name for record in records] == ["random", "mnlp", "coreset"]
    for record in records:
        assert record.labels == (10, 20, 30, 40) and record.task == "tagging" and record.kind == "sequence"
        assert set(METRICS_OF["tagging"]) <= set(record.series)
        assert record.series["accuracy"][0] == records[0].series["accuracy"][0]
        assert list(record.spent["tokens"]) == sorted(record.spent["tokens"])
    alone = run_lanes([_grid().trajectories[1]])
    assert alone[0].series["accuracy"] == records[1].series["accuracy"]


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
