"""Hybrid labelling of the plan's own pool: its prices, its vendor and its error bound, on the curves behind the plan.

Notation:
    N   items of the whole pool, test items among them      B   pool items labelled by people
    A   items that the model labels                         S   draws
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from planner.arrays import Floats, Ints
from planner.costs import PEOPLE_LINES, Quote, price_plan
from planner.costs.compute import score_usd
from planner.costs.terms import ONE
from planner.curves import TaskCurves
from planner.decision.hybrid.outcome import NOTHING_CHEAPER, HybridCosts, HybridOutcome, hybrid_outcomes
from planner.decision.hybrid.proxies import machine_share_at
from planner.decision.hybrid.risk_coverage import covered_rounds
from planner.decision.hybrid.rule import HybridRule
from planner.decision.verdict import Interval
from planner.plan import Draws, Plan, items_to_label, paths
from planner.plan.tables import PASSIVE
from simulations.errors import InputError

ROUNDS = 16  # numbers of people's labels that are tried, where they are forecast and not simulated
DRAWS = 1_000

Outcomes = Mapping[str, HybridOutcome]


def hybrid_of_plan(
    plan: Plan, curves: TaskCurves, simulated: pd.DataFrame | None, coverage: pd.DataFrame | None, seed: int
) -> tuple[Outcomes, tuple[str, ...]]:
    """Price hybrid labelling by random picks and by each of the plan's strategies, where the plan asks for it.

    With `label_scale_sd = 0` the simulated campaigns are the task's own, and their seeds are the replicates. Else the
    share that the model may label is read from other data sets at the forecast accuracy. Prices count at their median.

    Args:
        plan: `[hybrid] max_error_rate` asks for it.
        curves: forecast accuracy.
        simulated: the curve table of the plan's store.
        coverage: its coverage table.
        seed: seed of the draws.

    Returns:
        Outcomes by strategy, and sentences on what could not be answered.
    """
    if plan.hybrid.max_error_rate is None:
        return {}, ()
    try:
        return _outcomes(plan, curves, simulated, coverage, seed), ()
    except InputError as error:
        return {}, (f"Hybrid labelling cannot be priced: {error}.",)


def _outcomes(
    plan: Plan, curves: TaskCurves, simulated: pd.DataFrame | None, coverage: pd.DataFrame | None, seed: int
) -> Outcomes:
    if simulated is None or coverage is None:
        raise InputError(
            "no simulated campaigns with risk-coverage counts; allowed: a store of your own, as [evidence] store or "
            "--store"
        )
    values = plan.medians()
    vendor = _vendor(plan, values)
    assert plan.hybrid.max_error_rate is not None
    rule = HybridRule(
        plan.hybrid.max_error_rate.median, _human_error(plan, values, vendor), plan.hybrid.confidence.median
    )
    names = ("random", *plan.strategy.names)
    costs = {name: _costs(plan, values, vendor, chosen=name not in PASSIVE) for name in names}
    table = simulated[simulated["strategy"].isin(names) & (simulated["metric"] == "accuracy")]
    if plan.evidence.proxies != ("auto",):
        table = table[table["dataset"].isin(plan.evidence.proxies)]
    items, test = round(values[paths.POOL_SIZE][0]), round(values[paths.TEST_LABELS][0])
    counts = coverage[coverage["trajectory"].isin(table["trajectory"])]
    own = plan.evidence.label_scale_sd is not None and plan.evidence.label_scale_sd.median == 0
    if own:
        return hybrid_outcomes(table, counts, rule, costs, items=items, test_labels=test)
    proxies = covered_rounds(table, counts)
    if plan.task.metric != "accuracy":
        raise InputError(
            f"[task] metric: found {plan.task.metric}; allowed: accuracy, through which other data sets tell how much "
            "a model may label, or label_scale_sd = 0 with campaigns simulated on the task itself"
        )
    labels = _schedule(plan, values, items - test)
    found: dict[str, HybridOutcome] = {}
    for i, name in enumerate(curves.strategies):
        accuracy = np.stack([curves.values_at(float(n))[:DRAWS, i] for n in labels], axis=1)
        shares = machine_share_at(
            proxies,
            accuracy,
            labels,
            items=items,
            test_labels=test,
            rule=rule,
            strategy=name,
            rng=np.random.default_rng([seed, i]),
        )
        warnings = (shares.reason,) if shares.reason else ()
        found[name] = _forecast(name, labels, shares.share, costs[name], items, rule, warnings)
    return found


def _forecast(
    name: str, labels: Ints, share: Floats, costs: HybridCosts, items: int, rule: HybridRule, warnings: tuple[str, ...]
) -> HybridOutcome:
    """Choose B by its mean over all draws, and say what comes of it there."""
    machine = np.floor(share * items)
    total = costs.people_usd(items - machine) + costs.compute_usd(labels.astype(float)) + costs.machine_usd(machine)
    best = int(total.mean(axis=0).argmin())
    alone = float(costs.people_usd(np.array([float(items)]))[0])
    pays = float(total[:, best].mean()) < alone
    saving = alone - total[:, best]
    runs = pd.DataFrame({"machine_items": machine[:, best], "total_usd": total[:, best], "saving_usd": saving})
    return HybridOutcome(
        strategy=name,
        use="hybrid" if pays else "all_human",
        reason="" if pays else NOTHING_CHEAPER,
        labels=int(labels[best]),
        items=items,
        people_labels=Interval.of(items - machine[:, best]),
        machine_share=Interval.of(machine[:, best] / items),
        error_bound=Interval.of(rule.max_error_rate * ONE),
        total_usd=Interval.of(total[:, best]),
        saving_usd=Interval.of(saving),
        all_human_usd=alone,
        p_cheaper=float((saving > 0).mean()),
        seeds=len(runs),
        runs=runs,
        warnings=warnings,
    )


def _schedule(plan: Plan, values: Draws, most: int) -> Ints:
    """List numbers of people's labels, evenly in log n from the initial set to the pool, on whole batches."""
    first, batch = values[paths.INITIAL_LABELS][0], values[paths.BATCH_SIZE][0]
    wanted = np.geomspace(first, most, ROUNDS)
    return np.unique(np.minimum(first + np.rint((wanted - first) / batch) * batch, most)).astype(np.int64)


