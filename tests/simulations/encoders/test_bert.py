"""The encoder against the formulas of Devlin et al. 2019 and Vaswani et al. 2017, written out in numpy."""

import numpy as np
import pytest
from scipy.special import erf, softmax

from simulations.encoders.text import count_layers, embed_sentences, hidden_states
from tests.simulations.encoders.conftest import bert_shapes, drawn

torch = pytest.importorskip("torch")

WIDTH, HEADS, WORDS = 6, 2, 9


@pytest.fixture(params=[1, 2])
def weights(request):
    return drawn(bert_shapes(request.param, WIDTH, 10, WORDS, 12), seed=request.param)


def tensors(weights):
    return {name: torch.from_numpy(value) for name, value in weights.items()}


def by_hand(weights, ids):
    """One text, no padding, each head by itself."""

    def normed(name, x):
        centred = x - x.mean(axis=-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-12)
        return scaled * weights[name + ".weight"] + weights[name + ".bias"]

    def linear(name, x):
        return x @ weights[name + ".weight"].T + weights[name + ".bias"]

    x = weights["embeddings.word_embeddings.weight"][ids].astype(np.float64)
    x = x + weights["embeddings.position_embeddings.weight"][: len(ids)]
    x = normed("embeddings.LayerNorm", x + weights["embeddings.token_type_embeddings.weight"][0])
    for layer in range(sum("intermediate.dense.bias" in name for name in weights)):
        at = f"encoder.layer.{layer}."
        query, key, value = (linear(f"{at}attention.self.{part}", x) for part in ("query", "key", "value"))
        size = WIDTH // HEADS
        heads = []
        for head in range(HEADS):
            cut = slice(head * size, (head + 1) * size)
            attention = softmax(query[:, cut] @ key[:, cut].T / np.sqrt(size), axis=1)
            heads.append(attention @ value[:, cut])
        x = normed(
            f"{at}attention.output.LayerNorm", linear(f"{at}attention.output.dense", np.concatenate(heads, 1)) + x
        )
        inner = linear(f"{at}intermediate.dense", x)
        inner = inner * 0.5 * (1 + erf(inner / np.sqrt(2)))
        x = normed(f"{at}output.LayerNorm", linear(f"{at}output.dense", inner) + x)
    return x


def test_hidden_states_are_those_of_the_formulas(weights):
    ids = [2, 7, 4, 3]
    got = hidden_states(tensors(weights), torch.tensor([ids]), torch.ones(1, 4, dtype=torch.bool), heads=HEADS)
    np.testing.assert_allclose(got[0].numpy(), by_hand(weights, ids), atol=2e-6)


def test_a_sentence_is_the_mean_of_its_tokens_at_unit_length(weights):
    ids = [2, 7, 3]
    got = embed_sentences(tensors(weights), torch.tensor([ids]), torch.ones(1, 3, dtype=torch.bool), heads=HEADS)
    mean = by_hand(weights, ids).mean(axis=0)
    np.testing.assert_allclose(got[0].numpy(), mean / np.linalg.norm(mean), atol=2e-6)


def test_padding_changes_nothing(weights):
    ids = torch.tensor([[2, 7, 3, 0, 0], [2, 5, 6, 1, 3]])
    real = torch.tensor([[True, True, True, False, False], [True] * 5])
    both = embed_sentences(tensors(weights), ids, real, heads=HEADS)
    alone = embed_sentences(tensors(weights), ids[:1, :3], real[:1, :3], heads=HEADS)
    torch.testing.assert_close(both[:1], alone, atol=2e-6, rtol=0)
    # What stands in the padding is not read.
    ids[0, 3:] = 8
    torch.testing.assert_close(embed_sentences(tensors(weights), ids, real, heads=HEADS), both, atol=1e-7, rtol=0)


def test_layers_are_counted(weights):
    assert count_layers(tensors(weights)) == (2 if "encoder.layer.1.output.dense.bias" in weights else 1)
