"""Neural learners from the settings of a grid file, checked before anything runs and before torch is imported."""

from collections.abc import Mapping
from typing import Any

from simulations.learners.learner import Learner
from simulations.learners.neural.cnn import CnnLearner
from simulations.learners.neural.mlp import EnsembleLearner, MlpLearner
from simulations.learners.neural.settings import check_setting, check_shape, checked_training, layer_sizes


def mlp(hidden: str, **training: Any) -> Learner:
    """Perceptrons.

    Args:
        hidden: units of each hidden layer, such as `128` or `128, 64`.
        training: the fields of `Training`, and the seeds of `checked_training`.

    Raises:
        InputError: a setting is out of range, or torch is missing.
    """
    return MlpLearner(layer_sizes("mlp", "hidden", hidden), checked_training("mlp", **training))


def cnn(shape: str, channels: str, hidden: str, **training: Any) -> Learner:
    """Small convolutional networks.

    Args:
        shape: of an image, such as `28x28` or `32x32x3`; a square's when empty.
        channels: kernels of each layer of convolutions, such as `16, 32`.
        hidden: units of each hidden layer behind them.
        training: the fields of `Training`, and the seeds of `checked_training`.

    Raises:
        InputError: a setting is out of range, or torch is missing.
    """
    if shape:
        check_shape(shape)
    sizes = layer_sizes("cnn", "channels", channels), layer_sizes("cnn", "hidden", hidden)
    return CnnLearner(shape, *sizes, checked_training("cnn", **training))


def ensemble(hidden: str, networks: int, **training: Any) -> Learner:
    """Deep ensembles of perceptrons.

    Args:
        hidden: units of each hidden layer.
        networks: members of an ensemble.
        training: the fields of `Training` but `samples`, and the seeds of `checked_training`.

    Raises:
        InputError: a setting is out of range, or torch is missing.
    """
    check_setting("ensemble", "networks", networks, 2 <= networks <= 100, "2 to 100")
    how = checked_training("ensemble", samples=networks, **training)
    return EnsembleLearner(layer_sizes("ensemble", "hidden", hidden), networks, how)


def with_dropout(settings: Mapping[str, Any]) -> frozenset[str]:
    """Say what a network serves: its gradients, and networks drawn by dropout, where there is any."""
    return frozenset({"gradients", "members"} if settings["dropout"] > 0 else {"gradients"})


def an_ensemble(settings: Mapping[str, Any]) -> frozenset[str]:
    """Say what an ensemble serves: its networks, which were trained apart."""
    return frozenset({"members", "ensemble"})
