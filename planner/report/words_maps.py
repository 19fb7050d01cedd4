"""Which inputs a map of the answer may run over, and what people call them."""

from planner.decision.verdict import Verdict
from planner.plan import parse_plan, paths
from planner.report.charts.analysed import analysed
from planner.report.charts.map import name_of
from planner.report.names import input_label


def map_choices(verdict: Verdict) -> dict[str, str]:
    """Give the places of inputs that a map may run over, with their names: those of the usual map first.

    Args:
        verdict: read for `analysis.map`, `sensitivity` and `plan_toml`.

    Raises:
        ValueError: the verdict was asked for alone.
    """
    usual = analysed(verdict).map
    plan = parse_plan(verdict.plan_toml)
    # The price of a vote, under the name that stands for all vendors, is there already.
    hidden = {paths.vendor(0, "price_usd")} if len(plan.vendors) == 1 else set()
    named = {bar.input: input_label(bar.label, verdict.currency) for bar in verdict.sensitivity}
    others = {path: name for path, name in named.items() if path not in hidden}
    return {one.path: name_of(one, verdict) for one in (usual.x, usual.y)} | others
