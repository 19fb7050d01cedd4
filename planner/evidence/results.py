"""Results that ship beside the recorded library: findings on simulated curves, as research recorded them.

A file may be missing or of another version: what it holds is shown, and nothing else rests on it.
"""

import json
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, cast

from simulations.errors import InputError


@dataclass(frozen=True)
class ResultsFile:
    """One file of results: what it holds, how it is read, and what writes it anew.

    Attributes:
        name: of the results; `labelplan backtest` has an option of that name.
        called: what the file holds, for messages.
        version: the only format of the file that is understood; raised when it is laid out in another way.
        command: what writes it.
    """

    name: str
    called: str
    version: int
    command: str

    @property
    def file(self) -> str:
        """The file's name, in this folder."""
        return f"{self.name}.json"

    def judged(self, path: Path | None = None) -> dict[str, Any]:
        """Read the results.

        Args:
            path: another file than the one that ships.

        Returns:
            `format, labelplan, made_on, command, machine, versions, rows`, and the results: under `findings` or
            `strategies` a list of records with `datasets`, those on which they were simulated; of verdicts and matching
            what `python -m research.verdicts --json` and `python -m research.matching --json` print.

        Raises:
            InputError: there is none, it cannot be read, or another version wrote it; the sentence says how to go on.
        """
        shipped: AbstractContextManager[Path] = as_file(files(__package__) / self.file)
        with shipped if path is None else nullcontext(path) as file:
            if not file.is_file():
                raise InputError(f"{self.called}: {file.name} is missing; {self._way_on}")
            try:
                results = json.loads(file.read_bytes())
            except (OSError, ValueError) as error:
                fault = str(error).splitlines()[0]
                raise InputError(f"{self.called}: {file.name} cannot be read ({fault}); {self._way_on}") from error
        stated = results.get("format") if isinstance(results, dict) else None
        if stated != self.version:
            raise InputError(
                f"{self.called}: {file.name} has the format {stated!r}; allowed: {self.version}; {self._way_on}"
            )
        return cast(dict[str, Any], results)

    @property
    def _way_on(self) -> str:
        return f"'{self.command}' writes it anew, and everything else works without it"


FINDINGS = ResultsFile("findings", "findings", version=1, command="make evidence-signs")
"""Published findings held against our own simulated curves."""

STRATEGIES = ResultsFile("strategies", "savings of the strategies", version=1, command="make evidence-strategies")
"""What every strategy saved beside random on the same pools."""

VERDICTS = ResultsFile("verdicts", "verdicts held out", version=1, command="make evidence-verdicts")
"""Each recorded data set held out, the planner asked for verdicts on it, and how right they were."""

MATCHING = ResultsFile("matching", "weightings held out", version=1, command="make evidence-matching")
"""Each recorded data set held out, and forecast from the others under several weightings."""

RESULTS_FILES = {evidence.name: evidence for evidence in (FINDINGS, STRATEGIES, VERDICTS, MATCHING)}
"""By name."""
