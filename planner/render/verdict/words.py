"""The verdict in words: the only place where its numbers become sentences.

Command line, dashboard and report all print these; there is one probability, rounded once.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from planner.costs import LINES
from planner.decision.decide_plan import TEST_NOISE
from planner.decision.state import RARELY_DECIDED, Interval, SensitivityBar, State
from planner.decision.verdict import PlanOutcome, Verdict
from planner.render import numbers as n
from planner.render.assumed import assumed_words
from planner.transfer.from_proxies import LEFT_OUT

HEADLINES: dict[State, str] = {
    "use_active_learning": "Use active learning",
    "label_random": "Label random",
    "too_close": "Too close to call",
}
MOST_NAMED = 4
NOISE = 2.5  # standard errors of a mean, of savings whose spread is about their mean size
PARTS = {1 / 4: "a quarter", 1 / 3: "a third", 1 / 2: "half", 2 / 3: "two thirds", 3 / 4: "three quarters"}


@dataclass(frozen=True)
class Card:
    """One of the three figures under the sentence: what it is, its value, and what belongs beside it."""

    label: str
    value: str
    note: str


def headline(verdict: Verdict) -> str:
    """Give the verdict as a title."""
    return HEADLINES[verdict.state]


def price_unit(verdict: Verdict) -> str:
    """Say what the price that is moved buys: a label or a vote, and by whom where the two options' vendors differ."""
    return ("label" if verdict.votes_per_item == 1 else "vote") + priced_by(verdict)


def priced_by(verdict: Verdict) -> str:
    """Name the vendor whose price is moved, where the other option's vendor keeps another."""
    vendor = verdict.plans["random"].vendor
    return "" if vendor == verdict.plans[verdict.al_plan].vendor else f" by {vendor}"


def sentence(verdict: Verdict) -> str:
    """Say what the verdict rests on: what the better option is expected to save, the chance, and the bad case."""
    price = n.price_per(verdict.price_usd, price_unit(verdict), verdict.currency)
    start, none = f"At {price} and {aim_words(verdict)},", "there is nothing to choose:"
    if nothing_bought(verdict):
        return f"{start} {none} it does not pay for the smallest plan, with or without active learning."
    if verdict.p_unreachable > RARELY_DECIDED:
        when = "any future" if verdict.p_unreachable == 1 else f"{n.share(verdict.p_unreachable)} of futures"
        return f"{start} {none} neither random labelling nor {active_name(verdict)} gets there in {when}."
    return f"{start} {_expected_words(verdict)} {_chance_words(verdict)}, {_bad_case(verdict)}."


def stake(verdict: Verdict, ahead: float) -> str:
    """Write what options are compared by: money saved at a target, points of the metric gained at a budget."""
    return n.about(ahead, verdict.currency) if verdict.gain is None else n.points(ahead)


def ahead_words(verdict: Verdict) -> str:
    """Say how active learning stands beside random labelling on average."""
    ahead = verdict.call.expected
    amount = stake(verdict, abs(ahead))
    if verdict.gain is not None:
        return f"reaches {amount} {'more' if ahead >= 0 else 'less'}"
    return f"saves {amount}" if ahead >= 0 else f"costs {amount} more"


def active_name(verdict: Verdict) -> str:
    """Name the chosen strategy in a sentence."""
    return f"active learning ({n.plan_name(verdict.al_plan)})"


def _expected_words(verdict: Verdict) -> str:
    """Say which option is ahead on average, and by how much; and that this is too little where it is too close."""
    call, at_target = verdict.call, verdict.gain is None
    leader, other = (active_name(verdict), "random labelling")[:: 1 if call.expected >= 0 else -1]
    if _is_noise(verdict):
        same = "cost about the same" if at_target else "reach about the same"
        return f"{leader} and {other} are expected to {same}, and which of them is the better differs by future."
    expected = stake(verdict, abs(call.expected))
    if at_target:
        told = f"{leader} is expected to save {expected}{_share_of_bill(verdict)}."
    else:
        told = f"{leader} is expected to reach {expected} more {n.metric_name(verdict.metric)} than {other}."
    if call.state == "too_close":
        told += f" It stands to lose more by being the wrong choice: {stake(verdict, call.expected_loss)} on average."
    return told


