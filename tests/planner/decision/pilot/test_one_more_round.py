import json

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import norm

from planner.decision.pilot import value_of_one_more_round
from planner.decision.pilot.readings import measurement_variance
from simulations.errors import InputError

S, Z_MEAN, Z_SD = 5_000, 2.4, 0.08


def normal_round(mean_usd=-300.0, usd_per_z=40_000.0):
    """The reading is normal on the scale z, and going on gains in proportion to it."""
    z = Z_MEAN + Z_SD * ndtri((np.random.default_rng(0).permutation(S) + 0.5) / S)
    going_on = mean_usd + usd_per_z * (z - Z_MEAN)
    return np.stack([going_on, np.zeros(S)], axis=1), np.sin(z / 2) ** 2


def test_against_the_closed_form():
    net, reading = normal_round()
    found = value_of_one_more_round(net, reading, test_labels=1_000, round_usd=100.0, kept=[1, 0], n_pilots=4_096)
    variance = measurement_variance(1_000, averaged=1, same_test=True)
    sd = 40_000 * Z_SD**2 / np.sqrt(Z_SD**2 + variance)
    assert found.evsi_usd == pytest.approx(sd * norm.pdf(-300 / sd) - 300 * norm.cdf(-300 / sd), rel=0.01)
    assert found.p_changes == pytest.approx(norm.cdf(-300 / sd), abs=0.01)
    assert found.price_usd == pytest.approx(100 * norm.cdf(300 / sd), rel=0.02)  # paid for nothing where it stops
    assert found.net_usd == pytest.approx(found.evsi_usd - found.price_usd)
    assert found.pays and found.action_now == 1


def test_a_price_above_evpi_does_not_pay():
    net, reading = normal_round()
    evpi = np.maximum(net[:, 0], 0).mean()
    found = value_of_one_more_round(net, reading, test_labels=1_000, round_usd=3 * evpi, kept=[0, 0])
    assert not found.pays and found.price_usd == pytest.approx(3 * evpi)


def test_what_the_round_itself_adds_is_counted():
    net, reading = normal_round()
    plain = value_of_one_more_round(net, reading, test_labels=1_000, round_usd=0.0, kept=[1, 1])
    better = value_of_one_more_round(
        net, reading, test_labels=1_000, round_usd=0.0, kept=[1, 1], net_after_usd=net + 70.0
    )
    assert better.gain_usd == pytest.approx(70) and better.net_usd == pytest.approx(plain.net_usd + 70)


def test_new_test_items_tell_less_than_the_same_ones():
    net, reading = normal_round()
    same, new = (
        value_of_one_more_round(net, reading, test_labels=50, round_usd=0.0, kept=[1, 1], same_test=said)
        for said in (True, False)
    )
    assert new.evsi_usd < 0.97 * same.evsi_usd


def test_a_reading_that_is_the_same_in_every_future_is_worth_nothing():
    net, _ = normal_round()
    found = value_of_one_more_round(net, np.full(S, 0.8), test_labels=1_000, round_usd=0.0, kept=[1, 1])
    assert found.evsi_usd == pytest.approx(0, abs=0.01 * np.maximum(net[:, 0], 0).mean()) and found.p_changes == 0


def test_as_json():
    net, reading = normal_round()
    found = value_of_one_more_round(net, reading, test_labels=1_000, round_usd=np.full(S, 9.0), kept=[1, 0])
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["pays"] is found.pays


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"reading": np.full(3, 0.5)}, "reading (3,); allowed: (S, D) twice, and (S,)"),
        ({"reading": np.full(S, 93.0)}, "fractions from 0 to 1 (0.93, not 93)"),
        ({"kept": [1]}, "kept: found [1.0]"),
        ({"kept": [1, 2]}, "kept: found [1.0, 2.0]"),
        ({"round_usd": -1.0}, "a price of at least 0"),
        ({"round_usd": np.ones(3)}, "a price of at least 0, or one for each draw"),
        ({"test_labels": 0}, "test_labels: found 0; allowed: at least 1"),
        ({"net_after_usd": np.zeros((S, 3))}, "net_after_usd"),
    ],
)
def test_what_makes_no_sense_is_refused(changed, said):
    net, reading = normal_round()
    arguments = {"net_usd": net, "reading": reading, "test_labels": 1_000, "round_usd": 1.0, "kept": [1, 0], **changed}
    with pytest.raises(InputError) as caught:
        value_of_one_more_round(**arguments)
    assert said in str(caught.value)
