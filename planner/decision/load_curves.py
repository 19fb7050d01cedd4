"""Curves for the task from the plan's evidence: recorded proxies, a store's table, or a pilot.

A pilot's curves are weighed by what was believed before of the labels that random needs. The range speaks of a point of
the curve: random has the value at n labels, with density q over ln n. Of that point a pilot tells how likely random is
to have just that value with n labels, f_n(value), every value having been as likely before. So the posterior is
q(ln n) f_n(value). A path passes the value within 1 ÷ slope of ln n, so that the weight of each draw is q ÷ slope where
it crosses (Bayes' rule, by sampling and resampling; Smith & Gelfand 1992, The American Statistician 46:84). To weigh by
q alone would take it that every ln n was as likely before, which no forecast says: curves flatten, and few cross a
given value late. A range that is only assumed weighs a share of the draws, and leaves the others as the points say
(a linear pool of two opinions; Stone 1961, The Annals of Mathematical Statistics 32:1339).

Notation:
    D, M    draws of the curves; points a path
    q       ()      density of the range, over ln(labels)
    w       (D,)    weights
"""

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from planner.evidence import recorded_curves, recorded_savings
from planner.forecasting import MIN_ANCHORS, first_passage, read_path
from planner.intervals import Z80
from planner.plan import PASSIVE, Draws, Plan, Quantity, paths
from planner.randomness import keyed_rng, resample
from planner.transfer.from_pilot import curves_from_pilot
from planner.transfer.from_proxies import curves_from_proxies
from planner.transfer.from_simulation import curves_from_simulation, measured_seconds
from planner.transfer.savings_fit import ProxyEvidence
from planner.transfer.task_curves import TaskCurves, TaskDescription
from simulations.arrays import Bools, Floats
from simulations.curve_table import read_curves, scenario_curves
from simulations.errors import InputError

HALF_OCTAVE = np.log(2.0) / 2  # a slope is taken over a doubling of labels: a path is rough
LEAST_SLOPE = 0.2  # of the mean slope: a path that comes to rest at the very value would outweigh all others
FLOOR = 1e-9  # keeps a pilot that wholly contradicts the range from having no draw left

ENOUGH_OCTAVES = 3.0  # from a pilot's first to its last label count, from which on it speaks for the task alone

OVERDRAWN = 3
"""Times the draws wanted: a range half as wide as the pilot's forecast leaves about a third of them."""
OVERDRAWN_ASSUMED = 2
"""The same beside the range that is assumed where none is given: it is wide, and mostly leaves more of the draws."""

BEGINS_ABOVE = 0.5  # of the pilot's draws: from that share on it begins above a value
DISAGREE = 0.02  # of the pilot's draws, below which what was believed before contradicts it
NOTEWORTHY = 0.2  # of all draws, by which an assumption makes the target likelier, from which on a warning says so

FINE_TUNED_LEARNER = "start=finetune"  # in the name of a learner that was simulated so
OWN_SAVINGS = "label_savings"  # of the evidence, what the plan's author believes

POOLS_STAND_IN = {
    "stream": "No curve of a stream is at hand: those whose items were chosen from a pool stand in, and a stream may "
    "save fewer labels.",
    "queries": "No curve of made-up queries is at hand: those whose items were chosen from a pool stand in, and "
    "queries may save more labels, or fewer.",
}
FEW_SEEDS = 5
MOST_NAMED = 4


@dataclass(frozen=True, eq=False)
class Crossing:
    """Where paths cross a value.

    Attributes:
        log_labels: (D,) ln of the label counts; where a path ends before, how far on it would at its last slope, and
            inf where it is at rest there.
        seen: (D,) whether a path gets as far as the value.
        slope: (D,) rise of the value per unit of ln labels there, over the mean of all paths; at least 0.2. 1 for a
            path that has the value from its first point on, where nobody saw it cross.
    """

    log_labels: Floats
    seen: Bools
    slope: Floats


