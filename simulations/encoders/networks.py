"""The frozen encoders: MiniLM makes 384 numbers of a text, EfficientNet-lite0 1,280 of an image; torch runs them.

MiniLM is a BERT (Devlin et al. 2019). EfficientNet-lite0 (Tan & Le 2019) has no squeeze-and-excitation, ReLU6 in place
of swish, and a stem and head that do not scale.

Notation
    B, T   texts or images in a batch, tokens in its longest text
    d, h   width, attention heads of d/h numbers each
    ids    (B, T) token numbers; real (B, T) False where a text is padded
    x      (B, T, d) hidden states of texts; (B, channels, height, width) float32 of images
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence

from simulations.arrays import Features, Singles
from simulations.cache.catalogue import WEIGHTS
from simulations.cache.stored import Stored, check_hash
from simulations.errors import InputError, one_line

if TYPE_CHECKING:
    from PIL.Image import Image


def encoder_weights(stored: Stored) -> Mapping[str, Tensor]:
    """Read an encoder's tensors by name, after checking their file's hash."""
    return _read_weights(stored.folder / WEIGHTS, stored.hashes.get(WEIGHTS))


@lru_cache(maxsize=2)
def _read_weights(path: Path, digest: str | None) -> Mapping[str, Tensor]:
    try:
        weights: Mapping[str, Tensor] = load_file(check_hash(path, digest))
    except SafetensorError as error:
        raise InputError(f"{path}: holds no weights of an encoder ({one_line(error)})") from error
    return weights


TEXT_WIDTH = 384
HEADS = 12
_LAYER_EPSILON = 1e-12

_BATCH_TOKENS = 4_096
"""Tokens in one pass, padding included: enough to fill the processor, little enough to stay in its cache."""


def embed_sentences(weights: Mapping[str, Tensor], ids: Tensor, real: Tensor, *, heads: int = HEADS) -> Tensor:
    """Encode texts: hidden states of the last layer, averaged over the real tokens, at unit length, (B, d) float32.

    Mean pooling after Reimers & Gurevych 2019, Sentence-BERT, section 3. The tensors have BERT's own names, and how
    many layers there are is read from them; at least one token a row is real.
    """
    x, seen = _embed_tokens(weights, ids), real[:, None, None, :]
    layers = {name.split(".")[2] for name in weights if name.startswith("encoder.layer.")}
    for layer in range(len(layers)):
        x = _apply_layer(weights, f"encoder.layer.{layer}.", x, seen, heads)
    share = real.to(x.dtype).unsqueeze(-1)
    return functional.normalize((x * share).sum(dim=1) / share.sum(dim=1), dim=1)


def _embed_tokens(weights: Mapping[str, Tensor], ids: Tensor) -> Tensor:
    name = "embeddings."
    words = weights[name + "word_embeddings.weight"][ids]
    places = weights[name + "position_embeddings.weight"][: ids.shape[1]]
    # Every text is one segment, the first.
    segment = weights[name + "token_type_embeddings.weight"][0]
    return _layer_norm(weights, name + "LayerNorm.", words + places + segment)


def _apply_layer(weights: Mapping[str, Tensor], name: str, x: Tensor, seen: Tensor, heads: int) -> Tensor:
    attended = _dense(weights, name + "attention.output.dense.", _attend(weights, name, x, seen, heads))
    x = _layer_norm(weights, name + "attention.output.LayerNorm.", attended + x)
    inner = functional.gelu(_dense(weights, name + "intermediate.dense.", x))
    return _layer_norm(weights, name + "output.LayerNorm.", _dense(weights, name + "output.dense.", inner) + x)


def _attend(weights: Mapping[str, Tensor], name: str, x: Tensor, seen: Tensor, heads: int) -> Tensor:
    batch, tokens, width = x.shape
    query, key, value = (
        _dense(weights, f"{name}attention.self.{part}.", x).view(batch, tokens, heads, width // heads).transpose(1, 2)
        for part in ("query", "key", "value")
    )
    mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=seen)
    return mixed.transpose(1, 2).reshape(batch, tokens, width)


def _dense(weights: Mapping[str, Tensor], name: str, x: Tensor) -> Tensor:
    return functional.linear(x, weights[name + "weight"], weights[name + "bias"])


def _layer_norm(weights: Mapping[str, Tensor], name: str, x: Tensor) -> Tensor:
    return functional.layer_norm(x, x.shape[-1:], weights[name + "weight"], weights[name + "bias"], _LAYER_EPSILON)


def run_text_encoder(stored: Stored, tokens: Sequence[Sequence[int]], tell: Callable[[int, int], object]) -> Features:
    """Encode texts given as token numbers, (n, 384) float32; after each pass it is told how many tokens are done."""
    weights = encoder_weights(stored)
    features = np.empty((len(tokens), TEXT_WIDTH), np.float32)
    total, done = sum(map(len, tokens)), 0
    with torch.inference_mode():
        for rows in group_texts(list(map(len, tokens))):
            ids, real = pad_tokens([tokens[row] for row in rows])
            features[rows] = embed_sentences(weights, ids, real).numpy()
            done += sum(len(tokens[row]) for row in rows)
            tell(done, total)
    return features


def group_texts(lengths: Sequence[int], budget: int = _BATCH_TOKENS) -> Iterator[list[int]]:
    """Group texts by their tokens, the longest first, so that little is padded and memory never grows.

    The numbers of the texts in each group are given; with padding they have `budget` tokens, or one text has more.
    """
    order = sorted(range(len(lengths)), key=lambda i: -lengths[i])
    start = 0
    while start < len(order):
        size = max(budget // max(lengths[order[start]], 1), 1)
        yield order[start : start + size]
        start += size


def pad_tokens(tokens: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Put texts of different lengths into one array: `ids` with zeros after each text's end, and `real`."""
    ids = pad_sequence([torch.tensor(numbers) for numbers in tokens], batch_first=True)
    lengths = torch.tensor([len(numbers) for numbers in tokens])
    return ids, torch.arange(ids.shape[1]) < lengths[:, None]


