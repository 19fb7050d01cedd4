"""The user's own data as a data set of a grid: CSV, Parquet and NPZ files, their settings and their identity.

The identity of such a data set is what the file holds, by hash, never where it lies: the same file in another folder or
on another machine gives the same trajectories, and a file that changed gives new ones.
"""

import csv
import re
import stat
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from simulations.arrays import Bools, Floats, Ints, Singles
from simulations.cache.stored import sha256_of
from simulations.datasets import cells, dataset
from simulations.datasets.cells import LARGEST, Raw, Wanted
from simulations.errors import InputError, unknown_name
from simulations.files import check_rows
from simulations.trajectory import Scalar

_LABELS = "array 'labels'"
_ROWS = 1 << 16
"""Read at once of an NPZ or a Parquet file."""

_SEPARATORS = (",", ";", "\t")
_BLOCK, _LARGEST_BLOCK = 1 << 22, 1 << 27
_LONGEST_NAME = 1000
_NOT_UTF8 = "is not UTF-8 text; save it as CSV in UTF-8"
_Header = tuple[tuple[int, ...], np.dtype[Any]]


def read_npz(path: Path, called: str, wanted: Wanted) -> Raw:
    """Read features and labels; the columns keep the order they have.

    Raises:
        InputError: the file is not a readable .npz, an array is missing, of objects, or of the wrong shape
            or type, a feature is not finite, or a setting was given that only tables have.
    """
    for key in ("label", "features", "drop", "one_hot", "group", "text"):
        if getattr(wanted, key):
            raise InputError(f"{called}, {key}: is for tables; an .npz holds the arrays features and labels")
    try:
        # Shapes are in the headers: a file too large is refused before it fills the memory.
        shapes = read_shapes(path)
        for name in ("features", "labels"):
            if name not in shapes:
                raise InputError(f"{called}: the array '{name}' is missing; found: {', '.join(shapes) or 'none'}")
        _check_shapes(called, shapes["features"], shapes["labels"])
        with np.load(path, allow_pickle=False) as arrays:
            features, labels = arrays["features"], arrays["labels"]
    except InputError:
        raise
    except Exception as error:  # zipfile, its decompressors and numpy's headers raise all kinds on damaged bytes
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"{called}: is not a readable .npz file ({first})") from error
    if wanted.number:
        no_codes = np.empty(0, np.int64)
        return Raw(_check_features(called, features), no_codes, [], _LABELS, _check_answers(called, labels))
    codes, names = _code_labels(called, labels)
    return Raw(_check_features(called, features), codes, names, _LABELS)


def read_shapes(path: Path) -> dict[str, _Header]:
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
    dataset.check_extent(features[0][0], features[0][1], called)


def _check_features(called: str, features: npt.NDArray[Any]) -> Singles:
    """Check and narrow the features, their first row taken off as `cells.read_batches` does."""
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


def _check_answers(called: str, labels: npt.NDArray[Any]) -> Floats:
    if labels.dtype.kind not in "iuf":
        raise InputError(f"{called}, {_LABELS}: holds {labels.dtype}; allowed: numbers, to be predicted")
    answers = labels.astype(np.float64)
    bad = ~(np.abs(answers) <= LARGEST)
    if bad.any():
        allowed = f"a finite number of at most {LARGEST:g} in size"
        raise _bad_label(called, bad, f"found {answers[bad.argmax()]:g}", allowed)
    return answers


def _code_labels(called: str, labels: npt.NDArray[Any]) -> tuple[Ints, list[str]]:
    if labels.dtype.kind == "f":
        bad = ~cells.whole_numbers(labels)
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


def _bad_label(called: str, bad: Bools, found: str, allowed: str) -> InputError:
    row = int(bad.argmax()) + 1
    return InputError(f"{called}, array 'labels', row {row}: {found}; allowed: {allowed}")


