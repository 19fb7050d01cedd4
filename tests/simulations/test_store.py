import errno
import json
import math
import os
import shutil
from pathlib import Path

import pandas as pd
import pytest

from simulations.curve_table import COLUMNS, validate_curves
from simulations.engine import run_lanes
from simulations.errors import InputError
from simulations.record import FORMAT
from simulations.store import Store, StoreWarning
from simulations.trajectory import REVISION, Part


@pytest.fixture
def records(small):
    return run_lanes([small(name, seed) for name in ("random", "margin") for seed in range(2)])


@pytest.fixture
def store(tmp_path, records):
    store = Store(tmp_path / "store")
    for record in records:
        store.put(record)
    return store


def _spoil(store, record, text):
    path = store.path_of(record.trajectory.key)
    path.write_text(text)
    return path


def test_what_is_put_is_got(store, records):
    for record in records:
        assert store.get(record.trajectory.key) == record
    assert store.missing(r.trajectory for r in records) == []


def test_what_is_not_there_is_missing(store, small):
    assert store.get(small(seed=9).key) is None
    assert store.missing([small(seed=9), small(seed=1)]) == [small(seed=9)]


def test_the_table_keeps_the_contract(store):
    frame = store.frame()
    assert tuple(frame.columns) == COLUMNS
    assert len(frame) == 4 * 5 * 3
    validate_curves(frame)
    assert frame["labels"].unique().tolist() == [10, 15, 20, 25, 30]
    assert frame["dataset"].unique().tolist() == ["synthetic [classes=3, d=6, n=400, test_size=150]"]
    assert str(frame["seed"].dtype) == "int64" and str(frame["value"].dtype) == "float64"


def test_the_table_does_not_depend_on_the_order_of_arrival(store, tmp_path, records):
    other = Store(tmp_path / "other")
    for record in reversed(records):
        other.put(record)
    pd.testing.assert_frame_equal(store.frame(), other.frame())


def test_the_table_says_how_many_answers_are_wrong(tmp_path, small):
    store, oracles = Store(tmp_path), [Part.of("perfect"), Part.of("flip", {"rate": 0.1})]
    for oracle in (*oracles, Part.of("votes", {"rate": 0.3, "votes": 3})):
        for record in run_lanes([small("random", oracle=oracle)]):
            store.put(record)
    rates = validate_curves(store.frame()).groupby("dataset")["label_error_rate"].unique().map(list)
    name = "synthetic [classes=3, d=6, n=400, test_size=150]"
    assert rates[name] == [0.0] and rates[f"{name} [flip rate=0.1]"] == [0.1]
    # 3 votes of 0.7 for 3 classes: one less 0.343 + 3 × 0.49 × 0.3 + a third of 3 × 0.7 × 0.045.
    assert rates[f"{name} [votes rate=0.3, votes=3]"] == pytest.approx([1 - 0.343 - 0.441 - 0.0315], abs=0.003)


def test_a_table_cached_before_it_had_a_column_is_made_again(store, monkeypatch):
    whole = store.frame()
    (cache,) = store.directory.glob(".frame/*.parquet")
    cache.unlink()
    older = tuple(name for name in COLUMNS if name != "label_error_rate")
    monkeypatch.setattr("simulations.curve_table.COLUMNS", older)
    cache = cache.with_name(f"{store._fingerprint()}.parquet")
    whole.drop(columns="label_error_rate").to_parquet(cache, index=False)
    assert "label_error_rate" not in store.frame()
    monkeypatch.undo()
    assert (store.frame()["label_error_rate"] == 0).all()


def test_the_cached_table_is_the_same_and_is_renewed(store, small):
    fresh = store.frame()
    (cache,) = store.directory.glob(".frame/*.parquet")
    pd.testing.assert_frame_equal(store.frame(), fresh)
    # What the cache holds is what is given: proof that it is read.
    fresh.assign(value=0.5).to_parquet(cache, index=False)
    assert (store.frame()["value"] == 0.5).all()
    store.put(run_lanes([small(seed=5)])[0])
    assert len(store.frame()) == len(fresh) + 15
    assert len(list(store.directory.glob(".frame/*.parquet"))) == 1


