"""Texts to 384 numbers each with the MiniLM sentence encoder."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from simulations.arrays import Features
from simulations.encoders.bert import WIDTH, embed_sentences
from simulations.encoders.weights import encoder_weights, open_encoder
from simulations.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor

Progress = Callable[[int, int], None]
"""Called with what is done and what there is to do, in tokens or images."""

LONGEST = 256
"""Tokens after which a text is cut, as the encoder was published."""
_BATCH_TOKENS = 4_096
"""Tokens in one pass, padding included: enough to fill the processor, little enough to stay in its cache."""


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
        for rows in batches([len(one) for one in tokens]):
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
    for row, one in enumerate(tokens):
        ids[row, : len(one)] = torch.tensor(one)
        real[row, : len(one)] = True
    return ids, real