def _is_noise(verdict: Verdict) -> bool:
    """Say whether the mean of so many draws cannot tell which option is ahead."""
    call = verdict.call
    return abs(call.expected) * math.sqrt(verdict.n_draws) <= NOISE * (call.ahead + call.behind)


def _share_of_bill(verdict: Verdict) -> str:
    other, name = ("random", "random labelling") if verdict.call.expected >= 0 else (verdict.al_plan, "active learning")
    bill = sum(verdict.plans[other].lines_usd.values())
    if bill <= 0:
        return ""
    share = abs(verdict.call.expected) / bill
    words = next((word for part, word in PARTS.items() if abs(share - part) < 0.015), n.share(share))
    return f", {words} of {name}'s bill"


def _chance_words(verdict: Verdict) -> str:
    better = "is cheaper" if verdict.gain is None else "reaches more"
    if _is_noise(verdict):
        return f"Active learning {better} with a chance of {n.share(verdict.p_al_cheaper)}"
    p = verdict.p_al_cheaper if verdict.call.expected >= 0 else 1 - verdict.p_al_cheaper
    return f"It {better} with a chance of {n.share(p)}"


def _bad_case(verdict: Verdict) -> str:
    """Say what the option that is ahead on average comes to in the worst one of ten futures."""
    low = _of_leader(verdict).q10 or 0.0
    least, at_target = f"at least {stake(verdict, abs(low))}", verdict.gain is None
    if low > 0:
        return f"and nine times in ten it {f'saves {least}' if at_target else f'reaches {least} more'}"
    return f"but one time in ten it {f'costs {least} more' if at_target else f'falls {least} short'}"


def _of_leader(verdict: Verdict) -> Interval:
    """Give what the option that is ahead on average saves, or gains: the 80% interval."""
    found = verdict.gain or verdict.saving_usd
    if verdict.call.expected >= 0 or _is_noise(verdict):
        return found
    return Interval(*(None if end is None else -end for end in (found.q90, found.q50, found.q10)))


def nothing_bought(verdict: Verdict) -> bool:
    """Say whether the budget pays in no future for the smallest plan, with or without active learning."""
    compared = (verdict.plans[name] for name in ("random", verdict.al_plan))
    return verdict.p_unreachable == 1 and all(plan.value.q50 is None for plan in compared)


def aim_words(verdict: Verdict) -> str:
    """Say what plans are compared at: a target, or a budget."""
    if verdict.target is not None and not nothing_bought(verdict):
        return f"a target of {n.percent(verdict.target)} {n.metric_name(verdict.metric)}"
    assert verdict.budget_usd is not None
    return f"a budget of {n.money(verdict.budget_usd, verdict.currency)}"


def at_the_budget(verdict: Verdict) -> str | None:
    """Say what each plan usually reaches for the budget; None at a target, or where it pays for no plan."""
    if verdict.target is not None or nothing_bought(verdict):
        return None
    reached = [
        f"{n.plan_name(plan.name)} {value_range(plan)}" for plan in verdict.plans.values() if plan.value.q50 is not None
    ]
    return f"For the budget, usual {n.metric_name(verdict.metric)}: {', '.join(reached) or 'nothing, it is too small'}."


def at_the_stop(verdict: Verdict) -> str | None:
    """Say what each plan usually reaches and costs where a rule stops one of them; None where no rule does."""
    if not any(plan.by_rule for plan in verdict.plans.values()):
        return None
    reached = [
        f"{n.plan_name(plan.name)} {value_range(plan)} for {n.about(plan.total_usd.q50, verdict.currency)}"
        for plan in verdict.plans.values()
    ]
    return (
        f"The plan's rule may stop short of the target, so compare what each reaches with what it costs; usual "
        f"{n.metric_name(verdict.metric)}: {', '.join(reached)}."
    )


