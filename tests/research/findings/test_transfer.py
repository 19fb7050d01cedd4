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


def test_another_model_that_turns_the_gain_has_direction_and_size():
    found = judged_with(0.02, lambda place: -0.01 - 0.001 * place)
    assert found.state == "direction and size" and found.seeds == len(SEEDS) and found.datasets == tuple(SCHEDULES)
    less, own, halved, others, share = found.parts
    # The mean of −0.010, −0.011, … −0.019 is −0.0145; the own gain is 0.02.
    assert less.figure == pytest.approx(-0.0345) and own.figure == pytest.approx(0.02)
    assert halved.figure == pytest.approx(-0.0245)
    assert others.figure == pytest.approx(-0.0145) and share.figure == 1.0
    assert "linear for linear +2.0" in found.reason and "forest for linear −1.5" in found.reason


@pytest.mark.parametrize(("kept", "state"), [(0.014, "direction only"), (0.025, "contradicted")])
def test_another_model_that_keeps_most_of_the_gain_or_adds_to_it(kept, state):
    assert judged_with(0.02, lambda place: kept + 0.0001 * place).state == state


def test_what_is_missing_is_named():
    nothing = judged("T7", rows("phoneme", "random", 50, 50, (50,), 0.7))
    assert "one learner chooses and another is trained" in nothing.reason
    missing = "forest [chosen by boosting]"
    found = judged_with(0.02, lambda place: 0.0, leave_out=("phoneme", missing))
    assert found.state == "setting not tested" and f"margin on phoneme with the {missing} learner" in found.reason
