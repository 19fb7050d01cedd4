"""Trajectories that end before their last round: a training that diverges, or a pool with too little left.

A lane ends alone: those beside it go on, and give the bits that they give without it. What it has measured so far is
its curve, kept with the reason, and running the grid again does not run it again. A lane that has measured nothing has
no curve to keep; it is told of, and the others are kept.

Notation: r the round, from 0 (the initial set alone) to R.
"""

from collections.abc import Callable, Sequence

from simulations.errors import InputError
from simulations.learners.learner import DivergedError
from simulations.record import Record
from simulations.trajectory import Trajectory


class NoCurveError(InputError):
    """Some trajectories, `lost`, ended before their first measurement; `records` are of the others, in their order."""

    def __init__(self, lost: Sequence[tuple[Trajectory, str]], records: Sequence[Record]) -> None:
        t, why = lost[0]
        more = f" (and {len(lost) - 1} more ended so)" if len(lost) > 1 else ""
        called = f"{t.dataset.name}, {t.learner.name}, {t.strategy.name}, seed {t.seed}"
        super().__init__(f"{called}: no curve, as its first training failed: {why}{more}")
        self.lost, self.records = tuple(lost), list(records)


class Terminations:
    """The lanes of a group that have ended, of so many lanes."""

    def __init__(self, lanes: int) -> None:
        self._lanes = lanes
        self._of: dict[int, tuple[int, str]] = {}
        """Of each lane that has ended: the rounds that it has measured, and why it ended."""

    def __contains__(self, lane: int) -> bool:
        return lane in self._of

    @property
    def alive(self) -> list[int]:
        """The lanes that go on."""
        return [lane for lane in range(self._lanes) if lane not in self._of]

    def end(self, lanes: Sequence[int], measured: int, why: str) -> None:
        """End lanes that go on, with the rounds measured and the reason; those that have ended keep theirs."""
        for lane in lanes:
            self._of.setdefault(lane, (measured, why))

    def end_for_shortage(self, t: Trajectory, pool_size: int) -> None:
        """End all lanes that go on where their pool has less than a batch left before the last round."""
        rounds = affordable_rounds(t, pool_size)
        if rounds < t.rounds:
            left = (pool_size - t.initial_size) % t.batch_size
            reason = f"its pool of {pool_size} items has {left} left, fewer than a batch of {t.batch_size}"
            self.end(self.alive, rounds + 1, reason)

    def records(
        self, trajectories: Sequence[Trajectory], make: Callable[[int, int | None, str | None], Record]
    ) -> list[Record]:
        """Make the records of all lanes; a NoCurveError holds them where of others nothing was measured.

        To `make` go a lane, how many rounds of it count and why it ended; None and None where it did not.
        """
        lost = [(trajectories[lane], why) for lane, (measured, why) in sorted(self._of.items()) if not measured]
        ends = [self._of.get(lane, (None, None)) for lane in range(self._lanes)]
        made = [make(lane, measured, why) for lane, (measured, why) in enumerate(ends) if measured != 0]
        if lost:
            raise NoCurveError(lost, made)
        return made

    def run_surviving(self, lanes: Sequence[int], r: int, do: Callable[[list[int]], None]) -> None:
        """Do something for lanes together, or, where one of them diverges, for each alone; that one ends.

        Together or alone a lane gives the same bits, so nothing but time is lost by doing it again. A lane that
        diverges does not have round r's measurement.
        """
        try:
            do(list(lanes))
        except DivergedError as error:
            if len(lanes) == 1:
                self.end(lanes, r, str(error))
                return
            for lane in lanes:
                self.run_surviving([lane], r, do)


def affordable_rounds(t: Trajectory, pool_size: int) -> int:
    """Give the rounds that a pool has whole batches for, at most those asked for.

    Raises:
        InputError: it has fewer items than the initial set.
    """
    if t.initial_size > pool_size:
        raise InputError(f"initial_size: found {t.initial_size}; allowed: at most {pool_size}, the items of the pool")
    return min(t.rounds, (pool_size - t.initial_size) // t.batch_size)