def assumed_sentence(verdict: Verdict) -> str | None:
    """Say what the plan leaves out and the answer leans on, the heaviest first; None where it leaves nothing out."""
    swings = {bar.input: abs(bar.expected_high - bar.expected_low) for bar in verdict.sensitivity}
    return assumed_words(verdict.assumptions.to_dict(orient="records"), swings, verdict.currency)


def warnings_by_weight(verdict: Verdict) -> tuple[list[str], list[str]]:
    """Part the warnings from notes that are usual and turn no answer: curves left out, errors in the test set."""
    quiet = [sentence for sentence in verdict.warnings if sentence.startswith((LEFT_OUT, TEST_NOISE))]
    return [sentence for sentence in verdict.warnings if sentence not in quiet], quiet


def value_range(plan: PlanOutcome) -> str:
    """Give the usual value that a plan reaches, with its 80% range; none where the budget does not pay for it."""
    return n.spread(plan.value, n.percent).replace(n.NEVER, "none")


def cards(verdict: Verdict) -> tuple[Card, Card, Card]:
    """Give the three figures: what is expected, the chance, and the break-even price or what random would pay."""
    at_target = verdict.gain is None
    what = "saving" if at_target else "gain"
    why = "the budget pays for no plan"
    if not nothing_bought(verdict):
        why = f"neither option reaches the target in {n.share(verdict.p_unreachable)} of futures"
    expected = Card(f"Expected {what}", "none", why)
    if verdict.p_unreachable <= RARELY_DECIDED:
        leader = "AL" if verdict.call.expected >= 0 else "random"
        found = _of_leader(verdict)
        low, high = (stake(verdict, end or 0.0) for end in (found.q10, found.q90))
        span = f"80% range {low} to {high}" if low != high else f"{low} in most futures"
        if _is_noise(verdict):
            expected = Card(f"Expected {what}", "about none", span)
        else:
            share = _share_of_bill(verdict).removeprefix(", ") if at_target else ""
            value = stake(verdict, abs(verdict.call.expected))
            expected = Card(f"Expected {what} by {leader}", value, "; ".join(part for part in (share, span) if part))
    last = _break_even_card(verdict) if at_target or nothing_bought(verdict) else _same_value_card(verdict)
    return expected, Card(chance_label(verdict), n.share(verdict.p_al_cheaper), _unreachable(verdict)), last


def _break_even_card(verdict: Verdict) -> Card:
    paid = f"you pay {n.price(verdict.price_usd, verdict.currency)}"
    value, why = _break_even(verdict)
    return Card(f"Break-even price per {price_unit(verdict)}", value, f"{why}; {paid}")


def _same_value_card(verdict: Verdict) -> Card:
    usual = verdict.saving_usd.q50 or 0.0
    value = f"{n.about(abs(usual), verdict.currency)} {'more' if usual >= 0 else 'less'}"
    span = f"usually; 80% range {n.about_range(verdict.saving_usd, verdict.currency)}"
    return Card("For the same, random would pay", value, span)


def futures_finding(verdict: Verdict) -> str:
    """Say what fifty futures show: the mean and where most are."""
    if nothing_bought(verdict):
        return "The budget pays for no plan: there is nothing to compare"
    found = verdict.gain or verdict.saving_usd
    low, high = (stake(verdict, end or 0.0) for end in (found.q10, found.q90))
    return f"Active learning {ahead_words(verdict)} on average; 80% of futures from {low} to {high}"


def chance_label(verdict: Verdict) -> str:
    """Name the one probability."""
    return "Chance AL is cheaper" if verdict.gain is None else "Chance AL reaches more"


