"""Images to 1,280 numbers each with EfficientNet-lite0 (Tan & Le 2019).

The lite variant has no squeeze-and-excitation, ReLU6 in place of swish, and a stem and head that do not scale.

Notation
    x   (B, channels, height, width) float32
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from simulations.arrays import Features
from simulations.encoders.text import Progress
from simulations.encoders.weights import encoder_weights, open_encoder
from simulations.errors import InputError

if TYPE_CHECKING:
    from PIL.Image import Image
    from torch import Tensor

Pixels = npt.NDArray[np.uint8]

WIDTH = 1280
SIDE, _MARGIN = 224, 32
"""Pixels of the square that is encoded, and of what was cut off around it in training."""

_BATCH = 16
_EPSILON = 1e-3


@dataclass(frozen=True)
class Stage:
    """Blocks of one kind, one after the other.

    Args:
        repeats: how many blocks.
        kernel: side of the depthwise filters.
        stride: of the first block; the others keep the size.
        expansion: how many times wider a block is inside.
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


def image_features(weights: "Mapping[str, Tensor]", x: "Tensor", *, stages: tuple[Stage, ...] = STAGES) -> "Tensor":
    """Encode images: the last feature map, averaged over its places.

    Args:
        weights: tensors by the names of the published torch weights.
        x: shape (B, 3, height, width), pixels brought to about -1 to 1.
        stages: the architecture.

    Returns:
        Shape (B, 1280), float32, none below 0.
    """
    x = _relu6(_normalise(weights, "_bn0", _convolve(weights, "_conv_stem", x, stride=2)))
    number = 0
    for stage in stages:
        for repeat in range(stage.repeats):
            x = _block(weights, f"_blocks.{number}.", x, stage, stage.stride if repeat == 0 else 1)
            number += 1
    x = _relu6(_normalise(weights, "_bn1", _convolve(weights, "_conv_head", x)))
    return x.mean(dim=(2, 3))


def _block(weights: "Mapping[str, Tensor]", name: str, x: "Tensor", stage: Stage, stride: int) -> "Tensor":
    """Widen, filter each channel by itself, narrow; add the input where the shape stays (MBConv)."""
    inner = x
    if stage.expansion != 1:
        inner = _relu6(_normalise(weights, name + "_bn0", _convolve(weights, name + "_expand_conv", x)))
    inner = _convolve(weights, name + "_depthwise_conv", inner, stride=stride, groups=inner.shape[1])
    inner = _relu6(_normalise(weights, name + "_bn1", inner))
    inner = _normalise(weights, name + "_bn2", _convolve(weights, name + "_project_conv", inner))
    return inner + x if inner.shape == x.shape else inner


def _convolve(weights: "Mapping[str, Tensor]", name: str, x: "Tensor", *, stride: int = 1, groups: int = 1) -> "Tensor":
    from torch.nn.functional import conv2d, pad

    kernel = weights[name + ".weight"]
    top, bottom = _padding(x.shape[2], kernel.shape[2], stride)
    left, right = _padding(x.shape[3], kernel.shape[3], stride)
    return conv2d(pad(x, (left, right, top, bottom)), kernel, stride=stride, groups=groups)


def _padding(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """Zeros before and after as in TensorFlow's `SAME`, which the weights were made for: the odd one comes after."""
    missing = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return missing // 2, missing - missing // 2


def _normalise(weights: "Mapping[str, Tensor]", name: str, x: "Tensor") -> "Tensor":
    from torch.nn.functional import batch_norm

    mean, variance, scale, shift = (
        weights[f"{name}.{part}"] for part in ("running_mean", "running_var", "weight", "bias")
    )
    return batch_norm(x, mean, variance, scale, shift, training=False, eps=_EPSILON)


def _relu6(x: "Tensor") -> "Tensor":
    from torch.nn.functional import relu6

    return relu6(x)


def encode_images(images: Sequence[Path | str] | Pixels, *, progress: Progress | None = None) -> Features:
    """Encode images with EfficientNet-lite0, which must have been fetched (`labelplan data get effnet-lite0`).

    Args:
        images: paths of image files, or pixels of 0 to 255, shape (n, height, width) or (n, height, width, 3), uint8.
        progress: told after each pass how many images are done, and of how many.

    Returns:
        Shape (n, 1280), float32.

    Raises:
        InputError: a file is no image, the array has another shape or type, the encoder is not in the
            cache, or torch, safetensors or pillow is not installed.
    """
    stored = open_encoder("effnet-lite0")
    weights = encoder_weights(stored)
    import torch

    _check_pixels(images)
    features = np.empty((len(images), WIDTH), np.float32)
    with torch.inference_mode():
        for start in range(0, len(images), _BATCH):
            batch = np.stack([prepared(_open_image(image)) for image in images[start : start + _BATCH]])
            x = torch.from_numpy(batch).contiguous(memory_format=torch.channels_last)
            features[start : start + len(batch)] = image_features(weights, x).numpy()
            if progress is not None:
                progress(start + len(batch), len(images))
    return features


def prepared(image: "Image") -> npt.NDArray[np.float32]:
    """Bring an image to what the encoder was trained on: the middle, 224 × 224 pixels, about -1 to 1.

    The square in the middle is 224/256 of the shorter side; pixels p become (p - 127)/128 (Liu 2020).

    Returns:
        Shape (3, 224, 224).
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


def _check_pixels(images: object) -> None:
    if not isinstance(images, np.ndarray):
        return
    if images.dtype != np.uint8 or images.ndim not in (3, 4) or (images.ndim == 4 and images.shape[3] != 3):
        raise InputError(
            f"images: found an array of {images.dtype} of shape {images.shape}; "
            "allowed: uint8 of shape (n, height, width) or (n, height, width, 3)"
        )
