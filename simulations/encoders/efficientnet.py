"""EfficientNet-lite0 (Tan & Le 2019, table 1; lite variant of Liu 2020) as plain functions of its weights.

The lite variant has no squeeze-and-excitation, ReLU6 in place of swish, and a stem and head that do not scale.

Notation
    x   (B, channels, height, width) float32
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

WIDTH = 1280
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
    x = _active(_normed(weights, "_bn0", _convolved(weights, "_conv_stem", x, stride=2)))
    number = 0
    for stage in stages:
        for repeat in range(stage.repeats):
            x = _block(weights, f"_blocks.{number}.", x, stage, stage.stride if repeat == 0 else 1)
            number += 1
    x = _active(_normed(weights, "_bn1", _convolved(weights, "_conv_head", x)))
    return x.mean(dim=(2, 3))


def _block(weights: "Mapping[str, Tensor]", name: str, x: "Tensor", stage: Stage, stride: int) -> "Tensor":
    """Widen, filter each channel by itself, narrow; add the input where the shape stays (MBConv)."""
    inner = x
    if stage.expansion != 1:
        inner = _active(_normed(weights, name + "_bn0", _convolved(weights, name + "_expand_conv", x)))
    inner = _convolved(weights, name + "_depthwise_conv", inner, stride=stride, groups=inner.shape[1])
    inner = _active(_normed(weights, name + "_bn1", inner))
    inner = _normed(weights, name + "_bn2", _convolved(weights, name + "_project_conv", inner))
    return inner + x if inner.shape == x.shape else inner


def _convolved(
    weights: "Mapping[str, Tensor]", name: str, x: "Tensor", *, stride: int = 1, groups: int = 1
) -> "Tensor":
    from torch.nn.functional import conv2d, pad

    kernel = weights[name + ".weight"]
    top, bottom = _padding(x.shape[2], kernel.shape[2], stride)
    left, right = _padding(x.shape[3], kernel.shape[3], stride)
    return conv2d(pad(x, (left, right, top, bottom)), kernel, stride=stride, groups=groups)


def _padding(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """Zeros before and after as in TensorFlow's `SAME`, which the weights were made for: the odd one comes after."""
    missing = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return missing // 2, missing - missing // 2


def _normed(weights: "Mapping[str, Tensor]", name: str, x: "Tensor") -> "Tensor":
    from torch.nn.functional import batch_norm

    mean, variance, scale, shift = (
        weights[f"{name}.{part}"] for part in ("running_mean", "running_var", "weight", "bias")
    )
    return batch_norm(x, mean, variance, scale, shift, training=False, eps=_EPSILON)


def _active(x: "Tensor") -> "Tensor":
    from torch.nn.functional import relu6

    return relu6(x)
