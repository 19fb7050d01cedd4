"""A file of the user's own as a data set: its settings, arrays of NPZ files, and its identity in a grid."""

import hashlib
import json
import os
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from simulations.datasets import DATASETS, dataset, feature_count, load_dataset, own_files, pool_size
from simulations.datasets.cells import split_names
from simulations.errors import InputError
from simulations.grid import load_grid
from simulations.store import dataset_label
from simulations.trajectory import Part, Trajectory
from simulations.workers import as_text, from_text

FILE = DATASETS["file"]
TEXT = "a,b,y\n" + "".join(f"{i},{i * i},{'uv'[i % 2]}\n" for i in range(40))


@pytest.fixture
def mine(files):
    (files.folder / "mine.csv").write_text(TEXT)
    return files


def test_the_content_and_the_name_are_filled_in(mine):
    settings = mine.resolve("mine.csv")
    assert settings["content"] == hashlib.sha256(TEXT.encode()).hexdigest()
    assert settings["called"] == "mine.csv" and settings["path"] == str(mine.folder / "mine.csv")
    # What came later is part of the content only where it is asked for: stored campaigns keep their names.
    assert set(settings) == set(FILE.defaults) - {"missing", "group", "text", "header"}
    assert mine.resolve("mine.csv", missing="fill")["missing"] == "fill"
    assert all(type(value) is type(FILE.defaults[key]) for key, value in settings.items())


def test_a_relative_path_starts_at_the_grid_file(mine, monkeypatch, tmp_path_factory):
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert mine.load("mine.csv").clean.size == 40
    assert mine.load(str(mine.folder / "mine.csv")).clean.size == 40


def test_a_file_that_changed_after_the_grid_was_read_is_told(mine):
    settings = mine.resolve("mine.csv")
    (mine.folder / "mine.csv").write_text(TEXT + "1,1,u\n")
    with pytest.raises(InputError, match=r"mine\.csv: has changed since the grid file was read; start the"):
        FILE.load(**settings)


def test_a_content_that_is_given_must_be_that_of_the_file(mine):
    content = mine.resolve("mine.csv")["content"]
    assert mine.resolve("mine.csv", content=content)["content"] == content
    with pytest.raises(InputError, match=r"its sha256 is [0-9a-f]+; the grid file asks for 1234"):
        mine.resolve("mine.csv", content="1234")


@pytest.mark.parametrize(("items", "held_out"), [(16, 3), (40, 8), (40_000, 5000)])
def test_a_fifth_is_held_out_and_at_most_5000(files, items, held_out):
    text = "a,y\n" + "".join(f"{i},{'uv'[i % 2]}\n" for i in range(items))
    assert files.csv(text).test_size == held_out


def test_rare_classes_in_the_pool_are_never_held_out(files):
    data = files.csv(TEXT + "1,1,w\n2,2,w\n", rare_classes="pool")
    assert data.pool_only is not None and data.pool_only.tolist() == [False] * 40 + [True] * 2
    assert data.classes == 3 and data.test_size == 8


def test_size_and_features_are_told_as_what_is_loaded_has_them(mine, monkeypatch):
    part = Part.of("file", mine.resolve("mine.csv", test_size=10, kind="text", scaling="global"))
    data = load_dataset(part)
    assert (data.kind, data.scaling) == ("text", "global")
    assert pool_size(part) == (30, 2) and data.test_size == 10
    assert data.features.shape == (40, 2) and data.classes == 2
    assert feature_count(Part.of("file", mine.resolve("mine.csv", drop="a"))) == 1
    monkeypatch.setattr(own_files, "read_own", lambda *_: pytest.fail("the file was read again"))
    assert FILE.size(dict(reversed(part.options.items())))[1] == 10 and feature_count(part) == 2


def test_titles_say_what_was_asked_for(mine):
    settings = mine.resolve("mine.csv", drop="b", called="tickets")
    assert FILE.title(settings) == f"tickets [drop=b, label=y, {settings['content'][:8]}]"


