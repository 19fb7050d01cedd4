"""The store of finished trajectories, a directory of one JSON file each, and the curve table made of it.

Rerunning is resuming: what is there is not run again. A file is written under a temporary name and renamed, so that
readers see it whole or not at all, and several runs may write one store at once without a lock.
"""

import hashlib
import json
import stat
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from simulations.datasets import DATASETS
from simulations.errors import InputError
from simulations.files import write_whole
from simulations.learners import LEARNERS
from simulations.metrics import THRESHOLDS
from simulations.oracles.annotations import error_rate
from simulations.record import FORMAT, SECONDS, OtherVersionError, Record, spent_of
from simulations.tasks.task import CLASSIFICATION, metrics_of, usual_initial_set
from simulations.trajectory import QUERIES_MARK, REVISION, STREAM_MARK, Part, Scalar, Trajectory, canonical_json

if TYPE_CHECKING:
    import pandas as pd

_ABANDONED_SECONDS = 86_400.0
_MOST_BYTES = 50_000_000  # a record of 10,000 rounds has some 4 MB
_SORTED_BY = ["dataset", "learner", "strategy", "batch_size", "initial_size", "seed", "trajectory", "round", "metric"]


def curve_table(records: Iterable[Record]) -> "pd.DataFrame":
    """Write records as a curve table in an order of its own; whole numbers are int64, others float64 or text."""
    import pandas as pd

    from simulations.curve_table import COLUMNS, INTEGER_COLUMNS, REAL_COLUMNS

    parts = [_curve_rows(record) for record in records]
    frame = pd.DataFrame({name: [v for part in parts for v in part[name]] for name in COLUMNS})
    kinds = dict.fromkeys(INTEGER_COLUMNS, "int64") | dict.fromkeys(REAL_COLUMNS, "float64")
    return frame.astype(kinds).sort_values(_SORTED_BY, ignore_index=True)


