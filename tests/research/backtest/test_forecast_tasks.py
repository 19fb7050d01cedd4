import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from research.backtest.curves import CUTS, FEW, Curve, cut_names, make_tasks
from simulations.errors import InputError


def curve_at(labels):
    labels = np.asarray(labels, dtype=float)
    error = 1.0 / (1.0 + np.arange(labels.size))
    return Curve("d", "l", "random", 1, labels, error, np.full(labels.size, np.nan), "d")


def test_cuts_by_hand():
    curve = curve_at([10, 20, 30, 40, 50, 60, 100, 200, 400])
    tasks = {task.cut: task for task in make_tasks(curve, ("10", "20", "50"))}
    assert tasks["10"].labels.tolist() == [10, 20, 30, 40]  # up to 40 = 10% of 400, the 40 included
    assert tasks["10"].ahead_labels.tolist() == [50, 60, 100, 200, 400]
    assert tasks["20"].labels[-1] == 60
    assert tasks["50"].labels[-1] == 200
    assert tasks["50"].ahead_error.tolist() == [1 / 9]
    assert tasks["50"].last == 200


def test_fewer_than_four_observed_give_no_task():
    assert make_tasks(curve_at([10, 20, 30, 300])) == []
    assert [task.cut for task in make_tasks(curve_at([10, 20, 30, 40, 100]), ("10", "50"))] == ["50"]


def test_few_points_are_half_an_octave_apart():
    curve = curve_at(np.unique(np.round(16 * 2 ** (np.arange(80) / 8))))
    (task,) = make_tasks(curve, (FEW,))
    every = np.append(task.labels, task.ahead_labels)
    assert 5 <= task.labels.size <= 8
    assert task.labels[:5].tolist() == [16, 23, 32, 45, 64]
    assert (every[1:] / every[:-1] > 1.36).all() and (every[1:] / every[:-1] < 1.6).all()


def test_five_to_eight_all_come_up():
    sizes = set()
    for i in range(40):
        curve = curve_at(16 * 2.0 ** np.arange(12))
        (task,) = make_tasks(Curve(f"{i}", *list(vars(curve).values())[1:8]), (FEW,))
        sizes.add(task.labels.size)
    assert sizes == {5, 6, 7, 8}


def test_a_short_curve_keeps_one_point_ahead():
    (task,) = make_tasks(curve_at(16 * 2.0 ** np.arange(6)), (FEW,))
    assert (task.labels.size, task.ahead_labels.size) == (5, 1)
    assert make_tasks(curve_at(16 * 2.0 ** np.arange(5)), (FEW,)) == []


@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=60, unique=True))
def test_nothing_ahead_is_ever_observed(labels):
    for task in make_tasks(curve_at(sorted(labels))):
        assert task.labels.size >= 4 and task.ahead_labels.size >= 1
        assert task.labels[-1] < task.ahead_labels[0]
        if task.cut != FEW:
            assert task.last <= int(task.cut) / 100 * max(labels) * (1 + 1e-9)


def test_a_forecaster_is_told_what_is_known_and_no_more():
    curve = curve_at([10, 20, 30, 40, 100])
    (task,) = make_tasks(curve, ("50",))
    assert set(task.points) == {"labels", "value"}
    full = Curve("d", "l", "random", 1, curve.labels, curve.error, np.full(5, 0.01), "d", test_size=300)
    (task,) = make_tasks(full, ("50",))
    assert task.points["standard_error"].tolist() == [0.01] * 4
    assert task.points["test_size"].tolist() == [300] * 4
    assert task.points["value"] == pytest.approx(1 - curve.error[:4])


def test_cuts_are_read_in_their_order():
    assert cut_names("50, 10%,few,10") == ("10", "50", "few")
    assert cut_names(",".join(CUTS)) == CUTS
    with pytest.raises(InputError, match=r"--cuts: found '30'; allowed: 10, 20, 50, few"):
        cut_names("10,30")


@pytest.mark.parametrize(
    ("labels", "error", "sentence"),
    [
        ([1, 1], [0.1, 0.1], "each once"),
        ([0, 1], [0.1, 0.1], "at least 1"),
        ([1, 2], [0.1, 1.2], "found the error 1.2"),
        ([1, 2], [0.1, np.nan], "found the error nan"),
    ],
)
def test_a_curve_refuses_what_is_none(labels, error, sentence):
    with pytest.raises(InputError, match=sentence):
        Curve("d", "l", "random", 1, np.array(labels, float), np.array(error), np.full(2, np.nan), "d")
