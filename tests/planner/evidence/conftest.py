"""A recorded library of two learners, and any folder in the place of the one that ships."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from planner import evidence

SHIPPED = Path(evidence.__file__).parent


def forget():
    for kept in (
        evidence.recorded_table,
        evidence.published_curves,
        evidence._learners,
        evidence._curves_of,
    ):
        kept.cache_clear()


@pytest.fixture
def shipped_in(monkeypatch):
    """Have the library read from another folder, as a damaged or a newer installation would."""

    def shipped_in(folder):
        forget()
        monkeypatch.setattr(evidence, "shipped", lambda name: folder / name)

    yield shipped_in
    forget()


def as_learner(table, name):
    """The same curves under another model's name, so that only the names tell them apart."""
    return table.assign(learner=name, trajectory=name[0] + table["trajectory"].str.slice(1))


@pytest.fixture(scope="session")
def linear():
    table = evidence.recorded_curves()
    return table[table["dataset"].isin(["digits", "letter", "satimage"]) & (table["seed"] < 3)]


@pytest.fixture(scope="session")
def forest(linear):
    return as_learner(linear[linear["dataset"] == "digits"], "forest")


@pytest.fixture(scope="session")
def mlp(linear):
    return as_learner(linear[linear["dataset"] == "satimage"], "mlp")


@pytest.fixture(scope="session")
def library(tmp_path_factory, linear, forest, mlp):
    from research.evidence.library import record_curves

    folder = tmp_path_factory.mktemp("recorded") / "library"
    record_curves(linear, folder, licences={"digits": "CC BY 4.0"}, command="first")
    record_curves(pd.concat([forest, mlp]), folder, licences={}, command="second")
    return folder


@pytest.fixture
def two_recorded(tmp_path, shipped_in, library):
    """A library of three data sets with the linear learner, one of them with a forest, another with an mlp.

    The published curves are those that ship.
    """
    folder = shutil.copytree(library, tmp_path / "library")
    for name in (evidence.PUBLISHED_FILE, evidence.SOURCES_FILE):
        shutil.copy(SHIPPED / name, folder)
    shipped_in(folder)
    return folder
