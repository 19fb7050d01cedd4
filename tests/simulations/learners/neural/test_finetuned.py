"""The learner `finetuned` on a tiny encoder of drawn weights, against training written out with torch's own AdamW."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from simulations.cache.catalogue import RESOURCES
from simulations.cache.fetch import origin_of
from simulations.cache.stored import store_folder
from simulations.datasets import DATASETS
from simulations.datasets.fetched import _entry, read_texts
from simulations.datasets.pool import open_space
from simulations.encoders import encode
from simulations.engine import run_lanes
from simulations.errors import InputError
from simulations.grid import parse_grid
from simulations.learners import LEARNERS, make_learner
from simulations.learners.learner import DivergedError, Labelled, WithEmbeddings
from simulations.learners.neural import network
from simulations.learners.neural.settings import FineTuning
from simulations.trajectory import Part
from simulations.work_estimate import estimate_by_size
from tests.simulations.encoders.conftest import WORDS, bert_shapes, drawn, keep, word_pieces

torch = pytest.importorskip("torch")
finetuned = pytest.importorskip("simulations.learners.neural.finetuned")

WIDTH = 24
DEFAULTS = LEARNERS["finetuned"].defaults


@pytest.fixture
def encoder(cache):
    """Two layers with MiniLM's twelve heads of two numbers each, ten words; norms as training begins with them."""
    tensors = drawn(bert_shapes(2, WIDTH, 16, len(WORDS), 256))
    for name, values in tensors.items():
        if "LayerNorm" in name:
            values[:] = name.endswith("weight")
    keep("minilm", tensors, tokenizer=word_pieces())
    return tensors


@pytest.fixture
def how():
    quick = {"passes": 20, "least_steps": 0, "learning_rate": 0.001, "batch_size": 8}
    return lambda **changed: FineTuning(**{**DEFAULTS, **quick, **changed})


@pytest.fixture
def texts(encoder):
    """Texts of 3 to 6 tokens of three classes, which one word tells, and three lanes of 24 labels."""
    rng = np.random.default_rng(0)
    truth, lengths = rng.integers(3, size=120), rng.integers(1, 5, size=120)
    features = np.zeros((120, 7), np.float32)
    for row, kind, length in zip(features, truth, lengths, strict=True):
        row[: length + 2] = [2, *rng.permutation([4 + kind, *rng.choice([7, 8, 9], length - 1)]), 3]
    features.flags.writeable = False
    rows = np.stack([rng.permutation(120)[:24] for _ in range(3)])
    return Labelled(features, rows, truth[rows], np.ones(7), 4), truth


def test_lanes_do_not_feel_one_another_and_learn(how, texts, streams):
    labelled, truth = texts
    packed = finetuned.FinetunedLearner(how()).fit(labelled, None, streams(range(3)))
    P = packed.probabilities(range(3), labelled.features)
    assert P.dtype == np.float32 and P.shape == (3, 4, 120)
    assert P.sum(axis=1) == pytest.approx(np.ones((3, 120)), abs=1e-5)
    assert (P.argmax(axis=1) == truth).mean() > 0.9
    assert not P[:, 3].any(), "a class without a label"
    assert packed.converged.all() and (packed.effort > 0).all()
    alone = finetuned.FinetunedLearner(how()).fit(labelled.take([2]), packed.take([2]), streams([2]))
    assert (alone.probabilities([0], labelled.features) == P[2]).all()
    assert (packed.take([2, 2]).probabilities([1], labelled.features) == P[2]).all()
    E = packed.embeddings(1, labelled.features)
    assert isinstance(packed, WithEmbeddings) and packed.embeddings(1, labelled.features) is E
    assert np.linalg.norm(E, axis=1) == pytest.approx(np.ones(120), abs=1e-5)
    some = packed.probabilities([1], labelled.features[10:20].copy())[0]
    assert some == pytest.approx(P[1, :, 10:20], abs=1e-4)


