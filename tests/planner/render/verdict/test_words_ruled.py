"""A plan that a rule stops buys a number of labels, and misses the target by stopping short of it."""

from dataclasses import replace

from planner.render.verdict import words


def ruled(verdict):
    margin = replace(verdict.plans["margin"], by_rule=True, p_unreachable=0.3)
    return replace(verdict, plans={**verdict.plans, "margin": margin})


def test_the_column_says_misses_and_not_never(verdict):
    assert all("Never reaches" in row for row in words.plan_rows(verdict))
    rows = words.plan_rows(ruled(verdict))
    assert all("Never reaches" not in row for row in rows)
    assert rows[1]["Misses the target"] == "30%"


def test_who_stopped_short_is_named(verdict):
    told = words.never_reached(ruled(verdict))
    assert told.startswith("Futures that miss the target: random in")
    assert "What stops by the plan's rule (margin) stopped short of it there, and pays for what it bought." in told
    assert "all that they could buy" in words.never_reached(verdict)