def crossing(best: Floats, log_labels: Floats, value: float) -> Crossing:
    """Find where running-best paths (D, M) over ln labels (D, M), neither ever falling, cross a value."""
    first, last = log_labels[:, 0], log_labels[:, -1]
    reached = first_passage(best, log_labels, value)
    seen, begun = np.isfinite(reached), best[:, 0] >= value
    low = np.maximum(np.minimum(np.where(seen, reached, last) + HALF_OCTAVE, last) - 2 * HALF_OCTAVE, first)
    high = np.minimum(low + 2 * HALF_OCTAVE, last)
    rise = read_path(best, log_labels, high) - read_path(best, log_labels, low)
    slope = np.divide(rise, high - low, out=np.zeros_like(rise), where=high > low)
    further = last + np.divide(value - best[:, -1], slope, out=np.full_like(slope, np.inf), where=slope > 0)
    mean = 0.0 if begun.all() else float(slope[~begun].mean())
    relative = np.maximum(slope / mean, LEAST_SLOPE) if mean > 0 else np.ones_like(slope)
    return Crossing(np.where(seen, reached, further), seen, np.where(begun, 1.0, relative))


def range_weights(believed: Quantity, crossed: Crossing, pool: float, *, least: float = 0.0) -> Floats:
    """Weigh draws by a range that was given for the labels that random needs: (D,) above 0, on a scale of their own.

    The range is the 10th to 90th percentile of a lognormal. A curve that ends before it crosses stands for a need
    beyond the pool: it counts as *never*, and that is not what a range within the pool speaks of. Labels below `least`
    count as that many.
    """
    middle, sd = np.log(believed.low * believed.high) / 2, np.log(believed.high / believed.low) / (2 * Z80)
    at = np.where(crossed.seen, crossed.log_labels, np.maximum(crossed.log_labels, np.log(pool)))
    at = np.maximum(at, np.log(least) if least > 0 else -np.inf)
    density = np.exp(-0.5 * ((at - middle) / sd) ** 2) / (sd * np.sqrt(2 * np.pi))
    return np.asarray(np.maximum(density / crossed.slope, FLOOR))


def agreement(weights: Floats) -> float:
    """Give the share of the draws that the weights leave (Kish's effective number ÷ D); 0 where the range has none."""
    if (weights <= FLOOR).all():
        return 0.0
    return float(weights.sum() ** 2 / (weights**2).sum() / len(weights))


def few_seeds(table: pd.DataFrame, curves: TaskCurves, *, pilot: bool) -> str | None:
    """Say where most of what the curves rest on, a pilot or data sets, was measured with fewer than five seeds."""
    rows = table[table["strategy"].isin(curves.strategies)]
    if "standard_error" in rows.columns and rows["standard_error"].notna().all():
        return None  # how far a repeat would be off is stated
    seeds = rows.groupby(["strategy"] if pilot else ["dataset", "strategy"])["seed"].nunique()
    few = seeds.groupby(level=0).min().loc[lambda fewest: fewest < FEW_SEEDS]
    if pilot:
        few = few[few > 1]  # a single seed has a warning elsewhere
    else:
        used = curves.evidence.set_index("dataset")["weight"].loc[lambda weight: weight > 0]
        few = few[few.index.isin(used.index)]
        if used[used.index.isin(few.index)].sum() < 0.5 * used.sum():
            return None
    if few.empty:
        return None
    named = [f"{count} of {str(name).replace('_', ' ')}" for name, count in few.items()]
    if len(named) > MOST_NAMED:
        named = [*named[: MOST_NAMED - 1], f"{len(named) - MOST_NAMED + 1} others with as few"]
    return (
        f"{'The pilot' if pilot else 'Simulation'} has few seeds ({', '.join(named)}): how much a repeat would differ "
        f"is known roughly. {FEW_SEEDS} or more make the ranges surer."
    )


