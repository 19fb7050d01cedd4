"""Plan files, half of them allowed: a sentence, or an answer whose numbers agree with one another.

Bills add up; the saving is the difference of the two bills; at the break-even price both options cost the same; dearer
labels never help random labelling where active learning needs fewer in every draw.
"""

import tomllib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from numpy.random import Generator

from planner.decision import analysis, break_even, sensitivity
from planner.decision.comparison import Comparison
from planner.decision.decide_plan import case_of
from planner.plan import Plan, parse_plan
from simulations.errors import InputError
from tests.hostile.command import ANSWERED, Answer, outcome_of, read_json, run
from tests.hostile.harness import Attack, Attempt
from tests.hostile.inputs import curve_rows, pick, plan_tables, spoil_rows, spoil_tables, spoil_text, to_csv, to_toml

DRAWS = 100
CLOSE = 1e-6
SAME = 2e-3  # of the mean bill: labels are bought whole, so that bills move in steps


@contextmanager
def few_places() -> Iterator[None]:
    """Look for flips and break-evens in few places: whether they are the right ones is asked of the verdict's own."""
    few = {(analysis, "FLIPS"): 1, (sensitivity, "FLIP_POINTS"): 5, (break_even, "POOLS_PER_DECADE"): 1}
    few |= {(break_even, "PER_DECADE"): 1, (break_even, "CLOSE_SLOW"): 0.1}
    with ExitStack() as patches:
        for (module, name), value in few.items():
            patches.enter_context(patch.object(module, name, value))
        yield


@contextmanager
def begin(_: Path) -> Iterator[Attempt]:
    with few_places():
        yield attempt


ATTACK = Attack("plans", 3_000, 8, begin)


def attempt(rng: Generator, place: Path) -> str:
    """Ask one command about one plan."""
    path = place / "plan.toml"
    raw = plan_tables(rng)
    path.write_bytes(_plan(rng, raw, place))
    answer = _ask(rng, path, raw["task"]["pool_size"])
    outcome = outcome_of(answer)
    if outcome == ANSWERED and answer.out.startswith("{"):
        found = read_json(answer)
        if "plans" in found and "verdict" in found:
            check_verdict(found)
            _check_prices(path, found)
    return outcome


def _plan(rng: Generator, raw: dict[str, Any], place: Path) -> bytes:
    if rng.random() < 0.15 and not {"random_labels", "label_scale_sd"} & raw.get("evidence", {}).keys():
        rows = curve_rows(rng, ("random",) if rng.random() < 0.6 else ("random", *raw["strategy"]["names"]))
        rows = rows if rng.random() < 0.7 else spoil_rows(rng, rows)
        (place / "pilot.csv").write_text(to_csv(rows), encoding="utf-8", errors="surrogatepass")
        raw.setdefault("evidence", {})["pilot"] = "pilot.csv"
    way = rng.random()
    if way < 0.55:
        return to_toml(raw).encode()
    return to_toml(spoil_tables(rng, raw)).encode() if way < 0.85 else spoil_text(rng, to_toml(raw))


def _ask(rng: Generator, path: Path, pool: int) -> Answer:
    kind, draws, place = rng.random(), ("--draws", DRAWS), path.parent
    count = int(pool * rng.uniform(0, 1.1))
    if kind < 0.6:
        return run("plan", path, "--json", "--quick", *draws, place=place)
    if kind < 0.63:
        return run("plan", path, "--json", *draws, place=place)
    if kind < 0.64:
        return run("plan", path, *draws, "--report", place / "report.html", place=place)
    if kind < 0.75:
        return run("plan", path, "--quick", *draws, *pick(rng, ([], ["--markdown"])), place=place)
    if kind < 0.85:
        labels = pick(rng, ([count], [count], [1], [f"1,{pool},{10**12}"]))
        return run("vendors", path, "--json", "--labels", *labels, *draws, place=place)
    return run("cost", path, "--labels", f"random={count}", "--savings", rng.uniform(0.2, 5), "--json", place=place)


def check_verdict(found: dict[str, Any]) -> None:
    """Check the numbers of `labelplan plan --json` against one another."""
    random, active = found["plans"]["random"], found["plans"][found["al_plan"]]
    totals = [sum(plan["lines"].values()) for plan in (random, active)]
    scale = max(map(abs, (*random["lines"].values(), *active["lines"].values(), 1e-6)))
    if found["expected_saving_usd"] is not None:
        apart = found["expected_saving_usd"] - (totals[0] - totals[1])
        assert abs(apart) <= CLOSE * scale, ("saving is not the difference of the bills", apart, totals)
        assert found["expected_loss_usd"] >= 0
    for plan in found["plans"].values():
        check_outcome(plan)
    _check_order(found["saving_usd"])
    assert found["p_unreachable"] <= min(random["p_unreachable"], active["p_unreachable"]) + CLOSE
    assert all(price is None or price >= 0 for price in found["break_even_price_usd"].values())


