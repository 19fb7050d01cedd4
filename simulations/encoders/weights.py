"""Opens an encoder that was fetched: its weights as tensors, once a process."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from simulations.cache.catalogue import RESOURCES
from simulations.cache.convert import WEIGHTS
from simulations.cache.fetch import opened
from simulations.cache.resource import require_modules
from simulations.cache.stored import Stored, checked

if TYPE_CHECKING:
    from torch import Tensor

_RUNS_ON = {"minilm": ("torch", "safetensors", "tokenizers"), "effnet-lite0": ("torch", "safetensors", "PIL")}


def require_encoder(name: str) -> None:
    """Check that what runs an encoder is installed.

    Raises:
        InputError: it is not; the sentence names the command that installs it.
    """
    require_modules(name, _RUNS_ON[name], RESOURCES[name].extra, "to run")


def open_encoder(name: str) -> Stored:
    """Find an encoder in the cache and check that it can run.

    Args:
        name: minilm or effnet-lite0.

    Raises:
        InputError: a library is not installed, or the encoder was not fetched.
    """
    require_encoder(name)
    return opened(RESOURCES[name])


def encoder_weights(stored: Stored) -> "Mapping[str, Tensor]":
    """Read an encoder's tensors by name, after checking their file's hash."""
    return _read(stored.folder / WEIGHTS, stored.hashes.get(WEIGHTS))


@lru_cache(maxsize=2)
def _read(path: Path, digest: str | None) -> "Mapping[str, Tensor]":
    from safetensors.torch import load_file

    weights: Mapping[str, Tensor] = load_file(checked(path, digest))
    return weights