def task_curves(
    plan: Plan,
    values: Draws,
    target: float,
    *,
    base: Path,
    simulated: pd.DataFrame | None,
    n_draws: int,
    seed: int,
    given: ProxyEvidence | None = None,
) -> TaskCurves:
    """Forecast every plan's curve for the user's task, on joint draws.

    The target is the value of the metric at which the plan says how many labels random needs, unless its `random_value`
    names another. Evidence is the curve table of the plan's store, or else the recorded curves, or a pilot whose path
    is read against the base folder. Evidence that is given takes the place of both curve tables.

    Raises:
        InputError: the pilot or the proxies named cannot be used.
    """
    task, evidence, description = plan.task, plan.evidence, describe(plan)
    level = target if evidence.random_value is None else evidence.random_value.median
    proxies, others = proxy_evidence(plan, simulated) if given is None else (given, None)
    strategies = ("random", *plan.strategy.names)
    savings_sd = evidence.savings_sd.median
    if evidence.pilot is not None:
        pilot = read_curves(base / evidence.pilot, metric=task.metric, test_size=task.test_size)
        points = pilot[pilot["metric"] == task.metric]

        def draw(n: int) -> TaskCurves:
            return curves_from_pilot(
                pilot, proxies, description, strategies, n_draws=n, seed=seed, savings_sd=savings_sd
            )

        tried = points.groupby("strategy")["labels"].nunique().reindex(plan.strategy.names, fill_value=0)
        if evidence.label_savings is not None and (tried >= MIN_ANCHORS).any():
            raise InputError(
                f"plan, [evidence] label_savings: found {evidence.label_savings.text} beside a pilot that measured "
                f"{', '.join(tried.index[tried >= MIN_ANCHORS])}; allowed: a pilot of random labels alone, or no "
                "label_savings"
            )
        curves = with_belief(plan, draw, points[points["strategy"] == "random"], target, n_draws=n_draws, seed=seed)
        curves = _with_warnings(curves, few_seeds(points, curves, pilot=True), others)
        curves = with_label_savings(plan, curves, values, target)
        return with_fine_tuning(plan, curves, values, tried.index[tried >= MIN_ANCHORS])
    scale_sd = evidence.label_scale_sd
    if scale_sd is not None and scale_sd.median == 0:
        curves = curves_from_simulation(
            proxies.curves, description, strategies, n_draws=n_draws, seed=seed, savings_sd=savings_sd
        )
    else:
        need = None
        if plan.random_labels is not None:  # a single number stands for all draws
            need = level, np.array(np.broadcast_to(np.maximum(values[paths.RANDOM_LABELS], 1.0), n_draws))
        curves = curves_from_proxies(
            proxies,
            description,
            strategies,
            n_draws=n_draws,
            seed=seed,
            label_scale_sd=scale_sd.median if scale_sd is not None else 0.0,
            savings_sd=savings_sd,
            random_labels=need,
            target=None if task.at_budget else target,
        )
    curves = _with_warnings(curves, few_seeds(proxies.curves, curves, pilot=False), others)
    tuned = simulated is not None and all(FINE_TUNED_LEARNER in name for name in simulated["learner"].unique())
    curves = with_label_savings(plan, curves, values, target)
    return with_fine_tuning(plan, curves, values, plan.strategy.names if tuned else ())


def with_belief(
    plan: Plan, draw: Callable[[int], TaskCurves], points: pd.DataFrame, target: float, *, n_draws: int, seed: int
) -> TaskCurves:
    """Weigh curves of the task's own measured points by what was believed before of the labels that random needs.

    A range that the plan gives counts in full. One that is only assumed counts for a share of the draws
    (`assumed_share`); a need below it counts as its low end there, as no plan says that its initial set is too small.
    The belief is about the target, unless the plan's `random_value` names another value. `draw` gives so many joint
    draws of the curves; the measured points have a column `labels`.
    """
    believed = plan.believed_need
    typed = believed is not None and believed is plan.evidence.random_labels
    share = 1.0 if typed else assumed_share(points["labels"].min(), points["labels"].max())
    if believed is None or share == 0:
        return draw(n_draws)
    # A range takes its share of the draws, so that more are made for it to choose from.
    curves, rng = draw((OVERDRAWN if typed else OVERDRAWN_ASSUMED) * n_draws), keyed_rng(seed, "range")
    named = plan.evidence.random_value if typed else None
    value = target if named is None else named.median
    if named is not None and (curves.best[0][:, 0] > value).mean() >= BEGINS_ABOVE:
        # When it was reached nobody has seen, so that no draw is more likely than another.
        return _with_warnings(
            curves.select_draws(resample(np.ones(curves.n_draws), n_draws, rng)),
            f"The measured points begin above random_value ({value:g}): the range of random_labels, which is for what "
            "came before, is left out.",
        )
    pool = plan.task.items_to_label
    crossed = crossing(curves.best[0], curves.log_labels[0], value)
    weights = range_weights(believed, crossed, pool, least=0.0 if typed else believed.low)
    mixed = share * weights / weights.sum() + (1.0 - share) / len(weights)
    chosen = curves.select_draws(resample(mixed, n_draws, rng))
    agreed = agreement(weights)
    if typed and agreed < DISAGREE:
        return _with_warnings(
            chosen,
            f"The measured points and random_labels ({believed.text}) hardly agree: "
            + ("no future lies in that range, which is left out." if agreed == 0 else "few futures lie in that range.")
            + " One of the two is likely to be wrong.",
        )
    alone, left = (float((drawn.labels_to_reach(value)[:, 0] > pool).mean()) for drawn in (curves, chosen))
    if alone - left < NOTEWORTHY:
        return chosen
    said = "Your random_labels say" if typed else "A plan without measured points is taken to say"
    return _with_warnings(
        chosen,
        f"By the measured points alone random labelling falls short of {value:g} with all of the pool in {alone:.0%} "
        f"of futures. {said} that it needs {believed.low:,.0f} to {believed.high:,.0f} labels, 80% sure, which leaves "
        f"{left:.0%}. If you doubt that the pool is enough, give a range of random_labels that reaches beyond it.",
    )


