"""Three telling cases, answered as any plan is: labels too cheap to save, specialists' labels, one too close to call.

The plans stand here and not in files, so that a new installation answers before anything is written.
"""

from collections.abc import Iterator
from pathlib import Path

from planner.app.answers import answer_in_steps
from planner.decision import Verdict
from planner.plan import parse_plan
from simulations.errors import InputError

TICKETS = """
# A crowd labels support tickets by topic: an engineer's week costs more than what active learning saves.
[task]
name = "Support tickets by topic, labelled by a crowd"
metric = "accuracy"
classes = 12
target = 0.85
pool_size = 300_000
test_labels = 2_000

[strategy]
names = ["margin"]
initial_labels = 500
batch_size = 1_000

[[vendors]]
name = "Crowd"
price_usd = 0.04
votes_per_item = 3
vote_error_rate = "0.10 to 0.20"
turnaround_days = 1

[engineering]
hourly_rate_usd = 60
one_off_hours = "40 to 100"

[evidence]
kind = "text"
random_labels = "6_000 to 25_000"
"""

SCANS = """
# Three specialists read each scan: every label that active learning saves is worth more than an hour of an engineer.
[task]
name = "Scans read by specialists"
metric = "accuracy"
classes = 6
target = 0.85
pool_size = 40_000
test_labels = 1_000

[strategy]
names = ["margin"]
initial_labels = 200
batch_size = 200

[[vendors]]
name = "Specialists"
price_usd = "4 to 8"
votes_per_item = 3
vote_error_rate = "0.10 to 0.20"
turnaround_days = 5

[engineering]
hourly_rate_usd = 80
one_off_hours = "80 to 160"

[evidence]
kind = "image"
random_labels = "4_000 to 16_000"
"""

CLAUSES = """
# Trained annotators mark clauses of contracts: what active learning saves is about what it costs to build.
[task]
name = "Clauses of contracts, labelled by trained annotators"
metric = "accuracy"
classes = 8
target = 0.88
pool_size = 60_000
test_labels = 1_000

[strategy]
names = ["margin"]
initial_labels = 300
batch_size = 500

[[vendors]]
name = "Annotators"
price_usd = "0.90 to 1.30"
votes_per_item = 1
delivered_error_rate = "0.02 to 0.05"
turnaround_days = 3

[engineering]
hourly_rate_usd = 70
one_off_hours = "60 to 140"

[evidence]
kind = "text"
random_labels = "5_000 to 30_000"
"""

CASES = (TICKETS, SCANS, CLAUSES)


def plan_text(number: int) -> str:
    """Give the plan file of a case, counted from 1.

    Raises:
        InputError: there is no such case.
    """
    if not 1 <= number <= len(CASES):
        raise InputError(f"--plan-file: found {number}; allowed: 1 to {len(CASES)}")
    return CASES[number - 1].lstrip()


def answer_cases() -> Iterator[Verdict]:
    """Answer the cases one by one, each with what moves it most."""
    for text in CASES:
        *_, verdict = answer_in_steps(parse_plan(text, where="demo"), base=Path(), questions=None)
        yield verdict