@pytest.mark.parametrize(
    ("name", "settings", "sentence"),
    [
        ("", {}, "file, path: is missing; give the path of a .csv, .tsv, .parquet, .npz file"),
        ("none.csv", {}, "none.csv: cannot be read (No such file or directory)"),
        ("mine.pkl", {}, "mine.pkl: found a '.pkl' file; allowed: .csv, .tsv, .parquet, .npz"),
        ("folder.csv", {}, "folder.csv: cannot be read (Is a directory)"),
        ("mine.csv", {"label": ""}, "mine.csv, label: is missing; name the column of the labels: a, b, y"),
        ("mine.csv", {"label": "yy"}, "mine.csv, label: unknown column 'yy'; did you mean 'y'? allowed: a, b, y"),
        ("mine.csv", {"features": "a, c"}, "mine.csv, features: unknown column 'c'; allowed: a, b, y"),
        ("mine.csv", {"drop": "c"}, "mine.csv, drop: unknown column 'c'; allowed: a, b, y"),
        ("mine.csv", {"drop": "a,b"}, "mine.csv: no feature column is left; found only a, b, y"),
        ("mine.csv", {"test_size": 39}, "mine.csv, test_size: found 39; allowed: 2 to 36"),
        ("mine.csv", {"test_size": -1}, "mine.csv, test_size: found -1; allowed: 2 to 36"),
        ("mine.csv", {"kind": "txt"}, "mine.csv, kind: unknown value 'txt'; did you mean 'text'? allowed: tabular,"),
        ("mine.csv", {"scaling": "none"}, "mine.csv, scaling: unknown value 'none'; allowed: feature, global"),
        ("mine.csv", {"rare_classes": "keep"}, "rare_classes: unknown value 'keep'; allowed: refuse, pool, drop"),
    ],
)
def test_bad_settings_are_told(mine, name, settings, sentence):
    (mine.folder / "folder.csv").mkdir()
    with pytest.raises(InputError) as caught:
        mine.load(name, **settings)
    assert sentence in str(caught.value) and "\n" not in str(caught.value)


def test_a_wide_table_names_the_nearest_column_and_not_all(files):
    header = ",".join(f"column_{j}" for j in range(60))
    with pytest.raises(InputError) as caught:
        files.csv(f"{header}\n", label="column_7x")
    assert "did you mean 'column_7'? allowed: column_0, " in str(caught.value)
    assert str(caught.value).endswith("column_19 and 40 more")


def test_a_data_set_without_its_path_is_told():
    settings = {**FILE.defaults, "called": "mine.csv", "content": "00"}
    with pytest.raises(InputError, match=r"mine\.csv: where it lies is not known; name it in a grid file"):
        FILE.load(**settings)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize("name", ["pipe.csv", "pipe.npz", "pipe.parquet"])
def test_a_pipe_is_told_and_not_waited_for(files, name):
    os.mkfifo(files.folder / name)
    with pytest.raises(InputError, match=f"{name}: is a pipe or a device; allowed: a regular file"):
        files.load(name)


@pytest.mark.parametrize(
    ("text", "names"),
    [("", []), ("a", ["a"]), ("a, b ,", ["a", "b"]), ('"a, b",c', ["a, b", "c"]), ('"say ""x"""', ['say "x"'])],
)
def test_names_are_split_at_commas(text, names):
    assert split_names(text) == names


LABELS = np.arange(20) % 2
X = np.arange(60.0).reshape(20, 3)


def test_features_less_their_first_row(files):
    data = files.npz(features=X, labels=LABELS)
    assert data.features.dtype == np.float32 and (data.features == X - X[0]).all()
    assert (data.clean == LABELS).all()


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from([np.bool_, np.uint8, np.int16, np.uint32, np.int64, np.float16, np.float32, np.float64]),
    arrays.arrays(np.float64, (12, 2), elements=st.floats(0, 100)),
)
def test_any_type_of_number(files, kind, drawn):
    features = drawn.astype(kind)
    data = files.npz(features=features, labels=np.arange(12) % 3)
    assert data.features == pytest.approx(features.astype(float) - features[0].astype(float), rel=1e-6, abs=1e-40)


@pytest.mark.parametrize("labels", [np.array(["no", "yes"] * 10), LABELS == 1, LABELS * 1.0, LABELS.astype(np.uint8)])
def test_labels_of_every_type(files, labels):
    assert (files.npz(features=X, labels=labels).clean == LABELS).all()


