"""How networks are trained: settings from a grid file, checked before anything runs; nothing heavy is imported."""

import math
from dataclasses import dataclass
from typing import Any

from simulations.config_values import quote_value
from simulations.errors import InputError, require_modules, unknown_name

STARTS = ("scratch", "warm", "finetune")
"""Each round anew, from the round before on all labels, or from the round before on the new labels alone."""

_MOST_UNITS = 4096
_LARGEST_SEED = 10**15
_MOST_LAYERS = 8
_SHAPES = "height x width or height x width x channels, such as '28x28' or '32x32x3'"


@dataclass(frozen=True)
class Training:
    """How a network is trained; see `checked_training` for what is allowed.

    Args:
        epochs: passes over the labelled set at most; more fit the labels more closely.
        learning_rate: Adam's step; larger learns faster and less surely.
        weight_decay: shrinks weights in each step (decoupled, Loshchilov & Hutter 2019); larger trusts few labels less.
        dropout: share of hidden units left out at random in each step; larger trusts few labels less.
        batch_size: labels in a step; fewer make more steps of an epoch.
        start: one of `STARTS`.
        samples: networks drawn by dropout for strategies that ask for members, T.
    """

    epochs: int
    learning_rate: float
    weight_decay: float
    dropout: float
    batch_size: int
    start: str
    samples: int


def checked_training(learner: str, *, order_seed: int = 0, start_seed: int = 0, **settings: Any) -> Training:
    """Check the settings of a learner, and that torch is installed.

    Args:
        learner: its name.
        order_seed: a number other than 0 gives the order of minibatches, and dropout, draws of their own; see
            `simulations.learners.apart`, which gives the learner streams accordingly.
        start_seed: likewise the weights that training starts from.
        settings: the fields of `Training`.

    Raises:
        InputError: a setting is out of range, or torch is missing.
    """
    require_modules(f"learner {learner}", ("torch",), "neural", "to train networks")
    t = Training(**settings)
    check_setting(learner, "epochs", t.epochs, 1 <= t.epochs <= 100_000, "1 to 100000")
    check_setting(learner, "learning_rate", t.learning_rate, 0 < t.learning_rate <= 10, "above 0 and at most 10")
    check_setting(learner, "weight_decay", t.weight_decay, 0 <= t.weight_decay <= 100, "0 to 100")
    check_setting(learner, "dropout", t.dropout, 0 <= t.dropout <= 0.95, "0 to 0.95")
    check_setting(learner, "batch_size", t.batch_size, 1 <= t.batch_size <= 100_000, "1 to 100000")
    check_setting(learner, "samples", t.samples, 2 <= t.samples <= 1000, "2 to 1000")
    for name, seed in (("order_seed", order_seed), ("start_seed", start_seed)):
        check_setting(learner, name, seed, 0 <= seed <= _LARGEST_SEED, "a whole number from 0 to 10^15")
    if t.start not in STARTS:
        raise unknown_name("start", t.start, STARTS, where=f"learner {learner}, start")
    return t


def layer_sizes(learner: str, setting: str, text: str) -> tuple[int, ...]:
    """Read the units of each layer, such as `128` or `128, 64`.

    Examples:
        >>> layer_sizes("mlp", "hidden", "128, 64")
        (128, 64)

    Raises:
        InputError: it is written otherwise, or a layer is too large.
    """
    parts = [part.strip() for part in text.split(",")]
    sizes = tuple(int(part) for part in parts if part.isascii() and part.isdecimal() and len(part) <= 6)
    good = len(sizes) == len(parts) <= _MOST_LAYERS and all(1 <= size <= _MOST_UNITS for size in sizes)
    allowed = f"1 to {_MOST_LAYERS} whole numbers from 1 to {_MOST_UNITS} separated by commas, such as '128, 64'"
    check_setting(learner, setting, text, good, allowed)
    return sizes


def image_shape(shape: str, features: int) -> tuple[int, int, int]:
    """Read height, width and channels of an image, such as `28x28` or `32x32x3`; from an empty text, a square's.

    Args:
        shape: the setting.
        features: columns of the data set, row by row of pixels, the channels of a pixel side by side.

    Examples:
        >>> image_shape("", 784)
        (28, 28, 1)

    Raises:
        InputError: it is written otherwise, or does not multiply to the features there are.
    """
    side = math.isqrt(features)
    if not shape:
        allowed = f"{_SHAPES}, since {features} features are no square of pixels"
        check_setting("cnn", "shape", shape, side * side == features, allowed)
        return side, side, 1
    height, width, channels = check_shape(shape)
    allowed = f"what makes the {features} features of the data set"
    check_setting("cnn", "shape", shape, height * width * channels == features, allowed)
    return height, width, channels


def check_shape(shape: str) -> tuple[int, int, int]:
    """Read height, width and channels, whatever the data set.

    Raises:
        InputError: it is written otherwise.
    """
    parts = shape.split("x")
    good = len(parts) in (2, 3) and all(p.isascii() and p.isdecimal() and 1 <= len(p) <= 4 for p in parts)
    check_setting("cnn", "shape", shape, good, _SHAPES)
    height, width, channels = (*map(int, parts), 1)[:3]
    return height, width, channels


def check_setting(learner: str, setting: str, found: object, good: bool, allowed: str) -> None:
    """Refuse a setting that is not good.

    Raises:
        InputError: it is not.
    """
    if not good:
        raise InputError(f"learner {learner}, {setting}: found {quote_value(found)}; allowed: {allowed}")