@pytest.mark.parametrize("words", [False, True])
def test_it_is_the_training_of_the_formula(how, texts, streams, encoder, words):
    labelled, _ = texts
    one = labelled.take([0])
    settings = how(passes=5, batch_size=24, dropout=0.0, learning_rate=1e-3, words=words)
    found = finetuned.FinetunedLearner(settings).fit(one, None, streams([0])).probabilities([0], one.features)[0]
    W = {name: torch.tensor(value).requires_grad_("encoder." in name or words) for name, value in encoder.items()}
    fixed = [name for name in W if name.startswith("embeddings.") and "word" not in name]
    H = network.chances_of(streams([0]), 1).begin(lambda own: [finetuned._draw_head(own[0], 4, WIDTH)])[0]
    learns = [*(value for name, value in W.items() if value.requires_grad and name not in fixed), H.requires_grad_()]
    optimiser = torch.optim.AdamW(learns, weight_decay=0.01)

    def scores(features):
        ids = torch.from_numpy(features.astype(np.int64))
        E = finetuned.embed_sentences(W, ids, ids > 0)
        return (400 * E @ H.T)[:, :3]

    # Of five steps none is in the first tenth, and the rate falls from the first on: 1, 0.89, 0.67, 0.44, 0.22.
    for rate in (1.0, 0.8 / 0.9, 0.6 / 0.9, 0.4 / 0.9, 0.2 / 0.9):
        optimiser.param_groups[0]["lr"] = 1e-3 * rate
        optimiser.zero_grad()
        loss = torch.nn.functional.cross_entropy(scores(one.features[one.rows[0]]), torch.from_numpy(one.answers[0]))
        loss.backward()
        optimiser.step()
    expected = torch.softmax(scores(one.features), dim=1).detach().numpy().T
    assert found[:3] == pytest.approx(expected, abs=2e-3)
    published = finetuned.encoder_weights(encode.open_encoder("minilm"))
    assert all((published[name].numpy() == encoder[name]).all() for name in encoder), "they are left as they are"


def test_products_of_half_precision_say_the_same(how, texts, streams):
    labelled, _ = texts
    single, half = (
        finetuned.FinetunedLearner(how(passes=3, learning_rate=1e-3, precision=precision))
        .fit(labelled.take([0]), None, streams([0]))
        .probabilities([0], labelled.features)
        for precision in ("float32", "bfloat16")
    )
    assert half.dtype == np.float32 and half == pytest.approx(single, abs=0.1) and (half != single).any()


def test_the_order_and_the_start_are_drawn(how, texts, streams):
    labelled, _ = texts

    def trained(seed):
        fitted = finetuned.FinetunedLearner(how(passes=2)).fit(labelled.take([0]), None, streams([0], seed))
        return fitted.probabilities([0], labelled.features)

    assert (trained(1) == trained(1)).all() and (trained(1) != trained(2)).any()


def test_a_training_that_diverges_is_told(how, texts, streams):
    with pytest.raises(DivergedError, match=r"learner finetuned: training on 24 labels diverged; allowed: .* lower"):
        finetuned.FinetunedLearner(how(learning_rate=1e30)).fit(texts[0].take([0]), None, streams([0]))


def test_a_text_that_is_cut_keeps_its_end():
    features = np.array([[2, 5, 6, 7, 3, 0], [2, 5, 3, 0, 0, 0], [2, 5, 6, 3, 0, 0]], np.float32)
    assert finetuned.cut(features, 4).tolist() == [[2, 5, 6, 3], [2, 5, 3, 0], [2, 5, 6, 3]]
    assert finetuned.cut(features, 8).tolist() == features.tolist()


@pytest.mark.parametrize("n", [1, 8, 75, 200])
def test_minibatches_hold_each_text_once_and_those_of_one_length_together(n):
    lengths = np.random.default_rng(0).integers(3, 40, size=n)
    batches = list(finetuned.minibatches(lengths, 8, np.random.default_rng(1)))
    assert sorted(np.concatenate(batches)) == list(range(n)) and max(map(len, batches)) <= 8
    if n == 200:
        assert np.mean([np.ptp(lengths[rows]) for rows in batches]) < 8


def test_the_rate_rises_in_a_tenth_of_the_steps_and_falls_to_nothing(how):
    rates = np.array([how(learning_rate=1.0).rate(step, 100) for step in range(1, 101)])
    assert rates[:10] == pytest.approx(np.arange(1, 11) / 10)
    assert (np.diff(rates[10:]) < 0).all() and rates[-1] == pytest.approx(1 / 90)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"tokens": 2}, "learner finetuned, tokens: found 2; allowed: 3 to 256"),
        (
            {"precision": "float16"},
            "learner finetuned, precision: unknown value 'float16'; .*allowed: float32, bfloat16",
        ),
        ({"weight_decay": -1.0}, "learner finetuned, weight_decay: found -1.0; allowed"),
    ],
)
def test_settings_out_of_range_are_told(encoder, settings, message):
    with pytest.raises(InputError, match=message):
        make_learner(Part.of("finetuned", {**DEFAULTS, **settings}))


