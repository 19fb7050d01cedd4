"""NPZ files: an array `features` (n, d) and an array `labels` (n,), as `numpy.savez` writes them."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from simulations.datasets.dataset import check_extent
from simulations.datasets.files.cells import LARGEST, whole_numbers
from simulations.datasets.files.columns import Wanted
from simulations.datasets.files.labels import Raw
from simulations.errors import InputError

_NEEDED = ("features", "labels")
_LABELS = "array 'labels'"
_NO_CODES = np.empty(0, np.int64)
_ROWS = 1 << 16
_Header = tuple[tuple[int, ...], np.dtype[Any]]


def read_npz(path: Path, called: str, wanted: Wanted) -> Raw:
    """Read features and labels; the columns keep the order they have.

    Raises:
        InputError: the file is not a readable .npz, an array is missing, of objects, or of the wrong shape
            or type, a feature is not finite, or a setting was given that only tables have.
    """
    for key in ("label", "features", "drop", "one_hot"):
        if getattr(wanted, key):
            raise InputError(f"{called}, {key}: is for tables; an .npz holds the arrays features and labels")
    try:
        # Shapes are in the headers: a file too large is refused before it fills the memory.
        shapes = _shapes(path)
        for name in _NEEDED:
            if name not in shapes:
                raise InputError(f"{called}: the array '{name}' is missing; found: {', '.join(shapes) or 'none'}")
        _check_shapes(called, *(shapes[name] for name in _NEEDED))
        with np.load(path, allow_pickle=False) as arrays:
            features, labels = arrays["features"], arrays["labels"]
    except InputError:
        raise
    except Exception as error:  # zipfile, its decompressors and numpy's headers raise all kinds on damaged bytes
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"{called}: is not a readable .npz file ({first})") from error
    if wanted.number:
        return Raw(_numbers(called, features), _NO_CODES, [], _LABELS, _answers(called, labels))
    codes, names = _coded(called, labels)
    return Raw(_numbers(called, features), codes, names, _LABELS)


def _shapes(path: Path) -> dict[str, _Header]:
    """Read the shape and type of each array, without its numbers."""
    found = {}
    with zipfile.ZipFile(path) as archive:
        for member in archive.namelist():
            with archive.open(member) as source:
                version = np.lib.format.read_magic(source)
                read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
                shape, _, kind = read(source)
            found[member.removesuffix(".npy")] = (shape, kind)
    return found


def _check_shapes(called: str, features: _Header, labels: _Header) -> None:
    for name, (shape, kind), allowed in (("features", features, "buif"), ("labels", labels, "buifU")):
        if kind.kind not in allowed:
            raise InputError(
                f"{called}, array '{name}': holds {kind}; allowed: numbers{' or text' if 'U' in allowed else ''}, "
                "never Python objects"
            )
        dimensions = 2 if name == "features" else 1
        if len(shape) != dimensions or 0 in shape:
            wanted = "(items, columns)" if dimensions == 2 else "(items,)"
            raise InputError(f"{called}, array '{name}': found the shape {shape}; allowed: {wanted}")
    if features[0][0] != labels[0][0]:
        raise InputError(f"{called}: found {features[0][0]} rows of features and {labels[0][0]} labels")
    check_extent(features[0][0], features[0][1], called)


def _numbers(called: str, features: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Check and narrow the features, their first row taken off as `read_batches` does."""
    numbers = np.empty(features.shape, np.float32)
    origin = features[0].astype(np.float64)
    for at in range(0, len(features), _ROWS):
        block = features[at : at + _ROWS].astype(np.float64)
        good = np.abs(block) <= LARGEST
        if not good.all():
            row, column = np.argwhere(~good)[0]
            raise InputError(
                f"{called}, array 'features', row {at + row + 1}, column {column + 1}: found {block[row, column]:g}; "
                f"allowed: a finite number of at most {LARGEST:g} in size"
            )
        numbers[at : at + _ROWS] = block - origin
    return numbers


def _answers(called: str, labels: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    if labels.dtype.kind not in "iuf":
        raise InputError(f"{called}, {_LABELS}: holds {labels.dtype}; allowed: numbers, to be predicted")
    answers = labels.astype(np.float64)
    bad = ~(np.abs(answers) <= LARGEST)
    if bad.any():
        allowed = f"a finite number of at most {LARGEST:g} in size"
        raise _bad_label(called, bad, f"found {answers[bad.argmax()]:g}", allowed)
    return answers


def _coded(called: str, labels: npt.NDArray[Any]) -> tuple[npt.NDArray[np.int64], list[str]]:
    if labels.dtype.kind == "f":
        bad = ~whole_numbers(labels)
        if bad.any():
            found = f"found {labels[bad.argmax()]}"
            raise _bad_label(called, bad, found, "whole numbers of at most 2^53 in size, or text")
        labels = labels.astype(np.int64)
    if labels.dtype.kind == "U":
        # As in a table: texts that differ in spaces around them are one class, and no text is none.
        labels = np.char.strip(labels)
        bad = labels == ""
        if bad.any():
            raise _bad_label(called, bad, "the text is empty", "text or whole numbers")
    known, codes = np.unique(labels, return_inverse=True)
    return codes.astype(np.int64), [str(name) for name in known.tolist()]


def _bad_label(called: str, bad: npt.NDArray[np.bool_], found: str, allowed: str) -> InputError:
    row = int(bad.argmax()) + 1
    return InputError(f"{called}, array 'labels', row {row}: {found}; allowed: {allowed}")
