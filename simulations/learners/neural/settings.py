"""The settings of the learners that train networks, checked without torch.

A learner is made when a grid is read, and torch is loaded when one is first trained.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from simulations.errors import require_modules, unknown_name
from simulations.learners.learner import check_setting

STARTS = ("scratch", "warm", "finetune")
"""Each round anew, from the round before on all labels, or from the round before on the new labels alone."""

_SHAPES = "height x width or height x width x channels, such as '28x28' or '32x32x3'"


@dataclass(frozen=True)
class Training:
    """How a network is trained; see `check_training` for what is allowed.

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


def check_training(learner: str, *, order_seed: int = 0, start_seed: int = 0, **settings: Any) -> Training:
    """Check the settings of a learner, which are the fields of `Training`, and that torch is installed.

    A seed other than 0 gives the order of minibatches, and dropout, or the weights that training starts from, draws of
    their own; see `simulations.learners.learner.training_streams`.

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
        check_setting(learner, name, seed, 0 <= seed <= 10**15, "a whole number from 0 to 10^15")
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
    good = len(sizes) == len(parts) <= 8 and all(1 <= size <= 4096 for size in sizes)
    allowed = "1 to 8 whole numbers from 1 to 4096 separated by commas, such as '128, 64'"
    check_setting(learner, setting, text, good, allowed)
    return sizes


def image_shape(shape: str, features: int) -> tuple[int, int, int]:
    """Read height, width and channels of an image, such as `28x28` or `32x32x3`; from an empty text, a square's.

    Features are columns of the data set, row by row of pixels, the channels of a pixel side by side.

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
    """Read height, width and channels, whatever the data set; an InputError if they are written otherwise."""
    parts = shape.split("x")
    good = len(parts) in (2, 3) and all(p.isascii() and p.isdecimal() and 1 <= len(p) <= 4 for p in parts)
    check_setting("cnn", "shape", shape, good, _SHAPES)
    height, width, channels = (*map(int, parts), 1)[:3]
    return height, width, channels


_WARM_UP, _LAST = 50, 0.05
"""The rate rises to its height in so many steps, and falls from there in a straight line to this share of it."""


@dataclass(frozen=True)
class StepTraining:
    """How a network is trained; see `seq2seq` for what is allowed.

    Args:
        passes: over the examples.
        least_steps: taken however few examples there are, in as many more passes.
        learning_rate: Adam's largest step.
        dropout: share of units left out at random in each step.
        batch_size: examples in a step.
    """

    passes: int
    least_steps: int
    learning_rate: float
    dropout: float
    batch_size: int

    def passes_over(self, examples: int) -> int:
        """How often so many examples are passed over."""
        return max(self.passes, -(-self.least_steps // -(-examples // self.batch_size)))

    def rate(self, step: int, steps: int) -> float:
        """The learning rate of a step, the first being 1."""
        fall = 1.0 - (1.0 - _LAST) * step / steps
        return self.learning_rate * min(step / _WARM_UP, 1.0) * fall


_RISING = 0.1
"""Share of the steps of fine-tuning in which the rate rises; from there it falls in a straight line to 0."""

PRECISIONS = ("float32", "bfloat16")


@dataclass(frozen=True)
class FineTuning(StepTraining):
    """How an encoder is fine-tuned; see `simulations.learners.recipes.finetuned` for what is allowed.

    Args:
        weight_decay: shrinks weights in each step, as that of `Training`.
        tokens: of a text that are read.
        words: whether the vectors of words are trained too.
        precision: of products, one of `PRECISIONS`; the second is twice as fast on processors that have it.
    """

    weight_decay: float
    tokens: int
    words: bool
    precision: str

    def rate(self, step: int, steps: int) -> float:
        """The learning rate of a step, the first being 1."""
        left = 1.0 - (step - 1) / steps
        return self.learning_rate * min(step / (_RISING * steps), left / (1.0 - _RISING), 1.0)


_Steps = TypeVar("_Steps", bound=StepTraining)

PRETRAININGS = ("none", "overlapping", "disjoint")
"""None; on examples from where the items are from; on examples from elsewhere (other first letters, other numbers)."""

_WORDS: Mapping[str, Sequence[str]] = {"pretrained": PRETRAININGS, "precision": PRECISIONS}
_RANGES: Mapping[str, tuple[float, float]] = {
    "hidden": (8, 1024),
    "passes": (1, 10_000),
    "least_steps": (0, 1_000_000),
    "learning_rate": (1e-6, 1.0),
    "dropout": (0.0, 0.95),
    "batch_size": (1, 10_000),
    "weight_decay": (0.0, 100.0),
    "tokens": (3, 256),
    "order_seed": (0, 10**15),
    "start_seed": (0, 10**15),
}


def check_steps(learner: str, kind: type[_Steps], **settings: Any) -> _Steps:
    """Check the settings of a learner that is trained for a number of steps, and that torch is installed.

    The loop reads the seeds, `order_seed` and `start_seed`: whose order of training, and whose weights to begin with; 0
    for the replicate's own. The `kind` is made of the settings that are its fields.

    Raises:
        InputError: a setting is out of range, or torch is missing.
    """
    require_modules(f"learner {learner}", ("torch",), "neural", "to train networks")
    for name, value in settings.items():
        if name in _RANGES:
            low, high = _RANGES[name]
            check_setting(learner, name, value, low <= value <= high, f"{low:,} to {high:,}")
        elif name in _WORDS and value not in _WORDS[name]:
            raise unknown_name("value", value, _WORDS[name], where=f"learner {learner}, {name}")
    own = {field.name for field in fields(kind)}
    return kind(**{name: value for name, value in settings.items() if name in own})