def test_an_encoder_that_was_not_fetched_is_told(cache):
    with pytest.raises(InputError, match=r"minilm is not in the cache .* labelplan data get minilm"):
        make_learner(Part.of("finetuned", DEFAULTS))


def _grid(learners, dataset, **changed):
    block = {"datasets": [dataset], "batch_sizes": [6], "initial_size": 6, "rounds": 2, "seeds": 2, **changed}
    return parse_grid({"grid": {"strategies": ["random"], "learners": learners, **block}})


@pytest.mark.parametrize("choosers", [{}, {"choosers": ["finetuned"]}])
def test_a_data_set_without_texts_is_refused(encoder, choosers):
    learners = ["linear"] if choosers else ["finetuned"]
    with pytest.raises(InputError, match=r"learner finetuned: reads texts, and digits has none; allowed: r8, .*bbc"):
        _grid(learners, "digits", **choosers)


@pytest.fixture
def toy(encoder, monkeypatch):
    """A fetched data set of ninety short texts, encoded."""
    resource = replace(RESOURCES["r8"], name="toy", items=90, classes=2, test_size=30)
    rng = np.random.default_rng(0)
    kinds = rng.integers(2, size=90)
    words = [["good", "bad"][kind] + " film" * n for kind, n in zip(kinds, rng.integers(4, size=90), strict=True)]
    with store_folder("toy", origin_of(resource)) as folder:
        pd.DataFrame({"label": kinds.astype(str), "text": words}).to_parquet(folder / "texts.parquet", index=False)
    with store_folder(*encode.embeddings_identity(resource)) as folder:
        np.save(folder / "embeddings.npy", rng.normal(size=(90, 5)).astype(np.float32))
    monkeypatch.setitem(DATASETS, "toy", _entry(resource, read_texts))
    return words


def test_tokens_are_read_as_they_are(toy):
    space = open_space(Part.of("toy", {"test_size": 30}), "tokens")
    numbers = {"good": 4, "bad": 5, "film": 6}
    rows = [[2, *(numbers[word] for word in text.split()), 3] for text in toy]
    assert space.features.dtype == np.float32 and space.features.shape == (90, max(map(len, rows)))
    assert [row[row > 0].tolist() for row in space.features] == rows
    assert space.data.classes == 2


def test_its_time_is_guessed_by_the_texts_it_is_trained_on(toy):
    (trajectory,) = _grid(["finetuned"], "toy", seeds=1).trajectories
    # Three trainings on 12 texts or so, a hundred times each, and three scorings of thirty; 3 ms a text.
    assert estimate_by_size(trajectory) == pytest.approx(3 * (4 * 100 * 12 + 30) * 3e-3, rel=0.01)


def test_campaigns_start_alike_with_learners_of_texts_and_of_embeddings(toy, monkeypatch):
    seen = {}
    monkeypatch.setattr(
        "simulations.engine._Lanes.records", lambda lanes: seen.update({lanes.trajectories[0].learner.name: lanes})
    )
    settings = {"name": "finetuned", "passes": 4, "least_steps": 40, "learning_rate": 0.001}
    strategies = ["random", "margin", "coreset", "badge"]
    for learner in (settings, "linear"):
        run_lanes(_grid([learner], "toy", strategies=strategies).trajectories)
    tokens, columns = seen["finetuned"], seen["linear"]
    assert (tokens.labelled[:, :6] == columns.labelled[:, :6]).all()
    assert (tokens.truth == columns.truth).all()
    # What is chosen without a model, by features, is chosen by the embeddings whoever learns.
    assert all(
        (tokens.labelled[i] == columns.labelled[i]).all()
        for i, t in enumerate(tokens.trajectories)
        if t.strategy.name in ("random", "coreset")
    )
    assert np.mean(tokens.series["accuracy"][-1]) > 0.9 > np.mean(columns.series["accuracy"][-1])
