"""One spoilt file in a store of finished trajectories: it costs one trajectory at most, and a run mends it."""

import json
import math
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.random import Generator

from planner.app.answers import stored_curves
from simulations.engine import run_lanes
from simulations.grid import parse_grid
from simulations.record import Record
from simulations.store import Store
from tests.hostile.guard import guarded
from tests.hostile.harness import Attack, Attempt
from tests.hostile.inputs import ODD_VALUES, pick, spoil_text

GRID = {
    "datasets": [{"name": "synthetic", "n": 300, "d": 4, "classes": 3, "test_size": 100}],
    "learners": ["ridge"],
    "strategies": ["random", "margin"],
    "batch_sizes": [5],
    "initial_size": 10,
    "rounds": 4,
    "seeds": 2,
}
LEFT_OUT, TAKEN = "left out", "taken"


@contextmanager
def begin(_: Path) -> Iterator[Attempt]:
    records = run_lanes(parse_grid({"grid": GRID}, where="grid").trajectories)
    yield lambda rng, place: attempt(rng, place, records)


ATTACK = Attack("stores", 2_000, 40, begin)


def attempt(rng: Generator, place: Path, records: list[Record]) -> str:
    """Spoil one file and read the store, run again what is missing, and read it again."""
    store = Store(place / "store")
    for record in records:
        store.put(record)
    if rng.random() < 0.3:
        store.curves()
    victim = pick(rng, records)
    spoil(rng, store, store.path_of(victim.trajectory.key))
    with guarded(place):
        table, _ = stored_curves(store.directory)
        others = {record.trajectory.key for record in records} - {victim.trajectory.key}
        seen = set(table["trajectory"])
        assert others <= seen, "another trajectory is lost"
        check_table(table)
        store.coverage(), store.spending(), store.seconds(victim.trajectory.key)
        missing = store.missing([record.trajectory for record in records])
        assert {t.key for t in missing} == {r.trajectory.key for r in records} - seen
        for record in records:
            if record.trajectory in missing:
                store.put(record)
        assert set(stored_curves(store.directory)[0]["trajectory"]) >= {record.trajectory.key for record in records}
    return LEFT_OUT if missing else TAKEN


def check_table(table: Any) -> None:
    """Check every number of a curve table."""
    numbers = table.select_dtypes("number")
    assert np.isfinite(numbers.to_numpy(dtype=float)).all()
    assert table["value"].between(0, 1).all() and (numbers.drop(columns="value") >= 0).all().all()


def spoil(rng: Generator, store: Store, path: Path) -> None:
    """Change one file, or put something else in its place."""
    way = rng.random()
    if way < 0.55:
        path.write_text(json.dumps(_spoil_json(rng, json.loads(path.read_bytes()))), encoding="utf-8")
    elif way < 0.85:
        path.write_bytes(spoil_text(rng, path.read_text(encoding="utf-8")))
    else:
        _replace(rng, store, path)


def _spoil_json(rng: Generator, record: Any) -> Any:
    for _ in range(int(rng.integers(1, 4))):
        holder, key = record, None
        while isinstance(holder, dict | list) and holder:
            keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
            key = pick(rng, keys)
            if not isinstance(holder[key], dict | list) or not holder[key] or rng.random() < 0.25:
                break
            holder = holder[key]
        if key is None or not isinstance(holder, dict | list):
            return record
        change = rng.random()
        if change < 0.6:
            holder[key] = pick(rng, (*ODD_VALUES, math.nan, 1e308, None, 10**400, "2" * 500))
        elif change < 0.8:
            del holder[key]
        elif isinstance(holder, list):
            holder.append(holder[key])
        else:
            holder[pick(rng, ("extra", "", "metric", "name"))] = holder[key]
    return record


def _replace(rng: Generator, store: Store, path: Path) -> None:
    content = path.read_bytes()
    path.unlink()
    way = pick(rng, ("folder", "full folder", "loop", "dangling", "pipe", "sparse", "empty", "deep", "parent", "cache"))
    if way == "folder":
        path.mkdir()
    elif way == "full folder":
        path.mkdir()
        (path / "mine.txt").write_bytes(b"keep me")
    elif way == "loop":
        path.symlink_to(path)
    elif way == "dangling":
        path.symlink_to("nowhere")
    elif way == "pipe":
        os.mkfifo(path)
    elif way == "sparse":
        with path.open("wb") as file:
            file.truncate(int(3e9))
    elif way == "deep":
        path.write_text("[" * 100_000, encoding="utf-8")
    elif way == "parent":
        _spoil_parent(path)
    elif way == "cache":
        path.write_bytes(content)
        shutil.rmtree(store.directory / ".frame", ignore_errors=True)
        (store.directory / ".frame").write_bytes(rng.bytes(50))
    else:
        path.write_bytes(b"")


def _spoil_parent(path: Path) -> None:
    """Put a file in the place of the folder, if nothing else lies in it."""
    if not any(path.parent.iterdir()):
        path.parent.rmdir()
        path.parent.write_bytes(b"")
