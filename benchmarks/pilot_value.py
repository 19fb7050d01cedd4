"""The value of a pilot: the fast method that every answer uses beside the full simulation.

python benchmarks/pilot_value.py [--pilots 96] [--seed 0] [--plan NAME] [--kind random] [--few]

In full: draw a truth from the plan's joint draws, write the CSV of a pilot of it, refit with the real forecast, price,
decide, and pay for what was decided in the truth. The plan keeps its range of what random needs beside the pilot.
Ratios are to the fast value; ± is a standard error, and of a ratio it holds that of both. Seven minutes on one core by
default.

Below stands the same of truths whose curve begins in the first half of the pilot's labels, and of those that begin
later. A truth is a recorded curve stretched to the labels that the task needs; what it is before its first point is a
guess, and what a pilot sees of such a truth is little else.

--few asks another question: how low the fast value of a paired pilot is where few draws speak for what it would show.
60,000 joint draws are cut into parts of so many, each part is asked alone, and their mean is compared with what all
draws together say. Two minutes.
"""

import argparse
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from planner.decision.comparison import compare
from planner.decision.labels_required import LabelsRequired, forecast_labels_required
from planner.decision.pilot.design import (
    Experiment,
    Kind,
    chance_value,
    delivered_worth,
    design_pilot,
    pilot_experiment,
)
from planner.decision.pilot.value import pilot_value, preposterior, usual_need
from planner.plan import Plan, load_plan
from research.pilot_in_full import simulate_in_full
from simulations.arrays import Floats

ROOT = Path(__file__).resolve().parent.parent
DRAWS = 5_000
TIMES: Mapping[Kind, tuple[int, ...]] = {"random": (4,), "paired": (4, 10)}
"""Sizes, in initial sets."""

MANY = 60_000
PARTS: Mapping[int, int] = {300: 60, 1_000: 40, 5_000: 12}
"""Draws -> parts of so many."""

TEMPLATE, ENVELOPE, SKIN = "planner/plan/template.toml", "examples/back-of-envelope.toml", "examples/skin-lesions.toml"
PLANS: Mapping[str, tuple[str, dict[str, object]]] = {
    "envelope": (ENVELOPE, {}),
    "dear labels": (
        TEMPLATE,
        {
            "vendors.0.price_usd": "0.1 to 0.3",
            "engineering.one_off_hours": "20 to 40",
            "calendar.cost_of_delay_usd_per_week": 100,
            "strategy.initial_labels": 500,
            "evidence.random_labels": "10_000 to 40_000",
        },
    ),
    "very dear": (
        TEMPLATE,
        {"vendors.0.price_usd": "0.4 to 0.8", "calendar.cost_of_delay_usd_per_week": 300, "calendar.retrain_days": 0},
    ),
    "skin, margin": (SKIN, {"strategy.names": "margin", "vendors.0.price_usd": "4 to 9"}),
}
"""Plans near the point where both are as dear: elsewhere no pilot is worth anything, by either method."""


def totals(plan: Plan, found: LabelsRequired) -> dict[str, Floats]:
    return {name: one.bill.total_usd for name, one in compare(found).plans.items()}


def told(fast: float, fast_se: float, full: float, full_se: float) -> str:
    if fast <= 0:
        return f"{full:8,.0f} ± {full_se:5,.0f}  ratio  none"
    ratio = full / fast
    return f"{full:8,.0f} ± {full_se:5,.0f}  ratio {ratio:5.2f} ± {np.hypot(full_se, ratio * fast_se) / fast:.2f}"


