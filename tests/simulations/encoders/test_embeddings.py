from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from simulations.cache.catalogue import RESOURCES
from simulations.cache.fetch import origin_of
from simulations.cache.stored import storing
from simulations.encoders import encode
from simulations.encoders.encode import embed, open_embeddings, read_embeddings
from simulations.encoders.text import encode_text
from simulations.errors import InputError

TEXTS = [" ".join(["good", "bad", "film", "music"][i % 4] for i in range(n % 7)) for n in range(20)]


@pytest.fixture
def toy(cache, minilm, monkeypatch):
    """Twenty texts of two classes in the cache, encoded in blocks of eight."""
    resource = replace(RESOURCES["r8"], name="toy", items=20, classes=2)
    with storing("toy", origin_of(resource)) as folder:
        labels = ["a", "b"] * 10
        pd.DataFrame({"label": labels, "text": TEXTS}).to_parquet(folder / "texts.parquet", index=False)
    monkeypatch.setattr(encode, "_BLOCK", 8)
    return resource


def test_texts_are_encoded_once(toy, monkeypatch, cache):
    told = []
    assert embed(toy, progress=lambda done, total: told.append((done, total))) is True
    assert told == [(8, 20), (16, 20), (20, 20)]
    features = read_embeddings(toy)
    np.testing.assert_allclose(features, encode_text(TEXTS), atol=2e-6)
    assert features.dtype == np.float32
    monkeypatch.setattr(encode, "encode_text", lambda texts: pytest.fail("encoded again"))
    assert embed(toy) is False
    assert list((cache / ".encoding").iterdir()) == []


def test_an_interrupted_encoding_goes_on_after_the_last_block(toy, monkeypatch):
    asked = []

    def stopping(texts):
        asked.append(list(texts))
        if len(asked) == 2:
            raise KeyboardInterrupt
        return encode_text(texts)

    monkeypatch.setattr(encode, "encode_text", stopping)
    with pytest.raises(KeyboardInterrupt):
        embed(toy)
    with pytest.raises(InputError, match=r"toy\.minilm is not in the cache .*: labelplan data get toy"):
        open_embeddings(toy)
    embed(toy)
    assert asked == [TEXTS[:8], TEXTS[8:16], TEXTS[8:16], TEXTS[16:]]
    np.testing.assert_allclose(read_embeddings(toy), encode_text(TEXTS), atol=2e-6)


def test_other_texts_or_another_encoder_are_encoded_anew(toy, monkeypatch):
    embed(toy)
    monkeypatch.setattr(encode, "REVISION", encode.REVISION + 1)
    with pytest.raises(InputError, match="not in the cache"):
        read_embeddings(toy)
    assert embed(toy) is True


def test_damaged_embeddings_are_told_and_made_again(toy, cache):
    embed(toy)
    path = cache / "toy.minilm" / "embeddings.npy"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(InputError, match=r"damaged; fetch it again with: labelplan data get toy$"):
        read_embeddings(toy)
    assert embed(toy) is True
    assert read_embeddings(toy).shape == (20, 384)
