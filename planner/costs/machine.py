"""Price training and scoring by machine time, or scoring by the call.

Notation (arrays broadcast together):
    n, n0, b    labels bought, initial labels, batch size
    R           acquisition rounds: R + 1 trainings, R scorings of the pool
"""

import numpy as np

from planner.costs.orders import items_scored, items_trained
from planner.costs.terms import SECONDS_PER_HOUR, Factor, Line, Term, drop_ones, money, share
from planner.intervals import QUANTILES
from planner.plan import Draws, Plan, items_to_label, paths
from planner.plan.quantity import Quantity
from simulations.arrays import Floats


def training_line(plan: Plan, values: Draws, n: Floats, *, in_rounds: bool) -> Line:
    """Price the trainings: Σ_{r=0..R}(n0 + r·b) items from scratch, a share of the epochs after a warm start.

    Fine-tuning trains each item once, and so does a single training.

    Args:
        plan: says how the model starts in each round.
        values: every numeric input, by path.
        n: labels bought.
        in_rounds: whether there is a training a round; else there is one.
    """
    items = Factor(n, "items, each once" if in_rounds else "items")
    if in_rounds and plan.strategy.restart != "fine-tune":
        first = values[paths.INITIAL_LABELS]
        made_of = items_trained(n, first, values[paths.BATCH_SIZE])
        if plan.strategy.restart == "warm" and plan.compute.warm_epochs_share is not None:
            made_of = _after_warm_starts(made_of, np.minimum(first, n), values[paths.WARM_EPOCHS_SHARE])
        items = Factor.total(made_of, "items in all trainings")
    return Line.of(
        items,
        *drop_ones(Factor(values[paths.EPOCHS], "epochs")),
        Factor(values[paths.TRAIN_SECONDS_PER_ITEM], "s an item"),
        *drop_ones(Factor(values[paths.MEMBERS], "members")),
        *_machine_time(values),
    )


def scoring_line(plan: Plan, values: Draws, n: Floats) -> Line:
    """Price the scorings, Σ_{r=0..R−1}(pool − test − n0 − r·b) items × passes × members, by machine time or by call."""
    pool = items_to_label(values)
    items = items_scored(n, values[paths.INITIAL_LABELS], values[paths.BATCH_SIZE], pool)
    part = drop_ones(share(values[paths.POOL_SHARE_SCORED], "of the pool scored"))
    return _scoring(plan, values, Factor.total(items, "items in all scorings"), *part)


def score_usd(plan: Plan, values: Draws, items: Floats) -> Floats:
    """Price scoring items once, in USD."""
    return _scoring(plan, values, Factor(items, "items")).amount


def _scoring(plan: Plan, values: Draws, *items: Factor) -> Line:
    calls = (*items, *drop_ones(Factor(values[paths.PASSES], "passes"), Factor(values[paths.MEMBERS], "members")))
    if plan.compute.score_usd_per_item is not None:
        return Line.of(*calls, money(values[paths.SCORE_USD_PER_ITEM], "a call"))
    return Line.of(*calls, Factor(values[paths.SCORE_SECONDS_PER_ITEM], "s an item"), *_machine_time(values))


def _after_warm_starts(items: Line, first: Floats, epochs_share: Floats) -> Line:
    """Count the first training in full and of all later ones the share of the epochs that they take."""
    later = Factor(
        items.amount - first, "items in later trainings", made_of=items.plus(Term((Factor(-first, "first"),)))
    )
    return Line((Term((Factor(first, "in the first"),)), Term((later, share(epochs_share, "of the epochs")))))


def _machine_time(values: Draws) -> tuple[Factor, Factor]:
    hour = Factor(np.array([SECONDS_PER_HOUR]), "s an hour", divides=True)
    return hour, money(values[paths.MACHINE_USD_PER_HOUR], "an hour of the machine")


def machine_usd(seconds: float, price_usd_per_hour: Quantity) -> tuple[float, float, float]:
    """Price a machine for some seconds.

    Args:
        seconds: on the clock.
        price_usd_per_hour: a price, or an 80% range of it.

    Returns:
        10th, 50th and 90th percentile in USD; equal where the price is one number.
    """
    low, middle, high = (price_usd_per_hour.at(np.array(QUANTILES)) * seconds / SECONDS_PER_HOUR).tolist()
    return low, middle, high