def run(name: str, kind: Kind, n_pilots: int, seed: int) -> None:
    path, changed = PLANS[name]
    plan = load_plan(ROOT / path).replace(changed)
    found = forecast_labels_required(plan, n_draws=DRAWS, seed=seed)
    chosen = compare(found)
    usd = {key: np.broadcast_to(one.bill.total_usd, DRAWS) for key, one in chosen.plans.items()}
    vendor = chosen.plans["random"].vendor
    initial = round(plan.strategy.initial_labels.median)
    sizes = [times * initial for times in TIMES[kind]]
    strategies = (chosen.al_plan,) if kind == "paired" else ()
    start = time.process_time()
    fast = pilot_value(found, usd, vendor=vendor, strategies=strategies, sizes=sizes, seed=seed)
    fast_s = time.process_time() - start
    design = design_pilot(plan, strategies, sizes)
    start = time.process_time()
    full = simulate_in_full(plan, found, totals, design, vendor=vendor, n_pilots=n_pilots, seed=seed)
    full_s = (time.process_time() - start) / n_pilots / len(sizes)
    for z, size in enumerate(sizes):
        evsi, se = fast.evsi_usd[z], fast.evsi_se_usd[z]
        print(f"{name:12s} {kind:6s} {size:7,d}  EVPI {fast.evpi_usd:7,.0f}  fast {evsi:7,.0f} ± {se:4,.0f}  ", end="")
        print(f" full: {told(evsi, se, float(full.evsi_usd[z]), float(full.se_usd[z]))}  ", end="")
        print(f" fast {fast_s:.2f} s, full {full_s:.2f} s a pilot", flush=True)
        first = np.exp(found.curves.log_labels[0][full.truth, found.curves.lead])
        for words, these in (("begun", first <= size / 2), ("later", first > size / 2)):
            gains = full.gain_usd[z, these]
            if len(gains) > 1:
                se = gains.std(ddof=1) / np.sqrt(len(gains))
                print(f"{'':12s} {len(gains):3d} truths, {words} full: {gains.mean():8,.0f} ± {se:5,.0f}", flush=True)


def few(name: str, seed: int) -> None:
    """Print the value of the smallest and the largest usual paired pilot by few draws ÷ by many."""
    net, experiment = many_draws(name, seed)
    asked = range(seed, seed + 2)
    all_of_them = np.mean(
        [preposterior(net, experiment, n_pilots=4_096, seed=s).gain_usd.mean(axis=1) for s in asked], 0
    )
    evpi_usd = best_gain(net)
    mixed = np.random.default_rng(seed).permutation(MANY)
    for n_draws, parts in PARTS.items():
        gains, behind, evpi = [], [], []
        for part in mixed[: n_draws * parts].reshape(parts, n_draws):
            one = Experiment(experiment.readings[part], experiment.noise, experiment.stage, experiment.sizes)
            found = preposterior(net[part], one, seed=seed)
            gains.append(found.gain_usd.mean(axis=1))
            behind.append(found.effective_draws)
            evpi.append(found.evpi_usd)
        # What the parts happen to have at stake, more or less than all of the draws, is no error of the method.
        ratio = np.mean(gains, axis=0) / all_of_them * evpi_usd / np.mean(evpi)
        error = np.std(gains, axis=0, ddof=1) / np.sqrt(parts) / all_of_them
        told = "  ".join(
            f"{np.mean(behind, axis=0)[z]:5.0f} behind: {ratio[z]:.2f} ± {error[z]:.2f}" for z in (0, 4, 7)
        )
        print(f"{name:12s} {n_draws:6,d} draws  {told}", flush=True)


def best_gain(net: Floats) -> float:
    """Give the EVPI."""
    return float((net.max(axis=1) - net[:, net.mean(axis=0).argmax()]).mean())


def many_draws(name: str, seed: int) -> tuple[Floats, Experiment]:
    """Give net benefits and readings of usual paired pilots on many draws."""
    path, changed = PLANS[name]
    plan = load_plan(ROOT / path).replace(changed)
    found = forecast_labels_required(plan, n_draws=MANY, seed=seed)
    chosen = compare(found)
    vendor, design = chosen.plans["random"].vendor, design_pilot(plan, (chosen.al_plan,))
    worth = delivered_worth(plan, found, vendor)
    need = np.broadcast_to(found.needs["random"] / worth["random"], MANY)
    experiment = pilot_experiment(
        found.curves,
        design,
        at=usual_need(need, plan.task.pool_size.median - plan.task.test_labels.median),
        test_labels=plan.task.test_labels.median,
        worth=worth,
        chance=chance_value(plan),
    )
    net = -np.stack([np.broadcast_to(one.bill.total_usd, MANY) for one in chosen.plans.values()], axis=1)
    return net, experiment


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pilots", type=int, default=96, help="truths simulated in full for each plan and kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--plan", choices=list(PLANS), help="one plan alone")
    parser.add_argument("--kind", choices=list(TIMES), help="pilots of one kind alone")
    parser.add_argument("--few", action="store_true", help="few draws against many, in place of fast against full")
    args = parser.parse_args()
    with threadpool_limits(1):
        for name in [args.plan] if args.plan else PLANS:
            if args.few:
                few(name, args.seed)
                continue
            for kind in TIMES:
                if args.kind in (None, kind):
                    run(name, kind, args.pilots, args.seed)


if __name__ == "__main__":
    main()