def check_outcome(plan: dict[str, Any]) -> None:
    """Check the numbers of one option: in their ranges, their quantiles in order."""
    for name in ("labels", "total_usd", "days", "value", "rounds"):
        _check_order(plan[name])
    least = {"labels": 0, "days": 0, "rounds": 0, "value": 0}
    assert all(plan[name]["q10"] is None or plan[name]["q10"] >= low for name, low in least.items()), plan
    assert plan["value"]["q90"] is None or plan["value"]["q90"] <= 1, plan["value"]
    assert all(usd >= 0 or line == "delay_usd" for line, usd in plan["lines"].items()), plan["lines"]


def _check_order(interval: dict[str, float | None]) -> None:
    known = [interval[name] for name in ("q10", "q50", "q90") if interval[name] is not None]
    assert known == sorted(known), interval


def _check_prices(path: Path, found: dict[str, Any]) -> None:
    """Ask a plan with one plain quote again at other prices."""
    plan = parse_plan(path.read_text(encoding="utf-8"))
    if not _is_plain(plan) or found["expected_saving_usd"] is None:
        return
    even = found["break_even_price_usd"]["mean"]
    if even and even < 1e5:
        check_break_even(plan, even, path.parent)
    check_dearer_labels(plan, found["al_plan"], path.parent)


def _is_plain(plan: Plan) -> bool:
    """Say whether a price in the plan is that of a vote, for both options, whatever it is."""
    (quote, *others), raw = plan.vendors, tomllib.loads(plan.to_toml())
    plain = quote.billing == "per_item" and not quote.tiers and not others and not plan.options.names
    # Each order is billed for the least that it may be, so that the option with fewer labels may buy more of them.
    plain = plain and not quote.minimum_order_items.high
    return (
        plain
        and len(plan.strategy.names) == 1
        and "batch_size" in raw.get("strategy", {})
        and plan.task.budget_usd is None
        and plan.task.target is not None
        and not plan.stopping.rules
        and not plan.strategy.reuse_loss.high
        and quote.price_usd is not None
    )


def at_price(plan: Plan, price: float, base: Path) -> Comparison | None:
    """Compare the options at another price; None where the plan does not allow it."""
    try:
        return case_of(plan.replace({"vendors.0.price_usd": price}), n_draws=DRAWS, base=base).chosen
    except InputError:
        return None


def check_break_even(plan: Plan, vote_usd: float, base: Path) -> None:
    """Check that both options cost the same on average at the break-even price, or change places there."""
    unit = _units_of_a_vote(plan)
    if not unit:
        return
    near = [at_price(plan, vote_usd / unit * times, base) for times in (1.0, 1 - SAME, 1 + SAME)]
    if any(one is None for one in near):
        return
    at, below, above = (float(one.saving_usd.mean()) for one in near if one is not None)
    scale = float(near[0].plans["random"].bill.total_usd.mean()) if near[0] else 0.0
    same = abs(at) <= SAME * scale or min(below, above) <= 0 <= max(below, above)
    assert same, ("at the break-even price the options differ", vote_usd, at, below, above, scale)


def _units_of_a_vote(plan: Plan) -> float:
    """Give what a vote costs for each USD of the quote's price; 0 where that is no plain product."""
    from planner.costs import QuoteCosts

    quote = plan.vendors[0]
    if quote.fee_minimum_usd.high or any(
        not value.fixed for value in (quote.item_size, quote.unit_size, quote.fee_rate, quote.annotations_per_item)
    ):
        return 0.0
    one, two = (
        float(np.ravel(QuoteCosts.of(plan, {**plan.medians(), "vendors.0.price_usd": np.array([usd])}, 0).vote_usd)[0])
        for usd in (1.0, 2.0)
    )
    return one if abs(two - 2 * one) < 1e-9 * one else 0.0


def check_dearer_labels(plan: Plan, al_plan: str, base: Path) -> None:
    """Check that a dearer label does not help random labelling in any draw in which it needs as many or more."""
    price = plan.vendors[0].price_usd
    assert price is not None
    now, dear = (at_price(plan, max(price.median, 1e-6) * times, base) for times in (1.0, 3.0))
    if now is None or dear is None:
        return
    n_test = plan.task.test_labels.high
    random, active = now.plans["random"], now.plans[al_plan]
    reached = random.reached & active.reached & dear.plans["random"].reached & dear.plans[al_plan].reached
    fewer = reached & (active.bill.labels + n_test <= random.bill.labels)
    lost = np.where(fewer, now.saving_usd - dear.saving_usd, 0.0)
    scale = np.maximum(random.bill.total_usd, 1e-9)
    assert (lost <= CLOSE * scale).all(), ("dearer labels help random", float((lost / scale).max()))