def read_csv(path: Path, called: str, wanted: Wanted) -> Raw:
    """Read a CSV file in pieces of some megabytes; an InputError where it is no table that can be used."""
    names, separator, skipped = read_header(path, called, header=wanted.header)
    features = cells.choose_columns(names, wanted, called)
    dataset.check_extent(1, len(features), called)

    def batches() -> Iterator[Any]:
        return _read_csv_batches(path, called, names, separator, skipped, [*wanted.columns, *features])

    return cells.read_batches(batches, wanted, features, called=called)


def read_header(path: Path, called: str, *, header: str = cells.HEADERS[0]) -> tuple[list[str], str, int]:
    """Read the column names, tell the separator, and count the lines to skip.

    The separator is the one that makes the most cells of the header, so one within quotes counts for nothing. Columns
    of a file without a header are called `column_1` and so on.
    """
    read = []
    try:
        for separator in _SEPARATORS:
            with suppress(csv.Error):  # a wide header is one cell to the other separators, too long to be read
                read.append((*_first_records(path, separator), separator))
    except UnicodeDecodeError as error:
        raise InputError(f"{called}: {_NOT_UTF8}") from error
    names, second, skipped, separator = max(read, key=lambda one: len(one[0]), default=([], [], 0, ""))
    if not read or any(len(name) > _LONGEST_NAME for name in names):
        raise InputError(
            f"{called}: a column name has more than {_LONGEST_NAME:,} characters, as after a quote that does not end; "
            "allowed: one header line of shorter names"
        )
    if not names:
        raise InputError(f"{called}: is empty; a header line and a row for each item are needed")
    if header == "no":
        return [f"column_{place}" for place in range(1, len(names) + 1)], separator, 0
    numbers = [place for place, cell in enumerate(second) if cells.is_number(cell)]
    if header == "auto" and numbers and all(place < len(names) and cells.is_number(names[place]) for place in numbers):
        raise InputError(
            f"{called}: the first line has numbers where the second has, such as {names[numbers[0]].strip()[:40]}, as "
            'an item and no header does; allowed: a line of names, header = "no" (columns are then column_1, column_2 '
            'and so on), or header = "yes" where these are names'
        )
    # A name that was broken over lines is asked for, and told, in one.
    return [re.sub(r"\s*[\r\n]\s*", " ", name.strip()) for name in names], separator, skipped


def _first_records(path: Path, separator: str) -> tuple[list[str], list[str], int]:
    """Read the cells of the first two lines that are not blank, and count the lines up to the end of the first."""
    found: list[tuple[list[str], int]] = []
    with path.open(encoding="utf-8-sig", newline="") as source:
        reader = csv.reader(source, delimiter=separator)
        for record in reader:
            if separator.join(record).strip():
                found.append((record, reader.line_num))
            if len(found) == 2:
                break
    first, second = [*found, ([], 0), ([], 0)][:2]
    return first[0], second[0], first[1]