def _unreachable(verdict: Verdict) -> str:
    """Say in how many futures the target stays out of reach of both plans, and what that does to the chance."""
    if nothing_bought(verdict):
        return "a coin's toss, as neither plan can begin"
    if verdict.target is None:
        return "than random labelling, for the same budget; where both reach as much, half"
    if not _target_at_risk(verdict):
        return "both plans reach the target in every future"
    missed = "what a miss of the target costs is in the bills"
    if verdict.p_unreachable == 0:
        return f"{missed}; one option reaches it in every future"
    return f"{missed}; neither reaches it in {n.share(verdict.p_unreachable)} of futures (counted half)"


def never_reached(verdict: Verdict) -> str | None:
    """Say in which share of futures each plan never reaches the target; None where every plan always does."""
    if not _target_at_risk(verdict):
        return None
    shares = [f"{n.plan_name(one.name)} in {n.share(one.p_unreachable)}" for one in verdict.plans.values()]
    both = f"random and {n.plan_name(verdict.al_plan)} both in {n.share(verdict.p_unreachable)}"
    ruled = [n.plan_name(one.name) for one in verdict.plans.values() if one.by_rule]
    if ruled:
        return (
            f"Futures that miss the target: {', '.join(shares)}; {both}. In those, what stops by the plan's rule "
            f"({', '.join(ruled)}) pays for what it bought until then."
        )
    return f"Futures that never reach the target: {', '.join(shares)}; {both}. They pay for all that they could buy."


def settle_sentence(verdict: Verdict) -> str:
    """Say which inputs alone could change the verdict: those whose conditions are told, where they were looked for."""
    undecided, shown = verdict.state == "too_close", ""
    if nothing_bought(verdict):
        return "A larger budget comes first: there is no plan yet whose inputs could settle anything."
    if verdict.analysis is None:
        labels = [bar.label for bar in verdict.sensitivity if bar.flips]
        none, within = "No input", "within the range shown here"
        shown = f", {within}"
    else:
        labels = [flip.label for flip in verdict.analysis.flips]
        none, within = "None of the inputs that matter most", "from a tenth to ten times what it is"
    flips = list(dict.fromkeys(without_unit(n.plain(label)) for label in labels))
    if undecided:
        alone = f"{none} settles it alone, {within}: several would have to be known better at once."
        return f"What would settle it{shown}: {_either_of(flips)}." if flips else alone
    return (
        f"What could change the verdict{shown}: {_either_of(flips)}."
        if flips
        else f"{none} changes the verdict alone, {within}."
    )


def settle_title(verdict: Verdict) -> str:
    """Name the block on what would settle a verdict, or change it."""
    return "What would settle it" if verdict.state == "too_close" else "What could change it"


def labels_saved(verdict: Verdict) -> str:
    """Say how many labels the active-learning plan needs beside random, for the target."""
    saved = f"Labels saved by {n.plan_name(verdict.al_plan)}"
    if nothing_bought(verdict):
        return f"{saved}: none, as the budget pays for no plan."
    one = verdict.advantages[verdict.al_plan]
    fewer = f"it needs fewer labels than random in {n.share(one.p_fewer_labels)} of futures"
    low, middle, high = one.at_target
    goal = "the target" if verdict.target is not None else "that value"
    if one.p_neither >= 0.5:
        return f"{saved}: hard to tell, as neither reaches {goal} in {n.share(one.p_neither)} of futures."
    if middle is None:
        return f"{saved}: without end, as random alone rarely reaches the target; {fewer}."
    if middle == 0:
        return f"{saved}: usually none, as it rarely reaches {goal} where random does; {fewer}."
    # Random needs nothing like as many where the strategy never gets there at all.
    at = "at the target" if verdict.target is not None else "at what it usually reaches"
    ends = ("0, as it may never get there," if not low else n.times(low), "no end" if high is None else n.times(high))
    return f"{saved}, {at}: random needs {n.times(middle)} times as many ({' to '.join(ends)}); {fewer}."