def with_label_savings(plan: Plan, curves: TaskCurves, values: Draws, target: float) -> TaskCurves:
    """Put what the plan's author believes to be saved, where told, in the place of what recorded data sets predict.

    The belief is about the target or, without one, about the plan's `random_value`, and the same for all strategies.
    Where the plan says so it is mixed with what they predict, each by its precision (`mix_savings`).
    """
    evidence = plan.evidence
    if evidence.label_savings is None:
        return curves
    value = target if plan.task.target is not None or evidence.random_value is None else evidence.random_value.median
    names = [name for name in plan.strategy.names if name not in PASSIVE]
    factor, weight = values[paths.LABEL_SAVINGS], 1.0
    if evidence.label_savings_with == "recorded":
        factor, weight = mix_savings(factor, curves.in_pool(plan.task.items_to_label), value, names)
    told = curves.with_stated_savings(factor, value, names)
    beside = "" if weight == 1 else f", weighing {weight:.0%} beside what recorded data sets predict"
    why = f"label savings only: {evidence.label_savings.text} at {value:g}, by your own belief{beside}"
    row = (OWN_SAVINGS, 1.0, why)
    # Beside a pilot all that other data sets are there for is what is saved.
    kept = curves.evidence if curves.clean_labels else curves.evidence.iloc[:1]
    shown = pd.concat([kept, pd.DataFrame([row], columns=kept.columns)], ignore_index=True)
    return replace(told, evidence=shown).in_pool(plan.task.items_to_label)


def with_fine_tuning(plan: Plan, curves: TaskCurves, values: Draws, measured: Container[str]) -> TaskCurves:
    """Count what fine-tuning loses of chosen labels, where the plan trains so; random labelling trains anew.

    Strategies that were measured in the plan's own campaign are taken to have been trained as the plan trains, so that
    the loss is in their curves, unless the plan itself tells a loss.
    """
    told = plan.strategy.fine_tune_loss is not None
    names = [name for name in plan.strategy.names if name not in PASSIVE and (told or name not in measured)]
    if plan.fine_tune_loss is None or not names:
        return curves
    return curves.fine_tuned(values[paths.FINE_TUNE_LOSS], values[paths.INITIAL_LABELS], names)


def mix_savings(believed: Floats, curves: TaskCurves, value: float, names: Sequence[str]) -> tuple[Floats, float]:
    """Mix draws of a believed factor with those that curves predict at a value, the mean over strategies.

    Logarithms are weighed by their precision, w = sd_r² ÷ (sd_b² + sd_r²), draw by draw: their sd is then that of two
    independent measurements together. Draws in which random labelling never reaches the value have the usual factor.

    Returns:
        The factors, (D,), and w, the weight of the belief.
    """
    reach = curves.labels_to_reach(value)
    places = [curves.strategies.index(name) for name in names]
    with np.errstate(invalid="ignore"):
        recorded = (np.log(reach[:, :1]) - np.log(reach[:, places])).mean(axis=1)
    known = np.isfinite(recorded)
    if not known.any():
        return believed, 1.0
    recorded = np.where(known, recorded, np.median(recorded[known]))
    own = np.log(believed)
    spread, spread_recorded = float(own.std()), float(recorded[known].std())
    weight = 1.0 if spread == 0 else spread_recorded**2 / (spread**2 + spread_recorded**2)
    return np.exp(weight * own + (1 - weight) * recorded), weight


def assumed_share(first: float, last: float) -> float:
    """Give the share of the draws that an assumed range weighs beside points from a first to a last label count.

    All of them beside points at one label count, and evenly fewer per octave, down to none from three octaves on: such
    a pilot speaks for the task alone.
    """
    return float(max(1.0 - np.log2(last / first) / ENOUGH_OCTAVES, 0.0))