def coverage_table(records: Iterable[Record]) -> "pd.DataFrame":
    """Write the risk-coverage counts of records, sorted: `trajectory, round, threshold, n_covered, n_errors`.

    Of the held-out items, how many have a confidence of at least the threshold, and how many of those are wrong.
    """
    import pandas as pd

    counts = {r.trajectory.key: np.array(r.coverage, np.int64).reshape(-1, 2) for r in records}
    keys, width = sorted(counts), len(THRESHOLDS)
    lengths = [len(counts[key]) for key in keys]
    covered, errors = np.concatenate([counts[key] for key in keys]).T
    return pd.DataFrame(
        {
            "trajectory": np.repeat(keys, lengths),
            "round": np.concatenate([np.repeat(np.arange(length // width), width) for length in lengths]),
            "threshold": np.tile(THRESHOLDS, sum(lengths) // width),
            "n_covered": covered,
            "n_errors": errors,
        }
    )


def _curve_facts(record: Record) -> dict[str, object]:
    """Give what stands in every row of a record's curve."""
    t = record.trajectory
    return {
        "dataset": dataset_label(t),
        "kind": record.kind,
        "classes": record.classes,
        "imbalance": record.imbalance,
        "learner": learner_label(t),
        "strategy": _part_label(t.strategy, {}),
        "batch_size": t.batch_size,
        "initial_size": t.initial_size,
        "seed": t.seed,
        "test_size": record.test_size,
        "pool_size": record.pool_size,
        "label_error_rate": error_rate(t.oracle, record.classes, record.pool_size, record.imbalance),
        "trajectory": t.key,
    }


def _curve_rows(record: Record) -> dict[str, list[object]]:
    metrics = metrics_of(record.task)
    rows = len(record.labels) * len(metrics)
    columns: dict[str, list[object]] = {name: [value] * rows for name, value in _curve_facts(record).items()}
    columns["round"] = [r for r in range(len(record.labels)) for _ in metrics]
    columns["labels"] = [labels for labels in record.labels for _ in metrics]
    columns["metric"] = [*metrics] * len(record.labels)
    columns["value"] = [record.series[name][r] for r in range(len(record.labels)) for name in metrics]
    return columns | {name: [seconds for seconds in record.series[name] for _ in metrics] for name in SECONDS}


def spending_table(records: Iterable[Record]) -> "pd.DataFrame":
    """Write what was spent as `trajectory, round, unit, spent`, sorted by the first three; `spent` is cumulative."""
    import pandas as pd

    rows = [
        (record.trajectory.key, r, unit, spent)
        for record in records
        for unit, values in spent_of(record).items()
        for r, spent in enumerate(values)
    ]
    frame = pd.DataFrame(rows, columns=["trajectory", "round", "unit", "spent"])
    return frame.sort_values(["trajectory", "round", "unit"], ignore_index=True)


def dataset_label(t: Trajectory) -> str:
    """Name the data set with every setting that is not its default.

    Another oracle or initial set gives other curves on the same data, as do streams and queries, so it is part of the
    name too: `digits [initial_set=random] [flip rate=0.05]`, `digits [stream share=0.1]`.
    """
    entry = DATASETS.find(t.dataset.name)
    if entry is not None and entry.title is not None:
        label = entry.title(t.dataset.options)
    else:
        label = _part_label(t.dataset, entry.defaults if entry else {})
    usual = CLASSIFICATION if entry is None else entry.task
    if t.initial_set != usual_initial_set(usual):
        label += f" [initial_set={t.initial_set}]"
    if t.oracle.name != "perfect" or t.oracle.settings:
        label += f" [{t.oracle.name} {_settings_text(t.oracle.options)}]"
    if t.stream_share is not None:
        label += f"{STREAM_MARK}{t.stream_share}]"
    return label + (QUERIES_MARK if t.queries else "")


def learner_label(t: Trajectory) -> str:
    """Name the learner with every setting that is not its default, and what chose for it where that is another model.

    `forest [trees=10]`, or `forest [chosen by linear]`.
    """

    def named(learner: Part) -> str:
        entry = LEARNERS.find(learner.name)
        return _part_label(learner, entry.defaults if entry else {})

    return named(t.learner) if t.chooser is None else f"{named(t.learner)} [chosen by {named(t.chooser)}]"


def _part_label(part: Part, defaults: Mapping[str, Scalar]) -> str:
    changed = {name: value for name, value in part.settings if defaults.get(name) != value}
    return f"{part.name} [{_settings_text(changed)}]" if changed else part.name


def _settings_text(settings: Mapping[str, Scalar]) -> str:
    return ", ".join(f"{name}={value}" for name, value in settings.items())


@dataclass(frozen=True)
class StoreWarning:
    """A file of the store that cannot be used, or is sound but outdated; it costs one trajectory and no more."""

    path: Path
    reason: str
    outdated: bool = False

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}; not used until the grid is run again"


class Store:
    """A store of finished trajectories, whose directory is made when the first of them is kept."""

    def __init__(self, directory: Path | str) -> None:
        self.directory = Path(directory)
        if self.directory.exists() and not self.directory.is_dir():
            raise InputError(f"{self.directory}: is a file; a store is a directory")

    def path_of(self, key: str) -> Path:
        """The file a trajectory is kept in."""
        return self.directory / key[:2] / f"{key}.json"

    def put(self, record: Record) -> None:
        """Keep a finished trajectory; an InputError if the file cannot be written (a full disk, no permission)."""
        path = self.path_of(record.trajectory.key)
        text = canonical_json(record.as_json())
        try:
            _set_aside(path.parent, unless=stat.S_ISDIR)
            path.parent.mkdir(parents=True, exist_ok=True)
            _set_aside(path, unless=stat.S_ISREG)  # a pipe would keep the writer waiting
            write_whole(path, text.encode())
        except OSError as error:
            raise InputError(
                f"{self.directory}: cannot be written ({error.strerror}); what was finished before is kept"
            ) from error

    def get(self, key: str) -> Record | StoreWarning | None:
        """Read one trajectory; a warning when its file is corrupt or no file, None when it has none."""
        path = self.path_of(key)
        return _read_record(path) if path.exists() else None

    def seconds(self, key: str) -> float | None:
        """Processor seconds that a kept trajectory took; None where it is not kept, or only in a corrupt file.

        A file is read once, until it changes, so that counting a store again and again costs a look at each file.
        """
        path = self.path_of(key)
        try:
            facts = path.stat()
        except OSError:
            return None
        return _seconds_taken(path, facts.st_mtime_ns, facts.st_size)

    def missing(self, trajectories: Iterable[Trajectory]) -> list[Trajectory]:
        """Those that are not kept yet, or only in a corrupt file."""
        return [t for t in trajectories if not isinstance(self.get(t.key), Record)]

    def sweep(self) -> None:
        """Remove the temporary files of writers that were killed: those a day old, as no living writer's is."""
        for path in self.directory.glob(f"*/.*.{'[0-9a-f]' * 32}.tmp"):
            with suppress(OSError):  # another run sweeps too, or the store can only be read
                if time.time() - path.stat().st_mtime > _ABANDONED_SECONDS:
                    path.unlink()

    def paths(self) -> list[Path]:
        """The files of all finished trajectories, sorted; temporaries are left out."""
        found = self.directory.glob("[0-9a-f][0-9a-f]/[0-9a-f]*.json")
        # A copy in another folder is not the trajectory again.
        return sorted(path for path in found if path.parent.name == path.stem[:2])

    def contents(self) -> Iterator[Record | StoreWarning]:
        """Read every trajectory, giving a warning in place of each corrupt file."""
        return map(_read_record, self.paths())

    def curves(self) -> "tuple[pd.DataFrame, tuple[StoreWarning, ...]]":
        """Give the curve table, and a warning for each file that is not in it; an InputError where nothing is in it.

        The table is cached as Parquet inside the store until a file is added or changed.
        """
        return self._cached_table(".frame", curve_table)

    def frame(self) -> "pd.DataFrame":
        """Give the curve table of `curves` without its warnings."""
        return self.curves()[0]

    def coverage(self) -> "pd.DataFrame":
        """Give the table of `coverage_table`, cached as the curve table is; see `curves` for the error."""
        return self._cached_table(".coverage", coverage_table)[0]

    def spending(self) -> "pd.DataFrame":
        """Give the table of `spending_table`, cached as the curve table is; see `curves` for the error."""
        return self._cached_table(".spending", spending_table)[0]

    def _cached_table(
        self, name: str, build: "Callable[[Iterable[Record]], pd.DataFrame]"
    ) -> "tuple[pd.DataFrame, tuple[StoreWarning, ...]]":
        """Read a table from its cache, or build it from the records; one with warnings is not cached, to tell them."""
        import pandas as pd

        cache = self.directory / name / f"{self._fingerprint()}.parquet"
        if cache.is_file():
            with suppress(OSError, ValueError):  # an unreadable cache is made again
                return pd.read_parquet(cache), ()
        spoilt: list[StoreWarning] = []
        records = self._usable_records(spoilt)
        first = next(records, None)
        if first is None:
            count = f" ({len(spoilt)} unusable files)" if spoilt else ""
            raise InputError(
                f"{self.directory}: the store holds no finished trajectory{count}; fill it with `labelplan simulate`"
            )
        # One record after the other: thousands of them at once would fill the memory.
        frame = build(chain([first], records))
        warnings = _merge_outdated(spoilt, self.directory)
        if not warnings:
            self._write_cache(frame, cache)
        return frame, warnings

    def _usable_records(self, spoilt: list[StoreWarning]) -> Iterator[Record]:
        for item in self.contents():
            if isinstance(item, Record):
                yield item
            else:
                spoilt.append(item)

    def _fingerprint(self) -> str:
        from simulations.curve_table import COLUMNS  # a table cached before it had a column would lack it

        digest = hashlib.sha256(f"{FORMAT}.{REVISION}.{','.join(COLUMNS)}".encode())
        for path in self.paths():
            with suppress(OSError):  # replaced by another run between listing and looking, or a link to itself
                facts = path.stat()
                digest.update(f"{path.name} {facts.st_size} {facts.st_mtime_ns}\n".encode())
        return digest.hexdigest()[:32]

    def _write_cache(self, frame: "pd.DataFrame", cache: Path) -> None:
        # A store that can only be read still gives its table.
        with suppress(OSError):
            for old in cache.parent.glob("*.parquet"):
                old.unlink(missing_ok=True)
            cache.parent.mkdir(parents=True, exist_ok=True)
            write_whole(cache.parent / ".gitignore", b"*\n")
            write_whole(cache, frame.to_parquet(index=False))


def _set_aside(path: Path, *, unless: Callable[[int], bool]) -> None:
    """Rename what stands where a record or its folder belongs; whose it is nobody knows, so it is kept beside.

    It is looked at once: what was not there a moment ago another run is making.
    """
    try:
        mode = path.stat().st_mode
    except OSError:  # nothing is there, or a link that leads nowhere
        return
    if not unless(mode):
        path.rename(path.with_name(f"{path.name}.{uuid.uuid4().hex}.aside"))


@lru_cache(maxsize=200_000)
def _seconds_taken(path: Path, changed_ns: int, size: int) -> float | None:
    """Read what one trajectory took; when it was changed and its size are there for the memory's key alone."""
    record = _read_record(path)
    return record.seconds if isinstance(record, Record) else None


def _read_record(path: Path) -> Record | StoreWarning:
    if not path.is_file():
        return StoreWarning(path, "it is not a file")  # reading a pipe would wait for ever
    try:
        if (size := path.stat().st_size) > _MOST_BYTES:
            return StoreWarning(path, f"its {size:,} bytes are too many for a record")
        record = Record.from_json(json.loads(path.read_bytes()))
        if _curve_facts(record)["trajectory"] != path.stem:
            return StoreWarning(path, "its content does not hash to its name")
    except OSError as error:
        return StoreWarning(path, f"it cannot be read ({error.strerror})")
    except OtherVersionError as error:
        return StoreWarning(path, str(error), outdated=True)
    except RecursionError:
        return StoreWarning(path, "it is nested too deep to be a record")
    except ValueError as error:  # broken JSON and bad UTF-8 too
        return StoreWarning(path, str(error)[:200])
    except (ArithmeticError, AttributeError, LookupError, MemoryError, TypeError) as error:
        return StoreWarning(path, f"a setting is missing or out of range ({str(error)[:200]})")
    return record


def _merge_outdated(warnings: list[StoreWarning], directory: Path) -> tuple[StoreWarning, ...]:
    """Give one warning for all outdated files together, which a whole store may consist of, and each other its own."""
    others = [warning for warning in warnings if not warning.outdated]
    if outdated := len(warnings) - len(others):
        reason = f"{outdated} of its files were written by another version of the simulator or of a plug-in"
        others.append(StoreWarning(directory, reason, outdated=True))
    return tuple(others)
