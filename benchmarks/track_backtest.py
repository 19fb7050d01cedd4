"""How often `labelplan track` was right: recorded campaigns replayed round by round, and judged by how they went on.

Each recorded data set is held out in turn: its own curves are no evidence. One seed of it is the campaign; the mean
curve over its other seeds, and the model trained on the whole pool, say what would have come, and what each action
would have cost. Targets are what the campaign measured last and so many points more or less: chosen from what is known
when `track` is asked, as forecasts of targets have to be judged (docs/method/backtest.md). Targets read off the mean
curve just beyond the stages asked at would be answered wrong by whoever believes the test set, however well calibrated.
Three prices take turns: labels dear, alike, and rounds of active learning dear.

    .venv/bin/python benchmarks/track_backtest.py --datasets 10 --first-seed 11 --seeds 2

An action is right when it costs at most 5% of the best one's money more than that (or $1); regret is what it costs more
than the best. Stopping short of a target in reach is never right, has no price, and is counted by itself, with the
points that were missing. Beside it: going on as before until the measured value is at the target. Beyond the recorded
labels curves are taken to go straight, in the logarithm of labels, to the value of the whole pool.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from hits import hits_by_round

from planner.campaign.log import parse_log
from planner.campaign.tracking import track
from planner.evidence import recorded_curves
from planner.plan import Plan
from research.mean_curve import labels_of, value_of
from research.verdicts.campaign_plan import campaign_plan

OFFSETS = (-0.02, 0.0, 0.01, 0.02, 0.04, 0.08)  # of the target from what was measured last
STAGES = (4, 7, 12)
CHANCES = (0.0, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 1.0)
WHOLE_SEEDS = 4
MOST_TARGET = 0.9995
PRICES = {"labels dear": (2.0, 0.1), "alike": (0.5, 0.3), "rounds dear": (0.1, 0.5)}
CLOSE = 0.05

HOURLY_RATE_USD = 50.0


@dataclass(frozen=True)
class Judged:
    """One answer beside what would have been right."""

    dataset: str
    strategy: str
    stage: int
    price: str
    reachable: bool
    action: str
    best: str
    regret_usd: float
    naive_regret_usd: float
    short: float
    naive_short: float
    right: bool
    naive_right: bool
    p_reached: float
    is_reached: bool
    p_reaches: float
    covered: bool | None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--datasets", type=int, default=0, help="only so many; all when 0")
    parser.add_argument("--out", type=Path, default=None, help="write every answer here as CSV")
    args = parser.parse_args()
    table = recorded_curves()
    table = table[(table["metric"] == "accuracy") & table["strategy"].isin(["random", "margin"])]
    names = sorted(table["dataset"].unique())
    names = names[: args.datasets] if args.datasets else names
    seeds = range(args.first_seed, args.first_seed + args.seeds)
    pools = table.groupby("dataset")["pool_size"].first()
    whole = {name: whole_pool(name, int(pools[name])) for name in names}
    judged = pd.DataFrame([one for name in names for seed in seeds for one in replay(table, name, seed, whole[name])])
    if args.out is not None:
        judged.to_csv(args.out, index=False)
    report(judged)


def whole_pool(name: str, pool_size: int) -> float:
    """Train on all there is to label, and give the mean accuracy over a few seeds."""
    hits = hits_by_round(name, "random", seeds=WHOLE_SEEDS, initial_size=pool_size, batch_size=1, rounds=0)
    return float(hits[-1].mean())


def replay(table: pd.DataFrame, name: str, seed: int, whole: float) -> Iterator[Judged]:
    """Replay one seed's campaigns on one data set, which the evidence does not hold."""
    own = table[table["dataset"] == name]
    others = own[own["seed"] != seed]
    pool = int(own["pool_size"].iloc[0])
    means = {}
    for strategy in ("random", "margin"):
        mean = others[others["strategy"] == strategy].groupby("labels")["value"].mean()
        means[strategy] = pd.concat([mean, pd.Series({pool: whole})]).cummax()
    proxies = sorted(set(table["dataset"]) - {name})
    for strategy in ("random", "margin"):
        rows = own[(own["seed"] == seed) & (own["strategy"] == strategy)].sort_values("labels")
        for stage in STAGES:
            known = rows.head(stage)
            for i, offset in enumerate(OFFSETS):
                target = float(known["value"].iloc[-1]) + offset
                if not 0.0 < target < MOST_TARGET:
                    continue
                label = list(PRICES)[(i + stage + seed) % len(PRICES)]
                plan = make_plan(rows, target, *PRICES[label], proxies)
                yield judge(plan, known, means, target, label)


def make_plan(rows: pd.DataFrame, target: float, price: float, hours: float, proxies: list[str]) -> Plan:
    """Write the plan of a replayed campaign."""
    engineering = {"one_off_hours": 0.0, "hours_per_round": hours, "hourly_rate_usd": HOURLY_RATE_USD}
    return campaign_plan(rows, "margin", target, price, engineering=engineering, evidence={"proxies": proxies})


