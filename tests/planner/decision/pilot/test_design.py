import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.decision.pilot.design import design_pilot
from simulations.errors import InputError


def test_a_random_pilot_measures_nested_parts_over_three_octaves(plan):
    design = design_pilot(plan, "random", sizes=[800, 1_600, 2_000])
    assert design.counts == (100, 141, 200, 283, 400, 566, 800, 1_131, 1_600, 2_000)
    assert [design.bought(size) for size in design.sizes] == [800, 1_600, 2_000]
    assert [design.stage(count) for _, count in design.arms()] == [0] * 7 + [1, 1, 2]


def test_a_paired_pilot_shares_the_initial_set(plan):
    design = design_pilot(plan, "paired", strategies=["margin"], sizes=[2_000, 4_000])
    assert design.counts == (500, 630, 794, 1_000, 1_260, 1_587, 2_000, 2_828, 4_000)
    assert design.bought(2_000) == 3_500 and design.bought(4_000) == 7_500
    arms = design.arms()
    assert ("margin", 500) not in arms and ("random", 500) in arms and len(arms) == 9 + 8
    assert [design.stage(count) for _, count in arms] == [0] * 13 + [1] * 4


@given(st.lists(st.integers(10, 40_000), min_size=1, max_size=8, unique=True))
def test_label_counts_are_rising_close_and_hold_every_size(plan, sizes):
    design = design_pilot(plan, "random", sizes=sorted(sizes))
    counts = np.array(design.counts)
    assert (np.diff(counts) > 0).all() and set(sizes) <= set(counts.tolist()) and counts[-1] == max(sizes)
    beyond = counts[counts >= min(sizes)]
    assert (beyond[1:] <= 1.6 * beyond[:-1] + 1).all()


def test_usual_sizes_are_eight_up_to_twenty_initial_sets_and_half_the_pool(plan):
    assert design_pilot(plan, "random").sizes == (250, 423, 717, 1_215, 2_058, 3_486, 5_904, 10_000)
    assert design_pilot(plan, "paired", strategies=["margin"]).sizes[::7] == (2_000, 10_000)
    small = plan.replace({"task.pool_size": 6_000})
    assert design_pilot(small, "random").sizes[-1] == 2_000


@pytest.mark.parametrize("pool", [2_520, 2_600, 3_000, 4_500, 10_000])
@pytest.mark.parametrize("kind", ["random", "paired"])
def test_usual_sizes_fit_any_pool(plan, pool, kind):
    strategies = ["margin"] if kind == "paired" else []
    design = design_pilot(plan.replace({"task.pool_size": pool}), kind, strategies=strategies)
    assert design.sizes[-1] <= pool - 2_000
    assert len(set(design.counts)) == len(design.counts) >= 4


def test_a_pilot_needs_something_to_be_measured_on(plan):
    with pytest.raises(InputError, match="test_labels = 0"):
        design_pilot(plan.replace({"task.test_labels": 0}), "random")


def test_a_pool_with_no_room_for_a_pilot_says_so_in_words(plan):
    tight = plan.replace({"task.pool_size": 2_503})
    with pytest.raises(InputError, match="pilot: the 503 items that there are to label leave no room for one beside"):
        design_pilot(tight, "paired", strategies=["margin"])
    assert design_pilot(tight, "random").sizes[-1] <= 503
