"""Encoders of the published shapes with random weights, in a cache of the test's own."""

import json

import numpy as np
import pytest

from simulations.cache.catalogue import RESOURCES
from simulations.cache.fetch import origin_of
from simulations.cache.stored import store_folder
from simulations.encoders.networks import STAGES

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "good", "bad", "film", "music", "##s", "."]
CHANNELS = (16, 24, 40, 80, 112, 192, 320)


def bert_shapes(layers, width, inner, words, places):
    shapes = {
        "embeddings.word_embeddings.weight": (words, width),
        "embeddings.position_embeddings.weight": (places, width),
        "embeddings.token_type_embeddings.weight": (2, width),
        "embeddings.LayerNorm.weight": (width,),
        "embeddings.LayerNorm.bias": (width,),
    }
    parts = {
        **{f"attention.self.{part}": (width, width) for part in ("query", "key", "value")},
        "attention.output.dense": (width, width),
        "intermediate.dense": (inner, width),
        "output.dense": (width, inner),
    }
    for layer in range(layers):
        name = f"encoder.layer.{layer}."
        for part, shape in parts.items():
            shapes |= {f"{name}{part}.weight": shape, f"{name}{part}.bias": shape[:1]}
        for part in ("attention.output.LayerNorm", "output.LayerNorm"):
            shapes |= {f"{name}{part}.weight": (width,), f"{name}{part}.bias": (width,)}
    return shapes


def norm_shapes(name, width):
    return {f"{name}.{part}": (width,) for part in ("weight", "bias", "running_mean", "running_var")}


def efficientnet_shapes(stages=STAGES, channels=CHANNELS, stem=32, head=1280):
    shapes = {"_conv_stem.weight": (stem, 3, 3, 3), **norm_shapes("_bn0", stem)}
    number, width = 0, stem
    for stage, out in zip(stages, channels, strict=True):
        for _ in range(stage.repeats):
            name, inner = f"_blocks.{number}.", width * stage.expansion
            if stage.expansion != 1:
                shapes |= {f"{name}_expand_conv.weight": (inner, width, 1, 1), **norm_shapes(name + "_bn0", inner)}
            shapes |= {f"{name}_depthwise_conv.weight": (inner, 1, stage.kernel, stage.kernel)}
            shapes |= norm_shapes(name + "_bn1", inner)
            shapes |= {f"{name}_project_conv.weight": (out, inner, 1, 1), **norm_shapes(name + "_bn2", out)}
            number, width = number + 1, out
    return {**shapes, "_conv_head.weight": (head, width, 1, 1), **norm_shapes("_bn1", head)}


def drawn(shapes, seed=0):
    """Random tensors; weights of a layer shrink with its inputs, and variances are positive."""
    rng = np.random.default_rng(seed)
    tensors = {}
    for name, shape in shapes.items():
        scale = 1.0 / np.sqrt(max(np.prod(shape[1:]), 1)) if len(shape) > 1 else 0.5
        values = rng.normal(0.0, scale, shape)
        tensors[name] = (np.abs(values) + 0.5 if name.endswith("running_var") else values).astype(np.float32)
    return tensors


def keep(name, tensors, **files):
    save_file = pytest.importorskip("safetensors.numpy").save_file
    with store_folder(name, origin_of(RESOURCES[name])) as folder:
        save_file(tensors, folder / "model.safetensors")
        for file, text in files.items():
            (folder / f"{file}.json").write_text(text)


@pytest.fixture
def tokenizer_json():
    return word_pieces()


def word_pieces():
    """A word-piece tokenizer of ten pieces; it pads to eight and cuts at six, as published ones do at 128."""
    tokenizers = pytest.importorskip("tokenizers")
    numbers = {word: i for i, word in enumerate(WORDS)}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordPiece(numbers, unk_token="[UNK]"))
    tokenizer.normalizer = tokenizers.normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.enable_padding(length=8)
    tokenizer.enable_truncation(6)
    json.loads(tokenizer.to_str())
    return tokenizer.to_str()


@pytest.fixture
def minilm(cache, tokenizer_json):
    """MiniLM's width and heads, one layer, ten words."""
    pytest.importorskip("torch")
    tensors = drawn(bert_shapes(1, 384, 16, len(WORDS), 256))
    keep("minilm", tensors, tokenizer=tokenizer_json)
    return tensors


@pytest.fixture(scope="session")
def effnet_folder(tmp_path_factory):
    """A cache with an EfficientNet of random weights."""
    pytest.importorskip("torch")
    pytest.importorskip("PIL")
    folder = tmp_path_factory.mktemp("effnet")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LABELPLAN_CACHE", str(folder))
        keep("effnet-lite0", drawn(efficientnet_shapes()))
    return folder


@pytest.fixture
def effnet(monkeypatch, effnet_folder):
    monkeypatch.setenv("LABELPLAN_CACHE", str(effnet_folder))
