"""The encoders against formulas written out in numpy, and the real weights where somebody has fetched them.

The formulas are those of Devlin et al. 2019 and Vaswani et al. 2017.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import erf, softmax

from simulations.cache.catalogue import RESOURCES
from simulations.cache.fetch import find_fetched
from simulations.encoders import encode_images, encode_text
from simulations.encoders.encode import tokenise
from simulations.encoders.networks import (
    STAGES,
    Stage,
    _padding,
    embed_sentences,
    group_texts,
    image_features,
    prepare_image,
)
from simulations.errors import InputError
from tests.simulations.encoders.conftest import bert_shapes, drawn, efficientnet_shapes

torch = pytest.importorskip("torch")

WIDTH, HEADS, WORDS = 6, 2, 9


@pytest.fixture(params=[1, 2])
def weights(request):
    return drawn(bert_shapes(request.param, WIDTH, 10, WORDS, 12), seed=request.param)


def tensors(weights):
    return {name: torch.from_numpy(value) for name, value in weights.items()}


def hidden_states_by_hand(weights, ids):
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


def test_a_sentence_is_the_mean_of_its_tokens_at_unit_length(weights):
    ids = [2, 7, 3]
    got = embed_sentences(tensors(weights), torch.tensor([ids]), torch.ones(1, 3, dtype=torch.bool), heads=HEADS)
    mean = hidden_states_by_hand(weights, ids).mean(axis=0)
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


@given(st.lists(st.integers(1, 256)), st.integers(1, 600))
def test_batches_hold_each_text_once_within_the_budget(lengths, budget):
    groups = list(group_texts(lengths, budget))
    assert sorted(row for rows in groups for row in rows) == list(range(len(lengths)))
    for rows in groups:
        assert len(rows) == 1 or len(rows) * max(lengths[row] for row in rows) <= budget
    longest = [max(lengths[row] for row in rows) for rows in groups]
    assert longest == sorted(longest, reverse=True)


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


def test_no_texts_give_no_rows_and_something_else_than_text_is_told(minilm):
    assert encode_text([]).shape == (0, 384)
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
    monkeypatch.setattr("simulations.errors.find_spec", lambda name: None if name == "tokenizers" else find(name))
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


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "expected"),
    [
        (224, 3, 2, (0, 1)),
        (112, 3, 1, (1, 1)),
        (56, 5, 2, (1, 2)),
        (7, 3, 2, (1, 1)),
        (7, 1, 1, (0, 0)),
        (1, 5, 2, (2, 2)),
    ],
)
def test_padding_is_that_of_tensorflow(size, kernel, stride, expected):
    assert _padding(size, kernel, stride) == expected
    assert (size + sum(expected) - kernel) // stride + 1 == -(-size // stride)


def convolved(x, kernel, stride, groups):
    edges = [_padding(size, kernel.shape[2], stride) for size in x.shape[1:]]
    padded, kernel = (torch.tensor(values, dtype=torch.float64) for values in (np.pad(x, [(0, 0), *edges]), kernel))
    return torch.nn.functional.conv2d(padded[None], kernel, stride=stride, groups=groups)[0].numpy()


def image_features_by_hand(weights, x, stages):
    def normed(name, x):
        mean, variance, scale, shift = (
            weights[f"{name}.{part}"].astype(np.float64)[:, None, None]
            for part in ("running_mean", "running_var", "weight", "bias")
        )
        return (x - mean) / np.sqrt(variance + 1e-3) * scale + shift

    def active(x):
        return np.clip(x, 0, 6)

    x = active(normed("_bn0", convolved(x, weights["_conv_stem.weight"], 2, 1)))
    number = 0
    for stage in stages:
        for repeat in range(stage.repeats):
            at, before = f"_blocks.{number}.", x
            if stage.expansion != 1:
                x = active(normed(at + "_bn0", convolved(x, weights[at + "_expand_conv.weight"], 1, 1)))
            depthwise = weights[at + "_depthwise_conv.weight"]
            x = active(normed(at + "_bn1", convolved(x, depthwise, 1 if repeat else stage.stride, len(x))))
            x = normed(at + "_bn2", convolved(x, weights[at + "_project_conv.weight"], 1, 1))
            if repeat:
                x = x + before
            number += 1
    return active(normed("_bn1", convolved(x, weights["_conv_head.weight"], 1, 1))).mean(axis=(1, 2))


def test_features_are_those_of_the_formulas():
    stages = (Stage(1, 3, 1, 1), Stage(2, 5, 2, 6))
    weights = drawn(efficientnet_shapes(stages, channels=(4, 3), stem=5, head=7), seed=1)
    x = np.random.default_rng(2).normal(size=(3, 13, 10)).astype(np.float32)
    got = image_features(tensors(weights), torch.from_numpy(x[None]), stages=stages)
    np.testing.assert_allclose(got[0].numpy(), image_features_by_hand(weights, x, stages), atol=2e-5)


def test_the_network_has_the_published_shape():
    weights = efficientnet_shapes()
    # 4.65 million parameters in all (Liu 2020): 1,281,000 in the last layer, which is left out here.
    learned = sum(np.prod(shape) for name, shape in weights.items() if "running" not in name)
    assert learned + 1_281_000 == 4_652_008
    assert sum(stage.repeats for stage in STAGES) == 16


Image = pytest.importorskip("PIL.Image")


def test_the_square_in_the_middle_is_taken():
    # 512 × 256: the square of 224 pixels reaches from column 144 to 368 and from row 16 to 240; the rest is white.
    pixels = np.full((256, 512, 3), 255, np.uint8)
    pixels[16:240, 144:368] = 127
    np.testing.assert_array_equal(prepare_image(Image.fromarray(pixels)), 0.0)
    pixels[16, 144] = 0
    assert prepare_image(Image.fromarray(pixels))[0, 0, 0] == np.float32(-127 / 128)


def test_files_and_pixels_give_the_same_features(effnet, tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (3, 40, 50, 3), dtype=np.uint8)
    paths = [tmp_path / f"{i}.png" for i in range(3)]
    for path, one in zip(paths, pixels, strict=True):
        Image.fromarray(one).save(path)
    told = []
    features = encode_images(paths, progress=lambda done, total: told.append((done, total)))
    assert features.shape == (3, 1280)
    assert features.dtype == np.float32
    assert np.isfinite(features).all() and (features >= 0).all() and features.std() > 0
    assert told == [(3, 3)]
    np.testing.assert_array_equal(encode_images(pixels), features)
    np.testing.assert_allclose(encode_images(pixels[1:2])[0], features[1], atol=1e-4)


def test_grey_images_are_three_equal_channels(effnet):
    grey = np.random.default_rng(1).integers(0, 256, (1, 28, 28), dtype=np.uint8)
    np.testing.assert_array_equal(encode_images(grey), encode_images(np.repeat(grey[..., None], 3, axis=3)))


@pytest.mark.parametrize("pixels", [np.zeros((2, 8, 8)), np.zeros((8, 8), np.uint8), np.zeros((1, 8, 8, 4), np.uint8)])
def test_other_arrays_are_refused(effnet, pixels):
    with pytest.raises(InputError, match="images: found an array of"):
        encode_images(pixels)


def test_a_file_that_is_no_image_or_a_deep_or_cut_one_is_told(effnet, tmp_path):
    path = tmp_path / "a.png"
    path.write_text("not an image")
    with pytest.raises(InputError, match=r"a\.png: not an image"):
        encode_images([path])
    with pytest.raises(InputError, match=r"b\.png: not an image"):
        encode_images([tmp_path / "b.png"])
    # Deep pixels are refused, not cut.
    Image.fromarray(np.full((20, 20), 40_000, np.uint16)).save(path)
    with pytest.raises(InputError, match=r"mode I.*allowed: 8 bits"):
        encode_images([path])
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8)).save(path)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(InputError, match="not an image that can be read"):
        encode_images([path])


def needs(name, *modules):
    for module in modules:
        pytest.importorskip(module)
    if find_fetched(RESOURCES[name]) is None:
        pytest.skip(f"{name} is not in the cache; labelplan data get {name} fetches it")


def test_minilm_gives_the_embedding_its_authors_publish():
    needs("minilm", "torch", "safetensors", "tokenizers")
    first = encode_text(["This is an example sentence"])[0, :6]
    np.testing.assert_allclose(first, [0.067657, 0.063496, 0.048713, 0.079305, 0.037448, 0.002653], atol=2e-6)


def test_efficientnet_knows_a_palace_and_a_daisy():
    needs("effnet-lite0", "torch", "safetensors", "PIL")
    from sklearn.datasets import load_sample_images

    from simulations.encoders.encode import open_encoder
    from simulations.encoders.networks import encoder_weights

    weights = encoder_weights(open_encoder("effnet-lite0"))
    likeliest = {}
    for path, image in zip(*(load_sample_images()[key] for key in ("filenames", "images")), strict=True):
        scores = encode_images(image[None]) @ weights["_fc.weight"].numpy().T + weights["_fc.bias"].numpy()
        likeliest[path[-9:]] = int(scores.argmax())
    # ImageNet's classes 698, palace, and 985, daisy.
    assert likeliest == {"china.jpg": 698, "lower.jpg": 985}
