"""Labels that a plan would buy under any stopping rule, on given curves; checks the pricing of rules from outside."""

from planner.costs.terms import ONE
from planner.decision.labels_required import RuleOutcome
from planner.decision.stopping.rules import Rule
from planner.decision.stopping.with_stopping_rule import InterimLooks, Money, check_priceable, run_campaigns
from planner.plan import Draws, Plan
from planner.transfer.task_curves import TaskCurves
from simulations.arrays import Floats


def labels_with_rule(
    curves: TaskCurves,
    plan: Plan,
    rule: Rule,
    *,
    name: str,
    values: Draws,
    target: float,
    vendor: int = 0,
    worth: Floats = ONE,
) -> RuleOutcome:
    """Run one plan's campaign in every draw until a rule stops it, or the whole pool is labelled.

    The vendor is the one by which rounds are priced, for rules about money; `worth` is clean labels that a delivered
    one counts for, (D,) or (1,).

    Raises:
        InputError: the rule reads what curves cannot tell (agreement of predictions), or needs test items where the
            plan has none.
    """
    check_priceable(rule, values)
    looks = InterimLooks(curves, values, name, worth, target)
    return run_campaigns(looks, rule, Money(plan, values, vendor, looks)).at_setting(0)