def describe(plan: Plan) -> TaskDescription:
    """Give what a plan says of its task without a single label."""
    task, evidence = plan.task, plan.evidence
    return TaskDescription(
        metric=task.metric,
        classes=round(task.classes.median),
        kind=evidence.kind,
        learner=evidence.learner,
        imbalance=None if evidence.imbalance is None else evidence.imbalance.median,
        pool_size=max(round(task.items_to_label), 1),
        initial_labels=max(round(plan.strategy.initial_labels.median), 1),
    )


def _with_warnings(curves: TaskCurves, *sentences: str | None) -> TaskCurves:
    more = tuple(sentence for sentence in sentences if sentence is not None)
    return replace(curves, warnings=(*curves.warnings, *more)) if more else curves


def with_measured_seconds(plan: Plan, simulated: pd.DataFrame | None) -> tuple[Plan, str | None]:
    """Put seconds measured on its store's curve table, or the recorded curves, into a plan that asks for them.

    Returns:
        The plan with its seconds, and a sentence on where they are from; as it was, and None, where it does not ask.

    Raises:
        InputError: the curves carry no seconds.
    """
    if plan.compute.seconds_from == "plan":
        return plan, None
    table = proxy_evidence(plan, simulated)[0].curves
    if simulated is None and (table["learner"] == plan.evidence.learner).any():
        # Another model's seconds say nothing of this one's.
        table = table[table["learner"] == plan.evidence.learner]
    found = measured_seconds(table, plan.strategy.names)
    measured = {
        paths.SECONDS_FROM: "plan",
        paths.TRAIN_SECONDS_PER_ITEM: list(found.train_per_item),
        paths.SCORE_SECONDS_PER_ITEM: list(found.score_per_item),
        # A training was measured with all its epochs, a scoring with all passes and members.
        paths.EPOCHS: 1,
        paths.PASSES: 1,
        paths.MEMBERS: 1,
    }
    return plan.replace(measured), (
        f"Training and scoring take the seconds measured on {found.trajectories:,} simulated campaigns with "
        f"{', '.join(found.learners)}, scaled to this pool; another model or machine takes others."
    )


def proxy_evidence(plan: Plan, simulated: pd.DataFrame | None) -> tuple[ProxyEvidence, str | None]:
    """Give the curves that may speak for a plan's task, of the data sets that it names, and what was saved on them.

    Those recorded are of the linear learner and of the plan's own. One of which nothing is recorded has the linear
    curves alone, and a sentence says so. Of the curve table of a plan's store all learners speak.

    Raises:
        InputError: there are none, or a data set is not there.
    """
    evidence, scenario = plan.evidence, plan.strategy.scenario
    if simulated is not None:
        table, sentences = scenario_curves(simulated, scenario)
        if table.empty and scenario in POOLS_STAND_IN:
            table, sentences = scenario_curves(simulated, "pool")[0], [POOLS_STAND_IN[scenario]]
        if table.empty:
            only = "found only curves of streams or made-up queries; allowed: curves of pools"
            raise InputError(f"plan, [evidence] store: {only}")
        return ProxyEvidence(named_proxies(table, evidence.proxies)), " ".join(sentences) or None
    table = named_proxies(recorded_curves(evidence.learner, plan.task.metric), evidence.proxies)
    savings = named_proxies(recorded_savings(evidence.learner), evidence.proxies)
    found = ProxyEvidence(table, savings)
    held = sorted(map(str, table["learner"].unique()))
    said = []
    if evidence.learner is not None and evidence.learner not in held:
        of = "" if evidence.proxies == ("auto",) else f" of {', '.join(evidence.proxies)}"
        others = ", ".join(held)
        said.append(
            f"No curve{of} is recorded with the learner '{evidence.learner}': those with {others} stand in for it."
        )
    if scenario in POOLS_STAND_IN:
        said.append(POOLS_STAND_IN[scenario])
    return found, " ".join(said) or None


def named_proxies(table: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    """Give the rows of the data sets that a plan names, all of them for `auto`; raises where one is not there."""
    if names == ("auto",):
        return table
    known = sorted(table["dataset"].unique())
    for name in names:
        if name not in known:
            raise InputError(
                f"plan, [evidence] proxies: found '{name}', of which there is no curve; allowed: {', '.join(known)}, "
                'or "auto" for all of them'
            )
    return table[table["dataset"].isin(names)]