Pixels = npt.NDArray[np.uint8]

IMAGE_WIDTH = 1280
SIDE, _MARGIN = 224, 32
"""Pixels of the square that is encoded, and of what was cut off around it in training."""

_BATCH = 16
_BATCH_EPSILON = 1e-3


@dataclass(frozen=True)
class Stage:
    """Blocks of one kind that follow one another: how many, the side of their filters, the first one's stride.

    The others have a stride of 1; inside, a block is `expansion` times wider.
    """

    repeats: int
    kernel: int
    stride: int
    expansion: int


STAGES = (
    Stage(1, 3, 1, 1),
    Stage(2, 3, 2, 6),
    Stage(2, 5, 2, 6),
    Stage(3, 3, 2, 6),
    Stage(3, 5, 1, 6),
    Stage(4, 5, 2, 6),
    Stage(1, 3, 1, 6),
)


def image_features(weights: Mapping[str, Tensor], x: Tensor, *, stages: tuple[Stage, ...] = STAGES) -> Tensor:
    """Encode images, pixels from about -1 to 1: the last feature map averaged over its places, (B, 1280), at least 0.

    The tensors have the names of the published torch weights.
    """
    x = functional.relu6(_normalise(weights, "_bn0", _convolve(weights, "_conv_stem", x, stride=2)))
    number = 0
    for stage in stages:
        for repeat in range(stage.repeats):
            x = _apply_block(weights, f"_blocks.{number}.", x, stage, stage.stride if repeat == 0 else 1)
            number += 1
    x = functional.relu6(_normalise(weights, "_bn1", _convolve(weights, "_conv_head", x)))
    return x.mean(dim=(2, 3))


