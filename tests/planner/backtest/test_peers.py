"""What every peer keeps to, whatever the curve; and the figures of the simplest ones, by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.backtest.peers import PEERS, fits_of
from simulations.errors import InputError

LABELS = np.array([20, 30, 45, 70, 100, 150, 220, 330, 500, 700], dtype=float)
AHEAD = np.array([1.0, 20.0, 700.0, 1_000.0, 20_000.0, 1e9, 1e308])
NAMES = ("last_value", "pow3", "pow4", "mmf4", "wbl4", "figueroa", "bic_average", "holdout_average")

every_peer = pytest.mark.parametrize("name", NAMES)


def falling(labels=LABELS, sd=0.01, seed=0):
    noise = sd * np.random.default_rng(seed).standard_normal(len(labels))
    return np.clip(1.1 * np.asarray(labels) ** -0.5 + 0.04 + noise, 0, 1)


def test_peers_come_in_the_order_of_the_table():
    assert tuple(PEERS) == NAMES


@every_peer
@pytest.mark.parametrize(
    "error",
    [
        np.zeros(10),
        np.full(10, 0.9),
        np.ones(10),
        np.full(10, 0.25),
        np.linspace(0.1, 0.6, 10),
        np.r_[np.full(5, 0.4), np.full(5, 0.2)],
        np.r_[1.0, np.zeros(9)],
        np.r_[np.ones(9), 0.0],
        np.tile([0.0, 1.0], 5),
    ],
    ids=["zero", "chance", "always wrong", "flat", "rising", "two values", "early drop", "late drop", "zigzag"],
)
def test_predictions_are_fractions_on_odd_curves(name, error):
    predicted = PEERS[name](LABELS, error)(AHEAD)
    assert predicted.shape == AHEAD.shape
    assert np.isfinite(predicted).all() and predicted.min() >= 0 and predicted.max() <= 1


@every_peer
@pytest.mark.parametrize("level", [0.0, 0.3, 0.9, 1.0])
def test_a_flat_curve_stays_flat(name, level):
    np.testing.assert_allclose(PEERS[name](LABELS, np.full(10, level))(AHEAD[1:]), level, atol=1e-6)


@every_peer
def test_predictions_fall_with_labels(name):
    grid = np.geomspace(20, 1e6, 60)
    assert (np.diff(PEERS[name](LABELS, falling())(grid)) <= 1e-9).all()


@pytest.mark.parametrize("name", ["pow3", "pow4", "mmf4", "wbl4"])
def test_the_best_falling_curve_through_rising_errors_is_their_mean(name):
    error = np.linspace(0.1, 0.6, 10)
    np.testing.assert_allclose(PEERS[name](LABELS, error)(AHEAD), 0.35, atol=1e-6)


def test_figueroa_weighs_the_later_anchors_more():
    error = np.linspace(0.1, 0.6, 10)
    weights = np.arange(1, 11) / 10
    np.testing.assert_allclose(
        PEERS["figueroa"](LABELS, error)(AHEAD[1:]), np.average(error, weights=weights), atol=1e-6
    )
    bent = 0.9 * LABELS**-0.5 + np.where(LABELS > 200, 0.1, 0.0)
    off = {name: abs(PEERS[name](LABELS, bent)([700.0])[0] - bent[-1]) for name in ("pow3", "figueroa")}
    assert off["figueroa"] < off["pow3"]


def test_the_last_value():
    np.testing.assert_array_equal(PEERS["last_value"](LABELS, falling())(AHEAD), np.full(7, falling()[-1]))


@every_peer
def test_no_member_leaves_the_fractions_before_it_is_averaged(name):
    """At one label the fitted power law says 1.14."""
    for member in PEERS[name](LABELS, falling(sd=0.0)).members:
        assert member(np.array([1.0]))[0] <= 1.0


@every_peer
def test_the_order_of_rows_does_not_matter(name):
    order = np.random.default_rng(3).permutation(10)
    np.testing.assert_array_equal(
        PEERS[name](LABELS[order], falling()[order])(AHEAD), PEERS[name](LABELS, falling())(AHEAD)
    )


@every_peer
def test_the_same_curve_gives_the_same_bits_whatever_was_asked_between(name):
    first = PEERS[name](LABELS, falling())(AHEAD)
    for seed in range(1, 7):  # more curves than are remembered
        PEERS["pow3"](LABELS, falling(seed=seed))
    np.testing.assert_array_equal(PEERS[name](LABELS, falling())(AHEAD), first)


@every_peer
def test_units_of_labels_do_not_matter(name):
    sixteenths = PEERS[name](LABELS * 16.0, falling())(AHEAD[1:-1] * 16.0)
    np.testing.assert_allclose(sixteenths, PEERS[name](LABELS, falling())(AHEAD[1:-1]), atol=1e-4)


@every_peer
def test_the_users_arrays_are_neither_kept_nor_changed(name):
    labels, error = LABELS.copy(), falling()
    predictor = PEERS[name](labels, error)
    before = predictor(AHEAD)
    np.testing.assert_array_equal(labels, LABELS)
    labels[:], error[:] = 1.0, 0.0
    np.testing.assert_array_equal(predictor(AHEAD), before)


@every_peer
def test_four_anchors_are_enough(name):
    predicted = PEERS[name]([10, 20, 40, 80], [0.5, 0.4, 0.33, 0.28])([160, 320])
    assert ((predicted >= 0.0) & (predicted <= 0.2800001)).all()


def test_families_with_too_few_anchors_are_named():
    four = [10, 20, 40, 80], [0.5, 0.4, 0.33, 0.28]
    assert PEERS["pow4"](*four).unfitted == ()
    assert PEERS["bic_average"](*four).unfitted == ("pow4", "mmf4", "wbl4")
    assert PEERS["holdout_average"](*four).unfitted == ("pow4", "mmf4", "wbl4")
    assert PEERS["holdout_average"](LABELS, falling()).unfitted == ()


def test_fits_are_shared_by_peers_called_in_turn():
    fits = fits_of(LABELS, falling())
    assert fits_of(LABELS.tolist(), falling().tolist()) is fits
    assert fits.family("pow4") is fits.family("pow4")
    assert fits.first(8).family("pow4") is fits.first(8).family("pow4") is not fits.family("pow4")


@st.composite
def curves(draw):
    size = draw(st.integers(4, 16))
    labels = np.cumsum(draw(st.lists(st.integers(1, 300), min_size=size, max_size=size))).astype(float)
    drops = draw(st.lists(st.floats(0, 0.3), min_size=size, max_size=size))
    noise = draw(st.lists(st.floats(-0.05, 0.05), min_size=size, max_size=size))
    return labels, np.clip(draw(st.floats(0, 1)) - np.cumsum(drops) + noise, 0, 1)


@settings(max_examples=40, deadline=None)
@given(curves())
def test_noisy_falling_curves_never_break_a_peer(curve):
    labels, error = curve
    ahead = labels[-1] * np.array([0.001, 0.5, 1.0, 2.0, 30.0, 1e6])
    for peer in PEERS.values():
        predicted = peer(labels, error)(ahead)
        assert np.isfinite(predicted).all() and predicted.min() >= 0 and predicted.max() <= 1


@every_peer
@pytest.mark.parametrize(
    ("labels", "error", "said"),
    [
        ([1, 2, 3], [0.3, 0.2, 0.1], "at least 4"),
        ([1, 2, 3, 3], [0.4, 0.3, 0.2, 0.1], "appear once"),
        ([1, 2, 3, 4], [0.4, 0.3, 0.2], "one length"),
        ([0, 2, 3, 4], [0.4, 0.3, 0.2, 0.1], "at least 1"),
        ([1, 2, 3, np.inf], [0.4, 0.3, 0.2, 0.1], "finite"),
        ([1, 2, 3, 4], [0.4, 0.3, np.nan, 0.1], "from 0 to 1"),
        ([1, 2, 3, 4], [40, 30, 20, 10], "0.07, not 7"),
    ],
)
def test_anchors_that_cannot_be_used_are_told(name, labels, error, said):
    with pytest.raises(InputError, match=said):
        PEERS[name](labels, error)


@pytest.mark.parametrize("labels", [[0.0], [-5.0], [np.nan], [np.inf]])
def test_label_counts_that_cannot_be_predicted_at_are_told(labels):
    with pytest.raises(InputError, match="finite numbers above 0"):
        PEERS["pow3"](LABELS, falling())(labels)
