"""Random labelling against active learning, on the same joint draws.

Savings are taken to be the same at every batch size, which holds from a quarter to about twice the initial set and not
beyond, where a strategy chooses too much with too old a model (measured by benchmarks/batch_size.py). A plan that
misses the target in a draw pays for all that it bought until it gave up.

A miss has a price, or else whoever fails first would have the lowest bill. Where the plan names none, the option that
misses buys the other one after all, if that reaches the target: random labelling for a strategy, and the chosen
strategy for random labelling. Delay counts from the day on which random labelling alone is done. Where neither
reaches, what was spent is lost.

Notation (a leading axis of G settings may stand before the draws; arrays are (1,) along what they do not vary with):
    need    (n_draws,)  clean labels the curve asks for; inf where it never reaches the target (internal only)
    n       (n_draws,)  labels bought: the need in delivered labels, rounded up to what can be ordered, or the cap
    cap     (n_draws,)  the most labels a plan buys: the pool without the test labels, what the budget pays for, or
                        where it gives up
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from planner.costs import Bill, QuoteCosts, price_plan, with_delay
from planner.costs.bill import most_in_rounds, with_failure, with_other_option, with_points_lost
from planner.costs.labels import round_up_to_batches
from planner.costs.terms import ZERO, Factor, Line, money
from planner.decision.labels_required import LEAST, LabelsRequired
from planner.decision.state import Call
from planner.plan import PASSIVE, Draws, Plan, items_to_label, paths
from simulations.arrays import Bools, Floats

DOWN, UP = 4.0, 2.0  # times the initial set
PER_OCTAVE = 2
ROUNDING = 1e-9  # of random's total, or of the metric: a difference as small is none


def batch_sizes(plan: Plan) -> Floats | None:
    """Give the batch sizes to try, rising; None where the plan file names one."""
    return None if "batch_size" in plan.strategy.model_fields_set else batch_sizes_around(plan)


def batch_sizes_around(plan: Plan) -> Floats:
    """Give batch sizes about the initial set, rounded to two digits."""
    first = plan.strategy.initial_labels.median
    most = max(1.0, plan.task.items_to_label - first)
    low, high = -np.log2(DOWN), np.log2(UP)
    tried = first * 2.0 ** np.linspace(low, high, int((high - low) * PER_OCTAVE) + 1)
    rounded = [float(f"{size:.2g}") for size in tried]
    return np.unique(np.clip(np.rint(rounded), 1.0, most))


@dataclass(frozen=True)
class Priced:
    """One plan priced on all draws.

    Attributes:
        reached: where it reaches the target, (n_draws,).
        batch_size: the batch that was found to be the cheapest; None where the plan file's own counts.
    """

    vendor: int
    bill: Bill
    reached: Bools
    batch_size: float | None = None

    @cached_property
    def mean_usd(self) -> float:
        """Mean total."""
        return float(self.bill.total_usd.mean())


@dataclass(frozen=True)
class Comparison:
    """Every plan priced on the same draws.

    Attributes:
        al_plan: the active strategy with the lowest mean total.
        gain: value of the metric that it reaches beyond random, a fraction, (n_draws,); None where a target is reached.
    """

    plans: Mapping[str, Priced]
    al_plan: str
    gain: Floats | None = None

    @property
    def saving_usd(self) -> Floats:
        """Total of random minus total of the chosen active-learning plan, shape (n_draws,)."""
        return self.plans["random"].bill.total_usd - self.plans[self.al_plan].bill.total_usd

    @property
    def advantage(self) -> Floats:
        """What active learning is ahead by in each draw, (n_draws,): USD at a target, value gained at a budget."""
        ahead, scale = (self.saving_usd, self.plans["random"].bill.total_usd) if self.gain is None else (self.gain, 1.0)
        return np.where(np.abs(ahead) > ROUNDING * scale, ahead, 0.0)

    @property
    def call(self) -> Call:
        """The call by expected cost, or by expected value at a budget."""
        ahead = self.advantage
        return Call(float(np.maximum(ahead, 0).mean()), float(np.maximum(-ahead, 0).mean()), self.p_unreachable)

    @property
    def al_better(self) -> Floats:
        """Whether active learning is the better in each draw: 1, 0, or 0.5 for a tie, shape (n_draws,).

        What a miss of the target costs is in the totals. Where neither reaches it nothing is told: half each.
        """
        ahead = 0.5 * (1 + np.sign(self.advantage))
        if self.gain is not None:
            return ahead
        return np.where(self.plans["random"].reached | self.plans[self.al_plan].reached, ahead, 0.5)

    @property
    def p_al_cheaper(self) -> float:
        """Share of draws in which active learning is the better."""
        return float(self.al_better.mean())

    @property
    def p_unreachable(self) -> float:
        """Share of draws in which neither random nor the chosen active-learning plan reaches the target."""
        return float((~(self.plans["random"].reached | self.plans[self.al_plan].reached)).mean())


def compare(found: LabelsRequired) -> Comparison:
    """Price every plan with the vendor, and the batch size where it is open, that is cheapest for it on average."""
    return price_misses(found, {name: cheapest(found.plan, tried) for name, tried in compare_offers(found).items()})


def price_misses(
    found: LabelsRequired,
    alone: Mapping[str, Priced],
    al_plan: str | None = None,
    short: Mapping[str, Floats] | None = None,
) -> Comparison:
    """Compare plans that were priced alone: add what a miss of the target costs, and choose a strategy.

    Args:
        found: the plan, which may name the cost of a miss, and has it in the bills then; and its inputs.
        alone: plan name -> its own bill, with the delay after random labelling.
        al_plan: the strategy to compare; that with the lowest mean total when not given.
        short: plan name -> points short of the target, as fractions, where those are what a miss costs.
    """
    plans, random = dict(alone), alone["random"]
    named = miss_is_named(found.plan) or found.values[paths.FAILURE_USD].any()
    if short is not None:
        for name, priced in alone.items():
            plans[name] = replace(priced, bill=with_points_lost(priced.bill, found.values, short[name]))
    elif not named:
        for name in alone.keys() - {"random"}:
            plans[name] = _buy_other(found, alone[name], random, random.bill.days)
    al_plan = al_plan or min((name for name in plans if name not in PASSIVE), key=lambda name: plans[name].mean_usd)
    if short is None and not named:
        plans["random"] = _buy_other(found, random, alone[al_plan], random.bill.days)
    return Comparison(plans, al_plan)


def _buy_other(found: LabelsRequired, missed: Priced, other: Priced, days_random: Floats) -> Priced:
    """Add the other option's bill and days in the draws in which this one misses the target and that one does not."""
    where = ~missed.reached & other.reached
    if not where.any():
        return missed
    bill = with_other_option(missed.bill, other.bill, where)
    return replace(missed, bill=with_delay(found.plan, bill, days_random, found.values))


