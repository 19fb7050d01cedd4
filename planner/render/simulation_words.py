"""Simulations in words: what a run would take, how one stands, what its curves show."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from planner.costs.terms import SECONDS_PER_HOUR
from planner.plan import Plan
from planner.render import numbers as n
from planner.render.terminal import print_warnings

MOST_NAMED = 5
STATUS: Mapping[str, str] = {
    "starting": "Starting",
    "running": "Running",
    "pausing": "Pausing",
    "paused": "Paused",
    "done": "Done",
    "failed": "Failed",
    "stopped": "Stopped unexpectedly",
}


def ended_words(ended: Sequence[str]) -> list[str]:
    """Count the trajectories that ended before their last round, and name the first of them, a sentence each.

    >>> ended_words(["digits, mlp, margin, seed 3: it diverged"])
    ['1 trajectory ended before its last round, and its curve with it: digits, mlp, margin, seed 3: it diverged']
    >>> ended_words([])
    []
    """
    if not ended:
        return []
    more = f"; and {n.count(len(ended) - MOST_NAMED)} more" if len(ended) > MOST_NAMED else ""
    its, curves = ("its", "curve") if len(ended) == 1 else ("their", "curves")
    what = f"{_trajectory_count(len(ended))} ended before {its} last round, and {its} {curves} with it"
    return [f"{what}: {'; '.join(ended[:MOST_NAMED])}{more}"]


def low_budget_words(starts: Sequence[Any]) -> list[str]:
    """Say that uncertainty sampling often starts below random labelling on few labels; nothing where there are many.

    The counts are of the recorded curves, as `python benchmarks/low_budget.py` prints them; `starts` are
    `simulations.work_estimate.LowBudget`.
    """
    if not starts:
        return []
    named = [f"{n.plain(one.dataset)} {n.significant(one.per_class, 2):g}" for one in starts]
    asked = ", ".join(dict.fromkeys(name for one in starts for name in one.strategies))
    return [
        f"few labels a class after the first batches ({n.first_few(named, MOST_NAMED)}): below 10, uncertainty "
        f"sampling (here {asked}) often starts below random; in the recorded curves entropy did on 35 of 43 data sets "
        "and margin on 14 of 43. Strategies made for such starts are typiclust and probcover (Hacohen, Dekel & "
        "Weinshall 2022, Active learning on a budget)"
    ]


def duration_words(seconds: float) -> str:
    """Write a time that is known roughly.

    >>> duration_words(0.2), duration_words(41.4), duration_words(300)
    ('a second or less', 'about 41 seconds', 'about 5 minutes')
    """
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"about {seconds / length:,.0f} {unit}"
    return "a second or less" if seconds <= 1 else f"about {seconds:,.0f} seconds"


def grid_count_words(trajectories: int, stored: int, to_run: int) -> str:
    """Say how many trajectories a grid asks for.

    >>> grid_count_words(20, 5, 15)
    '20 trajectories: 5 stored already, 15 to run'
    """
    return f"{_trajectory_count(trajectories)}: {n.count(stored)} stored already, {n.count(to_run)} to run"


def run_cost_sentence(estimate: Any, processes: int, plan: Plan) -> str:
    """Say what a run would take in time and money, at a plan's price; `estimate` is the simulator's `WorkEstimate`."""
    seconds, currency = estimate.seconds, plan.task.currency
    wall_seconds = seconds / processes
    how = "trajectories like these that are stored"
    if estimate.rough:
        how = "the size of the data alone, so it may be three times as much or more"
    price = plan.compute.machine_usd_per_hour
    hours = wall_seconds / SECONDS_PER_HOUR
    low, middle, high = (_cents(hours * usd, currency) for usd in (price.low, price.median, price.high))
    span = "" if low == high else f" ({low} to {high})"
    cost = f"{middle}{span} at the plan's {n.price(price.median, currency)} per hour of machine"
    if price.median == 0:
        cost = "nothing, as the plan's machine costs nothing"
    clock = ""
    if processes > 1 and seconds > 1:
        clock = f", {duration_words(wall_seconds)} on this computer's {n.count(processes)} processors"
    return f"Processor time: {duration_words(seconds)}{clock}. Cost: {cost}. The time is judged by {how}."


def start_label(to_run: int) -> str:
    """Write on the button what it does.

    >>> start_label(15), start_label(0)
    ('Simulate 15 trajectories', 'Simulate')
    """
    return f"Simulate {_trajectory_count(to_run)}" if to_run else "Simulate"


def all_stored_sentence(trajectories: int) -> str:
    """Say that there is nothing to run."""
    which = "The trajectory is" if trajectories == 1 else f"All {n.count(trajectories)} trajectories are"
    return f"{which} stored: there is nothing to run."


def progress_words(
    status: str,
    total: int,
    stored: int,
    done: int,
    left_seconds: float | None,
    error: str | None,
    *,
    share: float = 0.0,
) -> str:
    """Say how a job, whose `status` is one of `STATUS`, stands, in a sentence or two.

    `total` trajectories are asked for (0 while they are not counted), `stored` were there before the job began, `done`
    are new; `share` (0 to 1) is of all of them, those in work counted by their rounds.

    >>> progress_words("running", 10, 2, 1, 41.4, None, share=0.46)
    '3 of 10 trajectories, 46% of all rounds, about 41 seconds left.'
    """
    finished = f"{n.count(stored + done)} of {_trajectory_count(total)}" if total else "Trajectories are being counted"
    if status in ("starting", "running"):
        left = "" if left_seconds is None else f", {duration_words(left_seconds)} left"
        # Lanes in lockstep end together: for most of a run only their rounds tell that it gets on.
        rounds = f", {n.share(share)} of all rounds" if total and stored + done < share * total else ""
        return f"{finished}{rounds}{left}."
    if status == "pausing":
        return f"{finished}. Work in hand is being dropped; what is finished is kept."
    counts = f" {finished} are stored." if total else ""
    if status == "done":
        return f"All {n.count(total)} trajectories are stored." if total > 1 else "The trajectory is stored."
    if status == "paused":
        return f"Paused.{counts} Resume goes on with the rest."
    if status == "failed":
        why = f"{n.plain(error).rstrip('.')}." if error else "The simulator gave up."
        return f"{why}{counts}"
    return f"The simulation ended without a word: its process is gone.{counts} Resume goes on with the rest."


def missing_curves_sentence(strategies: Sequence[str]) -> str:
    """Say why curves do not suffice for the plan's verdict.

    >>> missing_curves_sentence(["random", "margin_kmeans"])
    "The plan's verdict also needs curves of random, margin kmeans, which this run has none of."
    """
    names = ", ".join(n.plan_name(name) for name in strategies)
    return f"The plan's verdict also needs curves of {names}, which this run has none of."


def simulation_finding(summary: pd.DataFrame, metric: str, seeds: int) -> str:
    """Say where the curves stand at the last number of labels that all strategies reach."""
    last = int(summary.groupby("strategy")["labels"].max().min())
    there = summary[summary["labels"] == last].sort_values("q50", ascending=False)
    named = [f"{n.plan_name(row['strategy'])} {n.percent(row['q50'])}" for row in there.to_dict("records")]
    counts = sorted({int(count) for count in there["seeds"]})
    name = n.metric_name(metric)
    return f"{n.capital(name)} at {n.labels(last)} labels: {n.first_few(named, 4)} ({seeds_words(counts, seeds)})"


def seeds_words(counts: Sequence[int], asked: int) -> str:
    """Say how many seeds the middle is of.

    >>> seeds_words([3, 5], 10), seeds_words([10], 10), seeds_words([1], 1)
    ('middle of 3 to 5 of 10 seeds so far', 'middle of 10 seeds', 'one seed')
    """
    low, high = min(counts), max(counts)
    span = n.count(high) if low == high else f"{n.count(low)} to {n.count(high)}"
    if low < asked:
        return f"middle of {span} of {n.count(asked)} seeds so far"
    return "one seed" if asked == 1 else f"middle of {span} seeds"


def curve_rows(summary: pd.DataFrame) -> list[dict[str, str]]:
    """Give the curves as a table in words, a row for each strategy and number of labels."""
    return [
        {
            "Strategy": n.plan_name(row["strategy"]),
            "Labels": n.labels(row["labels"]),
            "Middle": n.percent(row["q50"]),
            "80% of seeds": n.percent_range(row["q10"], row["q90"]),
            "Seeds": n.count(row["seeds"]),
        }
        for row in summary.to_dict("records")
    ]


def _trajectory_count(count: int) -> str:
    return f"{n.count(count)} trajector{'y' if count == 1 else 'ies'}"


def _cents(amount_usd: float, currency: str) -> str:
    """Write a small amount: less than a cent is called so."""
    if 0 < amount_usd < 0.01:
        return f"less than {n.price(0.01, currency)}"
    return n.money(amount_usd, currency)


def print_run(summary: Any, store: Path) -> None:
    """Print what a run of the simulator did: `summary` is its `RunSummary`."""
    print(
        f"{summary.done} of {summary.total} trajectories simulated in {summary.seconds:,.0f} s, "
        f"{summary.stored} were in {store} already"
    )
    if summary.unconverged:
        print(f"Warning: {summary.unconverged} trajectories hold a training that did not converge")
    print_warnings(ended_words(summary.ended))
    print_warnings(low_budget_words(summary.low_budgets))
    print_warnings(summary.failed)
    if summary.remaining:
        first = "" if summary.interrupted or not summary.failed else "mend what the warnings tell of and "
        print(f"{summary.remaining} are still missing; {first}run the same command again to go on")


def print_preview(preview: Any) -> None:
    """Print what a run of the simulator would do: `preview` is its `WorkEstimate`."""
    print(f"{preview.trajectories:,} trajectories, {preview.stored:,} stored, {preview.to_run:,} to run")
    how = "roughly, by the size of the data alone" if preview.rough else "judged by those that are stored"
    took = f"{duration_words(preview.seconds)} ({how})" if preview.to_run else "none"
    print(f"{preview.fits:,} trainings; processor time: {took}")
    print_warnings(low_budget_words(preview.low_budgets))
