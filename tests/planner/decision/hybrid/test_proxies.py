import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.decision.hybrid.hybrid_of_plan import MachineShares, machine_share_at
from planner.decision.hybrid.threshold import CoveredRounds, HybridRule
from simulations.errors import InputError

THRESHOLDS = np.array([0.0, 0.5, 0.9])
ACCURACIES = np.array([0.7, 0.8, 0.9, 0.95])


def proxy(name: str, sure: float, *, seeds: int = 3, strategy: str = "random", best: int = 4) -> CoveredRounds:
    """Plant a proxy: at accuracy a, `sure` × a of 1,000 held-out items are above 0.9, without an error."""
    errors = np.zeros((seeds, best, 3), np.int64)
    errors[..., 0] = np.round(1000 * (1 - ACCURACIES[:best]))
    errors[..., 1] = errors[..., 0] // 2
    covered = np.empty_like(errors)
    covered[..., 0], covered[..., 1] = 1000, 900
    covered[..., 2] = np.round(1000 * sure * ACCURACIES[:best])
    labels = np.array([50, 100, 200, 400])[:best]
    return CoveredRounds(name, "linear", strategy, 4000, 1000, THRESHOLDS, np.arange(seeds), labels, covered, errors)


def asked(
    proxies: list[CoveredRounds], accuracy: float, *, draws: int = 2000, strategy: str = "random"
) -> MachineShares:
    return machine_share_at(
        proxies,
        np.full((draws, 1), accuracy),
        np.array([500]),
        items=10_000,
        test_labels=1000,
        rule=HybridRule(0.01),
        strategy=strategy,
        rng=np.random.default_rng(0),
    )


def test_proxies_that_agree_give_their_share() -> None:
    found = asked([proxy(name, 0.5) for name in "abcd"], 0.8)
    # 10,000 items, 1,000 held out, 500 labelled: 40% of the other 8,500, and U = 0.0058 keeps far below 0.01.
    assert found.known.all()
    assert found.reason == ""
    # One in ten draws is left for a task worse than all four: half of one place in five.
    assert (found.share == 0).mean() == pytest.approx(0.1, abs=0.03)
    assert found.share[found.share > 0] == pytest.approx(0.34)


def test_between_two_accuracies_the_share_is_read_along_a_line() -> None:
    found = asked([proxy(name, 0.5) for name in "abcd"], 0.85)
    assert found.share.max() == pytest.approx((0.34 + 0.3825) / 2, abs=1e-4)


def test_data_sets_weigh_the_same_however_many_their_seeds() -> None:
    found = asked([proxy("a", 0.2, seeds=30), proxy("b", 0.5), proxy("c", 0.7)], 0.8)
    shares = [round(0.85 * 0.8 * sure, 3) for sure in (0.2, 0.5, 0.7)]
    drawn = [(np.abs(found.share - share) < 1e-3).mean() for share in shares]
    assert drawn == pytest.approx([1 / 4, 1 / 4, 3 / 8], abs=0.04)


def test_settings_of_one_data_set_are_one_data_set() -> None:
    variants = [proxy(f"digits [test_size={n}]", 0.5) for n in (1, 2, 3)]
    with pytest.raises(InputError, match="found coverage tables of 1 data sets; allowed: at least 3"):
        asked(variants, 0.8)


def test_only_the_strategy_asked_for_counts() -> None:
    others = [proxy(name, 0.5, strategy="margin") for name in "abc"]
    with pytest.raises(InputError, match="hybrid labelling, random: found coverage tables of 0 data sets"):
        asked(others, 0.8)


def test_accuracies_nobody_has_had_are_not_guessed() -> None:
    proxies = [proxy(name, 0.5, best=4 if name == "a" else 2) for name in "abcd"]
    with pytest.raises(InputError, match=r"fewer than 3 recorded data sets have been at accuracies such as 0.92"):
        asked(proxies, 0.92)
    mixed = machine_share_at(
        proxies,
        np.tile([0.75, 0.92], (50, 1)),
        np.array([500, 1000]),
        items=10_000,
        test_labels=1000,
        rule=HybridRule(0.01),
        strategy="random",
        rng=np.random.default_rng(0),
    )
    assert mixed.known.all(axis=0).tolist() == [True, False]
    assert (mixed.share[:, 1] == 0).all()
    assert "in 50% of the draws people are taken to label everything" in mixed.reason


@settings(deadline=None)  # the first call loads scipy
@given(st.lists(st.floats(0.7, 0.95), min_size=2, max_size=2), st.floats(0.1, 0.9))
def test_share_rises_with_accuracy(accuracies: list[float], sure: float) -> None:
    proxies = [proxy("a", sure), proxy("b", 0.5), proxy("c", 0.3)]
    low, high = (asked(proxies, a, draws=50).share for a in sorted(accuracies))
    assert (low <= high + 1e-12).all()
    assert (high <= 0.85).all()


def test_a_dip_along_the_rounds_is_levelled() -> None:
    dipped = proxy("a", 0.5)
    dipped.covered[:, 2, 2] = 300
    found = asked([dipped, proxy("b", 0.5), proxy("c", 0.5)], 0.9)
    level = 0.85 * (0.4 + 0.3) / 2
    assert np.unique(found.share.round(4)).tolist() == pytest.approx([0, level, 0.85 * 0.45], abs=1e-3)


def test_more_labels_than_items_are_refused() -> None:
    with pytest.raises(InputError, match="found 600 items with 200 test labels and 500 others"):
        machine_share_at(
            [proxy(name, 0.5) for name in "abc"],
            np.full((5, 1), 0.8),
            np.array([500]),
            items=600,
            test_labels=200,
            rule=HybridRule(0.01),
            strategy="random",
            rng=np.random.default_rng(0),
        )
