"""Prints how often hybrid labelling keeps its error bound, and how much of the possible saving it takes.

python benchmarks/hybrid_bound.py [--seeds 40] [--data digits,satimage] [--test-sizes 500,1000]

Coverage tables count held-out items only, so every campaign is simulated here and the truth counted on the rest of the
pool. A label by people costs 1, one by the model nothing: the saving is the share of the set that the model labels.

Notation: S seeds, R rounds, T thresholds; m, k (S, R, T) held-out items covered and wrong; A, X (S, R, T) the same of
the unlabelled rest of the pool; n items labelled by people.
"""

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pandas as pd
from mcal import SHARES, ShareCounts, run_mcal, surest_errors
from threadpoolctl import threadpool_limits

from planner.decision.hybrid import (
    CoveredRounds,
    HybridCosts,
    HybridRule,
    allowed_thresholds,
    machine_items,
    plan_hybrid,
)
from simulations.arrays import Bools, Floats, Ints, Singles
from simulations.datasets import DATASETS
from simulations.datasets.pool import Pool, initial_set, open_pool
from simulations.learners import LEARNERS, Labelled, make_learner
from simulations.metrics import THRESHOLDS, likeliest, risk_coverage
from simulations.trajectory import LazyStreams, Part, stream

Choice = tuple[Ints, Ints]
"""For each seed a round and a threshold, T standing for none; (S,) each."""

SCHEDULES: Mapping[str, tuple[int, ...]] = {
    "digits": (50, 100, 150, 200, 300, 400, 500, 600, 700, 800),
    "optdigits": (50, 100, 200, 400, 800, 1200, 1600, 2000, 2500),
    "satimage": (50, 100, 200, 400, 800, 1600, 2400),
    "penbased": (50, 100, 200, 400, 800, 1600, 2400, 3200),
    "page-blocks": (50, 100, 200, 400, 800, 1600, 2400),
    "synthetic-easy": (50, 100, 200, 400, 800, 1200, 1600),
    "magic": (50, 100, 200, 400, 800, 1600, 3200),
    "letter": (100, 200, 400, 800, 1600, 3200, 6400),
}
"""Labels by people after each round. The set is labelled in few rounds that grow, as a company would order them."""

OTHER_SCHEDULE = (50, 100, 200, 400, 800, 1600)
STRATEGIES = ("random", "margin", "surest")
ERROR_RATES = (0.02, 0.05)
COSTS = HybridCosts(lambda n: n, np.zeros_like, np.zeros_like)


@dataclass(frozen=True)
class Campaigns:
    """The campaigns of one strategy: what a planner sees of them, the truth A and X, and that by shares for MCAL."""

    seen: CoveredRounds
    rest: Ints
    wrong: Ints
    by_share: ShareCounts

    @property
    def items(self) -> int:
        """The whole set."""
        return self.seen.pool_size + self.seen.test_size


def simulate(name: str, test_size: int, seeds: Sequence[int], strategy: str) -> Campaigns:
    """Label one data set by one strategy, all seeds in lockstep, and count on held-out items and on the rest."""
    entry, linear = DATASETS[name], LEARNERS["linear"]
    dataset = Part.of(name, {**entry.defaults, "test_size": test_size}, entry.version)
    learner = make_learner(Part.of("linear", linear.defaults))
    pools = [open_pool(dataset, Part.of("perfect"), seed, linear.axes) for seed in seeds]
    space, schedule = pools[0].space, SCHEDULES.get(name, OTHER_SCHEDULE)
    starts = [stream(dataset.as_json(), seed, "initial") for seed in seeds]
    labelled = [initial_set(p, "one_per_class", schedule[0], rng) for p, rng in zip(pools, starts, strict=True)]
    fitted, counts = None, np.empty((2, len(seeds), len(schedule), len(THRESHOLDS), 2), np.int64)
    surest = np.empty((2, len(seeds), len(schedule), len(SHARES)), np.int64)
    for r, following in enumerate([*schedule[1:], schedule[-1]]):
        rows = np.stack([pool.rows[own] for pool, own in zip(pools, labelled, strict=True)])
        answers = space.data.clean[rows]
        batch = Labelled(space.features, rows, answers, space.spectrum, space.data.classes)
        fitted = learner.fit(batch, fitted, LazyStreams([(name, seed, "train", r) for seed in seeds]))
        for lane, (pool, seed) in enumerate(zip(pools, seeds, strict=True)):
            scores = fitted.probabilities([lane], space.features)
            rest = np.setdiff1d(np.arange(pool.size), labelled[lane])
            counts[:, lane, r], surest[:, lane, r] = count(scores, space.data.clean, pool, rest)
            order = ranked(strategy, scores[0][:, pool.rows[rest]], stream(name, test_size, seed, "pick", r))
            labelled[lane] = np.append(labelled[lane], rest[order[: following - labelled[lane].size]])
    m, k = np.moveaxis(counts[0], -1, 0)
    seen = CoveredRounds(
        name,
        strategy,
        pools[0].size,
        test_size,
        np.array(THRESHOLDS),
        np.array(seeds),
        np.array(schedule),
        m,
        k,
    )
    by_share = ShareCounts(seen.labels, test_size, pools[0].size, *surest)
    return Campaigns(seen, counts[1, ..., 0], counts[1, ..., 1], by_share)


