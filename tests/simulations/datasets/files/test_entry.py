import hashlib
import os

import pytest

from simulations.datasets import DATASETS, feature_count, load_dataset, pool_size
from simulations.datasets.cells import split_names
from simulations.errors import InputError
from simulations.trajectory import Part

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
    assert set(settings) == set(FILE.defaults)
    assert all(type(value) is type(FILE.defaults[key]) for key, value in settings.items())


def test_a_relative_path_starts_at_the_grid_file(mine, monkeypatch, tmp_path_factory):
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert mine.load("mine.csv").clean.size == 40
    assert mine.load(str(mine.folder / "mine.csv")).clean.size == 40


def test_only_the_path_tells_two_folders_apart(mine):
    (mine.folder / "copy").mkdir()
    (mine.folder / "copy" / "mine.csv").write_text(TEXT)
    here, there = mine.resolve("mine.csv"), mine.resolve("copy/mine.csv")
    assert {key for key in here if here[key] != there[key]} == {"path"}
    assert FILE.title(here) == FILE.title(there)


def test_a_changed_file_is_another_data_set(mine):
    before = mine.resolve("mine.csv")
    (mine.folder / "mine.csv").write_text(TEXT + "1,1,u\n")
    after = mine.resolve("mine.csv")
    assert before["content"] != after["content"] and FILE.title(before) != FILE.title(after)
    assert Part.of("file", before) != Part.of("file", after)


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


def test_size_agrees_with_what_is_loaded(mine):
    part = Part.of("file", mine.resolve("mine.csv", test_size=10))
    data = load_dataset(part)
    assert pool_size(part) == (30, 2) and data.test_size == 10
    assert data.features.shape == (40, 2) and data.classes == 2


@pytest.mark.parametrize(("items", "held_out"), [(16, 3), (40, 8), (40_000, 5000)])
def test_a_fifth_is_held_out_and_at_most_5000(files, items, held_out):
    text = "a,y\n" + "".join(f"{i},{'uv'[i % 2]}\n" for i in range(items))
    assert files.csv(text).test_size == held_out


def test_rare_classes_in_the_pool_are_never_held_out(files):
    data = files.csv(TEXT + "1,1,w\n2,2,w\n", rare_classes="pool")
    assert data.pool_only is not None and data.pool_only.tolist() == [False] * 40 + [True] * 2
    assert data.classes == 3 and data.test_size == 8


def test_titles_say_what_was_asked_for(mine):
    settings = mine.resolve("mine.csv", drop="b", called="tickets")
    assert FILE.title(settings) == f"tickets [drop=b, label=y, {settings['content'][:8]}]"


def test_kind_and_scaling_are_those_asked_for(mine):
    data = mine.load("mine.csv", kind="text", scaling="global")
    assert (data.kind, data.scaling) == ("text", "global")


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


def test_the_number_of_features_is_that_of_what_is_loaded(mine):
    assert feature_count(Part.of("file", mine.resolve("mine.csv"))) == 2
    assert feature_count(Part.of("file", mine.resolve("mine.csv", drop="a"))) == 1


@pytest.mark.parametrize(
    ("text", "names"),
    [("", []), ("a", ["a"]), ("a, b ,", ["a", "b"]), ('"a, b",c', ["a, b", "c"]), ('"say ""x"""', ['say "x"'])],
)
def test_names_are_split_at_commas(text, names):
    assert split_names(text) == names
