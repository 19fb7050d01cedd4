"""What a person chooses to simulate, as the text of a grid file: the page and `labelplan simulate` run the same."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import tomlkit

from planner.dashboard.jobs.uploads import OwnData
from simulations.datasets import DATASETS
from simulations.errors import InputError
from simulations.grid import Grid, parse_grid
from simulations.learners import LEARNERS
from simulations.strategies import STRATEGIES

DATASET_NAMES = tuple(name for name, entry in DATASETS.items() if entry.resolve is None)
"""Those that need no file: a person's own are uploaded."""

LEARNER_NAMES = tuple(name for name, entry in LEARNERS.items() if entry.defaults.get("of") != "")
"""Those that are whole without a setting: any other estimator of scikit-learn must be named."""

STRATEGY_NAMES = tuple(STRATEGIES)

_COMMENT = "Made by labelplan's dashboard; run it with: labelplan simulate GRID.toml --store DIR"


@dataclass(frozen=True)
class Choices:
    """What to simulate; numbers are the text that was typed.

    Attributes:
        datasets: registered names.
        own: the user's own data sets.
        learners: registered names.
        strategies: registered names.
        batch_sizes: whole numbers separated by commas.
        initial_size: a whole number.
        rounds: a whole number.
        seeds: how many, or a list of them separated by commas.
    """

    datasets: Sequence[str]
    own: Sequence[OwnData]
    learners: Sequence[str]
    strategies: Sequence[str]
    batch_sizes: str
    initial_size: str
    rounds: str
    seeds: str

    def toml(self) -> str:
        """Write the grid file."""
        table = tomlkit.table()
        table["datasets"] = _listed([*self.datasets, *({"name": "file", **own.settings} for own in self.own)])
        table["learners"] = _listed(self.learners)
        table["strategies"] = _listed(self.strategies)
        table["batch_sizes"] = _listed(_numbers(self.batch_sizes))
        table["initial_size"] = _number(self.initial_size)
        table["rounds"] = _number(self.rounds)
        seeds = _numbers(self.seeds)
        table["seeds"] = _listed(seeds) if len(seeds) > 1 else _number(self.seeds)
        document = tomlkit.document()
        document.add(tomlkit.comment(_COMMENT))
        document.add(tomlkit.nl())
        document["grid"] = table
        return tomlkit.dumps(document)


def grid_of(toml: str, where: str = "The choices") -> Grid:
    """Expand the text of a grid file.

    Raises:
        InputError: what the simulator says against it.
    """
    try:
        return parse_grid(tomllib.loads(toml), where=where)
    except InputError:
        raise
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where}: is not valid TOML ({str(error).splitlines()[0]})") from error


def _listed(values: Sequence[Any]) -> Any:
    array = tomlkit.array()
    for value in values:
        array.append(_inline(value) if isinstance(value, Mapping) else value)
    return array.multiline(any(isinstance(value, Mapping) for value in values))


def _inline(settings: Mapping[str, Any]) -> Any:
    table = tomlkit.inline_table()
    table.update(settings)
    return table


def _numbers(text: str) -> list[int | str]:
    return [_number(part) for part in text.split(",") if part.strip()]


def _number(text: str) -> int | str:
    """Read a whole number; anything else is left to the simulator, which says what is allowed."""
    try:
        return int(text.strip())
    except ValueError:
        return text.strip()
