"""A file of the user's own as a data set: its settings, its identity, its name in tables.

The identity of such a data set is what the file holds, by hash, never where it lies: the same file in another folder or
on another machine gives the same trajectories, and a file that changed gives new ones.
"""

import stat
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, get_args

from simulations.cache.stored import sha256_of
from simulations.datasets.dataset import KINDS, Dataset, DatasetEntry, Scaling, checked_test_size, rare_items
from simulations.datasets.files.cells import RARE_CLASSES, Raw, Wanted
from simulations.datasets.files.formats import read_csv, read_npz, read_parquet
from simulations.errors import InputError, unknown_name
from simulations.trajectory import Scalar

_Answer = TypeVar("_Answer")


MOST_HELD_OUT = 5000
FORMATS = (".csv", ".tsv", ".parquet", ".npz")

DEFAULTS: Mapping[str, Scalar] = {
    "path": "",
    "label": "",
    "features": "",
    "drop": "",
    "one_hot": False,
    "rare_classes": "refuse",
    "test_size": 0,
    "kind": "tabular",
    "scaling": "feature",
    "called": "",
    "content": "",
}
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "rare_classes": RARE_CLASSES,
    "kind": KINDS,
    "scaling": get_args(Scaling),
}


def remembered(measure: Callable[..., _Answer]) -> Callable[[Mapping[str, Any]], _Answer]:
    """Let a function of a data set's settings take them as a mapping, and remember its last eight answers."""

    @lru_cache(maxsize=8)
    def measured(settings: tuple[tuple[str, Scalar], ...]) -> _Answer:
        return measure(**dict(settings))

    return lambda settings: measured(tuple(sorted(settings.items())))


def resolve_file(
    settings: Mapping[str, Any], folder: Path, *, name: str = "file", formats: tuple[str, ...] = FORMATS
) -> dict[str, Scalar]:
    """Complete the settings with what identifies the file: its name and the hash of its bytes.

    Args:
        settings: all of them, of their defaults' types.
        folder: where a relative path starts.
        name: of the data set, for messages.
        formats: endings that the file may have.

    Raises:
        InputError: the path is missing or no such file can be read, a setting is not one of its choices,
            or a `content` that was given is not that of the file.
    """
    if not settings["path"]:
        raise InputError(f"{name}, path: is missing; give the path of a {', '.join(formats)} file")
    path = (folder / Path(settings["path"]).expanduser()).absolute()
    called = str(settings["called"] or path.name)
    if path.suffix.lower() not in formats:
        raise InputError(f"{path}: found a '{path.suffix}' file; allowed: {', '.join(formats)}")
    for key, choices in _CHOICES.items():
        if settings.get(key, choices[0]) not in choices:
            raise unknown_name("value", str(settings[key]), choices, where=f"{called}, {key}")
    content = hash_file(path)
    if settings["content"] not in ("", content):
        raise InputError(f"{path}: its sha256 is {content}; the grid file asks for {settings['content']}")
    return {**settings, "path": str(path), "called": called, "content": content}


def hash_file(path: Path) -> str:
    """Hash the bytes of a file to 64 hexadecimal digits.

    Raises:
        InputError: it cannot be read.
    """
    try:
        # To open a pipe would wait for a writer for ever; a folder's own error says what it is.
        if not stat.S_ISREG(kind := path.stat().st_mode) and not stat.S_ISDIR(kind):
            raise InputError(f"{path}: is a pipe or a device; allowed: a regular file, whose content stays")
        return sha256_of(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error


def load_file(*, content: str, called: str, kind: str, test_size: int, path: str = "", **settings: Any) -> Dataset:
    """Load a file of the user's own.

    Args:
        content: the sha256 of its bytes when the grid file was read.
        called: its name in tables and messages.
        kind: tabular, text, image, sequence or generation; what the features were made from.
        test_size: items held out of every pool; 0 for a fifth of them, at most 5,000.
        path: where it lies on this machine.
        settings: `label`, `features`, `drop`, `one_hot`, `rare_classes` and `scaling`; see `docs/method/datasets.md`.

    Raises:
        InputError: the file is gone or changed, or cannot be used; the sentence names row and column.
    """
    scaling: Scaling = settings.pop("scaling")
    rare_classes = settings.pop("rare_classes")
    features, labels, classes = read_own(path, called, content, Wanted(**settings)).classified(called, rare_classes)
    pool_only = rare_items(labels, classes)
    free = labels.size if pool_only is None else int((~pool_only).sum())
    held_out = test_size or max(classes, min(MOST_HELD_OUT, free // 5))
    checked_test_size(called, held_out, free, classes)
    return Dataset(features, labels, labels, kind, classes, held_out, scaling, pool_only)


def read_own(path: str, called: str, content: str, wanted: Wanted) -> Raw:
    """Read a file of the user's own, if it is the one that the grid file meant.

    Args:
        path: where it lies on this machine.
        called: its name in messages.
        content: the sha256 of its bytes when the grid file was read.
        wanted: which columns are asked for.

    Raises:
        InputError: the file is gone or changed, or a cell cannot be used.
    """
    if not path:
        raise InputError(f"{called or 'file'}: where it lies is not known; name it in a grid file by its path")
    if hash_file(Path(path)) != content:
        raise InputError(f"{path}: has changed since the grid file was read; start the run again")
    suffix = Path(path).suffix.lower()
    if suffix == ".npz":
        return read_npz(Path(path), called, wanted)
    return (read_parquet if suffix == ".parquet" else read_csv)(Path(path), called, wanted)


@remembered
def _measured(**settings: Any) -> tuple[tuple[int, int, int], int]:
    """Read the file to tell its size and its features."""
    data = load_file(**settings)
    return (data.clean.size, data.test_size, data.classes), data.features.shape[1]


def file_title(settings: Mapping[str, Any]) -> str:
    """Name a file by its name, what was asked of it, and the first digits of its hash."""
    asked = {k: v for k, v in settings.items() if k not in ("path", "called", "content") and v != DEFAULTS[k]}
    pairs = [f"{key}={value}" for key, value in sorted(asked.items())]
    return f"{settings['called']} [{', '.join([*pairs, settings['content'][:8]])}]"


FILE = DatasetEntry(
    name="file",
    family="your own",
    paper="your own data",
    needs="a .csv, .tsv, .parquet or .npz file: path, label",
    summary="Your own features and labels; see docs/method/datasets.md for its settings.",
    kind="tabular",
    defaults=DEFAULTS,
    size=lambda settings: _measured(settings)[0],
    load=load_file,
    licence="yours",
    resolve=resolve_file,
    title=file_title,
    features=lambda settings: _measured(settings)[1],
)
