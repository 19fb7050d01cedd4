"""T7 on curves made by hand, in which another model's choice keeps, halves or turns the gain by construction."""

import pytest

from research.findings.checks import CHECKS
from research.findings.transfer import MODELS, SCHEDULES

from .hand_made import SEEDS, curves, rows

PAIRS = [(trained, chooses) for trained in MODELS for chooses in MODELS]


def made(own, other, *, sets=SCHEDULES, leave_out=None, seeds=SEEDS):
    """Random at 0.7 everywhere; margin above it by `own` where a model chooses for itself, else by `other(place)`."""
    parts = []
    for place, name in enumerate(sets):
        size = SCHEDULES[name]
        counts = (size, 2 * size, 4 * size)
        for trained, chooses in PAIRS:
            learner = trained if trained == chooses else f"{trained} [chosen by {chooses}]"
            gain = own if trained == chooses else other(place)
            if (name, learner) != leave_out:
                parts.append(rows(name, "margin", size, size, counts, 0.7 + gain, learner=learner, seeds=seeds))
        parts += [rows(name, "random", size, size, counts, 0.7, learner=trained) for trained in MODELS]
    return curves(*parts)


def judged(table):
    return CHECKS["T7"].judge(table)


def test_another_model_that_turns_the_gain_reproduces_it():
    found = judged(made(0.02, lambda place: -0.01 - 0.001 * place))
    assert found.state == "reproduced" and found.seeds == len(SEEDS) and found.datasets == tuple(SCHEDULES)
    halved, own, others, share = found.parts
    # The mean of −0.010, −0.011, … −0.015, less half of 0.02.
    assert halved.figure == pytest.approx(-0.0225) and own.figure == pytest.approx(0.02)
    assert others.figure == pytest.approx(-0.0125) and share.figure == 1.0
    assert "linear for linear +2.0" in found.reason and "forest for linear −1.3" in found.reason


def test_what_is_missing_is_named():
    nothing = judged(curves(rows("digits", "random", 50, 50, (50,), 0.7)))
    assert "one learner chooses and another is trained" in nothing.reason
    missing = "forest [chosen by boosting]"
    found = judged(made(0.02, lambda place: 0.0, leave_out=("satimage", missing)))
    assert found.state == "not checked yet" and f"margin on satimage with the {missing} learner" in found.reason
