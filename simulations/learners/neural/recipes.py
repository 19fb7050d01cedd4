"""Neural learners from the settings of a grid file, checked before anything runs and before torch is imported."""

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