def compare_offers(found: LabelsRequired) -> dict[str, tuple[Priced, ...]]:
    """Price every plan alone, `random` first, with every vendor.

    Delay counts from random with its own cheapest vendor; misses are not priced yet (`price_misses`).
    """
    offers: dict[str, tuple[Priced, ...]] = {}
    days_random: Floats | None = None
    quotes = quotes_of(found.plan, found.values)
    for name in random_first(found.needs):
        order = Order(found, name, days_random, quotes=quotes)
        offers[name] = tuple(order.with_best_batch(vendor) for vendor in quotes)
        if name == "random":
            days_random = cheapest(found.plan, offers[name]).bill.days
    return offers


def quotes_of(plan: Plan, values: Draws) -> dict[int, QuoteCosts]:
    """Give every quote of a plan by its place, to be counted once and priced many times."""
    return {i: QuoteCosts.of(plan, values, i) for i in range(len(plan.vendors))}


LEAST_REACH = 0.5
"""Of the futures in which an option reaches the target with its surest vendor: a vendor with less is only a try."""


def cheapest(plan: Plan, offers: Sequence[Priced]) -> Priced:
    """Choose the vendor with the lowest mean total, misses priced, of `serious_vendors`."""
    able = [offers[i] for i in serious_vendors(plan, offers)]
    return able[int(mean_totals_usd(plan, able).argmin())]


