"""Answers a plan: its verdict, its quotes compared, its campaign under way, on the simulator's store if one is named.

In every function `base` is the folder against which the plan's own paths are read, and `store` takes the place of the
plan's `[evidence] store`. Each raises `InputError` where the plan, its evidence, its store or its log cannot be used.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from planner.decision import Verdict, analysis, decide_plan, load_curves, sensitivity
from planner.decision.buying import Buying, buy
from planner.decision.repricing import repricing_of
from planner.plan import Plan
from simulations.curve_table import validate_curves
from simulations.errors import InputError

if TYPE_CHECKING:  # what one question alone asks for is loaded by it, so that the others answer sooner
    from planner.campaign.log import CampaignLog
    from planner.campaign.status import CampaignStatus


def answer_in_steps(
    plan: Plan,
    *,
    base: Path,
    store: Path | None = None,
    n_draws: int = 5_000,
    seed: int = 0,
    questions: analysis.Questions | None = decide_plan.USUAL,
) -> Iterator[Verdict]:
    """Decide a plan: the verdict alone, then with its sensitivity, and its analysis where there are `questions`."""
    simulated, warnings = plan_curves(plan, base=base, store=store)
    coverage = stored_coverage(plan, plan.store_folder(base, store))
    for verdict in decide_plan.decide_in_steps(
        plan, n_draws=n_draws, seed=seed, base=base, simulated=simulated, coverage=coverage, questions=questions
    ):
        yield replace(verdict, warnings=(*verdict.warnings, *warnings))


def with_sliders(verdict: Verdict, plan: Plan, *, base: Path, store: Path | None = None) -> Verdict:
    """Give an answer with what the sliders of its report price again; a case is made anew for it."""
    simulated, _ = plan_curves(plan, base=base, store=store)
    case = decide_plan.case_of(plan, n_draws=verdict.n_draws, seed=verdict.seed, base=base, simulated=simulated)
    return replace(verdict, repricing=repricing_of(case))


def read_questions(sweeps: Sequence[str], over: str | None) -> analysis.Questions:
    """Read the inputs to sweep, such as `task.pool_size=10_000:500_000`, and the two to map; None for the usual map.

    Raises:
        InputError: a text that is not of that form.
    """
    swept = dict(_read_input("--sweep", text) for text in sweeps)
    if over is None:
        return analysis.Questions(swept)
    axes = [part.strip() for part in over.split(",")]
    if len(axes) != 2 or not all(axes):
        raise InputError(f"--map: found '{over}'; allowed: two inputs, such as vote_price_usd,task.pool_size")
    (x, x_range), (y, y_range) = (_read_input("--map", axis) for axis in axes)
    return analysis.Questions(swept, (x, y), (x_range, y_range))


def _read_input(option: str, text: str) -> tuple[str, sensitivity.Range | None]:
    path, equals, span = text.partition("=")
    if not equals:
        return path.strip(), None
    try:
        low, high = map(float, span.split(":"))
    except ValueError:
        low = high = math.nan
    if not (math.isfinite(low) and math.isfinite(high)):
        raise InputError(
            f"{option}: found '{text}'; allowed: an input, or one with a range, such as task.pool_size=10_000:500_000"
        )
    return path.strip(), (low, high)


def compare_quotes(plan: Plan, *, base: Path, store: Path | None, n_draws: int, seed: int) -> Buying:
    """Compare a plan's quotes at what its plans are forecast to need, as the verdict does."""
    simulated, warnings = plan_curves(plan, base=base, store=store)
    found = buy(plan, n_draws=n_draws, seed=seed, base=base, simulated=simulated)
    return replace(found, warnings=(*found.warnings, *warnings))


def campaign_status(
    plan: Plan,
    read_log: "Callable[[Plan], CampaignLog]",
    *,
    base: Path,
    store: Path | None,
    n_draws: int,
    seed: int = 0,
) -> "CampaignStatus":
    """Say where a campaign stands and what to do; the warnings tell of the store and the measured seconds too.

    `read_log` reads the campaign's log, given the plan with its seconds.
    """
    from planner.campaign import tracking

    simulated, unread = plan_curves(plan, base=base, store=store)
    plan, measured = load_curves.with_measured_seconds(plan, simulated)
    status = tracking.track(plan, read_log(plan), n_draws=n_draws, seed=seed, base=base, simulated=simulated)
    return replace(status, warnings=(*status.warnings, *([measured] if measured else []), *unread))


def plan_curves(plan: Plan, *, base: Path, store: Path | None = None) -> tuple[pd.DataFrame | None, tuple[str, ...]]:
    """Read the curve table of the store that a plan rests on, None where it names none; see `stored_curves`."""
    folder = plan.store_folder(base, store)
    return stored_curves(folder) if folder is not None else (None, ())


def stored_coverage(plan: Plan, folder: Path | None) -> pd.DataFrame | None:
    """Read the risk-coverage counts of a plan's store, where the plan asks for hybrid labelling."""
    if folder is None or plan.hybrid.max_error_rate is None:
        return None
    from simulations.store import Store

    return Store(folder).coverage()


def stored_curves(folder: Path) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Read the curve table of a store of simulated trajectories, and a warning for each file that cannot be used.

    Raises:
        InputError: the folder is missing or holds no finished trajectory.
    """
    from simulations.store import Store

    if not folder.is_dir():
        raise InputError(f"{folder}: there is no such store; 'labelplan simulate' makes one")
    frame, warnings = Store(folder).curves()
    return validate_curves(frame, where=str(folder)), tuple(map(str, warnings))


def check_amounts(amounts: Iterable[float]) -> None:
    """Refuse an answer whose amounts are no numbers any more: an InputError where one is infinite or undefined."""
    if not all(map(math.isfinite, amounts)):
        raise InputError("plan: its numbers are so far apart that costs overflow; allowed: amounts a project could pay")
