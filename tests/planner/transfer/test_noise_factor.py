import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.transfer.noise_factor import measure_noise, textbook_factor
from simulations.errors import InputError

LABELS = np.arange(20, 1001, 10)


def curve(dataset, factor=1.0, eta=0.0, *, seeds=range(6), labels=LABELS, sd=0.0, power=0.5, **columns):
    """A power law whose every label is worth `factor` of a clean one; a seed moves it up or down as a whole."""
    name = f"{dataset} [flip rate={eta}]" if eta else dataset
    rng = np.random.default_rng([*name.encode()])
    rows = [
        (name, seed, n, 1 - 0.3 * (factor * n / 20) ** -power + shift)
        for seed, shift in zip(seeds, sd * rng.standard_normal(len(seeds)), strict=True)
        for n in labels
    ]
    frame = pd.DataFrame(rows, columns=["dataset", "seed", "labels", "value"])
    about = {"label_error_rate": eta, "learner": "linear", "batch_size": 10, "initial_size": 20, **columns}
    return frame.assign(**about)


def table(*curves):
    return pd.concat(curves, ignore_index=True)


def factors(evidence, *etas):
    return evidence.clean_labels_per_label(np.array(etas))


def test_a_planted_factor_is_found():
    found = measure_noise(table(curve("a"), curve("a", 0.5, 0.1), curve("a", 0.3, 0.2)))
    # A curve bends above the straight lines it is read on, which is less than a percent here.
    assert factors(found, 0.1, 0.2) == pytest.approx([0.5, 0.3], rel=0.01)
    pairs = [(pair.dataset, pair.error_rate, pair.bounds, pair.values) for pair in found.pairs]
    assert pairs == [("a", 0.1, 0, 3), ("a", 0.2, 0, 3)]
    assert "on 1 data set (a; linear, random) at error rates of 0.1 to 0.2, interpolated" in found.source
    with pytest.raises(InputError, match="--metric"):
        measure_noise(table(curve("a"), curve("a", 0.5, 0.1)), metric="f1_macro")


def test_settings_of_one_data_set_count_once():
    other = {"batch_size": 20, "learner": "forest"}
    both = table(curve("a"), curve("a", 0.6, 0.1), curve("a", **other), curve("a", 0.4, 0.1, **other))
    found = measure_noise(table(both, curve("b"), curve("b", 0.3, 0.1)))
    assert len(found.pairs) == 3 and "(a, b; several learners, random)" in found.source
    assert factors(found, 0.1) == pytest.approx(np.sqrt(np.sqrt(0.6 * 0.4) * 0.3), rel=0.02)
    assert factors(measure_noise(both, learner="linear"), 0.1) == pytest.approx(0.6, rel=0.01)


def test_only_seeds_that_both_have_are_compared():
    odd = curve("a", 0.2, 0.1, seeds=[20, 21])
    (pair,) = measure_noise(table(curve("a", seeds=range(6)), curve("a", 0.5, 0.1, seeds=range(3, 6)), odd)).pairs[:1]
    assert np.exp(pair.log_factor) == pytest.approx(0.5, rel=0.01)


def test_a_value_that_the_clean_curve_has_from_the_start_is_a_bound_and_said():
    late = curve("a", labels=LABELS[LABELS >= 300])
    evidence = measure_noise(table(late, curve("a", 0.4, 0.1)))
    (pair,) = evidence.pairs
    # 1,000 and 500 noisy labels are worth 400 and 200: the second lies below the 300 that the clean curve begins with,
    # and 250 are fewer than those.
    assert (pair.bounds, pair.values) == (1, 2)
    assert "at 2 values that the noisy curves reach, of which 1 gives only a bound" in evidence.source


def test_a_value_that_the_clean_curve_never_reaches_is_censored_and_not_dropped():
    short = curve("a", labels=LABELS[LABELS <= 300])
    (pair,) = measure_noise(table(short, curve("a", 0.5, 0.1))).pairs
    assert (pair.bounds, pair.values) == (1, 3)
    # 1,000 noisy labels are worth 500, of which 300 were simulated.
    assert np.exp(pair.log_factor) == pytest.approx((0.3 * 0.5 * 0.5) ** (1 / 3), rel=0.01)