def break_even_finding(verdict: Verdict) -> str:
    """Say from which price on active learning pays, or that no price makes it pay."""
    unit, even, at_target = price_unit(verdict), verdict.break_even_mean_usd, verdict.gain is None
    if verdict.p_unreachable > RARELY_DECIDED:
        return f"The target is reached too rarely to tell at which price per {unit} active learning pays"
    if even is None:
        return f"No price per {unit} makes active learning pay on average"
    if even == 0:
        better = "Active learning is cheaper" if at_target else "Active learning reaches more"
        return f"{better} on average at any price per {unit}"
    same = "The mean bills are equal" if at_target else "Both options reach as much on average"
    return f"{same} at {n.price_per(even, unit, verdict.currency)}"


def bar_words(bar: SensitivityBar, currency: str = "USD") -> str:
    """Say what a tornado bar varies, and mark swings that are labelplan's own and flips of the verdict."""
    # Fractions show as percent, so their unit would contradict them.
    label = n.input_label(bar.label, currency).removesuffix(" (fraction)")
    ends = f"{n.input_value(bar.low, bar.input)} to {n.input_value(bar.high, bar.input)}"
    marks = ["assumed"] * bar.assumed + ["flips"] * bar.flips
    return f"{label}: {ends}" + (f" · {', '.join(marks)}" if marks else "")


def plan_rows(verdict: Verdict) -> list[dict[str, str]]:
    """Give one row a plan: labels, cost, days, each with its 80% range, and the chance of missing the target."""
    # A rule that stops too soon buys a number of labels: the target was in reach.
    ruled = any(plan.by_rule for plan in verdict.plans.values())
    missed = "Misses the target" if ruled else "Never reaches"
    at_target, money = verdict.target is not None, partial(n.about, currency=verdict.currency)
    rows = []
    for plan in verdict.plans.values():
        bought = n.spread(plan.labels, n.labels)
        row = {
            "Plan": n.plan_name(plan.name),
            "Vendor": n.plain(plan.vendor),
            # A budget pays for no labels rather than never for enough of them.
            "Labels": bought if at_target else bought.replace(n.NEVER, "none"),
            "Cost": n.spread(plan.total_usd, money),
            "Days": n.spread(plan.days, n.day_count),
        }
        row |= {"Reaches": value_range(plan)} if ruled or not at_target else {}
        rows.append(row | ({missed: n.share(plan.p_unreachable)} if at_target else {}))
    return rows


def bill_rows(verdict: Verdict) -> list[dict[str, str]]:
    """Give one row a bill line with the mean of each plan, and the mean total last."""
    lines = bill_lines(verdict.plans)
    rows = []
    for name, summed in [*((n.line_name(line), [line]) for line in lines), ("total", lines)]:
        usd = {plan.name: sum(plan.lines_usd.get(line, 0.0) for line in summed) for plan in verdict.plans.values()}
        amounts = {n.plan_name(plan): n.dollars(amount, verdict.currency) for plan, amount in usd.items()}
        rows.append({"Mean bill": name} | amounts)
    return rows


def bill_lines(plans: Mapping[str, PlanOutcome]) -> list[str]:
    """List the lines that cost anything in any plan, in the order of a bill."""
    used = {line for plan in plans.values() for line, amount in plan.lines_usd.items() if amount != 0}
    return [line for line in LINES if line in used]


def verdict_lines(verdict: Verdict) -> list[str]:
    """Give the verdict as lines of plain text, as the command line prints it before it has asked anything beyond it."""
    plans, bills = plan_rows(verdict), bill_rows(verdict)
    return [
        headline(verdict),
        sentence(verdict),
        "",
        *_aligned_rows([[card.label, card.value, card.note] for card in cards(verdict)]),
        "",
        labels_saved(verdict),
        *(line for line in (at_the_budget(verdict), at_the_stop(verdict)) if line),
        "",
        *_aligned_rows([[*plans[0]], *([*row.values()] for row in plans)]),
        "",
        *_aligned_rows([[*bills[0]], *([*row.values()] for row in bills)]),
    ]


def case_lines(verdict: Verdict, number: int) -> list[str]:
    """Give a verdict in short, among others: task, call and sentence, and what would settle it where it is close."""
    lines = [f"{number}. {n.plain(verdict.task_name)}", f"{headline(verdict)}. {sentence(verdict)}"]
    even, note = _break_even(verdict)
    lines.append(f"Break-even price: {even} ({note}).")
    return lines + ([settle_sentence(verdict)] if verdict.state == "too_close" else [])


