"""How long a decision takes on joint draws that are there: 5,000 draws, 12 plans, and one slider that moves.

The whole: 12 plans compared, tornado, P(best) along the label price and along the value of a point, EVPI, and EVPPI of
10 inputs. The slider: the label price at another value, plans compared anew, vendors chosen again, with the chance and
the saving. Every number of the plan that may be a range is one. Forecasting the curves is not part of it: they are
made before, as a dashboard has them. Times are medians over repeats of CPU time in one thread, which is wall time on an
idle core.

Below it, a plan that stops by a rule about the target and the budget (examples/track.toml), which is run again at every
setting of every input: campaigns of 5,000 draws and 129 looks as planned, at 100 prices on the 250 draws on which
break-evens ask, and everything that `labelplan plan` asks of it. Its limit is half of what the whole took when every
look of every setting was asked by itself (11 s and more).
Run: make bench, or python benchmarks/bench_decision.py
"""

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from planner.costs import vote_price_path
from planner.decision.analysis import Questions, analyse, information
from planner.decision.break_even import FEWER
from planner.decision.case import Case
from planner.decision.labels_required import BY_FORMULA, LabelsRequired, forecast_labels_required
from planner.decision.sensitivity import tornado
from planner.decision.value_grid import ValueGrid, acceptability_by_price
from planner.plan import Plan, load_plan, parse_plan
from planner.transfer.task_curves import TaskCurves

DRAWS, PLANS, LEARNT, REPEATS = 5_000, 12, 10, 9
LIMIT_S, SLIDER_LIMIT_S = 1.0, 0.1
RULED_LIMIT_S, RULED_REPEATS = 5.0, 3
RULED = Path(__file__).resolve().parent.parent / "examples" / "track.toml"
NAMES = ("margin", "entropy", "least_confidence", "coreset", "badge", "kmeans", "typiclust", "probcover", "qbc", "bald",
         "dal_linear")  # fmt: skip

TEXT = """
[task]
target = 0.9
pool_size = 100_000
classes = 10
test_labels = 1_000
[strategy]
names = [{names}]
initial_labels = 500
batch_size = "400 to 1_000"
[[vendors]]
name = "one"
price_usd = "0.2 to 0.4"
votes_per_item = 3
vote_error_rate = "0.05 to 0.15"
turnaround_days = "1 to 4"
throughput_per_day = "1_000 to 9_000"
[[vendors]]
name = "two"
price_usd = "0.3 to 0.9"
votes_per_item = 1
delivered_error_rate = "0.01 to 0.05"
set_up_usd = "200 to 900"
[engineering]
one_off_hours = "30 to 90"
hours_per_round = "1 to 3"
hourly_rate_usd = "40 to 90"
[calendar]
cost_of_delay_usd_per_week = "300 to 900"
[evidence]
label_scale_sd = 0.5
"""


def made_curves(plan: Plan) -> LabelsRequired:
    """Make joint curves in which strategies save labels now and then, and each draw has its own."""
    rng = np.random.default_rng(0)
    names = ("random", *plan.strategy.names)
    random = np.exp(rng.normal(np.log(12_000), 0.5, DRAWS))
    savings = np.exp(rng.normal(0.3, 0.4, (len(names), DRAWS)))
    savings[0] = 1.0
    log_labels = np.linspace(np.log(50), np.log(1e6), 72)
    error = 0.1 * np.exp(-0.35 * (log_labels - np.log(random / savings)[..., None]))
    best = 1.0 - np.minimum(error, 0.9)
    evidence = pd.DataFrame({"dataset": ["made"], "weight": [1.0], "why": ["for this benchmark"]})
    last = np.full(best.shape[:2], log_labels[-1])
    curves = TaskCurves(names, "accuracy", best, np.broadcast_to(log_labels, best.shape), last, evidence, (), True)
    reach = curves.labels_to_reach(0.9)
    labels = {name: reach[:, i] for i, name in enumerate(names)}
    return LabelsRequired(plan, 0.9, plan.draw(DRAWS, 0), curves, labels, BY_FORMULA)


def timed(work: Callable[[], Any], repeats: int = REPEATS) -> float:
    """Give the median seconds of some work, after one run that is not counted."""
    work()
    found = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return statistics.median(found)


def ruled() -> dict[str, float]:
    """Time a plan that stops by a rule; the last entry is all that is asked of it."""
    plan = load_plan(RULED)
    needs = forecast_labels_required(plan, n_draws=DRAWS, seed=0, base=RULED.parent)
    case = Case.of(needs)
    few = case.thinned(FEWER)
    prices = few.price_change(np.geomspace(0.001, 1_000, 100)[:, None])

    def asked() -> None:
        fresh = Case.of(needs)
        analyse(fresh, tornado(fresh), Questions())

    return {
        "a plan with a stopping rule compared": timed(lambda: Case.of(needs), RULED_REPEATS),
        f"its rule at 100 prices, {FEWER} draws": timed(lambda: few.at(prices), RULED_REPEATS),
        "everything asked of it": timed(asked, RULED_REPEATS),
    }


def moved(case: Case, price: dict[str, Any]) -> Case:
    """Compare every plan at another label price, vendors and strategy chosen again."""
    values = {**case.values, **price}
    return Case.of(LabelsRequired(case.plan, case.target, values, case.curves, case.needs, case.worth))


def main() -> None:
    """Print seconds, and how they compare with their limits."""
    plan = parse_plan(TEXT.format(names=", ".join(f'"{name}"' for name in NAMES)))
    needs = made_curves(plan)
    case = Case.of(needs)
    bars = tornado(case)
    learnt = [bar.input for bar in bars][:LEARNT]
    parts = {
        f"{PLANS} plans compared": lambda: Case.of(needs),
        f"tornado of {len(bars)} bars": lambda: tornado(case),
        "P(best) by price": lambda: acceptability_by_price(case),
        "P(best) by value of a point": lambda: (grid := ValueGrid.of(case)).acceptability(grid.worths()),
        f"EVPI, and EVPPI of {len(learnt)} inputs": lambda: information(case, learnt),
    }
    seconds = {name: timed(work) for name, work in parts.items()}
    price = {vote_price_path(vendor): np.array([0.5]) for vendor in range(len(plan.vendors))}
    slider = timed(lambda: moved(case, price).chosen.p_al_cheaper)
    total = sum(seconds.values())
    for name, took in seconds.items():
        print(f"{took:7.3f} s  {name}")
    print(f"{total:7.3f} s  all of it: {total / LIMIT_S:.2f} of the limit of {LIMIT_S:g} s")
    print(f"{slider:7.3f} s  one slider: {slider / SLIDER_LIMIT_S:.2f} of the limit of {SLIDER_LIMIT_S:g} s")
    by_rule = ruled()
    for name, took in by_rule.items():
        print(f"{took:7.3f} s  {name}")
    whole = list(by_rule.values())[-1]
    print(f"{whole:7.3f} s  of that plan: {whole / RULED_LIMIT_S:.2f} of the limit of {RULED_LIMIT_S:g} s")


if __name__ == "__main__":
    main()
