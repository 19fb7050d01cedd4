"""Curves read in another pool are those that would have been drawn for it."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from planner.transfer.from_pilot import curves_from_pilot
from planner.transfer.from_proxies import curves_from_proxies
from planner.transfer.from_simulation import curves_from_simulation
from planner.transfer.savings_fit import ProxyEvidence
from planner.transfer.savings_shape import log_savings
from planner.transfer.task_curves import MEASURED, MOST_SUMMARIES, STRETCHED, TaskDescription, extend_early_curve
from tests.planner.transfer.synthetic import DATASETS, measured, recorded

TABLE = recorded(strategies=("random", "margin", "entropy"))
EVIDENCE = ProxyEvidence(TABLE)
LETTERS = recorded({"letters": DATASETS["letters"]}, strategies=("random", "margin"))
RANDOM = measured(seeds=5, rng=1, floor=0.03, power=0.5).assign(strategy="random", test_size=20_000)
TARGET = 0.85
NAMES = ("random", "margin", "entropy")


def task(pool):
    return TaskDescription("accuracy", classes=10, kind="image", pool_size=pool)


@cache
def plain(pool):
    return curves_from_proxies(EVIDENCE, task(pool), NAMES, n_draws=300, seed=0)


def proxies(pool, **more):
    return curves_from_proxies(EVIDENCE, task(pool), NAMES, n_draws=300, seed=0, **more) if more else plain(pool)


@cache
def pilot(pool):
    return curves_from_pilot(RANDOM, EVIDENCE, task(pool), ("random", "margin"), n_draws=500, seed=0)


@cache
def simulated(pool):
    return curves_from_simulation(LETTERS, task(pool), ("random", "margin"), n_draws=500, seed=0, savings_sd=0.3)


@pytest.mark.parametrize("pool", [600, 3_000, 1_000_000, None])
def test_recorded_curves_in_another_pool_are_drawn_for_it(pool):
    moved, drawn = proxies(20_000).in_pool(np.inf if pool is None else pool), proxies(pool)
    np.testing.assert_allclose(moved.best, drawn.best, rtol=1e-12)
    np.testing.assert_array_equal(moved.end.log_pool, drawn.end.log_pool)


def test_more_labels_of_all_are_a_smaller_pool():
    need = np.geomspace(2_000, 9_000, 300)
    once, twice = (proxies(20_000, random_labels=(TARGET, times * need)) for times in (1, 2))
    np.testing.assert_allclose(once.stretch(2, 20_000).best, twice.best, rtol=1e-9)
    reach = dict(zip(NAMES, twice.labels_to_reach(TARGET).T, strict=True))
    for name, labels in once.labels_in_pool(TARGET, 20_000, NAMES, 2.0).items():
        np.testing.assert_allclose(labels, reach[name], rtol=1e-9)
    # Stretched curves end where their pool does: read in the pool that they have they are what they are.
    stretched = once.stretch(2, 20_000)
    np.testing.assert_allclose(stretched.in_pool(np.exp(stretched.end.log_pool)).best, stretched.best, rtol=1e-12)


def begun(first, pool=20_000, **more):
    description = replace(task(pool), initial_labels=first)
    return curves_from_proxies(EVIDENCE, description, NAMES, n_draws=300, seed=0, **more)


def test_a_campaign_that_begins_elsewhere_is_drawn_from_there():
    moved, drawn = begun(20).begun_at(300), begun(300)
    np.testing.assert_allclose(moved.best, drawn.best, rtol=1e-12)
    np.testing.assert_array_equal(moved.best[0], begun(20).best[0])
    measured = pilot(20_000)
    assert measured.begun_at(300) is measured


@pytest.mark.parametrize("times", [0.5, 4.0])
def test_the_initial_set_stays_where_the_task_needs_more_labels(times):
    need = np.geomspace(500, 4_000, 300)
    once, anew = (begun(20, random_labels=(TARGET, one * need)) for one in (1, times))
    np.testing.assert_allclose(once.stretch(times, 20_000).best, anew.best, rtol=1e-9)
    reach = dict(zip(NAMES, anew.labels_to_reach(TARGET).T, strict=True))
    np.testing.assert_allclose(reach["random"], times * need)
    for name, labels in once.labels_in_pool(TARGET, 20_000, NAMES, times).items():
        np.testing.assert_allclose(labels, reach[name], rtol=1e-9)


def test_more_labels_than_a_float_holds_are_never():
    curves = begun(20, pool=None, random_labels=(TARGET, np.full(300, 1e306)))
    assert np.isinf(curves.labels_for("random", np.full(300, 0.999))).any()
    labels = curves.labels_in_pool(0.87, np.inf, NAMES, 1e15)
    assert all(np.isinf(labels[name]).all() for name in NAMES)


def test_how_hard_a_task_is_does_not_depend_on_the_target():
    """Before its first point a path is held below what is not reached there, which is no sign of a harder task."""
    description = replace(task(20_000), initial_labels=20)
    low, high = (
        curves_from_proxies(EVIDENCE, description, NAMES, n_draws=300, seed=0, label_scale_sd=2.0, target=target)
        for target in (0.5, 0.95)
    )
    assert (low.best[0] != high.best[0]).any()
    for i in (1, 2):
        np.testing.assert_array_equal(low.log_savings(i), high.log_savings(i))


def test_random_rises_from_guessing_to_its_first_point():
    curves = begun(20, random_labels=(TARGET, np.full(300, 6_000.0)))
    lead = curves.best[0][:, : curves.lead + 1]
    assert (np.diff(lead) >= 0).all() and (lead[:, 0] < lead[:, -1] - 0.05).mean() > 0.9
    np.testing.assert_allclose(lead[:, 0].min(), 0.1)  # ten classes


def test_a_strategy_is_random_at_an_initial_set_far_before_the_first_point():
    """The first point of a task that needs millions of labels lies thousands of times beyond a small initial set."""
    need = np.full(300, 5e6)
    curves = begun(20, pool=20_000_000, random_labels=(TARGET, need))
    first = np.exp(curves.log_labels[0][:, curves.lead])
    assert np.median(first) > 1_100 * 20
    gap = curves.value_of("margin", 20) - curves.value_of("random", 20)
    assert np.abs(gap).mean() < 0.004


def test_savings_are_read_from_the_tasks_own_initial_set():
    """On a task that needs many times a proxy's labels, n labels save what the prior says of n ÷ the initial set."""
    need = np.full(300, 6_000.0)
    curves = begun(20, pool=None, random_labels=(TARGET, need))
    needed = curves.labels_in_pool(TARGET, np.inf, ("margin",))["margin"]
    progress = np.log(needed / 20)
    coefficients = curves.end.coefficients[0] + curves.end.tilt.shift(
        0, np.log(1.0 - curves.value_of("random", 320)), np.full(300, np.log(20))
    )
    read = np.array([log_savings(c, [v])[0] for c, v in zip(coefficients, progress, strict=True)])
    usual = np.isfinite(needed) & (np.abs(read) < 2.0)
    assert usual.mean() > 0.9
    np.testing.assert_allclose(np.median(np.log((need / needed)[usual]) - read[usual]), 0.0, atol=0.02)
    fewer = begun(300, pool=None, random_labels=(TARGET, need)).labels_in_pool(TARGET, np.inf, ("margin",))["margin"]
    assert np.median(fewer) > 1.1 * np.median(needed)  # a larger initial set leaves less to save


