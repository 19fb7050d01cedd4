"""The rules are complete, and the page shows them as they are in force."""

from pathlib import Path

from research.findings.checks import CHECKS
from research.findings.rules import RULES, rules_table

PAGE = Path(__file__).parents[3] / "docs/method/evidence.md"


def test_every_finding_has_a_rule_and_all_but_the_last_a_direction():
    assert [*RULES] == [*CHECKS]
    judged = [
        number for number, rule in RULES.items() if any(one.judges == "direction" for one in rule.figures.values())
    ]
    assert judged == [*RULES][:-1]


def test_figures_that_judge_have_a_claim_and_those_told_for_comparison_have_none():
    for rule in RULES.values():
        assert all((one.claim is None) == (one.judges is None) for one in rule.figures.values())
        assert len({one.what for one in rule.figures.values()}) == len(rule.figures)


def test_the_page_shows_the_rules_in_force():
    assert rules_table() in PAGE.read_text(encoding="utf-8")