def _vendor(plan: Plan, values: Draws) -> int:
    """Give the vendor that would label the whole pool for the least."""
    n = items_to_label(values)
    bills = {i: price_plan(plan, values, i, n, active=False, at_once=True).lines for i in plan.comparable_vendors}
    return min(bills, key=lambda i: sum(float(bills[i][line][0]) for line in PEOPLE_LINES))


def _human_error(plan: Plan, values: Draws, vendor: int) -> float:
    told = plan.hybrid.human_error_rate
    return told.median if told is not None else float(np.ravel(Quote.of(plan, values, vendor).error_rate)[0])


def _costs(plan: Plan, values: Draws, vendor: int, *, chosen: bool) -> HybridCosts:
    """Price people by their vendor, engineering as active learning pays it, and the machines that picks need.

    Chosen picks train and score in rounds; random ones train once. Both score what is left once more, to label it.
    """
    n_test, fee_usd = values[paths.TEST_LABELS], Quote.of(plan, values, vendor)["auto_label_fee_usd_per_item"]
    pool = values[paths.POOL_SIZE] - n_test

    def people_usd(n: Floats) -> Floats:
        bill = price_plan(plan, values, vendor, np.maximum(n - n_test, 0.0), active=False, at_once=True)
        return np.asarray(np.broadcast_to(sum((bill.lines[line] for line in PEOPLE_LINES), np.zeros(1)), n.shape))

    def compute_usd(labels: Floats) -> Floats:
        active = price_plan(plan, values, vendor, labels, active=True).lines
        rounds = ("operation_usd", "training_usd", "scoring_usd")
        if chosen:
            usd = sum((active[line] for line in rounds), active["engineering_usd"])
        else:
            training = price_plan(plan, values, vendor, labels, active=False, at_once=True).lines["training_usd"]
            usd = active["engineering_usd"] + training
        usd = usd + score_usd(plan, values, np.maximum(pool - labels, 0.0))
        return np.asarray(np.broadcast_to(usd, labels.shape))

    return HybridCosts(people_usd, compute_usd, lambda n: n * fee_usd)