def serious_vendors(plan: Plan, offers: Sequence[Priced]) -> list[int]:
    """Give the vendors, by place, that an option may take.

    Their quotes count their people, and the target is reached with them at least half as often as with the surest. A
    vendor so cheap that trying costs next to nothing would win by its misses, which the surest mends.
    """
    reach = {i: float(np.mean(offers[i].reached)) for i in plan.comparable_vendors}
    return [i for i, share in reach.items() if miss_is_named(plan) or share >= LEAST_REACH * max(reach.values())]


def mean_totals_usd(plan: Plan, offers: Sequence[Priced]) -> Floats:
    """Give the mean total of one option with each vendor, (len(offers),), in USD.

    Where it misses the target with a vendor in a future, the vendor with which it reaches it most often is paid as
    well, unless the plan names the cost of a miss, which is in the bills then.
    """
    usd = np.stack(np.broadcast_arrays(*(offer.bill.total_usd for offer in offers), *(o.reached for o in offers)))
    usd, reached = np.split(usd.astype(float), 2)
    if not miss_is_named(plan):
        surest = int(np.lexsort((usd.mean(axis=1), -reached.mean(axis=1)))[0])
        others = np.arange(len(offers))[:, None] != surest
        usd = usd + np.where(others & (reached == 0), usd[surest], 0.0)
    return np.asarray(usd.mean(axis=1))


def miss_is_named(plan: Plan) -> bool:
    """Say whether the plan itself says what a miss of the target costs."""
    return "failure_usd" in plan.task.model_fields_set or plan.task.failure_usd.high > 0


def random_first(names: Iterable[str]) -> list[str]:
    """Put random labelling before the plans that are measured against it."""
    return sorted(names, key=lambda name: name != "random")


