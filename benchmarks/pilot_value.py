"""The value of a pilot: the fast method that every answer uses beside the full simulation.

python benchmarks/pilot_value.py [--pilots 96] [--seed 0] [--plan NAME]

In full: draw a truth from the plan's joint draws, write the CSV of a pilot of it, refit with the real forecast, price,
decide, and pay for what was decided in the truth. *Alone* decides on the refit as it is, which forgets what the plan
said of random's need; *range kept* weighs the refit's draws by that range. Ratios are to the fast value; ± is a
standard error, and of a ratio it holds that of both. Six to nine minutes on one core by default.
"""

import argparse
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from planner.decision.comparison import Comparison, compare
from planner.decision.needs import Needs, forecast_needs
from planner.decision.pilot import Kind, design_pilot, pilot_value
from planner.decision.pilot.full import Decided, simulate_in_full
from planner.plan import Plan, load_plan
from planner.plan.quantity import Floats

ROOT = Path(__file__).resolve().parent.parent
DRAWS = 5_000
TIMES = {"random": (4,), "paired": (4, 10)}
"""Sizes, in initial sets."""

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


def priced(plan: Plan, found: Needs) -> Comparison:
    return compare(plan, found.values, found.labels, worth=found.worth)


def totals(plan: Plan, found: Needs) -> dict[str, Floats]:
    return {name: one.bill.total_usd for name, one in priced(plan, found).plans.items()}


def told(fast: float, fast_se: float, full: float, full_se: float) -> str:
    if fast <= 0:
        return f"{full:8,.0f} ± {full_se:5,.0f}  ratio  none"
    ratio = full / fast
    return f"{full:8,.0f} ± {full_se:5,.0f}  ratio {ratio:5.2f} ± {np.hypot(full_se, ratio * fast_se) / fast:.2f}"


def run(name: str, kind: Kind, n_pilots: int, seed: int) -> None:
    path, changed = PLANS[name]
    plan = load_plan(ROOT / path).replace(changed)
    found = forecast_needs(plan, n_draws=DRAWS, seed=seed)
    chosen = priced(plan, found)
    usd = {key: np.broadcast_to(one.bill.total_usd, DRAWS) for key, one in chosen.plans.items()}
    vendor = chosen.plans["random"].vendor
    initial = round(plan.strategy.initial_labels.median)
    sizes = [times * initial for times in TIMES[kind]]
    strategies = (chosen.al_plan,) if kind == "paired" else ()
    start = time.process_time()
    fast = pilot_value(plan, found, usd, kind=kind, vendor=vendor, strategies=strategies, sizes=sizes, seed=seed)
    fast_s = time.process_time() - start
    design = design_pilot(plan, kind, strategies=strategies, sizes=sizes)
    start = time.process_time()
    full = simulate_in_full(plan, found, totals, design, vendor=vendor, n_pilots=n_pilots, seed=seed)
    full_s = (time.process_time() - start) / n_pilots / len(sizes)
    for z, size in enumerate(sizes):
        evsi, se = fast.evsi_usd[z], fast.evsi_se_usd[z]
        print(f"{name:12s} {kind:6s} {size:7,d}  EVPI {fast.evpi_usd:7,.0f}  fast {evsi:7,.0f} ± {se:4,.0f}  ", end="")
        for said, one in (("alone", full.alone), ("range kept", full.kept)):
            print(f" {said}: {told(evsi, se, *at(one, z))}  ", end="")
        print(f" fast {fast_s:.2f} s, full {full_s:.2f} s a pilot", flush=True)


def at(decided: Decided, z: int) -> tuple[float, float]:
    return float(decided.evsi_usd[z]), float(decided.se_usd[z])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pilots", type=int, default=96, help="truths simulated in full for each plan and kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--plan", choices=list(PLANS), help="one plan alone")
    args = parser.parse_args()
    with threadpool_limits(1):
        for name in [args.plan] if args.plan else PLANS:
            for kind in ("random", "paired"):
                run(name, kind, args.pilots, args.seed)


if __name__ == "__main__":
    main()
