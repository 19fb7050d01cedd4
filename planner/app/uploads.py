"""What a user uploads: data sets, checked and kept under a hash of the content, and pilots, which are read in memory.

Beside a data set's file lies one JSON file for each way it is read: which column is the label, which are left out.
"""

import csv
import io
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PurePosixPath, PureWindowsPath

import pandas as pd
from pydantic import TypeAdapter

from planner.app.jobs import JobDir, unwritable
from planner.render.numbers import plain
from simulations.curve_table import CURVE_KEYS, parse_curves
from simulations.datasets import DATASETS, pool_size
from simulations.datasets.own_files import FORMATS, column_names
from simulations.errors import InputError
from simulations.files import check_size, write_whole
from simulations.trajectory import Part, Scalar, content_hash

_LONGEST_NAME = 80


@dataclass(frozen=True)
class OwnData:
    """A data set that was uploaded.

    Attributes:
        settings: as a grid file gives them to `file`, its path among them.
        title: its name in tables and charts, with the first digits of its hash.
        pool: items that can be labelled.
    """

    settings: Mapping[str, Scalar]
    title: str
    pool: int
    classes: int


_NOTE = TypeAdapter(OwnData)


def columns_of(place: JobDir, name: str, content: bytes, *, most_bytes: int) -> list[str]:
    """List the columns of an uploaded table; none of an .npz file.

    Raises:
        InputError: the file is too large, of another kind or cannot be read.
    """
    with _temporary_file(place, name, content, most_bytes) as path:
        return column_names(path, _file_name(name))


def keep(place: JobDir, name: str, content: bytes, *, most_bytes: int, **given: Scalar) -> OwnData:
    """Check an uploaded file as the simulator would read it, and keep it.

    Args:
        place: beside whose store it is kept.
        name: the file's name.
        content: its bytes.
        most_bytes: how many are allowed.
        given: of the settings of `file` in a grid file: `label`, `drop`, `one_hot`, `kind` and `scaling`.

    Raises:
        InputError: it cannot be used, or not be kept.
    """
    with _temporary_file(place, name, content, most_bytes) as path:
        own = _load({**given, "path": str(path), "called": _file_name(name)})
        settings = {**own.settings, "path": str(place.uploads / f"{own.settings['content']}{path.suffix}")}
        try:
            path.replace(str(settings["path"]))
            kept = replace(own, settings=settings)
            way = content_hash({key: value for key, value in settings.items() if key != "path"})
            write_whole(place.uploads / f"{way[:32]}.json", json.dumps(asdict(kept)).encode())
        except OSError as error:
            raise unwritable(place.uploads, error) from error
    return kept


def kept_data(place: JobDir) -> dict[str, OwnData]:
    """Give the data sets kept at a place, by title; what cannot be read is left out."""
    found = [_read_note(path, place) for path in sorted(place.uploads.glob("*.json"))]
    return {own.title: own for own in found if own is not None}


def _load(given: Mapping[str, Scalar]) -> OwnData:
    """Load a file once, to know that it can be simulated on."""
    entry = DATASETS["file"]
    assert entry.resolve is not None and entry.title is not None, "files are told apart by their content"
    complete = entry.resolve({**entry.defaults, **given}, Path())
    pool, classes = pool_size(Part.of("file", complete, entry.version))
    settings = {key: value for key, value in complete.items() if value != entry.defaults[key]}
    return OwnData(settings, entry.title(complete), pool, classes)


def _read_note(path: Path, place: JobDir) -> OwnData | None:
    try:
        own = _NOTE.validate_json(path.read_bytes())
        # The project may have been moved since; where the file lies is no part of what it is.
        lies = place.uploads / Path(str(own.settings["path"])).name
    except (OSError, ValueError, KeyError):
        return None
    return replace(own, settings={**own.settings, "path": str(lies)}) if lies.is_file() else None


