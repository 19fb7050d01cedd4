"""How long pricing takes: 5,000 draws x 10 plans x 10 vendors of all billing kinds, and the memory it needs.

Every number that may be a range is one, so that nothing is saved by single numbers. One call prices the ten plans with
one vendor, as rows of n. The time is the median over repeats of CPU time in one thread, arithmetic only: the plan and
its draws are made before. The limit is meant for two cores; numpy's short operations gain nothing by a second.
Run: make bench, or python benchmarks/bench_costs.py
"""

import json
import statistics
import sys
import time
import tracemalloc
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from planner.costs import price_plan, with_delay
from planner.plan import Plan, parse_plan

DRAWS, PLANS, REPEATS = 5_000, 10, 15
LIMIT_S, LIMIT_MB = 0.2, 500.0

EVERY_VENDOR = """
platform_fee_usd_per_item = "0.01 to 0.03"
set_up_usd = "200 to 900"
subscription_usd_per_month = "50 to 200"
review_share = "0.05 to 0.2"
review_price_usd = "0.02 to 0.05"
gold_share = "0.02 to 0.1"
rework_free = false
vote_error_rate = "0.05 to 0.2"
turnaround_days = "1 to 4"
throughput_per_day = "1_000 to 9_000"
"""
TIERS = """tiers = [
  {to_units = 20_000, price_usd = "0.03 to 0.05"},
  {from_units = 20_000, to_units = 80_000, price_usd = "0.02 to 0.03"},
  {from_units = 80_000, price_usd = "0.01 to 0.02"},
]
"""
VENDORS = {
    "per item": 'price_usd = "0.02 to 0.05"',
    "crowd": 'price_usd = "0.01 to 0.03"\nfee_rate = 0.2\nfee_rate_many = 0.4\nfee_minimum_usd = 0.01',
    "graduated": TIERS,
    "monthly": TIERS + 'tier_reset = "monthly"',
    "per order": TIERS + 'tier_kind = "volume"\ntier_reset = "per_order"\nlargest_order_items = "2_000 to 9_000"',
    "per annotation": 'billing = "per_annotation"\nprice_usd = "0.01 to 0.02"\nannotations_per_item = "2 to 6"\n'
    'item_size = "60 to 400"\nunit_size = 50\nminimum_order_usd = "100 to 500"\nminimum_order_items = "200 to 900"',
    "per hour": 'billing = "per_hour"\nhourly_rate_usd = "6 to 12"\nseconds_per_vote = "8 to 20"\n'
    'efficiency = "0.7 to 0.9"\nfree_items = "100 to 900"\ndays_between_orders = "1 to 3"',
    "per token": 'billing = "per_token"\ntokens_in_per_vote = "300 to 900"\ntokens_out_per_vote = "5 to 50"\n'
    'price_usd_per_million_tokens_in = "0.1 to 3"\nprice_usd_per_million_tokens_out = "0.4 to 15"\n'
    'retry_rate = "0.01 to 0.1"',
    "in house": 'billing = "in_house"\nsalary_usd_per_year = "40_000 to 70_000"\nseconds_per_vote = "8 to 20"\n'
    'overhead_rate = "0.2 to 0.4"\nminimum_months = "1 to 3"\npeople = "2 to 4"',
    "own people": 'billing = "platform_only"\nseats = "2 to 6"\nseat_usd_per_month = "20 to 60"',
}
PLAN = """
[task]
pool_size = "80_000 to 120_000"
test_labels = "1_000 to 3_000"
[strategy]
initial_labels = "500 to 1_500"
batch_size = "500 to 2_000"
time_factor = "1 to 1.5"
reuse_loss = "0.05 to 0.2"
[engineering]
one_off_hours = "60 to 100"
hours_per_round = "1 to 3"
hourly_rate_usd = "40 to 60"
hours_per_project = "5 to 10"
projects_sharing = "1 to 4"
discount_rate = "0.05 to 0.1"
[compute]
train_seconds_per_item = "0.001 to 0.004"
epochs = "10 to 40"
score_seconds_per_item = "0.0002 to 0.001"
machine_usd_per_hour = "1 to 2"
pool_share_scored = "0.2 to 0.8"
[calendar]
retrain_days = "0.1 to 0.5"
build_days = "5 to 15"
cost_of_delay_usd_per_week = "300 to 1_500"
"""


def the_plan() -> Plan:
    quotes = [f'[[vendors]]\nname = "{name}"\n{terms}\n{EVERY_VENDOR}' for name, terms in VENDORS.items()]
    return parse_plan(PLAN + "\n".join(quotes))


def price_all(plan: Plan, values: dict[str, np.ndarray], n: np.ndarray) -> list[np.ndarray]:
    """Total of each vendor, (PLANS, DRAWS): the first plan is random labelling, from which delay counts."""

    def one(vendor: int) -> np.ndarray:
        random = price_plan(plan, values, vendor, n[:1], active=False)
        active = with_delay(plan, price_plan(plan, values, vendor, n[1:], active=True), random.days, values)
        return np.concatenate([random.total_usd, active.total_usd])

    return [one(vendor) for vendor in range(len(plan.vendors))]


def peak_mb(*arguments) -> float:
    tracemalloc.start()
    price_all(*arguments)
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return peak


def seconds(*arguments) -> float:
    start = time.process_time()
    price_all(*arguments)
    return time.process_time() - start


def main() -> int:
    plan = the_plan()
    values = plan.draw(DRAWS, seed=0)
    rng = np.random.default_rng(0)
    n = np.ceil(np.sort(rng.uniform(2_000, 60_000, (PLANS, DRAWS)), axis=0)[::-1])
    results: dict[str, object] = {"draws": DRAWS, "plans": PLANS, "vendors": len(plan.vendors), "limit_s": LIMIT_S}
    seconds(plan, values, n)  # counts the ways in which votes can fall, once and for all
    usual = statistics.median(seconds(plan, values, n) for _ in range(REPEATS))
    size = f"{DRAWS:,} draws x {PLANS} plans x {len(plan.vendors)} vendors"
    print(f"{size}: {usual:.3f} s, {usual / LIMIT_S:.2f} x the limit of {LIMIT_S} s")
    peak = peak_mb(plan, values, n)
    results |= {"median_s": usual, "peak_mb": peak}
    print(f"peak memory {peak:.0f} MB, {peak / LIMIT_MB:.2f} x the limit of {LIMIT_MB:.0f} MB")
    print(json.dumps(results))
    return int(usual > LIMIT_S or peak > LIMIT_MB)


if __name__ == "__main__":
    sys.exit(main())
