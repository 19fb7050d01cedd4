"""Every dependency states its least version, which `make test-lowest` installs."""

import pytest

from scripts import lowest_versions
from scripts.lowest_versions import ROOT


def test_the_least_versions_are_those_that_pyproject_states() -> None:
    found = lowest_versions.lowest_versions()
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert len(found) > 30 and lowest_versions.pinned() <= set(found)
    for name, version in found.items():
        assert f'"{name}>={version}"' in text or f'"{name}[python]>={version}"' in text


def test_a_dependency_without_a_least_version_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.setattr(lowest_versions, "ROOT", tmp_path)
    (tmp_path / "pyproject.toml").write_text('[project]\ndependencies = ["numpy"]\noptional-dependencies = {}')
    with pytest.raises(ValueError, match="'numpy' does not state a least version"):
        lowest_versions.lowest_versions()
