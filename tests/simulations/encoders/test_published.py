"""The real weights, where somebody has fetched them; skipped where nobody has."""

import numpy as np
import pytest

from simulations.cache.catalogue import RESOURCES
from simulations.cache.fetch import fetched
from simulations.encoders import encode_images, encode_text


def needs(name, *modules):
    for module in modules:
        pytest.importorskip(module)
    if fetched(RESOURCES[name]) is None:
        pytest.skip(f"{name} is not in the cache; labelplan data get {name} fetches it")


def test_minilm_gives_the_embedding_its_authors_publish():
    needs("minilm", "torch", "safetensors", "tokenizers")
    first = encode_text(["This is an example sentence"])[0, :6]
    np.testing.assert_allclose(first, [0.067657, 0.063496, 0.048713, 0.079305, 0.037448, 0.002653], atol=2e-6)


def test_minilm_puts_like_sentences_together():
    needs("minilm", "torch", "safetensors", "tokenizers")
    near, also_near, far = encode_text(["A man is eating food.", "Someone eats a meal.", "Shares fell sharply."])
    assert near @ also_near > 0.6
    assert near @ far < 0.2


def test_efficientnet_knows_a_palace_and_a_daisy():
    needs("effnet-lite0", "torch", "safetensors", "PIL")
    from sklearn.datasets import load_sample_images

    from simulations.encoders.weights import encoder_weights, open_encoder

    weights = encoder_weights(open_encoder("effnet-lite0"))
    likeliest = {}
    for path, image in zip(*(load_sample_images()[key] for key in ("filenames", "images")), strict=True):
        scores = encode_images(image[None]) @ weights["_fc.weight"].numpy().T + weights["_fc.bias"].numpy()
        likeliest[path[-9:]] = int(scores.argmax())
    # ImageNet's classes 698, palace, and 985, daisy.
    assert likeliest == {"china.jpg": 698, "lower.jpg": 985}
