import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulations.datasets.pool import hardness_of, open_pool
from simulations.errors import InputError
from simulations.oracles.answers import error_rate
from simulations.oracles.registry import ORACLES, make_oracle
from simulations.oracles.timing import TIMING, draw_times, tells_seconds
from simulations.trajectory import Part

DIGITS = Part.of("digits", {"test_size": 500})
TIMED = make_oracle("perfect", {"seconds": 12}, "grid")


def even(n):
    return (np.arange(n) + 0.5) / n


def drawn(n=20_000, votes=1, seed=0, **given):
    oracle = make_oracle("perfect", {"seconds": 12.0, **given}, "grid")
    return draw_times(oracle, votes, even(n), np.random.default_rng(seed))


def test_without_spread_an_item_takes_its_median():
    times = drawn(3, seconds_spread=0.0, estimate_spread=0.0, hardness_slowdown=4.0)
    # Hardness 1/6, 1/2 and 5/6: 4 to the power of −1/3, 0 and 1/3.
    assert times.seconds == pytest.approx([12 * 4 ** (-1 / 3), 12, 12 * 4 ** (1 / 3)])
    assert times.expected == pytest.approx(times.seconds)


def test_votes_add_up_and_their_noise_averages_out():
    alone, five = drawn(hardness_slowdown=1.0), drawn(votes=5, hardness_slowdown=1.0)
    mean = 12 * np.exp(0.5**2 / 2)
    assert alone.seconds.mean() == pytest.approx(mean, rel=0.02)
    assert five.seconds.mean() == pytest.approx(5 * mean, rel=0.02)
    spread = [times.seconds.std() / times.seconds.mean() for times in (alone, five)]
    assert spread[1] == pytest.approx(spread[0] / np.sqrt(5), rel=0.05)
    assert np.median(five.expected) == pytest.approx(60, rel=0.02)


def test_times_are_lognormal_about_their_median():
    logs = np.log(drawn(hardness_slowdown=1.0, seconds_spread=0.7).seconds / 12)
    assert np.median(logs) == pytest.approx(0, abs=0.02) and logs.std() == pytest.approx(0.7, rel=0.02)


@settings(max_examples=30)
@given(st.floats(1.1, 100), st.floats(0, 1), st.integers(0, 5))
def test_harder_items_take_longer_on_average(slowdown, spread, seed):
    times = drawn(4_000, seed=seed, hardness_slowdown=slowdown, seconds_spread=spread)
    assert (times.seconds > 0).all() and (times.expected > 0).all()
    ends = np.log(times.seconds[-1_000:]).mean() - np.log(times.seconds[:1_000]).mean()
    # The outer quarters lie three quarters of the whole range of hardness apart.
    assert ends == pytest.approx(0.75 * np.log(slowdown), abs=0.25 * spread + 1e-6)


def test_what_is_foreseen_is_not_what_it_takes():
    times = drawn()
    assert np.corrcoef(np.log(times.seconds), np.log(times.expected))[0, 1] < 0.5
    again = drawn(seconds_spread=1.5)
    assert (times.expected == again.expected).all() and (times.seconds != again.seconds).any()


def test_a_pool_has_the_same_times_whatever_else_is_asked_and_harder_ones_are_slower():
    pool, again = open_pool(DIGITS, TIMED, 3), open_pool(DIGITS, TIMED, 3, "columns")
    assert (pool.times.seconds == again.times.seconds).all() and pool.times.seconds.shape == (pool.size,)
    assert (pool.times.seconds != open_pool(DIGITS, TIMED, 4).times.seconds).any()
    hardness = hardness_of(DIGITS).hardness[pool.rows]
    assert np.corrcoef(hardness, np.log(pool.times.seconds))[0, 1] > 0.2
    assert open_pool(DIGITS, Part.of("perfect"), 3).times is None


@pytest.mark.parametrize("name", ORACLES)
def test_answers_and_error_rates_are_those_of_an_oracle_that_tells_no_time(name):
    plain, timed = make_oracle(name, {}, "grid"), make_oracle(name, {"seconds": 5.0}, "grid")
    one, other = open_pool(DIGITS, plain, 0), open_pool(DIGITS, timed, 0)
    assert (one.answers == other.answers).all()
    assert error_rate(plain, 10, 1_297, 1.05) == error_rate(timed, 10, 1_297, 1.05)
    assert not tells_seconds(plain) and tells_seconds(timed)


@pytest.mark.parametrize("name", ORACLES)
def test_settings_of_time_are_part_of_the_content_only_where_they_say_something(name):
    plain = make_oracle(name, {}, "grid")
    assert make_oracle(name, dict(TIMING), "grid") == plain and not plain.options.keys() & TIMING.keys()
    assert make_oracle(name, {"seconds": 12}, "grid").options == {**plain.options, "seconds": 12.0}


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        ({"seconds": -1}, "seconds: found -1.0; allowed: 0 to 86400, the median time"),
        ({"seconds": 1, "seconds_spread": 3.5}, "seconds_spread: found 3.5; allowed: 0 to 3"),
        ({"seconds": 1, "hardness_slowdown": 0.5}, "hardness_slowdown: found 0.5; allowed: 1 to 100"),
        ({"seconds": 1, "estimate_spread": -0.1}, "estimate_spread: found -0.1; allowed: 0 to 3"),
        ({"estimate_spread": 0.5}, "estimate_spread: found 0.5; allowed: none without seconds above 0"),
        ({"seconds": "12"}, "seconds: found '12'; allowed: a number"),
        ({"second": 12}, "unknown setting 'second'; did you mean 'seconds'"),
    ],
)
def test_settings_out_of_range_are_told(given_, said):
    with pytest.raises(InputError, match=said):
        make_oracle("perfect", given_, "grid")
