"""The network against convolutions written out in numpy, and against its published shape."""

import numpy as np
import pytest

from simulations.encoders.images import STAGES, Stage, _padding, image_features
from tests.simulations.encoders.conftest import drawn, efficientnet_shapes

torch = pytest.importorskip("torch")


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
    """Slide a window over zero-padded channels; each output channel sees the inputs of its group."""
    side, inputs = kernel.shape[2], kernel.shape[1]
    (top, bottom), (left, right) = (_padding(size, side, stride) for size in x.shape[1:])
    x = np.pad(x, ((0, 0), (top, bottom), (left, right)))
    rows, columns = ((size - side) // stride + 1 for size in x.shape[1:])
    out = np.empty((kernel.shape[0], rows, columns))
    for channel in range(kernel.shape[0]):
        first = channel * groups // kernel.shape[0] * inputs
        for i in range(rows):
            for j in range(columns):
                window = x[first : first + inputs, i * stride : i * stride + side, j * stride : j * stride + side]
                out[channel, i, j] = (window * kernel[channel]).sum()
    return out


def by_hand(weights, x, stages):
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
    tensors = {name: torch.from_numpy(value) for name, value in weights.items()}
    got = image_features(tensors, torch.from_numpy(x[None]), stages=stages)
    np.testing.assert_allclose(got[0].numpy(), by_hand(weights, x, stages), atol=2e-5)


def test_the_network_has_the_published_shape():
    weights = efficientnet_shapes()
    # 4.65 million parameters in all (Liu 2020): 1,281,000 in the last layer, which is left out here.
    learned = sum(np.prod(shape) for name, shape in weights.items() if "running" not in name)
    assert learned + 1_281_000 == 4_652_008
    assert sum(stage.repeats for stage in STAGES) == 16
