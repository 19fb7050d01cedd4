"""The user's own data, as they come by upload."""

import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.app import uploads
from planner.app.grid_choices import Choices, grid_of
from planner.app.jobs import JobDir
from planner.app.uploads import MOST_PILOT_BYTES, pilot_template, read_pilot
from simulations.errors import InputError

MOST = 100_000


def table(rows: int = 60) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(rows, 3)), columns=["a", "height, cm", "c"]).round(4)
    return frame.assign(id=range(rows), queue=np.where(frame["a"] > 0, "refund $", "<b>other"))


def csv_bytes() -> bytes:
    return table().to_csv(index=False).encode()


def npz_bytes(**arrays: object) -> bytes:
    sink = io.BytesIO()
    np.savez(sink, **arrays)  # type: ignore[arg-type]
    return sink.getvalue()


def place_of(tmp_path: Path) -> JobDir:
    return JobDir.beside(tmp_path / "runs")


def test_a_table_is_kept_and_simulated_on(tmp_path: Path) -> None:
    place = place_of(tmp_path)
    columns = uploads.columns_of(place, "mine.csv", csv_bytes(), most_bytes=MOST)
    assert columns == ["a", "height, cm", "c", "id", "queue"]
    drop = uploads.join_columns(["height, cm", "id"])
    own = uploads.keep(place, "C:\\data\\mine.csv", csv_bytes(), most_bytes=MOST, label="queue", drop=drop)
    assert (own.pool, own.classes) == (48, 2)
    assert own.title.startswith("mine.csv [drop=")
    assert uploads.kept_data(place) == {own.title: own}
    (file,) = place.uploads.glob("*.csv")
    assert file.stem == own.settings["content"] and file.read_bytes() == csv_bytes()

    choices = Choices(["digits"], [own], ["linear"], ["random"], "5", "10", "2", "3")
    grid = grid_of(choices.toml())
    assert {t.dataset.name for t in grid.trajectories} == {"digits", "file"}
    assert len(grid) == 6


def test_the_same_file_read_in_two_ways_is_kept_once(tmp_path: Path) -> None:
    place = place_of(tmp_path)
    for drop in ("id", "id,c"):
        uploads.keep(place, "mine.csv", csv_bytes(), most_bytes=MOST, label="queue", drop=drop)
    uploads.keep(place, "mine.csv", csv_bytes(), most_bytes=MOST, label="queue", drop="id")
    assert len(uploads.kept_data(place)) == 2
    assert len(list(place.uploads.glob("*.csv"))) == 1


def test_a_parquet_and_an_npz_are_kept(tmp_path: Path) -> None:
    place = place_of(tmp_path)
    sink = io.BytesIO()
    table().to_parquet(sink)
    assert "queue" in uploads.columns_of(place, "m.PARQUET", sink.getvalue(), most_bytes=MOST)
    own = uploads.keep(place, "m.PARQUET", sink.getvalue(), most_bytes=MOST, label="queue")
    arrays = npz_bytes(features=table()[["a", "c"]].to_numpy(), labels=np.arange(60) % 3)
    assert uploads.columns_of(place, "m.npz", arrays, most_bytes=MOST) == []
    other = uploads.keep(place, "m.npz", arrays, most_bytes=MOST, scaling="global")
    assert (own.classes, other.classes) == (2, 3)
    assert set(uploads.kept_data(place)) == {own.title, other.title}


def test_a_project_that_moves_takes_its_data_along(tmp_path: Path) -> None:
    own = uploads.keep(place_of(tmp_path / "old"), "mine.csv", csv_bytes(), most_bytes=MOST, label="queue")
    (tmp_path / "old").rename(tmp_path / "new")
    (moved,) = uploads.kept_data(place_of(tmp_path / "new")).values()
    assert moved.title == own.title
    grid = grid_of(Choices([], [moved], ["linear"], ["random"], "5", "10", "2", "1").toml())
    assert len(grid) == 1


