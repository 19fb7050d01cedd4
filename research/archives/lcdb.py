"""Reads the Learning Curve Database: version 1.0 (tables, or its source archive) and version 1.1 (an array).

Version 1.0: Mohr, Viering, Loog & van Rijn 2022 (ECML PKDD). Version 1.1: Yan, Mohr & Viering 2025.

Notation: S data sets; L learners; A label counts.
"""

import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any
from zipfile import BadZipFile

import numpy as np
import pandas as pd

from research.archives.tables import read_table
from research.backtest.curves import Curve, CurveSet
from simulations.errors import InputError

__all__ = ["read_lcdb_archive", "read_lcdb_array", "read_lcdb_folder", "read_lcdb_means"]

SCORES_FILE, SETS_FILE = "database-accuracy.csv", "datasets.csv"
_ARRAY_KEYS = ("err", "anchors", "ids", "learners", "names")
_TEST = 2  # place of the test set on the last axis of the array: train, validation, test


def read_lcdb_means(path: Path) -> CurveSet:
    """Read a table of mean accuracies, one row a data set, learner and label count (CSV, may be gzipped).

    Raises:
        InputError: the table lacks a column or holds something that is no accuracy.
    """
    numbers = ("openmlid", "size_train", "test_mean", "n")
    # The spread of a single repetition is empty, not wrong.
    rows = read_table(path, str(path), texts=["learner"], numbers=numbers, optional=("test_std", "size_test"))
    if "test_std" not in rows.columns:
        rows["test_std"] = np.nan
    return CurveSet(f"{path.name} (LCDB 1.0)", _from_means(rows, {}, str(path)))


def read_lcdb_archive(path: Path) -> CurveSet:
    """Read the accuracies out of the source archive of the package `lcdb`; nothing is unpacked or run.

    Raises:
        InputError: the archive cannot be read, or lacks its data.
    """
    try:
        with tarfile.open(path, "r:gz") as archive:
            members = {Path(member.name).name: member for member in archive if member.isfile()}
            scores = _scores(_member(archive, members, SCORES_FILE, path), f"{path}, {SCORES_FILE}")
            sets = _member(archive, members, SETS_FILE, path) if SETS_FILE in members else None
            classes = {} if sets is None else _classes(sets, f"{path}, {SETS_FILE}")
    except (tarfile.TarError, EOFError, OSError) as error:
        raise InputError(f"{path}: cannot be read as the source archive of lcdb ({error})") from error
    return CurveSet(f"{path.name} (LCDB 1.0)", _from_means(scores, classes, str(path)))


def read_lcdb_folder(folder: Path) -> CurveSet:
    """Read the accuracies from a folder that holds the data files of the package `lcdb`.

    Raises:
        InputError: the folder lacks the accuracies, or they cannot be read.
    """
    path = folder / SCORES_FILE
    if not path.is_file():
        raise InputError(f"{folder}: there is no {SCORES_FILE} in this folder")
    sets = folder / SETS_FILE
    classes = _classes(sets, str(sets)) if sets.is_file() else {}
    return CurveSet("LCDB 1.0", _from_means(_scores(path, str(path)), classes, str(folder)))