def test_labels_are_numbered_in_their_order(files):
    assert files.npz(features=X, labels=np.where(LABELS, 9, 10)).clean.tolist() == [1, 0] * 10
    assert files.npz(features=X, labels=np.where(LABELS, "9", "10")).clean.tolist() == [1, 0] * 10
    assert files.npz(features=X, labels=np.where(LABELS, "x9", "x10")).clean.tolist() == [0, 1] * 10
    # The largest whole numbers are labels, and texts are trimmed as in a table.
    assert files.npz(features=X, labels=np.where(LABELS, -(2.0**53), 2.0**53)).clean.tolist() == [1, 0] * 10
    padded = np.array(["no", "yes ", " no", "\u00a0yes\n"] * 5)
    assert files.npz(features=X, labels=padded).clean.tolist() == [0, 1, 0, 1] * 5


def _with(value):
    spoilt = X.copy()
    spoilt[4, 1] = value
    return spoilt


def _label(place, value, kind=float):
    labels = LABELS.astype(kind)
    labels[place] = value
    return labels


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ({"features": _with(np.nan), "labels": LABELS}, "array 'features', row 5, column 2: found nan; allowed: a fin"),
        ({"features": _with(-np.inf), "labels": LABELS}, "array 'features', row 5, column 2: found -inf; allowed:"),
        ({"features": _with(1e30), "labels": LABELS}, "row 5, column 2: found 1e+30; allowed: a finite number of at"),
        ({"features": X.astype(object), "labels": LABELS}, "array 'features': holds object; allowed: numbers, never"),
        ({"features": X, "labels": LABELS.astype(object)}, "array 'labels': holds object; allowed: numbers or text,"),
        ({"features": X.astype(str), "labels": LABELS}, "array 'features': holds <U32; allowed: numbers, never"),
        ({"features": X + 1j, "labels": LABELS}, "array 'features': holds complex128; allowed: numbers, never"),
        ({"X": X, "labels": LABELS}, "mine.npz: the array 'features' is missing; found: X, labels"),
        ({"features": X}, "mine.npz: the array 'labels' is missing; found: features"),
        ({"features": X[0], "labels": LABELS}, "array 'features': found the shape (3,); allowed: (items, columns)"),
        ({"features": X, "labels": LABELS[:, None]}, "array 'labels': found the shape (20, 1); allowed: (items,)"),
        ({"features": X[:, :0], "labels": LABELS}, "array 'features': found the shape (20, 0); allowed: (items, colu"),
        ({"features": X[:0], "labels": LABELS}, "array 'features': found the shape (0, 3); allowed: (items, columns)"),
        ({"features": X, "labels": LABELS[:19]}, "mine.npz: found 20 rows of features and 19 labels"),
        ({"features": X, "labels": LABELS / 2}, "array 'labels', row 2: found 0.5; allowed: whole numbers of at most"),
        ({"features": X, "labels": _label(3, np.inf)}, "array 'labels', row 4: found inf; allowed: whole numbers"),
        ({"features": X, "labels": _label(3, np.nan)}, "array 'labels', row 4: found nan; allowed: whole numbers"),
        ({"features": X, "labels": _label(3, -1e300)}, "array 'labels', row 4: found -1e+300; allowed: whole numbers"),
        ({"features": X, "labels": _label(3, 2.0**53 + 2)}, "row 4: found 9007199254740994.0; allowed: whole numbers"),
        ({"features": X, "labels": _label(3, "", str)}, "array 'labels', row 4: the text is empty; allowed:"),
        ({"features": X, "labels": _label(3, "\t ", str)}, "array 'labels', row 4: the text is empty; allowed:"),
        ({"features": X, "labels": LABELS * 0}, "mine.npz, array 'labels': all rows have the label '0'; at least two"),
    ],
)
def test_bad_arrays_are_told(files, content, sentence):
    with pytest.raises(InputError) as caught:
        files.npz(**content)
    assert sentence in str(caught.value) and "\n" not in str(caught.value)


def test_what_is_no_npz_file_is_told(files):
    for content in (b"", b"something else", b"PK\x03\x04"):
        (files.folder / "mine.npz").write_bytes(content)
        with pytest.raises(InputError, match=r"mine\.npz: is not a readable \.npz file \("):
            files.load("mine.npz")


def test_a_damaged_compressed_file_is_told(files):
    np.savez_compressed(files.folder / "mine.npz", features=X, labels=LABELS)
    content = (files.folder / "mine.npz").read_bytes()
    rng, told = np.random.default_rng(0), []
    for _ in range(100):
        spoilt = bytearray(content)
        spoilt[rng.integers(len(spoilt))] ^= int(rng.integers(1, 256))
        (files.folder / "mine.npz").write_bytes(spoilt)
        try:
            files.load("mine.npz")
        except InputError as error:
            told.append(str(error))
    assert any("(Error -3 while decompressing data" in sentence for sentence in told)
    assert all(sentence.startswith("mine.npz") and "\n" not in sentence for sentence in told)


