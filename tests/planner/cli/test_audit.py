"""`labelplan audit` from end to end."""

from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
AUDIT = EXAMPLES / "audit.csv"


def test_an_audit_in_words_and_json(run, answered):
    found = answered(run("audit", AUDIT, "--json"))
    assert found["people"] == 3 and found["test"]["epsilon"] == 0.2
    assert sum(share["wrong"] for share in found["by_class"].values()) == found["error"]["wrong"]
    status, out, _ = run("audit", AUDIT, "--people", "crowd")
    assert status == 0 and "Alternative annotator test, ε 0.1: " in out
    assert "Asked again about 30 errors, it gives the same wrong answer in 70% (" in out
    assert f'  vote_error_rate = "{found["quote"]["vote_error_rate"]}"' in out


def test_the_quotes_fields_go_into_the_plan_with_its_comments(run, answered, tmp_path):
    plan = tmp_path / "plan.toml"
    plan.write_text((EXAMPLES / "llm-or-people.toml").read_text())
    status, out, _ = run("audit", AUDIT, "--into", plan)
    assert status == 0 and f"of Language model into {plan}." in out
    text = plan.read_text()
    assert 'error_rate_is = "measured"' in text and "# instruction, examples and ticket" in text
    found = answered(run("audit", AUDIT, "--json"))["quote"]
    assert f'vote_error_rate = "{found["vote_error_rate"]}"' in text and "audit_items = 298" in text
    assert answered(run("plan", plan, "--json", "--draws", "100"))["options"]["audits"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--people", "experts"], "--people: found 'experts'; allowed: expert, skilled, crowd"),
        (["--vendor", "Model"], "--vendor: found without --into"),
        (["--into", EXAMPLES / "digits.toml"], "found 0 quotes of language models; allowed: one, or --vendor NAME"),
        (["--into", EXAMPLES / "llm-or-people.toml", "--vendor", "Mode"], "there is no vendor 'Mode'"),
    ],
)
def test_what_cannot_be_written_is_refused(refused, options, words):
    refused(words, "audit", AUDIT, *options)
