"""Runs one comparison: arms interleaved over repeats, then ratios, rates and the equality of the curves."""

from collections.abc import Callable
from dataclasses import replace
from statistics import median

import numpy as np
from cases import Arm, Case
from job import Answer, Job
from outcome import Gate, Outcome, Row
from pools import dataset, prepare, rows_path
from runner import measure

MOST_SEEDS = 20
_NO_DIFFERENCE = 0.002
_TWO_SIGMA = 0.97725
Say = Callable[[str], None]


def compare(case: Case, repeats: int, say: Say) -> Outcome:
    """Measure all arms of a case.

    Args:
        case: what to measure.
        repeats: how often; slow arms may be capped lower.
        say: is told each measurement as it comes.
    """
    prepare(case.pool, MOST_SEEDS, case.initial_size)
    answers: dict[str, list[Answer]] = {}
    jobs = {arm.label: job_of(case, arm) for arm in case.arms}
    gemm = replace(jobs["labelplan"], arm="gemm")
    rates = measure(gemm).extra["gflops"]
    for repeat in range(repeats):
        # A-B-A-B: whatever drifts on the machine meets every arm alike.
        for arm in case.arms:
            if repeat >= arm.repeats:
                continue
            answer = measure(jobs[arm.label])
            answers.setdefault(arm.label, []).append(answer)
            say(f"  {arm.label}, repeat {repeat + 1}: {answer.cpu_ms:.3g} ms of processor time per lane-round")
    rows = [Row.of(arm.label, jobs[arm.label].lanes, answers[arm.label], notes(jobs[arm.label])) for arm in case.arms]
    outcome = Outcome(case.name, case.title, rows, facts={"gflops": rates, "label_range": _label_range(case)})
    outcome.gates += _speed_gates(case, {row.arm: row for row in rows})
    outcome.gates += _rate_gate(case, jobs["labelplan"], answers["labelplan"], rates, outcome)
    if case.equal_to in answers:
        outcome.gates += equality(answers["labelplan"][0], answers[case.equal_to][0], case.equal_to, case.strategies)
    if case.most_mb is not None:
        peak = max(a.peak_mb for a in answers["labelplan"])
        outcome.gates.append(Gate("peak memory of labelplan", peak, case.most_mb, False, "limit", " MB"))
    return outcome


def job_of(case: Case, arm: Arm) -> Job:
    """What an arm is asked in a case."""
    return Job(
        arm=arm.name,
        pool=str(case.pool.path),
        rows=str(rows_path(case.pool.path, case.initial_size)),
        dataset=dataset(case.pool),
        strategies=case.strategies,
        seeds=tuple(range(arm.seeds)),
        batch_size=case.batch_size,
        rounds=case.rounds,
        initial_size=case.initial_size,
        every=arm.every,
        dtype=arm.dtype,
        processes=arm.processes,
    )


def notes(job: Job) -> list[str]:
    """What a reader must know of how a job was measured."""
    return [f"every {job.every}th round of the same label range"] if job.every > 1 else []


def _label_range(case: Case) -> list[int]:
    return [case.initial_size, case.initial_size + case.rounds * case.batch_size]


def _speed_gates(case: Case, rows: dict[str, Row]) -> list[Gate]:
    own = rows["labelplan"].cpu_ms.median
    return [
        Gate(f"times faster than {arm}", rows[arm].cpu_ms.median / own, floor, True, "floor", "×")
        for arm, floor in case.floors.items()
    ]


def _rate_gate(case: Case, job: Job, answers: list[Answer], rates: dict[str, float], outcome: Outcome) -> list[Gate]:
    """Hold the operations of all fits and scorings, done in the time of everything, against the measured rate.

    Nothing but matrix products is counted as work, so exponentials, metrics and the choice itself cost rate.
    """
    if case.ceiling is None:
        return []
    extra = answers[-1].extra
    d, C = case.pool.features, case.pool.classes
    scored = job.rounds * extra["pool_size"] + (job.rounds + 1) * extra["test_size"]
    flops = extra["fit_flops"] + 2.0 * C * d * scored * job.lanes
    seconds = 1e-3 * median(a.cpu_ms for a in answers) * job.lanes * (job.rounds + 1)
    reached = 1e-9 * flops / seconds
    outcome.facts |= {"reached_gflops": reached, "evaluations_per_fit": extra["evaluations"]}
    square = rates["square"]
    return [Gate("share of the measured matrix-product rate", reached / square, case.ceiling, True, "aim")]


def equality(own: Answer, other: Answer, name: str, strategies: tuple[str, ...]) -> list[Gate]:
    """Compare areas under the accuracy curves, seeds as pairs.

    Two gates a strategy: the first round, where both were trained on the same items, agrees within 0.002; the area
    differs by at most two standard errors of the paired difference, widened as Student's t does for few seeds, or
    0.002 where that is more.
    """
    from scipy.stats import t

    gates = []
    for strategy in strategies:
        shared = [key for key in other.curves if key in own.curves and key.startswith(f"{strategy}/")]
        if len(shared) < 2:
            continue
        gap = np.array([np.subtract(own.curves[key], other.curves[key]) for key in shared])
        # Differences of fractions: a gap of just 0.002 must not fail by the last bit of 0.90 − 0.898.
        start = round(float(abs(gap[:, 0].mean())), 9)
        gates.append(Gate(f"{strategy}: accuracy gap to {name}, first round", start, _NO_DIFFERENCE, False, "quality"))
        areas = gap.mean(axis=1)
        error = float(areas.std(ddof=1) / np.sqrt(len(areas)))
        allowed = max(float(t.ppf(_TWO_SIGMA, len(areas) - 1)) * error, _NO_DIFFERENCE)
        text = f"{strategy}: gap of the area under the curve to {name}, {len(shared)} seeds"
        gates.append(Gate(text, float(abs(areas.mean())), allowed, False, "quality"))
    return gates
