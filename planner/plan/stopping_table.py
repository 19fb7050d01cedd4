"""The `[stopping]` table of a plan file: by which rules its campaigns stop."""

from typing import Literal

from pydantic import field_validator

from planner.plan.fields import Count, OpenFraction, Table, field

RULES = ("target", "forecast", "labels", "budget", "economic", "stable", "plateau")
"""Names of the rules, as `planner.decision.stopping` knows them."""


class Stopping(Table):
    """When a campaign stops; without rules, a plan buys just what the target needs."""

    rules: tuple[str, ...] = field((), "Stopping rules", help=f"Any of {', '.join(RULES)}", rare=True)
    when: Literal["any", "all"] = field(
        "any", "Stop when", help="any: as soon as one rule says so; all: when every one does", rare=True
    )
    confidence: OpenFraction = field(
        0.9, "Confidence in the target", "fraction", "For target and forecast; higher buys more labels", rare=True
    )
    labels: Count | None = field(None, "Labels to stop at", "items", "For labels", rare=True)
    gain: OpenFraction = field(
        0.002, "Plateau", "fraction", "For plateau: less than this over the last rounds stops", rare=True
    )
    agreement: OpenFraction = field(
        0.99, "Agreement", "kappa", "For stable: of successive rounds' predictions, on average", rare=True
    )
    rounds: Count = field(3, "Rounds looked back on", "rounds", "For plateau and stable; more stops later", rare=True)

    @field_validator("rules")
    @classmethod
    def _known_and_distinct(cls, rules: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(rules)) < len(rules) or not set(rules) <= set(RULES):
            raise ValueError(f"found {list(rules)}; allowed: different ones of {', '.join(RULES)}")
        return rules