def judge(plan: Plan, rows: pd.DataFrame, means: dict[str, pd.Series], target: float, label: str) -> Judged:
    """Ask `track` after some rounds, and price every action on the curves that came true."""
    strategy, other = str(rows["strategy"].iloc[0]), {"random": "margin", "margin": "random"}[rows["strategy"].iloc[0]]
    log = rows[["labels", "value", "strategy", "test_size"]].to_csv(index=False).encode()
    status = track(plan, parse_log(log, plan, where="log.csv"), n_draws=1_000)
    costs, reachable = PRICES[label], max(float(mean.iloc[-1]) for mean in means.values()) >= target
    now, batch = float(rows["labels"].iloc[-1]), float(plan.strategy.batch_size.median)
    in_hand = value_of(means[strategy], now)
    there = in_hand >= target
    usd = {}
    for name in (strategy, other):
        more = 0.0 if there else labels_of(means[name], target) - labels_of(means[name], in_hand)
        usd[name] = money(name, more, batch, costs)
    names = {strategy: "continue", other: f"switch_to_{other}"}
    price = {names[name]: usd[name] for name in usd}
    stopped = there or not reachable
    price["stop"] = 0.0 if stopped else np.inf
    price["pilot"] = (0.0 if stopped else min(usd.values())) + money(other, now, batch, costs)
    # Going on where nothing is needed, or nothing helps, costs the next round.
    if stopped:
        price["continue"] = money(strategy, batch, batch, costs)
        price[f"switch_to_{other}"] = money(other, batch, batch, costs)
    naive = "stop" if float(rows["value"].iloc[-1]) >= target else "continue"
    best = min(price, key=lambda key: price[key])
    slack = max(CLOSE * price[best], 1.0)
    labels = status.actions["continue"].labels
    needed = max(labels_of(means[strategy], target) - now, 0.0)
    covered = None
    if reachable and np.isfinite(needed):
        low, high = labels.q10, labels.q90
        covered = bool((low is None or low <= needed + batch) and (high is None or needed <= high))
    short = target - in_hand
    return Judged(
        dataset=str(rows["dataset"].iloc[0]),
        strategy=strategy,
        stage=len(rows),
        price=label,
        reachable=reachable,
        action=status.action,
        best=best,
        regret_usd=finite(price[status.action] - price[best]),
        naive_regret_usd=finite(price[naive] - price[best]),
        short=missing(status.action, stopped, short),
        naive_short=missing(naive, stopped, short),
        right=price[status.action] <= price[best] + slack,
        naive_right=price[naive] <= price[best] + slack,
        p_reached=status.p_reached,
        is_reached=there,
        p_reaches=max(one.p_reaches for name, one in status.actions.items() if name != "stop"),
        covered=covered,
    )


def finite(usd: float) -> float:
    """Give a difference in money; NaN, left out of means, for stopping short of the target."""
    return usd if np.isfinite(usd) else np.nan


def missing(action: str, stopped: bool, short: float) -> float:
    """Give what a stop is short of the target; NaN, left out of means, for any other action."""
    return short if action == "stop" and not stopped else np.nan


def money(name: str, labels: float, batch: float, costs: tuple[float, float]) -> float:
    """Price labels: those that are chosen take an engineer's hours a round."""
    price, hours = costs
    return labels * price + (np.ceil(labels / batch) * hours * HOURLY_RATE_USD if name != "random" else 0.0)


def report(judged: pd.DataFrame) -> None:
    """Print how often answers were right, and what they cost."""
    print(f"{len(judged):,} answers on {judged['dataset'].nunique()} data sets")
    for keys in (["reachable"], ["reachable", "strategy"], ["reachable", "stage"], ["reachable", "price"]):
        found = judged.groupby(keys).agg(
            answers=("right", "size"),
            right=("right", "mean"),
            naive_right=("naive_right", "mean"),
            regret=("regret_usd", "mean"),
            naive_regret=("naive_regret_usd", "mean"),
            stops_short=("short", "count"),
            short_by=("short", "mean"),
            naive_stops_short=("naive_short", "count"),
            naive_short_by=("naive_short", "mean"),
        )
        print("\n" + found.round(3).to_string())
    print("\n" + pd.crosstab([judged["reachable"], judged["best"]], judged["action"]).to_string())
    print(f"\nneeded labels inside the 80% range: {judged['covered'].dropna().astype(bool).mean():.3f}")
    for said, happened in (("p_reached", "is_reached"), ("p_reaches", "reachable")):
        print(f"\n{said}\n{held(judged, said, happened).round(3).to_string()}")


def held(judged: pd.DataFrame, said: str, happened: str) -> pd.DataFrame:
    """Compare chances with how often things happened, in bins of the chance."""
    bins = pd.cut(judged[said], CHANCES, include_lowest=True)
    return judged.groupby(bins, observed=True).agg(
        said=(said, "mean"), happened=(happened, "mean"), answers=(said, "size")
    )


if __name__ == "__main__":
    main()
