import numpy as np
import pytest

from planner.transfer.from_simulation import curves_from_simulation
from planner.transfer.task_curves import TaskDescription
from simulations.errors import InputError
from tests.planner.transfer.synthetic import DATASETS, recorded

TASK = TaskDescription("accuracy", classes=10, kind="image")
LETTERS = recorded({"letters": DATASETS["letters"]}, strategies=("random", "margin", "entropy"), seeds=20)
TARGET = 0.87


def curves(table=LETTERS, strategies=("random", "margin"), **settings):
    return curves_from_simulation(
        table, TASK, strategies, **{"n_draws": 1_000, "seed": 0, "savings_sd": 0.0, **settings}
    )


def factor(found, column=1):
    reach = found.labels_to_reach(TARGET)
    return reach[:, 0] / reach[:, column]


def width(values):
    low, high = np.quantile(np.log(values), (0.1, 0.9))
    return high - low


def test_what_was_simulated_is_known_as_well_as_it_was_measured():
    low, high = np.quantile(factor(curves()), (0.05, 0.95))
    assert low < 1.8 < high and high / low < 1.35


def test_a_mismatch_widens_the_savings_about_as_much_as_it_says_and_spares_random():
    sure, unsure = curves(), curves(savings_sd=0.4)
    np.testing.assert_array_equal(sure.best[0], unsure.best[0])
    assert width(factor(unsure)) == pytest.approx(np.hypot(2 * 1.2816 * 0.4, width(factor(sure))), rel=0.15)


def test_a_mismatch_is_common_to_strategies():
    found = curves(strategies=("random", "margin", "entropy"), savings_sd=0.4)
    assert np.corrcoef(np.log(factor(found, 1)), np.log(factor(found, 2)))[0, 1] > 0.95


def test_several_data_sets_share_the_draws():
    found = curves(recorded(seeds=20))
    assert found.evidence["weight"].sum() == pytest.approx(1.0) and len(found.evidence) == 3
    assert (np.diff(found.best, axis=2) >= 0).all() and (np.diff(found.log_labels, axis=2) > 0).all()
    assert found.clean_labels


def test_the_same_seed_gives_the_same_draws_in_any_row_order():
    again = curves(LETTERS.sample(frac=1.0, random_state=1))
    np.testing.assert_array_equal(again.best, curves().best)


def test_a_strategy_that_was_not_simulated_is_refused():
    with pytest.raises(InputError, match="found 'badge', of which no curve is recorded"):
        curves(strategies=("random", "badge"))
