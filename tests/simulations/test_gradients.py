"""Strategies that ask for a model's gradients, from the check of what learners serve to the curves of the engine."""

from dataclasses import replace

import pytest

from simulations.compatibility import check_served
from simulations.engine import run_lanes
from simulations.errors import InputError
from simulations.learners import LEARNERS
from simulations.metrics import METRICS
from simulations.trajectory import Part

DFAL = Part.of("dfal")
FEW_EPOCHS = {"epochs": 8, "learning_rate": 0.01}


def _curve(record):
    return {name: record.series[name] for name in METRICS} | {"labels": record.labels}


def _with(trajectory, name, **settings):
    return replace(trajectory, learner=Part.of(name, {**LEARNERS[name].defaults, **settings}))


def test_of_a_linear_model_of_two_classes_the_smallest_change_is_the_smallest_margin(small):
    # Both are the distance to the one plane, times a number that is the same for all items.
    lanes = [small(name, seed, classes=2) for seed in range(3) for name in ("dfal", "margin")]
    records = run_lanes(lanes)
    for dfal, margin in zip(records[::2], records[1::2], strict=True):
        assert _curve(dfal) == _curve(margin)
    assert _curve(records[0]) != _curve(run_lanes([small("random", 0, classes=2)])[0])


@pytest.mark.parametrize("learner", ["linear", "ridge"])
def test_a_lane_gives_the_same_curve_alone_or_packed(small, learner):
    lanes = [small("dfal", seed, learner=learner, classes=4) for seed in range(2)]
    assert [_curve(r) for r in run_lanes(lanes)] == [_curve(run_lanes([lane])[0]) for lane in lanes]


def test_networks_are_asked_for_gradients_and_for_what_they_have_learnt(small):
    pytest.importorskip("torch", reason="torch is not installed: neural learners need the extra neural")
    names = ("random", "dal", "dal_autoencoder", "dfal")
    lanes = [_with(small(name, 1, rounds=2), "mlp", **FEW_EPOCHS) for name in names]
    packed = run_lanes(lanes)
    assert [_curve(r) for r in packed] == [_curve(run_lanes([lane])[0]) for lane in lanes]
    assert len({r.series["accuracy"] for r in packed}) > 1


def test_a_learner_without_gradients_is_refused_in_one_sentence(small):
    forest = Part.of("forest", LEARNERS["forest"].defaults)
    told = (
        "strategy dfal: needs the gradients of class scores by an item's features; learner forest has none; allowed: "
        "learner linear, ridge, mlp or cnn"
    )
    with pytest.raises(InputError) as error:
        check_served(forest, DFAL)
    assert str(error.value) == told
    with pytest.raises(InputError, match="learner forest has none"):
        run_lanes([replace(small("dfal"), learner=forest)])


@pytest.mark.parametrize("name", ["linear", "ridge", "mlp", "cnn"])
def test_those_the_sentence_names_do_serve_them(name):
    settings = {**LEARNERS[name].defaults}
    check_served(Part.of(name, settings), DFAL)
    if "dropout" in settings:
        check_served(Part.of(name, {**settings, "dropout": 0.0}), DFAL)
