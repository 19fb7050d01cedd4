"""The plan's inputs in words, and two plans side by side."""

from collections.abc import Mapping
from functools import cache, partial

from planner.decision import Verdict
from planner.plan import Plan, PlanInput, paths
from planner.render import numbers as n
from planner.render.verdict import words

CHANGED, GIVEN, DEFAULT = "changed", "given", "default"
OWN = "labelplan's default"
NOT_GIVEN = "not given"
A, B = "A (kept)", "B (now)"
_TABLES_OF_VENDOR = ("source", "source_kind", "as_of")


def assumption_rows(plan: Plan, edits: Mapping[str, str], *, absent: bool = False) -> list[dict[str, str]]:
    """Give one row an input: its value or range, unit, source, whether it is changed, and labelplan's own default.

    `edits`, path to text, were made after the plan was opened, and are in it; `absent` inputs have no value.
    """
    return [
        {
            "Input": _person_name(item, plan),
            "Value": n.plain(_value_text(item)) or NOT_GIVEN,
            "Unit": n.in_currency(item.unit, plan.task.currency),
            "State": CHANGED if item.path in edits else DEFAULT if item.default else GIVEN,
            "Source": _source_words(item, plan, edits),
            "labelplan's default": _default_text(item),
            "Plan file": item.path,
        }
        for item in plan.inputs()
        if absent or _value_text(item)
    ]


def input_help(item: PlanInput, plan: Plan) -> str:
    """Say what an input of a plan means, what is allowed, its default, its source, and its place in the file."""
    said = f"{n.plain(item.help)}. " if item.help else ""
    allowed = ""
    if item.quantity is not None:
        ranges = "" if item.quantity.domain.single else ", or a range such as 0.05 to 0.12 (80% sure)"
        allowed = f"Allowed: {item.quantity.domain.allowed}{ranges}. "
    source = "" if item.default else f"Here from {_source_words(item, plan, {})}. "
    return f"{said}{allowed}Default: {_default_text(item)}. {source}In the plan file: {item.path}"


def matching_rows(rows: list[dict[str, str]], text: str) -> list[dict[str, str]]:
    """Choose the rows in which every word of a text occurs, in whichever column, small or capital."""
    wanted = text.casefold().split()
    return [row for row in rows if all(word in " ".join(row.values()).casefold() for word in wanted)]


def count_sentence(rows: list[dict[str, str]]) -> str:
    """Say how many inputs there are, and how many of them are whose."""
    states = [row["State"] for row in rows]
    return (
        f"{len(rows)} inputs: {states.count(GIVEN)} given in the plan, {states.count(DEFAULT)} left to labelplan's "
        f"defaults, {states.count(CHANGED)} changed here."
    )


def change_rows(base: Plan, plan: Plan, edits: Mapping[str, str]) -> dict[str, tuple[str, str, str]]:
    """Give, for each edited input, its name, its value in the `base` plan, and its value now."""
    pairs = {path: (base.input(path), plan.input(path)) for path in edits}
    return {
        path: (_person_name(before, base), _value_text(before) or NOT_GIVEN, _value_text(now) or NOT_GIVEN)
        for path, (before, now) in pairs.items()
    }


def _person_name(item: PlanInput, plan: Plan) -> str:
    """Name an input, with its vendor's name before it where there are several vendors."""
    name, _, rest = item.path.partition(".")
    label = n.in_currency(n.plain(item.label), plan.task.currency)
    if name != "vendors" or len(plan.vendors) == 1:
        return label
    return f"{n.plain(plan.vendors[int(rest.partition('.')[0])].name)}: {label[:1].lower()}{label[1:]}"


@cache
def _default_texts() -> Mapping[str, str]:
    return {item.path: _value_text(item) for item in Plan().inputs()}


def _default_text(item: PlanInput) -> str:
    name, _, rest = item.path.partition(".")
    if name == "vendors" and item.default:  # votes and throughput depend on the billing
        return _value_text(item) or NOT_GIVEN
    # Every vendor's defaults are those of the first.
    path = paths.vendor(0, rest.partition(".")[2]) if name == "vendors" else item.path
    return _default_texts().get(path, "") or NOT_GIVEN


def _value_text(item: PlanInput) -> str:
    # What labelplan works out from the rest of the plan has a value and no text in the plan file.
    return item.text or (item.quantity.text if item.quantity is not None else "")


def _source_words(item: PlanInput, plan: Plan, edits: Mapping[str, str]) -> str:
    if item.path in edits:
        return "you, on these pages"
    if item.default:
        return "from the initial set to the pool" if not item.text and _value_text(item) else OWN
    name, _, rest = item.path.partition(".")
    if name != "vendors" or rest.endswith(_TABLES_OF_VENDOR):
        return "the plan"
    # Where the quote was found and when, as far as the plan says.
    vendor = plan.vendors[int(rest.partition(".")[0])]
    read = f", as of {vendor.as_of.isoformat()}" if vendor.as_of is not None else ""
    return f"the quote: {n.plain(vendor.source)}{read}" if vendor.source else "the plan"


def difference_rows(first: Plan, second: Plan) -> list[dict[str, str]]:
    """Give one row an input that differs; what a plan leaves out counts as the default that stands in."""
    ours, theirs = ({item.path: item for item in plan.inputs()} for plan in (first, second))
    rows = []
    for path in dict.fromkeys((*ours, *theirs)):
        values = [items[path].text if path in items else "" for items in (ours, theirs)]
        if values[0] != values[1]:
            item, plan = (theirs[path], second) if path in theirs else (ours[path], first)
            told = [n.plain(value) or NOT_GIVEN for value in values]
            unit = n.in_currency(item.unit, plan.task.currency)
            rows.append({"Input": _person_name(item, plan), A: told[0], B: told[1], "Unit": unit})
    return rows


def difference_sentence(rows: list[dict[str, str]]) -> str:
    """Say how many inputs differ."""
    if not rows:
        return "The plan now is scenario A itself: change an input, and both stand side by side."
    return f"{len(rows)} input{' differs' if len(rows) == 1 else 's differ'}."


def answer_rows(first: Verdict, second: Verdict) -> list[dict[str, str]]:
    """Give the two answers line by line: verdict, chance, saving, break-even, and what each plan costs."""
    answers = [_answer_cells(verdict) for verdict in (first, second)]
    names = dict.fromkeys((*answers[0], *answers[1]))
    return [{"": name, A: answers[0].get(name, NOT_GIVEN), B: answers[1].get(name, NOT_GIVEN)} for name in names]


def _answer_cells(verdict: Verdict) -> dict[str, str]:
    expected, chance, even = words.cards(verdict)
    money = partial(n.about, currency=verdict.currency)
    return {
        "Verdict": words.headline(verdict),
        "Compared at": words.aim_words(verdict),
        "Strategy": n.plan_name(verdict.al_plan),
        "Chance for active learning": chance.value,
        "On average active learning": words.ahead_words(verdict),
        expected.label: expected.value,
        even.label: even.value,
        "Neither gets there": n.share(verdict.p_unreachable),
        **{f"Cost of {n.plan_name(plan.name)}": n.spread(plan.total_usd, money) for plan in verdict.plans.values()},
    }
