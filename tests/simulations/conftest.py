from collections.abc import Callable
from pathlib import Path

import pytest

from simulations.datasets import DATASETS
from simulations.strategies import STRATEGIES
from simulations.trajectory import Part, Trajectory

PERFECT = Part.of("perfect")
SMALL = {"n": 400, "d": 6, "classes": 3, "test_size": 150}


def version_of(strategy: str) -> int:
    """The version a grid file would give it; 1 for one that is not registered."""
    return STRATEGIES[strategy].version if strategy in STRATEGIES else 1


@pytest.fixture(scope="session")
def small() -> Callable[..., Trajectory]:
    """A quick trajectory on a small generated task, any field or knob replaced."""

    def build(
        strategy: str = "margin", seed: int = 0, *, learner: str = "linear", oracle: Part = PERFECT, **knobs
    ) -> Trajectory:
        schedule = {"initial_size": 10, "batch_size": 5, "rounds": 4, "initial_set": "one_per_class"}
        schedule = {name: knobs.pop(name, value) for name, value in schedule.items()}
        dataset = Part.of("synthetic", {**DATASETS["synthetic"].defaults, **SMALL, **knobs})
        model, chooser = Part.of(learner, {"l2": 1.0}), Part.of(strategy, version=version_of(strategy))
        return Trajectory(dataset=dataset, learner=model, strategy=chooser, oracle=oracle, seed=seed, **schedule)

    return build


@pytest.fixture
def cache(monkeypatch, tmp_path) -> Path:
    """A cache of fetched data of the test's own, not there yet."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("LABELPLAN_CACHE", str(folder))
    return folder
