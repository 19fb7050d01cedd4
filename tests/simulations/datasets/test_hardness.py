import numpy as np
import pytest

from simulations.datasets import DATASETS
from simulations.datasets.dataset import Dataset
from simulations.datasets.pool import hardness_of, measure_hardness, open_pool
from simulations.oracles.registry import make_oracle
from simulations.trajectory import Part


def _data(features, clean, classes=2):
    clean = np.asarray(clean, dtype=np.int64)
    features = np.asarray(features, dtype=np.float32)
    return Dataset(features, clean, clean, "tabular", classes, 2, "feature")


def test_items_between_the_classes_are_the_hardest():
    # Two classes about −2 and 2 on one axis: who is nearer to 0, or beyond it, is harder.
    x = np.array([-3.0, -2.0, -1.5, 0.5, 3.0, 2.0, 1.0, 2.5])
    found = measure_hardness(_data(x[:, None], [0, 0, 0, 0, 1, 1, 1, 1]))
    assert np.argsort(found.hardness)[-2:].tolist() == [6, 3]
    assert found.hardness[[0, 4]].max() < 0.4
    assert sorted(found.hardness) == pytest.approx((np.arange(8) + 0.5) / 8)
    assert found.mistaken_for.tolist() == [1, 1, 1, 1, 0, 0, 0, 0]


def test_an_item_is_mistaken_for_the_class_next_to_it():
    rng = np.random.default_rng(0)
    centres = np.array([[0.0, 0.0], [1.0, 0.0], [9.0, 0.0]])
    clean = np.arange(300) % 3
    found = measure_hardness(_data(centres[clean] + 0.3 * rng.normal(size=(300, 2)), clean, 3))
    assert (found.mistaken_for[clean == 0] == 1).all() and (found.mistaken_for[clean == 1] == 0).mean() > 0.95
    assert found.hardness[clean == 2].max() < found.hardness[clean < 2].min()


@pytest.mark.filterwarnings("error")
def test_features_that_say_nothing_make_no_item_harder_by_more_than_its_place():
    found = measure_hardness(_data(np.zeros((6, 2)), [0, 1, 0, 1, 0, 1]))
    assert found.mistaken_for.tolist() == [1, 0, 1, 0, 1, 0]
    assert sorted(found.hardness) == pytest.approx((np.arange(6) + 0.5) / 6)


def test_on_digits_errors_gather_on_what_linear_models_confuse():
    digits = Part.of("digits", DATASETS["digits"].defaults, DATASETS["digits"].version)
    pool = open_pool(digits, make_oracle("boundary_flip", {"rate": 0.1}, "grid"), seed=0)
    wrong = pool.answers != pool.truth
    assert wrong.mean() == pytest.approx(0.1, abs=0.03)
    hardness = hardness_of(digits).take(pool.rows).hardness
    assert hardness[wrong].mean() == pytest.approx(5 / 6, abs=0.03)  # the mean of h under (s + 1) h^s, s = 4
    again = open_pool(digits, make_oracle("boundary_flip", {"rate": 0.1}, "grid"), seed=0)
    assert (again.answers == pool.answers).all()
