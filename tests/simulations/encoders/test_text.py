import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulations.encoders import encode_text
from simulations.encoders.text import batches, padded, tokenise
from simulations.errors import InputError


@given(st.lists(st.integers(1, 256)), st.integers(1, 600))
def test_batches_hold_each_text_once_within_the_budget(lengths, budget):
    groups = list(batches(lengths, budget))
    assert sorted(row for rows in groups for row in rows) == list(range(len(lengths)))
    for rows in groups:
        assert len(rows) == 1 or len(rows) * max(lengths[row] for row in rows) <= budget
    longest = [max(lengths[row] for row in rows) for rows in groups]
    assert longest == sorted(longest, reverse=True)


def test_padded_texts_end_in_zeros():
    pytest.importorskip("torch")
    ids, real = padded([[5, 6, 7], [8]])
    assert ids.tolist() == [[5, 6, 7], [8, 0, 0]]
    assert real.tolist() == [[True, True, True], [True, False, False]]


def test_tokens_are_cut_where_we_say_and_never_padded(tokenizer_json):
    assert tokenise(["Good films.", ""], tokenizer_json) == [[2, 4, 6, 8, 9, 3], [2, 3]]
    assert tokenise(["good " * 300], tokenizer_json)[0] == [2, *[4] * 254, 3]


def test_texts_become_rows_of_unit_length(minilm):
    features = encode_text(["good film", "bad music.", "", "good film"])
    assert features.shape == (4, 384)
    assert features.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(features, axis=1), 1.0, atol=1e-6)
    np.testing.assert_allclose(features[0], features[3], atol=1e-6)
    assert np.abs(features[0] - features[1]).max() > 0.01


def test_a_text_means_the_same_alone_and_among_others(minilm):
    texts = ["good film", "bad " * 100, "music"]
    together = encode_text(texts)
    for text, row in zip(texts, together, strict=True):
        np.testing.assert_allclose(encode_text([text])[0], row, atol=2e-6)


def test_progress_ends_with_all_tokens(minilm):
    told = []
    encode_text(["good film"] * 3, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (12, 12)


def test_no_texts_give_no_rows(minilm):
    assert encode_text([]).shape == (0, 384)


def test_something_else_than_text_is_told(minilm):
    with pytest.raises(InputError, match="text 2: found None; allowed: a text"):
        encode_text(["good", None])


def test_an_encoder_that_was_not_fetched_is_told(cache):
    for module in ("torch", "safetensors", "tokenizers"):
        pytest.importorskip(module)
    with pytest.raises(InputError, match=r"minilm is not in the cache .*: labelplan data get minilm"):
        encode_text(["good"])


def test_a_missing_library_is_told(monkeypatch, cache):
    import importlib.util

    find = importlib.util.find_spec
    monkeypatch.setattr(
        "simulations.cache.resource.find_spec", lambda name: None if name == "tokenizers" else find(name)
    )
    for module in ("torch", "safetensors"):
        pytest.importorskip(module)
    with pytest.raises(InputError, match=r"minilm needs tokenizers to run; .*'labelplan\[text\]'"):
        encode_text(["good"])


def test_damaged_weights_are_never_used(minilm, cache):
    path = cache / "minilm" / "model.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(InputError, match="damaged"):
        encode_text(["good"])
