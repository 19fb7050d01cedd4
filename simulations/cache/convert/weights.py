"""Weights of the encoders, and members that are kept as they are."""

import io
from pathlib import Path

from simulations.cache.errors import FetchError
from simulations.cache.resource import Counts, Members

WEIGHTS = "model.safetensors"


def as_they_are(members: Members, folder: Path) -> Counts:
    """Keep each member as a file under the last part of its name."""
    for name, content in members.items():
        (folder / name.rpartition("/")[2]).write_bytes(content)
    return 0, 0


def torch_weights(members: Members, folder: Path) -> Counts:
    """Turn a torch weights file into safetensors, once, so that nothing pickled is read when it is used.

    torch's restricted reader (`weights_only`) builds tensors alone and refuses everything else in the file.

    Raises:
        FetchError: the file holds something else than tensors by name.
    """
    import torch
    from safetensors.torch import save

    (content,) = members.values()
    weights = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    if not isinstance(weights, dict) or not all(isinstance(value, torch.Tensor) for value in weights.values()):
        raise FetchError("the weights file holds something else than tensors by name")
    (folder / WEIGHTS).write_bytes(save({name: value.contiguous() for name, value in weights.items()}))
    return 0, 0
