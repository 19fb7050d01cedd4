"""Curves that ship beside the recorded library, each with what was judged on them when they were recorded.

Either file may be missing or of another version: what they hold is shown, and nothing else rests on it.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, cast

import pandas as pd

from planner.curves.table import read_curves
from simulations.errors import InputError


@dataclass(frozen=True)
class JudgedEvidence:
    """Curves and what was judged on them: the files, how they are read, and what writes them anew.

    Attributes:
        name: of the list of judgements in the JSON file, and of the whole.
        called: what the JSON file holds, for messages.
        curves_file: the curve table.
        judged_file: the judgements, with where they come from.
        version: the only format of the JSON file that is understood; raised when it is laid out in another way.
        command: what writes both files.
    """

    name: str
    called: str
    curves_file: str
    judged_file: str
    version: int
    command: str

    def curves(self, path: Path | None = None) -> pd.DataFrame:
        """Read the curves.

        Args:
            path: another file than the one that ships.

        Raises:
            InputError: there is none, or it cannot be read; the sentence says how to go on.
        """
        called = f"curves of the {self.name}"
        with self._found(path, self.curves_file, called) as file:
            try:
                return read_curves(file)
            except InputError as error:
                raise InputError(f"{called}: {error}; {self._way_on}") from error

    def judged(self, path: Path | None = None) -> dict[str, Any]:
        """Read what was judged when the curves were recorded.

        Args:
            path: another file than the one that ships.

        Returns:
            `format, labelplan, made_on, command, machine, versions, rows, datasets` and, under `name`, a list of
            `Finding.to_dict()` or of `StrategySavings.to_dict()`.

        Raises:
            InputError: there is none, it cannot be read, or another version wrote it; the sentence says how to go on.
        """
        with self._found(path, self.judged_file, self.called) as file:
            try:
                found = json.loads(file.read_bytes())
            except (OSError, ValueError) as error:
                told = str(error).splitlines()[0]
                raise InputError(f"{self.called}: {file.name} cannot be read ({told}); {self._way_on}") from error
        stated = found.get("format") if isinstance(found, dict) else None
        if stated != self.version:
            raise InputError(
                f"{self.called}: {file.name} has the format {stated!r}; allowed: {self.version}; {self._way_on}"
            )
        return cast(dict[str, Any], found)

    @property
    def _way_on(self) -> str:
        return f"'{self.command}' writes it anew, and everything else works without it"

    @contextmanager
    def _found(self, path: Path | None, name: str, called: str) -> Iterator[Path]:
        shipped = as_file(files(__package__) / name) if path is None else nullcontext(path)
        with shipped as file:
            if not file.is_file():
                raise InputError(f"{called}: {file.name} is missing; {self._way_on}")
            yield file


FINDINGS = JudgedEvidence(
    name="findings",
    called="findings",
    curves_file="signs.parquet",
    judged_file="findings.json",
    version=1,
    command="make evidence-signs",
)
"""The curves that published findings are checked on, and what was found."""

STRATEGIES = JudgedEvidence(
    name="strategies",
    called="savings of the strategies",
    curves_file="strategies.parquet",
    judged_file="strategies.json",
    version=1,
    command="make evidence-strategies",
)
"""The curves on which every strategy stands beside random, and what each saved there."""
