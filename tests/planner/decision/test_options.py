"""People, a language model, or both: five bills worked by hand, what a miss costs, and what turns the answer."""

from pathlib import Path

import numpy as np
import pytest

from planner.costs import QuoteCosts
from planner.costs.language_model import share_with_people
from planner.decision.options import compare_options, read_coverage
from simulations.errors import InputError
from tests.planner.decision.hand_made import SIMPLE
from tests.planner.decision.on_curves import on_curves

MODEL = """
[[vendors]]
name = "Model"
billing = "per_token"
tokens_in_per_vote = 1_000
tokens_out_per_vote = 0
price_usd_per_million_tokens_in = 10
price_usd_per_million_tokens_out = 0
delivered_error_rate = 0.05
turnaround_days = 0
[options]
names = ["llm_labels", "llm_answers", "llm_then_people"]
predictions = 50_000
prompt_hours = 4
audit_items = 100
unsure_share = 0.25
kept_error_rate = 0.02
"""
PLAN = SIMPLE + MODEL


def case(text=PLAN, **edits):
    for old, new in edits.items():
        line = next(line for line in text.splitlines() if line.startswith(old))
        text = text.replace(line, f"{old} = {new}")
    return on_curves([4_000.0, 4_000.0], [2_000.0, 2_000.0], text)


def compared(text=PLAN, **edits):
    return compare_options(case(text, **edits), Path())


def test_five_bills_by_hand():
    found = compared().outcomes
    means = {name: one.mean_usd for name, one in found.items()}
    measuring = 4 * 50 + 100 * 1  # four hours of prompt work, a hundred items that people label at $1
    assert means == pytest.approx(
        {
            "random": 4_000 * 1,
            "active_learning": 2_000 * 1 + 1_000,  # and the engineering
            "llm_labels": 4_000 * 0.01 + measuring,  # 1,000 tokens at $10 a million are a cent
            "llm_answers": 50_000 * 0.01 + measuring,
            "llm_then_people": 4_000 * (0.01 + 0.25 * 1) + measuring,
        }
    )
    assert found["llm_answers"].value.q50 == pytest.approx(0.95) and found["llm_answers"].labels.q50 == 0
    assert found["llm_then_people"].labelled_by == "Model, then Vendor A"
    assert [one.p_cheapest for one in found.values()] == [0, 0, 1, 0, 0]


def test_the_call_is_by_mean_bills():
    options = compared()
    assert options.ranked == ["llm_labels", "llm_answers", "llm_then_people", "active_learning", "random"]
    assert options.call.expected == pytest.approx(800 - 340) and options.call.expected_loss == 0
    assert options.to_dict()["cheapest"] == "llm_labels" and not options.to_dict()["too_close"]


def test_who_misses_buys_the_surest_option_as_well():
    assert compared().outcomes["llm_answers"].p_unreachable == 0
    worse = compare_options(case(PLAN.replace("delivered_error_rate = 0.05", "delivered_error_rate = 0.2")), Path())
    missed = worse.outcomes["llm_answers"]
    assert missed.p_unreachable == 1
    # The surest option with the lowest mean is the one that labels by the model alone.
    assert missed.lines_usd["after_miss_usd"] == pytest.approx(worse.outcomes["llm_labels"].mean_usd)


def test_a_miss_with_a_price_of_its_own_buys_nothing_else():
    text = PLAN.replace("test_labels = 0", "test_labels = 0\nfailure_usd = 7_000")
    missed = compare_options(
        case(text.replace("delivered_error_rate = 0.05", "delivered_error_rate = 0.2")), Path()
    ).outcomes["llm_answers"]
    assert missed.lines_usd["failure_usd"] == 7_000 and "after_miss_usd" not in missed.lines_usd


def test_the_trained_model_answers_at_its_own_price():
    text = PLAN.replace("machine_usd_per_hour = 0", "machine_usd_per_hour = 0\nscore_usd_per_item = 0.001")
    found = compared(text).outcomes
    assert found["random"].lines_usd["production_usd"] == pytest.approx(50)
    assert found["llm_answers"].lines_usd["production_usd"] == pytest.approx(500)


def test_a_volume_turns_the_answer_where_the_two_bills_are_equal():
    # Answers cost a cent each; labels by the model $340 in all, $300 of them for prompt and audit of both.
    options = compared(predictions=1_000)
    assert options.ranked[0] == "llm_answers"
    (turn,) = (turn for turn in options.turns if turn.input == "options.predictions")
    assert turn.cheapest == "llm_labels" and turn.side == "above"
    assert 4_000 <= turn.said <= 4_400


def test_a_turn_is_true_where_it_is_said():
    given = case(predictions=1_000)
    for turn in compare_options(given, Path()).turns:
        there = given.at_setting({turn.input: np.array([turn.said])})
        assert compare_options(there, Path()).ranked[0] == turn.cheapest


def test_labels_of_both_have_the_errors_of_both():
    given = case()
    machine, people = (QuoteCosts.of(given.plan, given.values, vendor) for vendor in (1, 0))
    share, kept, items = (np.array([x]) for x in (0.25, 0.02, 4_000.0))
    plan, values = share_with_people(machine, people, given.plan, unsure=share, kept_error=kept, items=items)
    both = QuoteCosts.of(plan, values, 2)
    assert both.error_rate == pytest.approx([0.75 * 0.02])  # people make none here
    assert both["systematic_share"] == pytest.approx(machine["systematic_share"])
    assert both.throughput_per_day == pytest.approx([4_000.0])  # the model's; people's would do 16,000 a day


COVERAGE = "threshold,n_covered,n_errors\n0,400,40\n0.5,300,12\n0.9,200,2\n"


def test_a_coverage_table_gives_the_threshold(tmp_path):
    (tmp_path / "coverage.csv").write_text(COVERAGE)
    text = PLAN.replace("unsure_share = 0.25\nkept_error_rate = 0.02", 'coverage = "coverage.csv"')
    found = compare_options(case(text), tmp_path).outcomes["llm_then_people"]
    # Wrong labels cost nothing on these curves, so that all items are left to the model.
    assert found.unsure_share.q50 == 0
    sharings = read_coverage(tmp_path / "coverage.csv", 4_000, 0)
    assert np.median(sharings[1].unsure) == pytest.approx(0.25, abs=0.01)
    assert np.median(sharings[2].kept_error) == pytest.approx(0.01, abs=0.004)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("threshold,n_covered\n0,400\n", "column 'n_errors' is missing"),
        (COVERAGE.replace("12", "many"), "row 2, column 'n_errors': found 'many'"),
        (COVERAGE.replace("300,12", "300,301"), "no more errors than items"),
        (COVERAGE.replace("0.5,300", "0.5,500"), "never more at a higher one"),
        ("threshold,n_covered,n_errors\n", "found n_covered nothing"),
        ("", "cannot be read as a coverage table"),
    ],
)
def test_a_wrong_coverage_table_is_refused_in_one_sentence(tmp_path, text, words):
    path = tmp_path / "coverage.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=r"coverage\.csv") as refused:
        read_coverage(path, 10, 0)
    assert words in str(refused.value)