def read_lcdb_array(path: Path) -> CurveSet:
    """Read `err[set, learner, mean|stderr, label count, train|validation|test]` of an .npz file.

    Raises:
        InputError: the file cannot be read, lacks an array, or its arrays do not fit together.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            missing = [key for key in _ARRAY_KEYS if key not in file.files]
            if missing:
                raise InputError(f"{path}: the array '{missing[0]}' is missing; needed: {', '.join(_ARRAY_KEYS)}")
            arrays = {key: file[key] for key in _ARRAY_KEYS}
    except (ValueError, BadZipFile, EOFError) as error:
        raise InputError(f"{path}: cannot be read as an array of learning curves ({error})") from error
    shape = tuple(arrays[key].size for key in ("ids", "learners"))
    if arrays["err"].shape != (*shape, 2, arrays["anchors"].size, 3) or arrays["names"].size != shape[0]:
        raise InputError(
            f"{path}: 'err' has the shape {arrays['err'].shape}; allowed: sets, learners, 2, anchors, 3, "
            "as long as ids, learners and anchors"
        )
    return CurveSet(f"{path.name} (LCDB 1.1)", list(_from_array(arrays)))


def _from_array(arrays: Mapping[str, Any]) -> Iterator[Curve]:
    mean, spread = (arrays["err"][:, :, i, :, _TEST].astype(float) for i in (0, 1))
    for s, openml_id in enumerate(arrays["ids"].tolist()):
        for k, learner in enumerate(arrays["learners"].tolist()):
            there = np.isfinite(mean[s, k])
            if there.any():
                yield Curve(
                    dataset=f"{openml_id} {arrays['names'][s]}",
                    learner=learner,
                    strategy="random",
                    batch_size=1,
                    labels=arrays["anchors"][there].astype(float),
                    error=mean[s, k, there],
                    standard_error=spread[s, k, there],
                    group=f"openml {openml_id}",
                    openml_id=int(openml_id),
                )


def _scores(source: IO[bytes] | Path, where: str) -> pd.DataFrame:
    """Average the scores of one data set, learner and label count over the splits of the data."""
    numbers = ("openmlid", "size_train", "size_test", "score_test")
    rows = read_table(source, where, texts=["learner"], numbers=numbers)
    grouped = rows.groupby(["openmlid", "learner", "size_train"], sort=True)
    means = grouped["score_test"].agg(test_mean="mean", test_std="std", n="size")
    found: pd.DataFrame = means.assign(size_test=grouped["size_test"].min()).reset_index()
    return found


def _from_means(rows: pd.DataFrame, classes: Mapping[int, int], where: str) -> list[Curve]:
    if not rows["test_mean"].between(0, 1).all():
        raise InputError(f"{where}: an accuracy is not a fraction from 0 to 1")
    if rows.duplicated(["openmlid", "learner", "size_train"]).any():
        raise InputError(f"{where}: a label count of one curve comes twice; allowed: each once")
    ordered = rows.sort_values(["openmlid", "learner", "size_train"])
    return [_curve(key, part, classes) for key, part in ordered.groupby(["openmlid", "learner"], sort=True)]


def _curve(key: Any, part: pd.DataFrame, classes: Mapping[int, int]) -> Curve:
    # The archive writes a learner's module before its name, the tables made of it do not.
    openml_id, learner = int(key[0]), str(key[1]).rpartition(".")[2]
    repeats = part["n"].to_numpy(dtype=float)
    spread = np.where(repeats > 1, part["test_std"].to_numpy(dtype=float), np.nan)
    return Curve(
        dataset=str(openml_id),
        learner=learner,
        strategy="random",
        batch_size=1,
        labels=part["size_train"].to_numpy(dtype=float),
        error=1.0 - part["test_mean"].to_numpy(dtype=float),
        standard_error=spread / np.sqrt(repeats),
        group=f"openml {openml_id}",
        test_size=int(part["size_test"].min()) if "size_test" in part.columns else None,
        classes=classes.get(openml_id),
        openml_id=openml_id,
    )


def _classes(source: IO[bytes] | Path, where: str) -> dict[int, int]:
    """Read class counts; a data set without one, or with fewer than two, has none here."""
    rows = read_table(source, where, texts=(), numbers=["openmlid"], optional=["NumberOfClasses"])
    if "NumberOfClasses" not in rows.columns:
        return {}
    known = rows[rows["NumberOfClasses"] >= 2]
    return dict(zip(known["openmlid"].astype(int), known["NumberOfClasses"].astype(int), strict=True))


def _member(archive: tarfile.TarFile, members: Mapping[str, tarfile.TarInfo], name: str, path: Path) -> IO[bytes]:
    file = archive.extractfile(members[name]) if name in members else None
    if file is None:
        raise InputError(f"{path}: the archive holds no {name}; allowed: the source archive of lcdb 0.1.0")
    return file