def test_a_broken_cache_is_made_again(store):
    fresh = store.frame()
    next(store.directory.glob(".frame/*.parquet")).write_bytes(b"no parquet")
    pd.testing.assert_frame_equal(store.frame(), fresh)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "7", f'{{"format": {FORMAT}, "revision": {REVISION}}}', "\x00\xff", "[" * 100_000]
)
def test_a_corrupt_file_is_reported_and_costs_one_trajectory(store, records, text):
    path = _spoil(store, records[0], text)
    frame, warnings = store.curves()
    assert frame["trajectory"].nunique() == 3
    assert [w.path for w in warnings] == [path]
    assert str(path) in str(warnings[0]) and "not used until the grid is run again" in str(warnings[0])
    assert store.missing(r.trajectory for r in records) == [records[0].trajectory]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda d: d.update(format=99), "it was written by another version of the simulator"),
        (lambda d: d["curve"]["accuracy"].pop(), "has not the 5 measurements"),
        (lambda d: d["curve"].pop("f1_macro"), "a field is missing or of the wrong type ('f1_macro')"),
        (lambda d: d["trajectory"].update(seed=77), "its content does not hash to its name"),
        (lambda d: d["trajectory"]["learner"]["settings"].update(l2=math.nan), "not JSON compliant"),
        (lambda d: d["trajectory"]["learner"]["settings"].update(l2=math.inf), "not JSON compliant"),
        (lambda d: d["trajectory"]["oracle"].update(name="votes"), "a setting is missing or out of range"),
        (lambda d: d["curve"].update(fit_seconds=[1e308] * 5), "above 10^15"),
    ],
)
def test_a_file_that_says_something_else_is_reported(store, records, change, reason):
    path = store.path_of(records[0].trajectory.key)
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))
    found = store.get(records[0].trajectory.key)
    assert isinstance(found, StoreWarning) and reason in found.reason
    assert store.frame()["trajectory"].nunique() == 3
    assert store.seconds(records[0].trajectory.key) is None


def test_a_pipe_in_a_records_place_is_set_aside_and_keeps_no_writer_waiting(store, records):
    path = store.path_of(records[0].trajectory.key)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    store.put(records[0])
    assert store.get(records[0].trajectory.key) == records[0]
    assert [kept.is_fifo() for kept in path.parent.glob("*.aside")] == [True]


def test_a_folder_that_another_run_makes_meanwhile_is_not_set_aside(store, records, monkeypatch):
    first = records[0]
    folder = store.path_of(first.trajectory.key).parent
    shutil.rmtree(folder)
    look = Path.stat

    def look_late(path, **options):
        """Make the folder and a record in it just after another writer has found no folder."""
        try:
            return look(path, **options)
        finally:
            if path == folder and not os.path.lexists(folder):
                folder.mkdir()
                (folder / "theirs.json").write_text("theirs")

    monkeypatch.setattr(Path, "stat", look_late)
    store.put(first)
    assert (folder / "theirs.json").read_text() == "theirs"
    assert store.get(first.trajectory.key) == first


def test_a_huge_file_in_a_records_place_is_not_read(store, records):
    path = store.path_of(records[0].trajectory.key)
    with path.open("wb") as file:
        file.truncate(3_000_000_000)
    _, (warning,) = store.curves()
    assert warning.path == path and "3,000,000,000 bytes are too many for a record" in warning.reason


def test_warnings_are_told_every_time(store, records):
    _spoil(store, records[0], "{")
    assert len(store.curves()[1]) == len(store.curves()[1]) == 1


def test_files_of_another_version_are_told_together(store, records):
    for record in records[:3]:
        path = store.path_of(record.trajectory.key)
        path.write_text(path.read_text().replace(f'"format":{FORMAT}', '"format":0'))
    frame, warnings = store.curves()
    assert frame["trajectory"].nunique() == 1
    (warning,) = warnings
    assert str(warning).startswith(f"{store.directory}: 3 of its files were written by another version")
    assert len(store.missing(r.trajectory for r in records)) == 3


def test_temporaries_are_skipped(store, records):
    (store.paths()[0].parent / ".abc.json.123.tmp").write_text("{")
    assert len(store.paths()) == 4 and store.curves()[1] == ()


