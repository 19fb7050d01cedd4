"""T7 on curves made by hand, in which another model's choice keeps, halves or turns the gain by construction."""

import pytest

from research.findings.transfer import MODELS, SCHEDULES

from .hand_made import SEEDS, judged, rows

PAIRS = [(trained, chooses) for trained in MODELS for chooses in MODELS]


def judged_with(own, other, *, leave_out=None):
    """Random at 0.7 everywhere; margin above it by `own` where a model chooses for itself, else by `other(place)`."""
    parts = []
    for place, (name, size) in enumerate(SCHEDULES.items()):
        counts = (size, 2 * size, 4 * size)
        for trained, chooses in PAIRS:
            learner = trained if trained == chooses else f"{trained} [chosen by {chooses}]"
            gain = own if trained == chooses else other(place)
            if (name, learner) != leave_out:
                parts.append(rows(name, "margin", size, size, counts, 0.7 + gain, learner=learner))
        parts += [rows(name, "random", size, size, counts, 0.7, learner=trained) for trained in MODELS]
    return judged("T7", *parts)


def test_another_model_that_turns_the_gain_reproduces_it():
    found = judged_with(0.02, lambda place: -0.01 - 0.001 * place)
    assert found.state == "reproduced" and found.seeds == len(SEEDS) and found.datasets == tuple(SCHEDULES)
    halved, own, others, share = found.parts
    # The mean of −0.010, −0.011, … −0.015, less half of 0.02.
    assert halved.figure == pytest.approx(-0.0225) and own.figure == pytest.approx(0.02)
    assert others.figure == pytest.approx(-0.0125) and share.figure == 1.0
    assert "linear for linear +2.0" in found.reason and "forest for linear −1.3" in found.reason


def test_what_is_missing_is_named():
    nothing = judged("T7", rows("digits", "random", 50, 50, (50,), 0.7))
    assert "one learner chooses and another is trained" in nothing.reason
    missing = "forest [chosen by boosting]"
    found = judged_with(0.02, lambda place: 0.0, leave_out=("satimage", missing))
    assert found.state == "not checked yet" and f"margin on satimage with the {missing} learner" in found.reason