@pytest.mark.parametrize("target", [0.3, TARGET, 0.95])
def test_the_short_way_to_the_labels_is_the_long_one(target):
    curves, pools = proxies(20_000, label_scale_sd=1.0), np.geomspace(400, 60_000, 300)
    long = curves.in_pool(pools).labels_to_reach(target)
    for i, name in enumerate(NAMES):
        np.testing.assert_allclose(curves.labels_in_pool(target, pools, NAMES)[name], long[:, i], rtol=1e-9)


def test_nobody_knows_more_than_the_whole_pool():
    for curves in (proxies(20_000, label_scale_sd=1.0), simulated(20_000)):
        small = curves.in_pool(800)
        whole = curves.value_of("random", 800)
        beyond = np.median(small.best[1, :, -1] - whole)
        assert abs(beyond) < 0.01  # and a discrepancy of the strategy's own


@pytest.mark.parametrize("drawn", [pilot, simulated])
def test_curves_with_a_discrepancy_agree_with_those_drawn_anew_but_for_chance(drawn):
    for pool in (3_000, 100_000):
        moved, anew = drawn(8_000).in_pool(pool), drawn(pool)
        for labels in (300, 1_000):
            there, expected = (np.sort(one.value_of("margin", labels)) for one in (moved, anew))
            error = 4 * expected.std() / np.sqrt(500)
            assert there.mean() == pytest.approx(expected.mean(), abs=max(error, 0.002))