@pytest.mark.parametrize("key", ["label", "features", "drop"])
def test_settings_of_tables_are_refused(files, key):
    with pytest.raises(InputError, match=f"mine.npz, {key}: is for tables; an .npz holds the arrays"):
        files.npz(features=X, labels=LABELS, settings={key: "a"})


def test_too_large_an_array_is_told_by_its_header(files, monkeypatch):
    monkeypatch.setattr(dataset, "MOST_NUMBERS", 59)
    monkeypatch.setattr(np, "load", lambda *_, **__: pytest.fail("the numbers were read"))
    with pytest.raises(InputError, match="has 20 rows × 3 feature columns; allowed: 59 numbers, 19 rows of"):
        files.npz(features=X, labels=LABELS)


ROWS_OF_80 = "a,b,y\n" + "".join(f"{i % 7},{i * i % 11},{'uv'[i % 7 > 3]}\n" for i in range(80))
GRID = """
[grid]
datasets = [{name = "file", path = "data/mine.csv", label = "y"}]
strategies = ["random", "margin"]
batch_sizes = [5]
initial_size = 6
rounds = 2
seeds = 2
"""


@pytest.fixture
def grid_in(tmp_path):
    def write(folder, text=ROWS_OF_80):
        (tmp_path / folder / "data").mkdir(parents=True, exist_ok=True)
        (tmp_path / folder / "data" / "mine.csv").write_text(text)
        (tmp_path / folder / "grid.toml").write_text(GRID)
        return load_grid(tmp_path / folder / "grid.toml").trajectories

    return write


def test_the_folder_is_no_part_of_the_content(grid_in, tmp_path):
    here, there = grid_in("here"), grid_in("there")
    assert [t.key for t in here] == [t.key for t in there]
    assert str(tmp_path) not in json.dumps([t.as_json() for t in here])


def test_the_content_of_the_file_is(grid_in):
    before, after = grid_in("here"), grid_in("here", ROWS_OF_80 + "1,1,u\n")
    assert not {t.key for t in before} & {t.key for t in after}
    assert dataset_label(before[0]) != dataset_label(after[0])


def test_tables_name_the_file_and_its_content(grid_in):
    t = grid_in("here")[0]
    assert dataset_label(t) == f"mine.csv [label=y, {t.dataset.options['content'][:8]}]"
    assert dataset_label(Trajectory.from_json(t.as_json())) == dataset_label(t)
    # A worker is told where the file lies.
    (sent,) = from_text(as_text([t]))
    assert sent.key == t.key and load_dataset(sent.dataset).clean.size == 80


def test_bad_files_are_told_when_the_grid_is_read(grid_in):
    with pytest.raises(InputError, match=r"mine\.csv, row 81, column 'a': found 'x'; allowed: a number"):
        grid_in("here", ROWS_OF_80 + "x,1,u\n")


def test_a_pool_that_is_too_small_is_told_by_the_name_of_its_file(grid_in, monkeypatch):
    monkeypatch.setattr(f"{__name__}.GRID", GRID.replace("rounds = 2", "rounds = 20"))
    with pytest.raises(InputError, match=r": mine\.csv \[label=y, [0-9a-f]{8}\] has a pool of 64 items, and"):
        grid_in("here")


def test_an_encrypted_file_is_told(files):
    files.npz(features=X, labels=LABELS)
    content = bytearray((files.folder / "mine.npz").read_bytes())
    with zipfile.ZipFile(files.folder / "mine.npz") as archive:
        places = [(one.header_offset + 6) for one in archive.infolist()]
    # Bit 0 of the flags, in the local headers and in the directory at the end, says that a password is needed.
    at = content.find(b"PK\x01\x02")
    while at >= 0:
        places.append(at + 8)
        at = content.find(b"PK\x01\x02", at + 1)
    for place in places:
        content[place] |= 1
    (files.folder / "mine.npz").write_bytes(content)
    with pytest.raises(InputError, match=r"mine\.npz: is not a readable \.npz file \(File .* is encrypted"):
        files.load("mine.npz")