def _apply_block(weights: Mapping[str, Tensor], name: str, x: Tensor, stage: Stage, stride: int) -> Tensor:
    """Widen, filter each channel by itself, narrow; add the input where the shape stays (MBConv)."""
    inner = x
    if stage.expansion != 1:
        inner = functional.relu6(_normalise(weights, name + "_bn0", _convolve(weights, name + "_expand_conv", x)))
    inner = _convolve(weights, name + "_depthwise_conv", inner, stride=stride, groups=inner.shape[1])
    inner = functional.relu6(_normalise(weights, name + "_bn1", inner))
    inner = _normalise(weights, name + "_bn2", _convolve(weights, name + "_project_conv", inner))
    return inner + x if inner.shape == x.shape else inner


def _convolve(weights: Mapping[str, Tensor], name: str, x: Tensor, *, stride: int = 1, groups: int = 1) -> Tensor:
    kernel = weights[name + ".weight"]
    rows, columns = (_padding(x.shape[axis], kernel.shape[axis], stride) for axis in (2, 3))
    return functional.conv2d(functional.pad(x, (*columns, *rows)), kernel, stride=stride, groups=groups)


def _padding(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """Zeros before and after as in TensorFlow's `SAME`, which the weights were made for: the odd one comes after."""
    missing = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return missing // 2, missing - missing // 2


def _normalise(weights: Mapping[str, Tensor], name: str, x: Tensor) -> Tensor:
    mean, variance, scale, shift = (
        weights[f"{name}.{part}"] for part in ("running_mean", "running_var", "weight", "bias")
    )
    return functional.batch_norm(x, mean, variance, scale, shift, training=False, eps=_BATCH_EPSILON)


def run_image_encoder(
    stored: Stored, images: Sequence[Path | str] | Pixels, tell: Callable[[int, int], object]
) -> Features:
    """Encode images, (n, 1280) float32; after each pass it is told how many are done."""
    weights = encoder_weights(stored)
    if isinstance(images, np.ndarray):
        shape = images.shape
        if images.dtype != np.uint8 or len(shape) not in (3, 4) or (len(shape) == 4 and shape[3] != 3):
            raise InputError(
                f"images: found an array of {images.dtype} of shape {shape}; "
                "allowed: uint8 of shape (n, height, width) or (n, height, width, 3)"
            )
    features = np.empty((len(images), IMAGE_WIDTH), np.float32)
    with torch.inference_mode():
        for start in range(0, len(images), _BATCH):
            batch = np.stack([prepare_image(_open_image(image)) for image in images[start : start + _BATCH]])
            x = torch.from_numpy(batch).contiguous(memory_format=torch.channels_last)
            features[start : start + len(batch)] = image_features(weights, x).numpy()
            tell(start + len(batch), len(images))
    return features


def prepare_image(image: "Image") -> Singles:
    """Bring an image to what the encoder was trained on: the middle, 224 × 224 pixels, about -1 to 1.

    The square in the middle is 224/256 of the shorter side; pixels p become (p - 127)/128 (Liu 2020): (3, 224, 224).
    """
    import PIL.Image

    width, height = image.size
    side = SIDE / (SIDE + _MARGIN) * min(width, height)
    box = ((width - side) / 2, (height - side) / 2, (width + side) / 2, (height + side) / 2)
    small = image.convert("RGB").resize((SIDE, SIDE), PIL.Image.Resampling.BICUBIC, box=box)
    return ((np.asarray(small, np.float32) - 127.0) / 128.0).transpose(2, 0, 1)


def _open_image(source: Any) -> "Image":
    import PIL.Image

    if isinstance(source, np.ndarray):
        return PIL.Image.fromarray(source)
    try:
        with PIL.Image.open(source) as file:
            if file.mode[0] in "IF":
                # More than 8 bits a pixel would be cut off at 255, not scaled.
                raise InputError(f"{source}: found pixels of mode {file.mode}; allowed: 8 bits a channel")
            return file.convert("RGB")
    except InputError:
        raise
    except (OSError, SyntaxError, ValueError, PIL.Image.DecompressionBombError) as error:
        raise InputError(f"{source}: not an image that can be read ({error})") from error
