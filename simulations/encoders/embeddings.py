"""A fetched text data set as sentence embeddings: encoded once, kept beside it in the cache, never encoded in a run."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from simulations.arrays import Features
from simulations.cache import RESOURCES, Resource, Stored, cache_folder
from simulations.cache.convert.texts import TEXTS
from simulations.cache.fetch import opened, origin_of
from simulations.cache.stored import find_stored, make_folder, open_stored, storing
from simulations.encoders.text import LONGEST, Progress, encode_text
from simulations.files import whole
from simulations.trajectory import content_hash

ENCODER = "minilm"
REVISION = 1
"""Raised when the same texts get other embeddings."""

_FILE = "embeddings.npy"
_PARTS = ".encoding"
_BLOCK = 64
"""Texts encoded between two saves: what an interruption can cost."""


def embed(resource: Resource, *, progress: Progress | None = None) -> bool:
    """Encode a fetched text data set; interrupted, the next call goes on after the last block of 64 texts.

    Args:
        resource: the data set; it and the encoder must be in the cache.
        progress: told after each block how many texts are done, and of how many.

    Returns:
        Whether anything had to be done.

    Raises:
        InputError: see `encode_text`.
    """
    name, origin = _name(resource), _origin(resource)
    stored = find_stored(name, origin)
    if stored is not None and stored.damage() is None:
        return False
    parts = cache_folder() / _PARTS / content_hash(name, origin)[:16]
    features = _in_blocks(_texts(resource), parts, progress)
    with storing(name, origin) as folder:
        np.save(folder / _FILE, features)
    shutil.rmtree(parts, ignore_errors=True)
    return True


def open_embeddings(resource: Resource) -> Stored:
    """Find a data set's embeddings in the cache.

    Raises:
        InputError: they are not there; the sentence names the command that makes them.
    """
    return open_stored(_name(resource), _origin(resource))


def read_embeddings(resource: Resource) -> Features:
    """Read a data set's embeddings, shape (n, 384), float32, after checking their hash."""
    features: Features = np.load(open_embeddings(resource).path(_FILE), allow_pickle=False)
    return features


def _name(resource: Resource) -> str:
    return f"{resource.name}.{ENCODER}"


def _origin(resource: Resource) -> dict[str, object]:
    encoder = origin_of(RESOURCES[ENCODER])
    return {"texts": origin_of(resource), "encoder": encoder, "longest": LONGEST, "revision": REVISION}


def _texts(resource: Resource) -> list[str]:
    import pandas as pd

    return [str(text) for text in pd.read_parquet(opened(resource).path(TEXTS), columns=["text"])["text"]]


def _in_blocks(texts: Sequence[str], parts: Path, progress: Progress | None) -> Features:
    blocks = []
    for start in range(0, len(texts), _BLOCK):
        path = parts / f"{start:07d}.npy"
        if not path.is_file():
            _save(path, encode_text(texts[start : start + _BLOCK]))
        blocks.append(np.load(path, allow_pickle=False))
        if progress is not None:
            progress(min(start + _BLOCK, len(texts)), len(texts))
    return np.concatenate(blocks)


def _save(path: Path, features: Features) -> None:
    make_folder(path.parent)
    with whole(path) as temporary, temporary.open("wb") as file:
        np.save(file, features)
