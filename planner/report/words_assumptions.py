"""The plan's inputs one by one in words: value, unit, and where each comes from."""

from collections.abc import Mapping
from functools import cache

from planner.plan import Plan, PlanInput, paths
from planner.report import numbers as n
from planner.report.names import in_currency

CHANGED, GIVEN, DEFAULT = "changed", "given", "default"
OWN = "labelplan's default"
NOT_GIVEN = "not given"
_TABLES_OF_VENDOR = ("source", "source_kind", "as_of")


def assumption_rows(plan: Plan, edits: Mapping[str, str], *, absent: bool = False) -> list[dict[str, str]]:
    """Give one row an input: its value or range, unit, source, whether it is changed, and labelplan's own default.

    Args:
        plan: the plan, edits made.
        edits: path to text of what was changed after the plan was opened.
        absent: inputs without a value too.
    """
    return [
        {
            "Input": person_name(item, plan),
            "Value": n.plain(_value(item)) or NOT_GIVEN,
            "Unit": in_currency(item.unit, plan.task.currency),
            "State": _state(item, edits),
            "Source": _source(item, plan, edits),
            "labelplan's default": _default(item),
            "Plan file": item.path,
        }
        for item in plan.inputs()
        if absent or _value(item)
    ]


def input_help(item: PlanInput, plan: Plan) -> str:
    """Say what an input means, what is allowed, its default, where its value is from, and its place in the file.

    Args:
        item: the input.
        plan: the plan it is of, before edits.
    """
    said = f"{n.plain(item.help)}. " if item.help else ""
    allowed = ""
    if item.quantity is not None:
        ranges = "" if item.quantity.domain.single else ", or a range such as 0.05 to 0.12 (80% sure)"
        allowed = f"Allowed: {item.quantity.domain.allowed}{ranges}. "
    source = "" if item.default else f"Here from {_source(item, plan, {})}. "
    return f"{said}{allowed}Default: {_default(item)}. {source}In the plan file: {item.path}"


def matching(rows: list[dict[str, str]], text: str) -> list[dict[str, str]]:
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
    """Give, for each edited input, its name, the value before, and the value now.

    Args:
        base: the plan before edits.
        plan: the plan with them.
        edits: path to text of the edits.
    """
    return {
        path: (
            person_name(base.input(path), base),
            _value(base.input(path)) or NOT_GIVEN,
            _value(plan.input(path)) or NOT_GIVEN,
        )
        for path in edits
    }


def person_name(item: PlanInput, plan: Plan) -> str:
    """Name an input, with its vendor's name before it where there are several vendors."""
    name, _, rest = item.path.partition(".")
    label = in_currency(n.plain(item.label), plan.task.currency)
    if name != "vendors" or len(plan.vendors) == 1:
        return label
    return f"{n.plain(plan.vendors[int(rest.partition('.')[0])].name)}: {label[:1].lower()}{label[1:]}"


@cache
def _defaults() -> Mapping[str, str]:
    return {item.path: _value(item) for item in Plan().inputs()}


def _default(item: PlanInput) -> str:
    return _defaults().get(_first_vendor(item.path), "") or NOT_GIVEN


def _value(item: PlanInput) -> str:
    # What labelplan works out from the rest of the plan has a value and no text in the plan file.
    return item.text or (item.quantity.text if item.quantity is not None else "")


def _state(item: PlanInput, edits: Mapping[str, str]) -> str:
    if item.path in edits:
        return CHANGED
    return DEFAULT if item.default else GIVEN


def _source(item: PlanInput, plan: Plan, edits: Mapping[str, str]) -> str:
    if item.path in edits:
        return "you, on these pages"
    if item.default:
        return "from the initial set to the pool" if not item.text and _value(item) else OWN
    name, _, rest = item.path.partition(".")
    if name == "vendors" and not rest.endswith(_TABLES_OF_VENDOR):
        return _quote_source(plan, int(rest.partition(".")[0]))
    return "the plan"


def _quote_source(plan: Plan, index: int) -> str:
    """Say where a quote was found and when, as far as the plan says."""
    vendor = plan.vendors[index]
    if not vendor.source:
        return "the plan"
    read = f", as of {vendor.as_of.isoformat()}" if vendor.as_of is not None else ""
    return f"the quote: {n.plain(vendor.source)}{read}"


def _first_vendor(path: str) -> str:
    name, _, rest = path.partition(".")
    return paths.vendor(0, rest.partition(".")[2]) if name == "vendors" else path