@pytest.mark.parametrize(
    ("name", "content", "given", "told"),
    [
        ("mine.csv", b"", {"label": "queue"}, "is empty"),
        ("mine.csv", b"\xff\xfea,b\n", {"label": "a"}, "not UTF-8"),
        ("mine.csv", csv_bytes(), {"label": "queu"}, "did you mean 'queue'"),
        ("mine.csv", b"a,queue\n1,x\nzwei,y\n", {"label": "queue"}, "zwei"),
        ("mine.csv", b"#" * (MOST + 1), {"label": "queue"}, "allowed: up to 100,000 here"),
        ("mine.parquet", b"PAR1 not really", {"label": "queue"}, "not a readable Parquet file"),
        ("mine.npz", b"PK\x03\x04 torn", {}, "not a readable .npz file"),
        ("mine.npz", npz_bytes(features=np.array([[{}]]), labels=np.arange(1)), {}, "never Python objects"),
        ("mine.pkl", b"\x80\x04.", {}, "found a '.pkl' file; allowed: .csv"),
        ("", b"1", {}, "found a '' file"),
        ("../../etc/passwd\n.csv", b"a\n", {"label": "a"}, "no feature column is left"),
    ],
)
def test_a_bad_file_is_one_sentence_and_is_not_kept(
    name: str, content: bytes, given: dict[str, str], told: str, tmp_path: Path
) -> None:
    place = place_of(tmp_path)
    with pytest.raises(InputError) as error:
        uploads.keep(place, name, content, most_bytes=MOST, **given)
    assert told in str(error.value) and "\n" not in str(error.value)
    assert not list(place.uploads.glob("*")) and uploads.kept_data(place) == {}
    assert [path.name for path in tmp_path.iterdir()] in ([], [".labelplan"])


def test_notes_that_are_no_notes_are_left_out(tmp_path: Path) -> None:
    place = place_of(tmp_path)
    own = uploads.keep(place, "mine.csv", csv_bytes(), most_bytes=MOST, label="queue")
    (note,) = place.uploads.glob("*.json")
    said = json.loads(note.read_text())
    for name, content in {
        "torn": "{",
        "list": "[]",
        "gone": json.dumps(said | {"settings": said["settings"] | {"path": "/etc/passwd"}}),
        "odd": json.dumps(said | {"settings": []}),
    }.items():
        (place.uploads / f"{name}.json").write_text(content)
    assert list(uploads.kept_data(place)) == [own.title]


def test_labels_and_values_are_enough_for_a_pilot():
    table = read_pilot(b"labels,value\n100,0.7\n200,0.8\n", name="mine.csv", metric="f1_macro", test_size=500)
    assert list(table["value"]) == [0.7, 0.8]
    assert set(table["strategy"]) == {"random"} and set(table["metric"]) == {"f1_macro"}
    assert set(table["test_size"]) == {500}


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "cannot be read"),
        (b"\xff\xfe\x00", "not a CSV file"),
        (b"labels,value\n100,93\n", "row 1, column 'value'"),
        (b"n,acc\n1,2\n", "column 'labels' is missing"),
        (b"labels,value\n" + b"1,0.5\n" * 100_001, "more than 100,000 rows"),
        (b"x" * (MOST_PILOT_BYTES + 1), "allowed: up to 5,000,000"),
        (b"strategy,labels,value\n" + b"".join(b"s%d,1,0.5\n" % i for i in range(61)), "found 61 curves"),
    ],
)
def test_a_bad_pilot_is_one_sentence(data, told):
    with pytest.raises(InputError, match=told) as error:
        read_pilot(data, name="bad.csv")
    assert "\n" not in str(error.value) and "bad.csv" in str(error.value)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_table_or_a_sentence(data):
    try:
        table = read_pilot(data, name="any.csv")
    except InputError as error:
        assert "\n" not in str(error)
    else:
        assert {"labels", "value"} <= set(table.columns)


def test_the_template_holds_no_measurement_until_one_is_written():
    text = pilot_template("accuracy", ("entropy",), 300)
    with pytest.raises(InputError, match="no rows"):
        read_pilot(text.encode(), name="template.csv")
    filled = text.replace("# random", "random").replace("# entropy", "entropy")
    table = read_pilot(filled.encode(), name="template.csv")
    assert set(table["strategy"]) == {"random", "entropy"} and set(table["test_size"]) == {300}


def test_only_a_csv_is_read():
    with pytest.raises(InputError, match=r"ending in \.csv"):
        read_pilot(b"labels,value\n1,0.5\n", name="mine.parquet")