@dataclass(frozen=True)
class Order:
    """What one plan has to buy, before its vendor is known.

    Attributes:
        days_random: days of random labelling, from which delay counts; None for random labelling itself.
        capped: whether the plan's budget caps what is bought.
        quotes: quotes by their place, as they are in the draws but for their prices; others are read.
    """

    found: LabelsRequired
    name: str
    days_random: Floats | None
    capped: bool = True
    quotes: Mapping[int, QuoteCosts] = field(default_factory=dict)

    @property
    def plan(self) -> Plan:
        """The plan file."""
        return self.found.plan

    @property
    def active(self) -> bool:
        """Whether labels are chosen in rounds."""
        return self.name not in PASSIVE

    @property
    def in_rounds(self) -> bool:
        """Whether labels are bought in rounds: chosen ones are, random ones where they are watched."""
        return self.active or self.plan.strategy.monitor_random

    @property
    def in_orders(self) -> bool:
        """Whether labels are bought in several orders, initial set first and whole batches after it."""
        return self.in_rounds or not self.plan.task.at_budget

    def with_best_batch(self, vendor: int) -> Priced:
        """Price the plan with a vendor, at the batch size with the lowest mean total where that is open."""
        sizes = batch_sizes(self.plan) if self.in_rounds else None
        if sizes is None:
            return self.price(vendor)
        return self.price(vendor, float(sizes[int(self._mean_usd(vendor, sizes[:, None]).argmin())]))

    def _mean_usd(self, vendor: int, batch_size: float | Floats) -> Floats:
        """Give the mean total by which batch sizes are compared.

        Random labelling is never later than itself, so that small rounds would cost it no delay: its own days count.
        """
        bill = self.price(vendor, batch_size).bill
        own = bill if self.days_random is not None else with_delay(self.plan, bill, ZERO, self.found.values)
        return np.asarray(own.total_usd.mean(axis=-1))

    def again(self, before: Priced) -> Priced:
        """Price the plan with the vendor it had; an open batch size is found anew for each setting.

        A size that is the cheapest at one price need not be so at another. Where a rule stops the plan it stays, as the
        rule was run with it.
        """
        if before.batch_size is None or self.found.stopped:
            return self.price(before.vendor, before.batch_size)
        sizes = batch_sizes(self.plan)
        assert sizes is not None
        means = [self._mean_usd(before.vendor, float(size)) for size in sizes]
        best = sizes[np.argmin(np.stack(np.broadcast_arrays(*means)), axis=0)]
        return self.price(before.vendor, best[:, None] if best.ndim else float(best))

    def price(self, vendor: int, batch_size: float | Floats | None = None) -> Priced:
        """Buy what the plan needs from one vendor, as far as pool, budget and patience allow, and price it.

        A batch size takes the place of the plan file's; a column (G, 1) prices G of them at once.
        """
        values, worth = self.found.values, self.found.worth
        if batch_size is not None:
            values = {**values, paths.BATCH_SIZE: np.atleast_1d(batch_size)}
        known = self.quotes.get(vendor)
        quote = QuoteCosts.of(self.plan, values, vendor) if known is None else known.at_price(values)
        need = self.found.needs[self.name] / worth.of(self.name, quote)
        # Whoever looks round by round sees nothing before the first set.
        least = values[paths.INITIAL_LABELS] if self.in_orders else np.ones(1)
        if self.active:
            random = self.found.needs["random"] / worth.of("random", quote)
            need = _bound_need(need, random, values, most_in_rounds(self.plan, values))
        cap = np.maximum(items_to_label(values), least)
        affordable = np.ones(1, dtype=bool)
        if self.capped:
            cap, affordable = self._within_budget(values, quote, cap, least)
        if self.name in self.found.give_up:
            clean, each = self.found.give_up[self.name], worth.of(self.name, quote)
            # Where wrong labels bound the plan, it gives up at what it would need of right ones.
            given_up = np.where(each > LEAST, clean / each, np.minimum(clean, self.found.needs[self.name]))
            cap = np.minimum(cap, round_up_to_batches(given_up, least, values[paths.BATCH_SIZE]))
        rule = self.found.stopped.get(self.name)
        if rule is None:
            reached = (np.maximum(need, least) <= cap) & affordable
            asked = np.where(reached, need, cap)
        else:
            reached = rule.reached & (rule.labels <= cap) & affordable
            asked = np.minimum(rule.labels, cap)
        if self.in_orders:
            asked = round_up_to_batches(asked, least, values[paths.BATCH_SIZE])
        n = np.minimum(np.maximum(np.ceil(asked), least), cap)
        priced = price_plan(self.plan, values, vendor, n, active=self.active, quote=quote)
        bill = with_failure(priced, values, reached)
        # Random labelling is never later than itself, but may miss a deadline.
        days_random = bill.days if self.days_random is None else self.days_random
        found = batch_size if isinstance(batch_size, float) else None
        return Priced(vendor, with_delay(self.plan, bill, days_random, values), reached, found)

    def _within_budget(self, values: Draws, quote: QuoteCosts, cap: Floats, least: Floats) -> tuple[Floats, Bools]:
        """Lower the cap to what the budget pays for; say where it pays for the smallest plan at all."""
        if self.plan.task.budget_usd is None:
            return cap, np.ones(1, dtype=bool)
        budget = values[paths.BUDGET_USD]

        def over(n: Floats) -> Floats:
            bill = price_plan(self.plan, values, quote.index, n, active=self.active, quote=quote)
            return np.asarray(bill.total_usd - budget)

        if (over(cap) <= 0).all():
            return cap, np.ones(1, dtype=bool)
        # From as many labels as the test set has on, random labelling may do without it.
        enough = np.clip(values[paths.TEST_LABELS], least, cap)
        low, high, _ = np.broadcast_arrays(
            least if self.active else np.where(over(enough) <= 0, enough, least), cap, budget
        )
        affordable = over(low) <= 0
        batch = values[paths.BATCH_SIZE] if self.in_rounds else None
        return np.where(affordable, most_within(over, low, high, batch), low), affordable