def count(scores: Singles, clean: Ints, pool: Pool, rest: Ints) -> tuple[Ints, Ints]:
    """Count those covered and their errors, held out and of the rest, (2, T, 2), and the surest's errors, (2, Q)."""
    predicted, confidence = (found[0] for found in likeliest(scores))
    right = predicted == clean
    groups = (pool.test_rows, pool.rows[rest])
    covered = np.stack([risk_coverage(confidence[None, rows], right[None, rows])[0] for rows in groups])
    return covered, np.stack([surest_errors(confidence[rows], right[rows]) for rows in groups])


def ranked(strategy: str, scores: Singles, rng: np.random.Generator) -> Ints:
    """Order the unlabelled items, whose scores are (C, n), by who is asked for first."""
    if strategy == "random":
        return rng.permutation(scores.shape[1])
    first, second = np.sort(scores, axis=0)[:-3:-1]
    return np.argsort((first - second) * (1 if strategy == "margin" else -1), kind="stable")


def labelplan(runs: Campaigns, rule: HybridRule) -> Choice:
    """What `plan_hybrid` chooses."""
    table = plan_hybrid(runs.seen, rule, COSTS, items=runs.items, test_labels=runs.seen.test_size).runs
    thresholds = np.append(runs.seen.thresholds, np.nan)
    at = [int(np.flatnonzero(thresholds == t)[0]) if t == t else len(THRESHOLDS) for t in table["threshold"]]
    return np.searchsorted(runs.seen.labels, table["labels"].to_numpy()), np.array(at)


def taken_for_random(runs: Campaigns, rule: HybridRule) -> Choice:
    """The same as if every strategy left what chance leaves."""
    return labelplan(replace(runs, seen=replace(runs.seen, strategy="random")), rule)


def counted(runs: Campaigns, rule: HybridRule) -> Choice:
    """The rule with the rest counted, as one can in a campaign that runs: the model says how sure it is of each."""
    allowed, _ = allowed_thresholds(runs.seen.covered, runs.seen.errors, runs.rest, runs.items, rule)
    return by_the_others(laxest(allowed, runs.rest))


def own_best(runs: Campaigns, rule: HybridRule) -> Choice:
    """The rule with every seed's own cheapest round, found on the items that also check it."""
    allowed, _ = allowed_thresholds(runs.seen.covered, runs.seen.errors, estimated(runs), runs.items, rule)
    share, at = laxest(allowed, estimated(runs))
    return share.argmax(axis=1), np.take_along_axis(at, share.argmax(axis=1)[:, None], 1)[:, 0]


def plug_in(runs: Campaigns, rule: HybridRule) -> Choice:
    """No bound: the share of errors among the held-out items is taken for the truth."""
    rate = runs.seen.errors / np.maximum(runs.seen.covered, 1)
    return by_the_others(laxest(estimated(runs) * rate <= rule.max_error_rate * runs.items, estimated(runs)))


def top_share(runs: Campaigns, rule: HybridRule) -> Choice:
    """The largest share whose held-out errors are few enough, and each seed's own cheapest round."""
    rate = runs.seen.errors / np.maximum(runs.seen.covered, 1)
    share, at = laxest(estimated(runs) * rate <= rule.max_error_rate * runs.items, estimated(runs))
    return share.argmax(axis=1), np.take_along_axis(at, share.argmax(axis=1)[:, None], 1)[:, 0]


def oracle(runs: Campaigns, rule: HybridRule) -> Choice:
    """Knows the truth: in every seed the round and threshold with the largest share that keeps the bound."""
    kept = np.where(runs.wrong <= rule.max_error_rate * runs.items, runs.rest, -1)
    best = kept.reshape(len(kept), -1).argmax(axis=1)
    rounds, at = np.unravel_index(best, kept.shape[1:])
    return rounds, np.where(kept.reshape(len(kept), -1).max(axis=1) < 0, len(THRESHOLDS), at)


RULES: Mapping[str, Callable[[Campaigns, HybridRule], Choice]] = {
    "labelplan": labelplan,
    "labelplan, rest counted": counted,
    "taken for random": taken_for_random,
    "each seed's own cheapest round": own_best,
    "no bound (k / m)": plug_in,
    "no bound, own cheapest round": top_share,
}


MCAL = "MCAL, as it goes"


def estimated(runs: Campaigns) -> Ints:
    """Items of the rest above each threshold, as the held-out items tell, (S, R, T)."""
    left = runs.seen.pool_size - runs.seen.labels
    return left[:, None] * runs.seen.covered // runs.seen.test_size


def labelled_share(seen: CoveredRounds, rule: HybridRule) -> Floats:
    """The share of the set that labelplan's rule lets the model label, (S, R)."""
    items = seen.pool_size + seen.test_size
    least, most = machine_items(
        seen.covered, seen.labels, test_size=seen.test_size, pool_size=seen.pool_size, strategy=seen.strategy
    )
    return np.where(allowed_thresholds(seen.covered, seen.errors, most, items, rule)[0], least, 0).max(axis=-1) / items


