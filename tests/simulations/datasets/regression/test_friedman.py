import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import make_friedman1, make_friedman2, make_friedman3

from simulations.datasets.regression.friedman import CROWD_WIDTH, FriedmanKnobs, first, generate_friedman, second, third
from simulations.errors import InputError


def test_the_functions_are_those_of_scikit_learn():
    X, y = make_friedman1(50, noise=0.0, random_state=0)
    assert first(X) == pytest.approx(y)
    for own, theirs in ((second, make_friedman2), (third, make_friedman3)):
        X, y = theirs(50, noise=0.0, random_state=0)
        U = (X - [0.0, 40 * np.pi, 0.0, 1.0]) / [100.0, 520 * np.pi, 1.0, 10.0]
        assert own(U) == pytest.approx(y)


def _values(**knobs):
    return np.array(generate_friedman(FriedmanKnobs(n=20_000, **knobs)).answers)


@pytest.mark.parametrize("function", [1, 2, 3])
def test_noise_has_the_share_of_the_variance_it_is_given(function):
    clean, noisy = (_values(function=function, noise_share=share) for share in (0.0, 0.4))
    assert np.var(noisy - clean) / np.var(noisy) == pytest.approx(0.4, abs=0.02)


def test_items_crowd_into_one_corner():
    features = generate_friedman(FriedmanKnobs(n=20_000, crowding=0.7)).features
    lowest, highest = features.min(axis=0), features.max(axis=0)
    in_corner = (features <= lowest + CROWD_WIDTH * (highest - lowest)).all(axis=1)
    assert in_corner.mean() == pytest.approx(0.7, abs=0.01)


def test_features_that_say_nothing_change_no_answer():
    few, many = (generate_friedman(FriedmanKnobs(n=5000, d=d)) for d in (5, 12))
    assert many.features.shape == (5000, 12)
    assert max(abs(np.corrcoef(many.features[:, j], many.answers)[0, 1]) for j in range(5, 12)) < 0.06
    assert np.std(few.answers) == pytest.approx(np.std(many.answers), rel=0.05)


@settings(max_examples=25)
@given(st.integers(0, 50), st.sampled_from([1, 2, 3]))
def test_the_same_knobs_give_the_same_task(seed, function):
    knobs = FriedmanKnobs(n=40, test_size=10, seed=seed, function=function)
    one, other = generate_friedman(knobs), generate_friedman(knobs)
    assert one.answers == other.answers and (one.features == other.features).all()
    assert generate_friedman(FriedmanKnobs(n=40, test_size=10, seed=seed + 1, function=function)).answers != one.answers


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"function": 4}, "function: found 4; allowed: 1, 2 or 3"),
        ({"d": 4}, "d: found 4; allowed: at least 5, which function 1 reads"),
        ({"d": 3, "function": 2}, "d: found 3; allowed: at least 4, which function 2 reads"),
        ({"noise_share": 1.0}, "noise_share: found 1.0; allowed: 0 to 0.9"),
        ({"noise_share": float("nan")}, "noise_share: found nan; allowed: 0 to 0.9"),
        ({"crowding": -0.1}, "crowding: found -0.1; allowed: 0 to 0.99"),
        ({"seed": -1}, "seed: found -1; allowed: at least 0"),
        ({"n": 0}, "n: found 0; allowed: at least 20"),
        ({"n": 15, "test_size": 10}, "has 15 items; allowed: at least 20, half of them held out"),
        ({"test_size": 2995}, "test_size: found 2995; allowed: 10 to 2990"),
        ({"n": 10**6, "d": 500}, "has 1,000,000 rows × 500 feature columns; allowed: 400,000,000 numbers"),
    ],
)
def test_knobs_out_of_range_are_one_sentence(knobs, message):
    with pytest.raises(InputError, match=message) as caught:
        FriedmanKnobs(**knobs)
    assert str(caught.value).startswith("friedman") and "\n" not in str(caught.value)
