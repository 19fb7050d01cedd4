from pathlib import Path

from simulations.cache.stored import cache_folder


def test_the_environment_variable_names_the_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("LABELPLAN_CACHE", str(tmp_path / "here"))
    assert cache_folder() == tmp_path / "here"
    assert not cache_folder().exists()


def test_a_relative_folder_starts_at_the_working_directory(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LABELPLAN_CACHE", "data")
    assert cache_folder() == tmp_path / "data"


def test_a_tilde_is_the_home_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LABELPLAN_CACHE", "~/data")
    assert cache_folder() == tmp_path / "data"


def test_without_the_variable_it_is_the_platforms_folder(monkeypatch, tmp_path):
    monkeypatch.delenv("LABELPLAN_CACHE", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    folder = cache_folder()
    assert folder.is_absolute()
    assert "labelplan" in folder.parts
    assert Path(tmp_path) in folder.parents
