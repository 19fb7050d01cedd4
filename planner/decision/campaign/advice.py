"""What to do now: which action is the best in each draw, and which is advised.

Notation: D draws; M moves, the current way of picking first; stopping stands after them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from planner.arrays import Bools, Floats
from planner.decision.campaign.moves import Move
from planner.decision.campaign.status import NextRound, Reason
from planner.decision.verdict import USE_AL_FROM

OUT_OF_REACH = 0.10  # chance to reach the target at which even the lower end of the 80% range of labels is "never"
REACH_SLACK = 0.05  # a cheaper way may reach the target this much more rarely
ALIKE = 0.01  # of the money: below this difference nobody changes what is running


@dataclass(frozen=True, eq=False)
class Case:
    """All that the advice depends on.

    Attributes:
        moves: strategy -> way to go on, the current one first.
        there: (D,) whether the target is reached already.
        net_usd: move -> expected worth of what it adds less its cost, in the draws in which some way gets there; None
            without a value of a point.
        next_round: None where nothing is left to buy.
        settled: whether the log is long enough to be believed that a target is out of reach.
        rule_stops: what the plan's rule says.
        pilot_pays: whether measuring another strategy first is worth more than it costs.
    """

    moves: Mapping[str, Move]
    there: Bools
    net_usd: Mapping[str, float] | None
    next_round: NextRound | None
    settled: bool
    rule_stops: bool
    pilot_pays: bool


def advise(case: Case) -> tuple[str, Reason]:
    """Choose `stop`, `pilot` or the strategy to go on with, and say why.

    The plan's rule is obeyed. Else one stops where the target is reached with a chance of 80%, where nothing is left
    to buy, where even the best way reaches it with a chance of at most 10% by a log that is long enough, and where
    neither the way there nor the next round is worth its price. A pilot is bought where it pays. Else the way with the
    lowest expected cost is taken, among those that reach the target about as often as any; what is running goes on
    where that is as good.
    """
    if case.rule_stops:
        return "stop", "rule"
    if float(case.there.mean()) >= USE_AL_FROM:
        return "stop", "reached"
    if case.next_round is None:
        return "stop", "nothing left"
    if case.settled and max(float(move.reached.mean()) for move in case.moves.values()) <= OUT_OF_REACH:
        return "stop", "unreachable"
    if case.net_usd is not None and max(case.net_usd.values()) < 0 and case.next_round.pays is False:
        return "stop", "not worth it"
    if case.pilot_pays:
        return "pilot", "pilot pays"
    return cheapest(case.moves), "cheapest"


def reachable(moves: Mapping[str, Move]) -> Bools:
    """Say in which draws some way reaches the target, (D,)."""
    return np.asarray(np.any([move.reached for move in moves.values()], axis=0))


def comparable_usd(moves: Mapping[str, Move]) -> Floats:
    """Give what each move costs where that tells moves apart, (M, D): nothing in draws in which no way gets there.

    Nobody labels a whole pool in vain; what is spent until that is noticed has little to do with the way of picking.
    """
    somebody = reachable(moves)
    return np.stack([np.where(somebody, move.usd, 0.0) for move in moves.values()])


def cheapest(moves: Mapping[str, Move]) -> str:
    """Choose the way with the lowest expected cost among those that reach the target about as often as any."""
    reach = {name: float(move.reached.mean()) for name, move in moves.items()}
    means = dict(zip(moves, comparable_usd(moves).mean(axis=1).tolist(), strict=True))
    usd = {name: mean for name, mean in means.items() if reach[name] >= max(reach.values()) - REACH_SLACK}
    current = next(iter(moves))
    best = min(usd, key=lambda name: usd[name])
    return current if current in usd and usd[current] <= usd[best] * (1.0 + ALIKE) else best


def chances_best(moves: Mapping[str, Move], there: Bools, worth: Mapping[str, Floats] | None) -> dict[str, float]:
    """Give the chance of each move, and of `stop`, to be the best thing to do; ties are split.

    A move that buys nothing is stopping.

    At a fixed target: stopping where it is reached, or out of every way's reach; else the cheapest way that reaches it.
    With a value of a point: what adds most worth less cost, stopping adding none.

    Args:
        moves: M ways to go on.
        there: (D,) whether the target is reached already.
        worth: move -> (D,) worth of what it adds, in USD.
    """
    names = [*moves, "stop"]
    if worth is None:
        score = [np.where(move.reached & (move.more > 0), -move.usd, -np.inf) for move in moves.values()]
        nobody = there | ~reachable(moves)
        score.append(np.where(nobody, 0.0, -np.inf))
    else:
        score = [np.where(move.more > 0, worth[name] - move.usd, -np.inf) for name, move in moves.items()]
        score.append(np.zeros(there.shape))
    table = np.stack(score)
    best = table == table.max(axis=0)
    return dict(zip(names, (best / best.sum(axis=0)).mean(axis=1).tolist(), strict=True))


def expected_loss(moves: Mapping[str, Move], chosen: str) -> float:
    """Give what knowing every curve exactly would save beside one move, on average: its expected loss, the EVPI."""
    return float(_losses(moves, chosen).mean())


def expected_loss_se(moves: Mapping[str, Move], chosen: str) -> float:
    """Give the Monte Carlo standard error of `expected_loss`, had the draws been independent."""
    losses = _losses(moves, chosen)
    return float(losses.std(ddof=1) / np.sqrt(losses.size)) if losses.size > 1 else 0.0


def _losses(moves: Mapping[str, Move], chosen: str) -> Floats:
    usd = comparable_usd(moves)
    return np.asarray(usd[list(moves).index(chosen)] - usd.min(axis=0))