def test_without_noisy_curves_or_without_clean_ones_there_is_no_evidence():
    assert measure_noise(curve("a")) is None
    assert measure_noise(curve("a", 0.5, 0.1)) is None
    assert measure_noise(table(curve("a", strategy="random"), curve("a", 0.5, 0.1, strategy="margin"))) is None
    assert measure_noise(table(curve("a"), curve("a", 0.5, 0.1)), learner="forest") is None
    assert measure_noise(table(curve("a", labels=LABELS[-2:]), curve("a", 0.5, 0.1, labels=LABELS[:2]))) is None
    found = measure_noise(table(curve("a"), curve("a", 0.5, 0.1), curve("b", 0.5, 0.1)))
    assert [pair.dataset for pair in found.pairs] == ["a"]


def test_active_learning_has_a_factor_of_its_own():
    curves = [
        curve("a", f, eta, strategy=name)
        for name, of in (("random", 0.6), ("margin", 0.3))
        for f, eta in ((1, 0), (of, 0.1))
    ]
    random, margin = (factors(measure_noise(table(*curves), strategy=name), 0.1) for name in ("random", "margin"))
    assert random == pytest.approx(0.6, rel=0.01) and margin == pytest.approx(0.3, rel=0.01)


TWO = measure_noise(
    table(*(curve(*one) for one in (("a",), ("a", 0.5, 0.1), ("a", 0.3, 0.2), ("b",), ("b", 0.4, 0.1))))
)
A, B = ([np.exp(one.log_factor) for one in TWO.pairs if one.dataset == name] for name in "ab")


def test_the_factor_is_read_between_rates_set_by_set_and_goes_on_beyond_them():
    eta = np.array([0.0, 0.05, 0.1, 0.15, 0.2, 0.35, 0.5, 0.9])
    onwards = textbook_factor(eta)
    a = [1, A[0] ** 0.5, A[0], (A[0] * A[1]) ** 0.5, A[1], *(A[1] * onwards[5:] / 0.36)]
    b = [1, B[0] ** 0.5, B[0], *(B[0] * onwards[3:] / 0.64)]
    assert TWO.clean_labels_per_label(eta) == pytest.approx(np.sqrt(np.multiply(a, b)))
    assert "(a, b; linear, random) at error rates of 0.1 to 0.2" in TWO.source
    assert TWO.source.endswith("Beyond 0.1, the textbook factor (1−2η)² goes on in proportion.")


@given(st.lists(st.floats(0.0, 1.0), min_size=2, max_size=8))
def test_more_errors_are_never_worth_more(etas):
    worth = TWO.clean_labels_per_label(np.sort(etas))
    assert (np.diff(worth) <= 1e-12).all() and (worth >= 0).all() and (worth <= 1).all()
    assert TWO.clean_labels_per_label(np.sort(etas)[:, None]).shape == (len(etas), 1)


def test_chance_neither_makes_noisy_labels_better_than_clean_ones_nor_more_noise_better_than_less():
    found = measure_noise(table(curve("a"), curve("a", 1.3, 0.02), curve("a", 0.5, 0.1), curve("a", 0.6, 0.2)))
    assert found.pairs[1].log_factor < found.pairs[2].log_factor
    worth = found.clean_labels_per_label(np.array([0.02, 0.1, 0.2]))
    assert worth[0] == 1 and worth[1:] == pytest.approx([0.3**0.5] * 2, rel=0.02)


def test_rates_that_chance_or_a_pool_moved_a_little_are_one_point():
    found = measure_noise(table(curve("a"), curve("a", 0.5, 0.101), curve("b"), curve("b", 0.5, 0.099)))
    assert "(a, b; linear, random) at an error rate of 0.1, interpolated" in found.source
