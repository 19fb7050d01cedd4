"""Results that ship beside the recorded library: findings on simulated curves, as research recorded them.

A file may be missing or of another version: what it holds is shown, and nothing else rests on it.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planner.evidence import one_sentence
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
        """Read the results that ship, or those of another file.

        Returns:
            `format, labelplan, made_on, command, machine, versions, rows`, and the results: under `findings` or
            `strategies` a list of records with `datasets`, those on which they were simulated; of verdicts what
            `python -m research.verdicts --json` prints; and `words`, the lines in which they are told.

        Raises:
            InputError: there is none, it cannot be read, or another version wrote it; the sentence says how to go on.
        """
        path = path or Path(__file__).parent / self.file
        way_on = f"'{self.command}' writes it anew, and everything else works without it"
        with one_sentence(path, self.called, way_on):
            results: dict[str, Any] = json.loads(path.read_bytes())
        stated = results.get("format") if isinstance(results, dict) else None
        if stated != self.version:
            raise InputError(f"{self.called}: {path.name} has the format {stated!r}; allowed: {self.version}; {way_on}")
        return results


FINDINGS = ResultsFile("findings", "findings", version=3, command="make evidence-signs")
"""Published findings held against our own simulated curves."""

STRATEGIES = ResultsFile("strategies", "savings of the strategies", version=2, command="make evidence-strategies")
"""What every strategy saved beside random on the same pools."""

VERDICTS = ResultsFile("verdicts", "verdicts held out", version=4, command="make evidence-verdicts")
"""Each recorded data set held out, the planner asked for verdicts on it, and how right they were."""

LABEL_LOSSES = ResultsFile("label_losses", "what wrong labels cost", version=1, command="make evidence-errors")
"""Points of accuracy lost to wrong labels, by part of the errors, learner and strategy."""

RESULTS_FILES = {evidence.name: evidence for evidence in (FINDINGS, STRATEGIES, VERDICTS)}
"""By name."""