def _read_csv_batches(
    path: Path, called: str, names: list[str], separator: str, skipped: int, columns: list[str]
) -> Iterator[Any]:
    import pyarrow as pa
    from pyarrow import csv as arrow

    ragged: list[str] = []
    # Each column of each block has a cost of its own, so a wide table is read in larger ones.
    block = min(_LARGEST_BLOCK, max(_BLOCK, len(columns) << 14))

    def refuse(row: Any) -> str:
        at = "" if row.number is None else f", row {row.number - skipped}"
        ragged.append(
            f"{called}{at}: found {row.actual_columns} cells; allowed: {row.expected_columns}, as in the header"
        )
        return "error"

    # Every cell is read as text first, so that a cell that is no number can be named.
    try:
        yield from arrow.open_csv(
            path,
            read_options=arrow.ReadOptions(use_threads=False, block_size=block, column_names=names, skip_rows=skipped),
            parse_options=arrow.ParseOptions(delimiter=separator, newlines_in_values=True, invalid_row_handler=refuse),
            convert_options=arrow.ConvertOptions(
                column_types=dict.fromkeys(columns, pa.string()), include_columns=columns, strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid as error:
        raise InputError(ragged[0] if ragged else _explain_csv_fault(called, str(error))) from error


def _explain_csv_fault(called: str, error: str) -> str:
    if "UTF8" in error:
        return f"{called}: {_NOT_UTF8}"
    if "Empty CSV" in error or "Could not skip" in error:  # the latter where the header ends the file
        return f"{called}: has no rows under its header; a row for each item is needed"
    first = error.splitlines()[0]
    return f"{called}: is not a readable CSV file ({first}); allowed: a header line and a row for each item"


def read_parquet(path: Path, called: str, wanted: Wanted) -> Raw:
    """Read a Parquet file in pieces; an InputError where it is no table of numbers and text that can be used."""
    import pyarrow as pa

    with _opened_parquet(path, called) as file:
        schema = file.schema_arrow
        features = cells.choose_columns(schema.names, wanted, called)
        for name in (*wanted.columns, *features):
            _check_type(schema.field(name).type, name, called)
        check_rows(file.metadata, dataset.MOST_ITEMS, called)
        dataset.check_extent(file.metadata.num_rows, len(features), called)

        def batches() -> Iterator[Any]:
            for batch in file.iter_batches(_ROWS, columns=[*wanted.columns, *features]):
                # Dictionaries become the text they stand for.
                columns = [c.dictionary_decode() if pa.types.is_dictionary(c.type) else c for c in batch.columns]
                yield pa.RecordBatch.from_arrays(columns, names=batch.schema.names)

        return cells.read_batches(batches, wanted, features, called=called)


@contextmanager
def _opened_parquet(path: Path, called: str) -> Iterator[Any]:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            yield file
    except (pa.ArrowException, OSError) as error:
        first = str(error).splitlines()[0]
        raise InputError(f"{called}: is not a readable Parquet file ({first}); write it again") from error


def _check_type(kind: Any, name: str, called: str) -> None:
    import pyarrow.types as kinds

    value = kind.value_type if kinds.is_dictionary(kind) else kind
    known = (kinds.is_boolean, kinds.is_integer, kinds.is_floating, kinds.is_decimal, kinds.is_string)
    if not any(holds(value) for holds in (*known, kinds.is_large_string)):
        raise InputError(
            f"{called}, column '{name}': holds {kind}; allowed: numbers, text or true and false "
            "(embeddings go into an .npz, one row an item), or the column in drop"
        )


def column_names(path: Path, called: str) -> list[str]:
    """List the columns of a .csv, .tsv or .parquet file, none of an .npz file; an InputError if it cannot be read."""
    suffix = path.suffix.lower()
    if suffix == ".npz":
        return []
    if suffix != ".parquet":
        return read_header(path, called)[0]
    with _opened_parquet(path, called) as file:
        return [str(name) for name in file.schema_arrow.names]


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
FURTHER: Mapping[str, Scalar] = {"missing": cells.MISSING[0], "group": "", "text": "", "header": cells.HEADERS[0]}
"""Part of a trajectory's content only where they differ, so that what was stored before them keeps its name."""

_CHOICES: Mapping[str, tuple[str, ...]] = {
    "missing": cells.MISSING,
    "header": cells.HEADERS,
    "rare_classes": cells.RARE_CLASSES,
    "kind": dataset.KINDS,
    "scaling": get_args(dataset.Scaling),
}


def resolve_file(
    settings: Mapping[str, Any], folder: Path, *, name: str = "file", formats: tuple[str, ...] = FORMATS
) -> dict[str, Scalar]:
    """Complete the settings with what identifies the file: its name and the hash of its bytes.

    A relative path starts in the folder. An InputError says why the file or a setting cannot be used.
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
    told = {key: value for key, value in settings.items() if FURTHER.get(key) != value}
    return {**told, "path": str(path), "called": called, "content": content}


def hash_file(path: Path) -> str:
    """Hash the bytes of a file to 64 hexadecimal digits; one that cannot be read is an InputError."""
    try:
        # To open a pipe would wait for a writer for ever; a folder's own error says what it is.
        if not stat.S_ISREG(kind := path.stat().st_mode) and not stat.S_ISDIR(kind):
            raise InputError(f"{path}: is a pipe or a device; allowed: a regular file, whose content stays")
        return sha256_of(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error


def load_file(
    *, content: str, called: str, kind: str, test_size: int, path: str = "", **settings: Any
) -> dataset.Dataset:
    """Load a file of the user's own, by the settings that `docs/method/datasets.md` describes.

    Args:
        content: the sha256 of its bytes when the grid file was read.
        called: its name in tables and messages.
        kind: what the features were made from.
        test_size: items held out of every pool; 0 for a fifth of them, at most 5,000.
        path: where it lies on this machine.
        settings: the others of `DEFAULTS` and `FURTHER`.

    Raises:
        InputError: the file is gone or changed, or cannot be used; the sentence names row and column.
    """
    scaling: dataset.Scaling = settings.pop("scaling")
    rare_classes = settings.pop("rare_classes")
    raw, labels, classes = read_own(path, called, content, Wanted(**settings)).classified(called, rare_classes)
    pool_only = dataset.rare_items(labels, classes)
    free = labels.size if pool_only is None else int((~pool_only).sum())
    held_out = test_size or max(classes, min(MOST_HELD_OUT, free // 5))
    dataset.check_test_size(called, held_out, free, classes)
    if raw.groups is not None:
        if pool_only is not None:
            raise InputError(f'{called}, group: found beside rare_classes = "pool"; allowed: "drop" or "refuse"')
        dataset.check_groups(called, raw.groups, held_out)
    return dataset.Dataset(raw.features, labels, labels, kind, classes, held_out, scaling, pool_only, raw.groups)


def read_own(path: str, called: str, content: str, wanted: Wanted) -> Raw:
    """Read a file of the user's own, if it is the one that the grid file meant; see `load_file` for the errors."""
    if not path:
        raise InputError(f"{called or 'file'}: where it lies is not known; name it in a grid file by its path")
    check_content(path, content)
    read = {".npz": read_npz, ".parquet": read_parquet}.get(Path(path).suffix.lower(), read_csv)
    return read(Path(path), called, wanted)


def check_content(path: str, content: str) -> None:
    """Refuse a file whose bytes are not those that the grid file meant, by an InputError."""
    if hash_file(Path(path)) != content:
        raise InputError(f"{path}: has changed since the grid file was read; start the run again")


def file_title(settings: Mapping[str, Any]) -> str:
    """Name a file by its name, what was asked of it, and the first digits of its hash."""
    usual = {**DEFAULTS, **FURTHER}
    asked = {k: v for k, v in settings.items() if k not in ("path", "called", "content") and v != usual[k]}
    pairs = [f"{key}={value}" for key, value in sorted(asked.items())]
    return f"{settings['called']} [{', '.join([*pairs, settings['content'][:8]])}]"


def file_entry(
    load: Callable[..., Any],
    *,
    resolve: Callable[[Mapping[str, Any], Path], Mapping[str, Scalar]] = resolve_file,
    needs: str = "a .csv, .tsv, .parquet or .npz file: path, label",
    **facts: Any,
) -> dataset.DatasetEntry:
    """Describe a data set that is a file of the user's own; it is read to tell its size and its features."""

    @lru_cache(maxsize=8)
    def measured(settings: tuple[tuple[str, Scalar], ...]) -> tuple[tuple[int, int, int], int]:
        data = load(**dict(settings))
        classes = data.classes if isinstance(data, dataset.Dataset) else data.outputs
        items = data.usable_items if isinstance(data, dataset.Dataset) else len(data.features)
        return (items, data.test_size, classes), data.features.shape[1]

    return dataset.DatasetEntry(
        family="your own",
        paper="your own data",
        licence="yours",
        load=load,
        size=lambda settings: measured(tuple(sorted(settings.items())))[0],
        features=lambda settings: measured(tuple(sorted(settings.items())))[1],
        title=file_title,
        resolve=resolve,
        needs=needs,
        **facts,
    )


FILE = file_entry(
    load_file,
    name="file",
    summary="Your own features and labels; see docs/method/datasets.md for its settings.",
    kind="tabular",
    defaults={**DEFAULTS, **FURTHER},
)
