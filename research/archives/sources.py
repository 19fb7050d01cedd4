"""Finds out what kind of curves a path holds, and reads them."""

import gzip
from pathlib import Path

from research.archives import lcdb, vision
from research.backtest.curves import CurveSet, read_own_curves
from simulations.cache.catalogue import find_resource
from simulations.cache.fetch import open_fetched
from simulations.errors import InputError

__all__ = ["LCDB", "read_fetched_lcdb", "read_source"]

LCDB = "lcdb"
"""LCDB 1.0 in the cache, as `labelplan data get` calls it."""


def read_source(path: Path, *, metric: str | None = None, test_size: int | None = None) -> CurveSet:
    """Read curves from a file or folder, whose kind its name and header tell.

    `.npz` is LCDB 1.1; `.tar.gz`, or a folder, LCDB 1.0 as its package holds it; a CSV with a column `openmlid` is a
    table of LCDB 1.0, one with `Seen Examples` the vision scaling benchmark; all else is a curve table.

    Args:
        path: the file or folder.
        metric: which metric of a curve table; see `simulations.curve_table.one_metric`.
        test_size: test items, where a curve table does not say.

    Raises:
        InputError: there is nothing there, or it cannot be read.
    """
    if path.is_dir():
        return lcdb.read_lcdb_folder(path)
    if not path.is_file():
        raise InputError(
            f"{path}: there is no such file; allowed: a curve table (CSV or Parquet), LCDB 1.0 (.csv.gz, .tar.gz) or "
            "1.1 (.npz), the vision scaling benchmark (.csv.gz), or the words lcdb and recorded"
        )
    if path.suffix == ".npz":
        return lcdb.read_lcdb_array(path)
    if path.name.endswith((".tar.gz", ".tgz")):
        return lcdb.read_lcdb_archive(path)
    header = _header(path)
    if "openmlid" in header:
        return lcdb.read_lcdb_means(path)
    if "Seen Examples" in header:
        return vision.read_vision(path)
    return read_own_curves(path, metric=metric, test_size=test_size)


def read_fetched_lcdb() -> CurveSet:
    """Read LCDB 1.0 from the cache, its files checked.

    Raises:
        InputError: it is missing or damaged; the sentence gives the command that fetches it.
    """
    stored = open_fetched(find_resource(LCDB))
    for name in stored.hashes:
        stored.path(name)
    return lcdb.read_lcdb_folder(stored.folder)


def _header(path: Path) -> list[str]:
    """Give the column names of a CSV; a file of another kind has none."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
            return [name.strip().strip('"') for name in file.readline(10_000).split(",")]
    except UnicodeDecodeError:
        return []
    except (OSError, EOFError) as error:
        raise InputError(f"{path}: cannot be read ({error})") from error
