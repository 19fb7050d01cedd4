"""Two plans side by side in words: which inputs differ, and what that does to the answer."""

from functools import partial

from planner.decision.verdict import PlanOutcome, Verdict
from planner.plan import Plan
from planner.report import numbers as n
from planner.report import words
from planner.report.names import in_currency, plan_name
from planner.report.words_assumptions import NOT_GIVEN, person_name

A, B = "A (kept)", "B (now)"


def difference_rows(first: Plan, second: Plan) -> list[dict[str, str]]:
    """Give one row an input that differs; what a plan leaves out counts as the default that stands in."""
    ours, theirs = ({item.path: item for item in plan.inputs()} for plan in (first, second))
    rows = []
    for path in dict.fromkeys((*ours, *theirs)):
        values = [items[path].text if path in items else "" for items in (ours, theirs)]
        if values[0] != values[1]:
            item, plan = (theirs[path], second) if path in theirs else (ours[path], first)
            told = [n.plain(value) or NOT_GIVEN for value in values]
            unit = in_currency(item.unit, plan.task.currency)
            rows.append({"Input": person_name(item, plan), A: told[0], B: told[1], "Unit": unit})
    return rows


def difference_sentence(rows: list[dict[str, str]]) -> str:
    """Say how many inputs differ."""
    if not rows:
        return "The plan now is scenario A itself: change an input, and both stand side by side."
    return f"{len(rows)} input{' differs' if len(rows) == 1 else 's differ'}."


def finding(first: Verdict, second: Verdict) -> str:
    """Say what changes from one answer to the other: verdict, chance and usual saving."""
    before, after = words.headline(first), words.headline(second)
    same = f"Both say “{after}”" if before == after else f"“{before}” becomes “{after}”"
    chances = [n.chance(verdict.p_al_cheaper) for verdict in (first, second)]
    savings = [n.about(verdict.saving_usd.q50, verdict.currency) for verdict in (first, second)]
    return (
        f"{same}; the chance {_moves(chances)} and the usual saving {_moves(savings)}. Inputs that are the same have "
        f"the same {n.count(second.n_draws)} draws in both."
    )


def answer_rows(first: Verdict, second: Verdict) -> list[dict[str, str]]:
    """Give the two answers line by line: verdict, chance, saving, break-even, and what each plan costs."""
    answers = [_answer(verdict) for verdict in (first, second)]
    names = dict.fromkeys((*answers[0], *answers[1]))
    return [{"": name, A: answers[0].get(name, NOT_GIVEN), B: answers[1].get(name, NOT_GIVEN)} for name in names]


def _moves(values: list[str]) -> str:
    return f"stays {values[0]}" if values[0] == values[1] else f"goes from {values[0]} to {values[1]}"


def _answer(verdict: Verdict) -> dict[str, str]:
    chance, usual, even = words.cards(verdict)
    return {
        "Verdict": words.headline(verdict),
        "Compared at": words.aim(verdict),
        "Strategy": plan_name(verdict.al_plan),
        "Chance for active learning": chance.value,
        usual.label: usual.value,
        "Its 80% range": n.about_range(verdict.saving_usd, verdict.currency),
        even.label: even.value,
        "Neither gets there": n.share(verdict.p_unreachable),
        **{f"Cost of {plan_name(plan.name)}": _cost(plan, verdict) for plan in verdict.plans.values()},
    }


def _cost(plan: PlanOutcome, verdict: Verdict) -> str:
    return n.spread(plan.total_usd, partial(n.about, currency=verdict.currency))
