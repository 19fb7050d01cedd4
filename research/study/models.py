"""The same pools with other models: what margin saves under each, and whether the linear model's rule carries over."""

from collections.abc import Sequence
from dataclasses import dataclass

from research.study.measured import LINEAR, Saved
from research.study.rule import enough_for
from research.study.scale import Share

__all__ = ["OTHERS", "OtherModel", "other_models"]

OTHERS = ("forest", "boosting", "mlp", "finetuned", "cnn")


@dataclass(frozen=True)
class OtherModel:
    """One learner beside the linear one, on the data sets that both were recorded on.

    Attributes:
        learner: its name.
        pairs: linear and this one, by data set.
        more: share of data sets on which the factor is higher than the linear one, never being lowest.
        apart: data sets on which the two intervals over seeds do not touch.
        behind: share of data sets on which this one's factor is below 1 or never.
        rule: share of data sets on which the multiple that is enough for the linear model on the other data sets is
            enough for this one.
    """

    learner: str
    pairs: tuple[tuple[Saved, Saved], ...]
    more: Share
    apart: int
    behind: Share
    rule: Share


def other_models(saved: Sequence[Saved]) -> tuple[OtherModel, ...]:
    """Compare every other learner with the linear one; one that is not recorded is left out.

    Args:
        saved: one strategy at one depth, all learners.
    """
    linear = {one.dataset: one for one in saved if one.savings.learner == LINEAR}
    found = []
    for learner in OTHERS:
        own = [one for one in saved if one.savings.learner == learner and one.dataset in linear]
        if own:
            found.append(_compared(learner, own, linear))
    return tuple(found)


def _compared(learner: str, own: Sequence[Saved], linear: dict[str, Saved]) -> OtherModel:
    pairs = tuple((linear[one.dataset], one) for one in own)
    return OtherModel(
        learner,
        pairs,
        Share.that((b.savings.factor or 0) > (a.savings.factor or 0) for a, b in pairs),
        sum(_apart(a, b) for a, b in pairs),
        Share.that(not one.ahead for one in own),
        Share.that(enough_for(one, [a for name, a in linear.items() if name != one.dataset]) for one in own),
    )


def _apart(one: Saved, other: Saved) -> bool:
    (a, b), (c, d) = ((saved.savings.q10 or 0.0, saved.savings.q90 or 0.0) for saved in (one, other))
    return b < c or d < a