def test_draws_are_taken_with_how_they_end():
    curves, some = proxies(20_000), np.array([5, 200, 7])
    few = curves.select_draws(some)
    np.testing.assert_allclose(few.in_pool(900).best, curves.in_pool(900).best[:, some], rtol=1e-12)
    np.testing.assert_array_equal(few.log_savings(1), curves.log_savings(1)[some])


def test_where_the_end_is_not_known_another_pool_changes_nothing():
    made = replace(proxies(20_000), end=None)
    assert made.in_pool(500) is made
    reach = made.labels_to_reach(TARGET)
    np.testing.assert_allclose(made.labels_in_pool(TARGET, 500, NAMES, 3.0)["margin"], 3 * reach[:, 1])


def test_the_summaries_asked_for_last_are_kept_and_older_ones_made_again():
    curves, made = replace(proxies(3_000)), []

    def asked(key):
        return curves.summarised(key, lambda: made.append(key) or (key,))

    for key in (*range(MOST_SUMMARIES), 0, MOST_SUMMARIES):
        assert asked(key) == (key,)
    made.clear()
    assert asked(0) == (0,) and asked(MOST_SUMMARIES) == (MOST_SUMMARIES,) and not made
    assert asked(1) == (1,) and made == [1]


def test_before_random_was_measured_labels_tell_what_is_the_same():
    """At the initial set both are one; beyond it a strategy has what random has with s times the labels."""
    curves = begun(100, random_labels=(TARGET, np.geomspace(6_000, 12_000, 300)))
    assert np.median(np.exp(curves.log_labels[0][:, curves.lead])) > 200
    same = curves.labels_as("margin", "random", 100.0)
    off = np.abs(same / 100.0 - 1.0)
    assert np.quantile(off, 0.99) < 0.12 and off.max() < 0.2  # a kink between two points of a grid
    assert np.median(same) == pytest.approx(100.0, rel=0.03)
    factor = curves.labels_as("margin", "random", 150.0) / 150.0
    assert 1.0 < np.median(factor) < 2.0
    there = curves.labels_as("random", "margin", curves.labels_as("margin", "random", 3_000.0))
    inside = np.isfinite(there)
    assert inside.mean() > 0.95
    np.testing.assert_allclose(np.median(there[inside]), 3_000.0, rtol=0.02)


def test_up_to_the_initial_set_nothing_is_saved():
    told = (TARGET, np.full(300, 1_000.0))
    np.testing.assert_allclose(begun(1_000, random_labels=told).labels_to_reach(TARGET)[:, :2], 1_000.0, rtol=0.01)
    # What random reaches in the pool everybody does.
    curves = begun(20, pool=1_020, random_labels=told)
    assert (curves.labels_to_reach(TARGET) <= 1_020 * (1 + 1e-9)).all()


LABELS = np.log(np.geomspace(100, 6_400, 61))  # two octaves on, a point of the grid
POWER = 1.0 - 0.4 * (np.exp(LABELS) / 100) ** -0.5


def test_a_power_law_goes_back_as_it_is_and_stretched_at_a_quarter_of_its_slope():
    x = np.log([[25.0, 50.0, 100.0, 3_000.0]])
    measured, stretched = (
        extend_early_curve(POWER[None], LABELS[None], x, share)[0] for share in (MEASURED, STRETCHED)
    )
    assert measured == pytest.approx([1 - 0.4 * 4**0.5, 1 - 0.4 * 2**0.5, 0.6, 0.6])
    assert stretched == pytest.approx([1 - 0.4 * 4**0.125, 1 - 0.4 * 2**0.125, 0.6, 0.6])
    # Nothing is worse than guessing.
    guessed = extend_early_curve(POWER[None], LABELS[None], np.log([[1.0, 25.0]]), MEASURED, 0.7)[0]
    assert guessed == pytest.approx([0.3, 0.3])


def test_a_steep_path_that_begins_late_goes_back_to_guessing_and_no_further():
    late = np.log(np.geomspace(1e9, 1.001e9, 61))
    steep = 1.0 - np.geomspace(0.4, 1e-30, 61)
    with np.errstate(all="raise"):
        assert extend_early_curve(steep[None], late[None], np.log([[1.0]]), MEASURED)[0] == pytest.approx([0.0])


def test_a_flat_path_and_one_of_a_single_place_are_held():
    flat = np.full((1, 61), 0.8)
    assert extend_early_curve(flat, LABELS[None], np.log([[1.0]]), MEASURED)[0, 0] == pytest.approx(0.8)
    assert extend_early_curve(POWER[None, :1], LABELS[None, :1], np.log([[1.0]]), MEASURED)[0, 0] == pytest.approx(0.6)