def test_the_coverage_table_keeps_the_contract(store, records):
    table = store.coverage()
    assert list(table.columns) == ["trajectory", "round", "threshold", "n_covered", "n_errors"]
    assert len(table) == 4 * 5 * 20 and set(table["trajectory"]) == {r.trajectory.key for r in records}
    assert table.equals(table.sort_values(["trajectory", "round", "threshold"], ignore_index=True))
    for record in records:
        own = table[table["trajectory"] == record.trajectory.key]
        counts = own[["n_covered", "n_errors"]].to_numpy().reshape(5, 20, 2)
        assert counts.tolist() == [[list(pair) for pair in pairs] for pairs in record.coverage]
        # At threshold 0 all held-out items count, so the errors there are one minus the accuracy.
        wrong = own.loc[own["threshold"] == 0, "n_errors"] / 150
        assert wrong.to_numpy() == pytest.approx([1 - value for value in record.series["accuracy"]])


def test_an_empty_store_is_told(tmp_path, store, records):
    with pytest.raises(InputError, match="the store holds no finished trajectory; fill it with"):
        Store(tmp_path / "nothing").frame()
    for record in records:
        _spoil(store, record, "{")
    with pytest.raises(InputError, match=r"no finished trajectory \(4 unusable files\)"):
        store.frame()


def test_a_full_disk_is_told_and_leaves_what_was_there(store, small, monkeypatch):
    record = run_lanes([small(seed=7)])[0]

    def full(self, content):
        self.touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(InputError, match=r"cannot be written \(No space left on device\); what was"):
        store.put(record)
    assert len(store.paths()) == 4
    assert not list(store.directory.glob("*/.*.tmp"))


def test_a_store_that_cannot_be_written_still_gives_its_table(store, monkeypatch):
    def refused(self, content):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "write_bytes", refused)
    assert len(store.frame()) == 60


def test_other_oracles_and_initial_sets_are_other_data_sets(small):
    from simulations.store import dataset_label

    assert dataset_label(small(n=4000, d=20, classes=6, test_size=1500)) == "synthetic"
    noisy = small(n=4000, d=20, classes=6, test_size=1500, oracle=Part.of("flip", {"rate": 0.1}), initial_set="random")
    assert dataset_label(noisy) == "synthetic [initial_set=random] [flip rate=0.1]"


def test_a_copy_in_another_folder_counts_once_and_a_pipe_does_not_hang(small, tmp_path):
    store = Store(tmp_path)
    (record,) = run_lanes([small()])
    store.put(record)
    path = store.path_of(record.trajectory.key)
    other = tmp_path / ("00" if path.parent.name != "00" else "01")
    other.mkdir()
    (other / path.name).write_bytes(path.read_bytes())
    os.mkfifo(path.parent / f"{path.parent.name}{'0' * 62}.json")
    frame, warnings = store.curves()
    assert len(frame) == len(record.labels) * 3
    assert ["it is not a file" in str(warning) for warning in warnings] == [True]


def test_what_a_trajectory_took_is_read_once_until_its_file_changes(store, records, monkeypatch):
    from simulations import store as module

    read = []
    plain = module._read_record
    monkeypatch.setattr(module, "_read_record", lambda path: read.append(path) or plain(path))
    for _ in range(3):
        assert [store.seconds(record.trajectory.key) for record in records] == [record.seconds for record in records]
    assert len(read) == len(records)
    key = records[0].trajectory.key
    store.path_of(key).write_text("{")
    assert store.seconds(key) is None
    store.put(records[0])
    assert store.seconds(key) == records[0].seconds
    store.path_of(key).unlink()
    assert store.seconds(key) is None


def test_the_coverage_table_is_cached_beside_the_curves(store, small):
    fresh = store.coverage()
    store.frame()
    (cache,) = store.directory.glob(".coverage/*.parquet")
    fresh.assign(n_errors=0).to_parquet(cache, index=False)
    assert (store.coverage()["n_errors"] == 0).all()
    store.put(run_lanes([small(seed=5)])[0])
    assert len(store.coverage()) == len(fresh) + 100
    assert len(list(store.directory.glob(".coverage/*.parquet"))) == 1