@contextmanager
def _temporary_file(place: JobDir, name: str, content: bytes, most_bytes: int) -> Iterator[Path]:
    """Put uploaded bytes into a file for as long as they are looked at."""
    if len(content) > most_bytes:
        raise InputError(
            f"{_file_name(name)}: has {len(content):,} bytes; allowed: up to {most_bytes:,} here; "
            "name a larger file in a grid file for 'labelplan simulate'"
        )
    suffix = Path(_file_name(name)).suffix.lower()
    if suffix not in FORMATS:
        raise InputError(f"{_file_name(name)}: found a '{suffix}' file; allowed: {', '.join(FORMATS)}")
    place.make()
    path = place.uploads / f".{uuid.uuid4().hex}{suffix}"
    try:
        path.write_bytes(content)
        yield path
    except OSError as error:
        raise unwritable(place.uploads, error) from error
    finally:
        path.unlink(missing_ok=True)


def _file_name(name: str) -> str:
    """Give a file's own name, on one line and of bearable length, without the folders a browser may send."""
    own = plain(PureWindowsPath(PurePosixPath(name).name).name) or "upload"
    suffix = Path(own).suffix[:_LONGEST_NAME]
    return own if len(own) <= _LONGEST_NAME else f"{own[: _LONGEST_NAME - len(suffix)]}{suffix}"


def join_columns(names: Sequence[str]) -> str:
    """Write names of columns as a grid file lists them: with commas between, those with one in double quotes."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(names)
    return line.getvalue()


MOST_PILOT_BYTES = 5_000_000
MOST_ROWS = 100_000
MOST_CURVES = 60


def read_pilot(data: bytes, *, name: str, metric: str | None = None, test_size: int | None = None) -> pd.DataFrame:
    """Read and validate a curve table from the bytes of a CSV file, by its `name` in messages; see `read_curves`.

    Raises:
        InputError: too large, not a CSV table in UTF-8, or it breaks the contract of `validate_curves`.
    """
    check_size(data, MOST_PILOT_BYTES, name)
    # A name that ends otherwise would be read otherwise.
    if b"\0" in data or not name.lower().endswith(".csv"):
        raise InputError(f"{name}: not a CSV file; allowed: a table in text, its name ending in .csv")
    if data.count(b"\n") > MOST_ROWS:
        raise InputError(f"{name}: found more than {MOST_ROWS:,} rows; allowed: up to that many")
    table = parse_curves(data, where=name, metric=metric, test_size=test_size)
    curves = len(table[[key for key in CURVE_KEYS if key in table.columns]].drop_duplicates())
    if curves > MOST_CURVES:
        raise InputError(f"{name}: found {curves:,} curves; allowed: up to {MOST_CURVES} in a pilot")
    return table


def pilot_template(metric: str, strategies: tuple[str, ...], test_size: int | None = None) -> str:
    """Write a CSV file that explains itself: the columns of a plan's pilot, and example rows as comments."""
    other = next((name for name in strategies if name != "random"), "margin")
    tested = test_size or 1_000
    curves = {"random": {100: 0.71, 200: 0.78, 400: 0.83, 800: 0.86}, other: {100: 0.71, 200: 0.8}}
    examples = [
        f"# {name},0,{labels},{value},{tested}" for name, curve in curves.items() for labels, value in curve.items()
    ]
    lines = [
        f"# Your own learning curves in {metric}: one row a training. Lines that begin with # are not read.",
        "# labels: items labelled. value: a fraction from 0 to 1 (0.93, not 93). Both are needed.",
        "# strategy: how these were chosen, random where the column is left out; a forecast needs random at four",
        "#   label counts or more, a comparison needs another strategy beside it.",
        "# seed: one number a repeat; the same seed of two strategies shares split and first labels.",
        "# test_size: held-out items that the value was measured on.",
        "# More columns may be added: batch_size, initial_size, learner, metric, classes, imbalance.",
        "strategy,seed,labels,value,test_size",
        *examples,
    ]
    return "\n".join(lines) + "\n"