def assumption_lines(verdict: Verdict) -> list[str]:
    """Say what the answer leans on: what would settle it, and what the plan leaves out."""
    return [line for line in (settle_sentence(verdict), assumed_sentence(verdict)) if line]


def _target_at_risk(verdict: Verdict) -> bool:
    if verdict.target is None:
        return False
    return any(verdict.plans[name].p_unreachable > 0 for name in ("random", verdict.al_plan))


def _break_even(verdict: Verdict) -> tuple[str, str]:
    even = verdict.break_even_mean_usd
    if even is None:
        if nothing_bought(verdict):
            return "none", "the budget pays for no plan"
        rarely = verdict.p_unreachable > RARELY_DECIDED
        return "none", "the target is reached too rarely to tell" if rarely else "no price makes it pay on average"
    if even == 0:
        return "any price", "cheaper on average even where labels cost nothing"
    return n.price(even, verdict.currency), "the mean bills are equal there"


def without_unit(label: str) -> str:
    """Write an input's label inside a sentence, without its unit in brackets."""
    name = re.sub(r" \([^()]*\)$", "", label)
    return name[:1].lower() + name[1:]


def _either_of(items: list[str]) -> str:
    """Join names, the first few of many; semicolons part names that hold commas themselves."""
    if len(items) > MOST_NAMED:
        items = [*items[: MOST_NAMED - 1], f"{len(items) - MOST_NAMED + 1} others"]
    parted = "; " if any("," in item for item in items) else ", "
    return items[0] if len(items) == 1 else f"{parted.join(items[:-1])} or {items[-1]}"


def _aligned_rows(rows: list[list[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def hybrid_sentence(verdict: Verdict) -> str | None:
    """Say whether people and the model together label the whole pool for less than people alone; None if not asked."""
    if not verdict.hybrid:
        return None
    best = min(verdict.hybrid.values(), key=lambda one: float(one.runs["total_usd"].mean()))
    goal = f"To have all {best.items:,} items labelled"
    alone = n.about(best.all_human_usd, verdict.currency)
    if best.use == "all_human":
        loss = n.about(None if best.saving_usd.q50 is None else -best.saving_usd.q50, verdict.currency)
        return f"{goal}, let people label everything, for {alone}: the best mix with the model costs {loss} more."
    return (
        f"{goal}, let people label {n.spread(best.people_labels, n.count)} of them and the model the rest, which "
        f"it is sure of: {n.about(best.total_usd.q50, verdict.currency)} against {alone} by people "
        f"alone, cheaper in {n.share(best.p_cheaper)} of {'seeds' if 'seed' in best.runs else 'futures'}. Its first "
        f"{best.labels:,} labels are picked by {n.plan_name(best.strategy)}."
    )


def hybrid_rows(verdict: Verdict) -> list[dict[str, str]]:
    """Give one row a strategy that picks people's items, and one for people alone."""
    if not verdict.hybrid:
        return []
    money = partial(n.about, currency=verdict.currency)
    rows = [
        {
            "Picks by": n.plan_name(one.strategy),
            "First labels": f"{one.labels:,}",
            "Labels by people": n.spread(one.people_labels, n.count),
            "Model's share": n.spread(one.machine_share, n.share),
            "Errors, at most": n.percent(one.error_bound.q90) if one.error_bound.q90 is not None else "",
            "Cost": n.spread(one.total_usd, money),
            "Cheaper in": n.share(one.p_cheaper),
        }
        for one in verdict.hybrid.values()
    ]
    any_one = next(iter(verdict.hybrid.values()))
    alone = {"Picks by": "people alone", "Labels by people": f"{any_one.items:,}", "Cost": money(any_one.all_human_usd)}
    return [*rows, dict.fromkeys(rows[0], "") | alone]
