"""Texts to 384 numbers each with the MiniLM sentence encoder (BERT, Devlin et al. 2019).

Notation
    B, T   texts in a batch, tokens in its longest text
    d, h   width, attention heads of d/h numbers each
    ids    (B, T) token numbers; real (B, T) False where a text is padded
    x      (B, T, d) hidden states
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from simulations.arrays import Features
from simulations.encoders.weights import encoder_weights, open_encoder
from simulations.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor

WIDTH = 384
HEADS = 12
_EPSILON = 1e-12

Progress = Callable[[int, int], None]
"""Called with what is done and what there is to do, in tokens or images."""

LONGEST = 256
"""Tokens after which a text is cut, as the encoder was published."""
_BATCH_TOKENS = 4_096
"""Tokens in one pass, padding included: enough to fill the processor, little enough to stay in its cache."""


def embed_sentences(weights: "Mapping[str, Tensor]", ids: "Tensor", real: "Tensor", *, heads: int = HEADS) -> "Tensor":
    """Encode texts: hidden states of the last layer, averaged over the real tokens, at unit length.

    Mean pooling after Reimers & Gurevych 2019, Sentence-BERT, section 3.

    Args:
        weights: tensors by BERT's own names; how many layers there are is read from them.
        ids: shape (B, T), token numbers.
        real: shape (B, T), True for tokens, False for padding; at least one True a row.
        heads: attention heads.

    Returns:
        Shape (B, d), float32.
    """
    from torch.nn.functional import normalize

    x = hidden_states(weights, ids, real, heads=heads)
    share = real.to(x.dtype).unsqueeze(-1)
    return normalize((x * share).sum(dim=1) / share.sum(dim=1), dim=1)


def hidden_states(weights: "Mapping[str, Tensor]", ids: "Tensor", real: "Tensor", *, heads: int) -> "Tensor":
    """Run all layers; the shape is (B, T, d)."""
    x = _embed_tokens(weights, ids)
    seen = real[:, None, None, :]
    for layer in range(count_layers(weights)):
        x = _layer(weights, f"encoder.layer.{layer}.", x, seen, heads)
    return x


def count_layers(weights: "Mapping[str, Tensor]") -> int:
    """Count the layers that the weights hold."""
    return len({name.split(".")[2] for name in weights if name.startswith("encoder.layer.")})


def _embed_tokens(weights: "Mapping[str, Tensor]", ids: "Tensor") -> "Tensor":
    name = "embeddings."
    words = weights[name + "word_embeddings.weight"][ids]
    places = weights[name + "position_embeddings.weight"][: ids.shape[1]]
    # Every text is one segment, the first.
    segment = weights[name + "token_type_embeddings.weight"][0]
    return _normed(weights, name + "LayerNorm.", words + places + segment)


def _layer(weights: "Mapping[str, Tensor]", name: str, x: "Tensor", seen: "Tensor", heads: int) -> "Tensor":
    from torch.nn.functional import gelu

    attended = _linear(weights, name + "attention.output.dense.", _attention(weights, name, x, seen, heads))
    x = _normed(weights, name + "attention.output.LayerNorm.", attended + x)
    inner = gelu(_linear(weights, name + "intermediate.dense.", x))
    return _normed(weights, name + "output.LayerNorm.", _linear(weights, name + "output.dense.", inner) + x)


def _attention(weights: "Mapping[str, Tensor]", name: str, x: "Tensor", seen: "Tensor", heads: int) -> "Tensor":
    from torch.nn.functional import scaled_dot_product_attention

    batch, tokens, width = x.shape
    query, key, value = (
        _linear(weights, f"{name}attention.self.{part}.", x).view(batch, tokens, heads, width // heads).transpose(1, 2)
        for part in ("query", "key", "value")
    )
    mixed = scaled_dot_product_attention(query, key, value, attn_mask=seen)
    return mixed.transpose(1, 2).reshape(batch, tokens, width)


def _linear(weights: "Mapping[str, Tensor]", name: str, x: "Tensor") -> "Tensor":
    from torch.nn.functional import linear

    return linear(x, weights[name + "weight"], weights[name + "bias"])


def _normed(weights: "Mapping[str, Tensor]", name: str, x: "Tensor") -> "Tensor":
    from torch.nn.functional import layer_norm

    return layer_norm(x, x.shape[-1:], weights[name + "weight"], weights[name + "bias"], _EPSILON)


def encode_text(texts: Sequence[str], *, progress: Progress | None = None) -> Features:
    """Encode texts with MiniLM, which must have been fetched (`labelplan data get minilm`).

    Args:
        texts: any length; what lies beyond 256 tokens is not read.
        progress: told after each pass how many tokens are done, and of how many.

    Returns:
        Shape (n, 384), float32, rows at unit length, so that a dot product is the cosine similarity.

    Raises:
        InputError: an item is no text, the encoder is not in the cache, or torch, safetensors or
            tokenizers is not installed.
    """
    for i, text in enumerate(texts):
        if not isinstance(text, str):
            raise InputError(f"text {i + 1}: found {text!r}; allowed: a text")
    stored = open_encoder("minilm")
    tokens = tokenise(texts, stored.path("tokenizer.json").read_text(encoding="utf-8"))
    weights = encoder_weights(stored)
    import torch

    features = np.empty((len(texts), WIDTH), np.float32)
    total, done = sum(map(len, tokens)), 0
    with torch.inference_mode():
        for rows in batches(list(map(len, tokens))):
            ids, real = padded([tokens[row] for row in rows])
            features[rows] = embed_sentences(weights, ids, real).numpy()
            done += sum(len(tokens[row]) for row in rows)
            if progress is not None:
                progress(done, total)
    return features


def tokenise(texts: Sequence[str], tokenizer_json: str, *, longest: int = LONGEST) -> list[list[int]]:
    """Split texts into token numbers, at least two a text: its beginning and its end."""
    from tokenizers import Tokenizer

    tokenizer: Any = Tokenizer.from_str(tokenizer_json)
    tokenizer.no_padding()
    tokenizer.enable_truncation(longest)
    return [encoding.ids for encoding in tokenizer.encode_batch(list(texts))]


def batches(lengths: Sequence[int], budget: int = _BATCH_TOKENS) -> Iterator[list[int]]:
    """Group texts of like length, the longest first, so that little is padded and memory never grows.

    Args:
        lengths: tokens of each text.
        budget: tokens in one group, padding included; a longer text is a group by itself.

    Yields:
        Numbers of the texts in each group.
    """
    order = sorted(range(len(lengths)), key=lambda i: -lengths[i])
    start = 0
    while start < len(order):
        size = max(budget // max(lengths[order[start]], 1), 1)
        yield order[start : start + size]
        start += size


def padded(tokens: Sequence[Sequence[int]]) -> "tuple[Tensor, Tensor]":
    """Put texts of different lengths into one array.

    Returns:
        Token numbers (B, T) with zeros after each text's end, and (B, T) True where there is a token.
    """
    import torch

    ids = torch.zeros(len(tokens), max(map(len, tokens)), dtype=torch.long)
    real = torch.zeros(ids.shape, dtype=torch.bool)
    for row, numbers in enumerate(tokens):
        ids[row, : len(numbers)] = torch.tensor(numbers)
        real[row, : len(numbers)] = True
    return ids, real