def most_within(over: Callable[[Floats], Floats], low: Floats, high: Floats, batch: Floats | None = None) -> Floats:
    """Find the most labels, whole numbers from `low` to `high`, that do not cost too much.

    Bills are almost straight lines, so that false position lands beside the answer in a few steps; every third step
    halves the bracket, which bounds their number whatever the bill. `over` gives USD above the budget; it has to be at
    most 0 at `low`, or the answer means nothing. A bill of rounds of `batch` labels jumps where a round begins: whole
    rounds are counted first, then the labels of the next one.
    """
    if batch is not None:
        rounds = most_within(lambda count: over(low + count * batch), ZERO, np.floor((high - low) / batch))
        whole = low + rounds * batch
        begun = np.minimum(whole + 1, high)
        pays = over(begun) <= 0
        return np.where(pays, most_within(over, begun, np.where(pays, np.minimum(whole + batch, high), begun)), whole)
    # An input that counts between the two ends alone, such as a least order, can widen the arrays on the way.
    under, above = over(low), over(high)
    low = np.where(above <= 0, high, low)
    step = 0
    while ((left := high - low) > 1).any():
        share = 0.5 if step % 3 == 2 else np.clip(under / np.where(under == above, -1.0, under - above), 0.0, 1.0)
        middle = np.where(left > 1, np.clip(np.floor(low + share * left), low + 1, high - 1), low)
        found = over(middle)
        inside = found <= 0
        low, under = np.where(inside, middle, low), np.where(inside, found, under)
        high, above = np.where(inside, high, middle), np.where(inside, above, found)
        step += 1
    return low


def _bound_need(need: Floats, random: Floats, values: Draws, most: Floats) -> Floats:
    """Hold an active-learning need to its two ends, where it is random labelling.

    Until the first query it has bought the same random labels; with the whole pool labelled it has the same model.
    Beyond the `most` that rounds buy, the rest is random: need ÷ random of a chosen label each, at most one.
    """
    first, pool = values[paths.INITIAL_LABELS], items_to_label(values)
    need = np.where(random > first, np.maximum(need, first + 1), need)
    need = np.where(random <= pool, np.minimum(need, pool), need)
    within = np.minimum(need, pool)
    rest = np.maximum(within - most, 0.0) * np.maximum(np.minimum(random, pool) / within, 1.0)
    return np.where(need <= pool, np.minimum(within, most) + rest, need)


Part = tuple[Sequence[int], Comparison]
"""Places of settings, and the plans priced at them."""


def concat(parts: Sequence[Part], n_settings: int) -> Comparison:
    """Concatenate comparisons of G settings that were priced in parts; each place stands in one of them.

    Arrays are (g, n_draws) in a part of g settings. Lines of a bill keep their amounts and lose their terms.
    """
    first = parts[0][1]

    def rows(arrays: Iterable[Floats]) -> Floats:
        each = [np.atleast_1d(array) for array in arrays]
        found = np.empty((n_settings, max(array.shape[-1] for array in each)))
        for (at, _), array in zip(parts, each, strict=True):
            found[at] = array
        return found

    def put(name: str) -> Priced:
        priced = [part.plans[name] for _, part in parts]
        bills, sizes = [one.bill for one in priced], {one.batch_size for one in priced}
        lines = {line: Line.of(money(rows(bill.lines[line] for bill in bills), line)) for line in bills[0].lines}
        time = Line.of(Factor(rows(bill.days for bill in bills), "days"))
        bill = Bill(rows(bill.labels for bill in bills), rows(bill.rounds for bill in bills), lines, time)
        reached = rows(one.reached.astype(float) for one in priced).astype(bool)
        return Priced(priced[0].vendor, bill, reached, sizes.pop() if len(sizes) == 1 else None)

    gain = None if first.gain is None else rows(part.gain for _, part in parts if part.gain is not None)
    return Comparison({name: put(name) for name in first.plans}, first.al_plan, gain)