def laxest(allowed: Bools, machine: Ints) -> tuple[Ints, Ints]:
    """The items at the laxest threshold allowed, and which it is; (S, R) each."""
    at = np.where(allowed.any(axis=-1), allowed.argmax(axis=-1), len(THRESHOLDS))
    padded = np.pad(machine, [(0, 0), (0, 0), (0, 1)])
    return np.take_along_axis(padded, at[..., None], -1)[..., 0], at


def by_the_others(found: tuple[Ints, Ints]) -> Choice:
    """The round that is best on average over all other seeds."""
    share, at = found
    chosen = (share.sum(axis=0) - share).argmax(axis=1)
    return chosen, np.take_along_axis(at, chosen[:, None], 1)[:, 0]


def outcome(runs: Campaigns, choice: Choice) -> tuple[Floats, Floats]:
    """The true share of errors in the labelled set and the true share that the model labelled, (S,) each."""
    at = (np.arange(len(choice[0])), *choice)
    A, X = (np.pad(part, [(0, 0), (0, 0), (0, 1)])[at] / runs.items for part in (runs.rest, runs.wrong))
    return X, A


def measure(runs: Campaigns, rules: Sequence[str]) -> Iterator[dict[str, object]]:
    for error_rate, name in product(ERROR_RATES, rules):
        rule = HybridRule(error_rate)
        best = outcome(runs, oracle(runs, rule))[1]
        of_mcal = name == MCAL
        wrong, share = run_mcal(runs.by_share, error_rate) if of_mcal else outcome(runs, RULES[name](runs, rule))
        yield {
            "data set": runs.seen.dataset,
            "held out": runs.seen.test_size,
            "strategy": runs.seen.strategy,
            "ε": error_rate,
            "rule": name,
            "seeds": len(share),
            "kept": int((wrong <= error_rate * (1 + 1e-12)).sum()),
            "saving": 100 * share.mean(),
            "oracle": 100 * best.mean(),
            "points": 100 * (best - share).mean(),
        }


def with_interval(rows: pd.DataFrame) -> pd.DataFrame:
    """Give the share of seeds in which the bound was kept with its 80% interval (Clopper-Pearson), in percent."""
    from scipy.stats import beta

    kept, seeds = rows["kept"], rows["seeds"]
    low = np.where(kept > 0, beta.ppf(0.1, np.maximum(kept, 1), seeds - kept + 1), 0.0)
    high = np.where(kept < seeds, beta.ppf(0.9, kept + 1, np.maximum(seeds - kept, 1)), 1.0)
    words = [
        f"{100 * k / n:.0f} ({100 * a:.0f} to {100 * b:.0f})" for k, n, a, b in zip(kept, seeds, low, high, strict=True)
    ]
    return rows.drop(columns=["kept", "seeds", "rule"]).assign(**{"kept in % of seeds": words})


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """All cells of a rule: kept on average and in the worst cell, saving, and points short of the oracle."""
    rows = rows.assign(kept=100 * rows["kept"] / rows["seeds"], low=rows["kept"] < 0.9 * rows["seeds"])
    cells = rows.groupby(["ε", "rule"], sort=False)
    return cells.agg(
        cells=("kept", "size"),
        kept=("kept", "mean"),
        worst=("kept", "min"),
        below_90=("low", "sum"),
        saving=("saving", "mean"),
        oracle=("oracle", "mean"),
        points=("points", "mean"),
        most_points=("points", "max"),
    )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=40)
    parser.add_argument("--data", default=",".join(SCHEDULES))
    parser.add_argument("--test-sizes", default="500,1000")
    return parser.parse_args()


def main() -> None:
    """Simulate every cell, then print the rules side by side and the rule of labelplan cell by cell."""
    asked = arguments()
    found: list[dict[str, object]] = []
    cells = product(asked.data.split(","), map(int, asked.test_sizes.split(",")), STRATEGIES)
    with threadpool_limits(limits=1):
        for name, test_size, strategy in cells:
            if test_size <= DATASETS[name].size(DATASETS[name].defaults)[0] / 3:
                runs = simulate(name, test_size, range(asked.seeds), strategy)
                rules = [*RULES][:3] if strategy == "surest" else [*RULES, MCAL]
                found += measure(runs, rules)
    rows = pd.DataFrame(found)
    ours = (rows["rule"] == "labelplan") & (rows["strategy"] != "surest")
    shown = {"float_format": lambda x: f"{x:.1f}"}
    print("All rules, random and margin\n", summary(rows[rows["strategy"] != "surest"]).to_string(**shown))
    print(
        "\nA strategy that asks for the surest items\n", summary(rows[rows["strategy"] == "surest"]).to_string(**shown)
    )
    print("\nlabelplan's rule\n", with_interval(rows[ours]).to_string(index=False, formatters={"ε": str}, **shown))


if __name__ == "__main__":
    main()
