import json
import math
from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest

from planner.curves.label_savings import LabelSavings, label_savings, pool_savings
from simulations.curve_table import validate_curves
from simulations.errors import InputError

LABELS = [10, 20, 40, 80, 160]
RANDOM = [0.5, 0.6, 0.7, 0.8, 0.9]
TWICE = [0.6, 0.7, 0.8, 0.9, 0.95]
STUCK = [0.5, 0.6, 0.65, 0.66, 0.67]


def table(labels=LABELS, *, seeds=3, spread=0.001, **curves):
    """Each strategy's values at `labels`, moved up and down a little from seed to seed, alike for all of a seed."""
    rows = [
        {"strategy": name, "seed": seed, "labels": n, "value": value + (seed - (seeds - 1) / 2) * spread}
        for name, values in curves.items()
        for seed in range(seeds)
        for n, value in zip(labels, values, strict=True)
    ]
    return validate_curves(pd.DataFrame(rows).assign(dataset="d"))


def of(savings, **wanted):
    (one,) = (one for one in savings if all(getattr(one, name) == value for name, value in wanted.items()))
    return one


def test_random_s_last_half_and_quarter_counts_are_read_unless_told_otherwise():
    savings = label_savings(table(random=RANDOM, margin=TWICE))
    assert [(one.share, one.at) for one in savings] == [(1.0, 160), (0.5, 80), (0.25, 40)]
    assert [one.value for one in savings] == [pytest.approx(v) for v in (0.9, 0.8, 0.7)]
    assert [one.value_strategy for one in savings] == [pytest.approx(v) for v in (0.95, 0.9, 0.8)]
    for one in savings:
        assert (one.factor, one.q10, one.q90) == (pytest.approx(2), pytest.approx(2), pytest.approx(2))
        assert (one.p_never, one.unreached, one.pairs, one.at_least, one.reason) == (0, 0, 3, False, None)


def test_counts_that_are_named_are_read_besides_the_last():
    savings = label_savings(table(random=RANDOM, margin=TWICE), at=[160, 60, 60])
    assert [(one.share, one.at) for one in savings] == [(1.0, 160), (None, 60)]
    # Halfway between 40 and 80 random has 0.75, and margin has it halfway between 20 and 40.
    assert savings[1].value == pytest.approx(0.75)
    assert (savings[1].labels_random, savings[1].labels_strategy) == (pytest.approx(60), pytest.approx(30))


def test_nothing_is_read_at_the_initial_set():
    savings = label_savings(table([10, 20, 40], random=RANDOM[:3], margin=TWICE[:3]))
    assert [one.at for one in savings] == [40, 20]


def test_what_is_never_reached_is_a_state_and_counted():
    one = of(label_savings(table(random=RANDOM, coreset=STUCK)), share=1.0)
    assert (one.factor, one.labels_strategy, one.q10, one.q90) == (None, None, None, None)
    assert (one.p_never, one.unreached, one.pairs) == (1, 3, 3)


def test_seeds_that_do_not_reach_it_are_counted_one_by_one():
    # Random ends at 0.8 in every seed; margin passes it in seeds 0 to 6 of 10 and stays below in the others.
    rows = [
        {"strategy": name, "seed": seed, "labels": n, "value": value}
        for seed in range(10)
        for name, end in (("random", 0.8), ("margin", 0.85 if seed < 7 else 0.75))
        for n, value in ((10, 0.5), (40, end))
    ]
    one = of(label_savings(validate_curves(pd.DataFrame(rows))), share=1.0)
    assert (one.unreached, one.pairs) == (3, 10)
    # A resample's mean, 0.75 + 0.1 · Binomial(10, 0.7)/10, stays below 0.8 where fewer than five of ten reach it.
    assert one.p_never == pytest.approx(0.0473, abs=0.02)
    assert one.q10 < one.factor < one.q90


def test_the_interval_is_of_pairs_so_a_shift_that_a_seed_gives_both_costs_no_width():
    calm = of(label_savings(table(random=RANDOM, margin=TWICE, spread=0.0)), share=1.0)
    rough = of(label_savings(table(random=RANDOM, margin=TWICE, spread=0.04)), share=1.0)
    for end in ("factor", "q10", "q90"):
        assert getattr(rough, end) == pytest.approx(getattr(calm, end))


def test_on_a_plateau_random_needs_only_the_labels_that_brought_it_there():
    one = of(label_savings(table(random=[0.5, 0.8, 0.8, 0.7, 0.8], margin=TWICE)), share=1.0)
    assert (one.labels_random, one.labels_strategy, one.factor) == tuple(map(pytest.approx, (20, 40, 0.5)))


def test_a_strategy_above_it_from_the_start_saves_at_least_that():
    one = of(label_savings(table(random=RANDOM, margin=[0.95] * 5)), share=1.0)
    assert (one.factor, one.at_least) == (pytest.approx(16), True)


def test_a_shorter_curve_has_no_value_past_its_end():
    margin = table(LABELS[:4], margin=TWICE[:4])
    one = of(label_savings(pd.concat([table(random=RANDOM), margin])), share=1.0)
    assert (one.factor, one.value_strategy, one.labels_most) == (pytest.approx(2), None, 80)


def test_one_seed_has_a_factor_but_no_interval():
    one = of(label_savings(table(seeds=1, random=RANDOM, margin=TWICE)), share=1.0)
    assert (one.factor, one.q10, one.q90, one.p_never) == (pytest.approx(2), None, None, None)
    assert one.reason == "one paired seed: no interval"


def test_without_pairs_there_is_a_reason():
    (alone,) = label_savings(table(margin=TWICE))
    assert (alone.at, alone.reason) == (None, "no curve of random stands beside it")
    apart = table(random=RANDOM).assign(seed=lambda rows: rows["seed"] + 10)
    (other,) = label_savings(pd.concat([table(margin=TWICE), apart]))
    assert (other.factor, other.reason) == (None, "it shares no seed with random")


def test_a_count_beyond_random_is_refused():
    with pytest.raises(InputError, match=r"--at: found 161; allowed: 10 to 160, as far as d, yours, random"):
        label_savings(table(random=RANDOM, margin=TWICE), at=[161])


def test_the_interval_holds_a_known_saving_about_as_often_as_it_says():
    n = np.arange(40.0, 641.0, 40.0)
    truth, rng = 1.5, np.random.default_rng(0)
    held = []
    for _ in range(60):
        # Margin has random's value with 1.5 times fewer labels; a seed's own level moves both of its curves.
        level, noise = rng.normal(0, 0.01, (8, 1)), rng.normal(0, 0.004, (2, 8, len(n)))
        random, margin = (0.9 - 2 / np.sqrt(n * s) + level + e for s, e in zip((1, truth), noise, strict=True))
        parts = zip(("random", "margin"), (random, margin), strict=True)
        frames = [
            pd.DataFrame(values, columns=n).assign(seed=range(8)).melt("seed", var_name="labels").assign(strategy=name)
            for name, values in parts
        ]
        one = of(label_savings(validate_curves(pd.concat(frames)), at=[330]), share=None)
        held.append(one.q10 <= truth <= one.q90)
    assert 0.68 <= np.mean(held) <= 0.92


def saved(dataset, factor, *, strategy="margin", share=1.0, at=160, most=160, **more):
    """What one data set says; a factor of None is never."""
    known = {"learner": "linear", "batch_size": 10, "initial_size": 10, "metric": "accuracy", "labels_random": 160.0}
    return LabelSavings(
        dataset=dataset, strategy=strategy, at=at, share=share, factor=factor, labels_most=most, **known | more
    )


def test_the_geometric_mean_and_its_t_interval_worked_by_hand():
    (one,) = pool_savings([saved("a", 1.0), saved("b", 2.0), saved("c", 4.0)])
    assert one.factor == pytest.approx(2)
    # ln s is −ln 2, 0, ln 2 around ln 2: sd ln 2, and t at 90% with two degrees of freedom is 1.8856.
    half = 1.885618 * math.log(2) / math.sqrt(3)
    assert (one.q10, one.q90) == (pytest.approx(2 * math.exp(-half)), pytest.approx(2 * math.exp(half)))
    assert (one.datasets, one.unreached, one.bound, one.reason) == (("a", "b", "c"), (), None, None)


def test_a_data_set_never_reached_makes_the_mean_a_bound_without_an_interval():
    (one,) = pool_savings([saved("a", 4.0), saved("b", None, most=320)])
    # On b random needs 160 labels and 320 were not enough: a half at most.
    assert one.factor == pytest.approx(math.sqrt(4 * 0.5))
    assert (one.bound, one.q10, one.q90, one.unreached) == ("at_most", None, None, ("b",))
    assert one.reason == "never reached on 1 of 2 data sets: no interval"


def test_a_lower_bound_is_one_too_and_both_together_are_no_number():
    (low,) = pool_savings([saved("a", 4.0), saved("b", 9.0, at_least=True)])
    assert (low.factor, low.bound, low.q10) == (pytest.approx(6), "at_least", None)
    (both,) = pool_savings([saved("a", None), saved("b", 9.0, at_least=True)])
    assert (both.factor, both.unreached) == (None, ("a",))


def test_settings_of_one_data_set_are_one_data_set():
    (one,) = pool_savings([saved("a", 1.0), saved("a [flip rate=0.1]", 4.0), saved("b", 8.0)])
    assert one.datasets == ("a", "b")
    assert one.factor == pytest.approx(math.sqrt(2 * 8))


@pytest.mark.parametrize(
    ("names", "datasets"),
    [
        (("t.csv [label=y, 0a1b2c3d]", "t.csv [label=y, ffffffff]"), ("t.csv [0a1b2c3d]", "t.csv [ffffffff]")),
        (("t.csv [drop=id, label=y, 0a1b2c3d]", "t.csv [label=y, 0a1b2c3d] [flip rate=0.1]"), ("t.csv [0a1b2c3d]",)),
        (("a [1].csv [label=y, 0a1b2c3d]", "a [1].npz [0a1b2c3e]"), ("a [1].csv [0a1b2c3d]", "a [1].npz [0a1b2c3e]")),
        (("synthetic [d=8]", "synthetic [d=8, seed=2]"), ("synthetic [d=8, seed=2]", "synthetic [d=8]")),
        (("synthetic [boundary_noise=0.1, d=8, flip_noise=0.1]", "synthetic [d=8]"), ("synthetic [d=8]",)),
        (("synthetic", "synthetic [flip_noise=0.1, test_size=900] [initial_set=random]"), ("synthetic",)),
        (("letter [test_size=900]", "letter [initial_set=stratified] [votes rate=0.2, votes=3]"), ("letter",)),
        (("reviews [de]", "reviews [en]"), ("reviews [de]", "reviews [en]")),
    ],
)
def test_what_makes_a_data_set_another_one(names, datasets):
    (one,) = pool_savings([saved(name, factor) for name, factor in zip(names, (1.0, 4.0), strict=True)])
    assert one.datasets == datasets and one.factor == pytest.approx(2)
    assert (one.q10 is None) == (len(datasets) == 1)


def test_strategies_schedules_and_points_are_pooled_apart():
    pooled = pool_savings(
        [
            saved("a", 1.0),
            saved("a", 2.0, strategy="badge"),
            saved("a", 3.0, share=0.5, at=80),
            saved("a", 4.0, share=None, at=80),
            saved("a", 5.0, share=None, at=100),
            saved("a", 6.0, initial_size=20),
            LabelSavings("a", "linear", 10, 10, "accuracy", "margin", reason="no curve of random stands beside it"),
            saved("b", 9.0, share=0.5, at=50),
        ]
    )
    found = [(one.strategy, one.initial_size, one.share, one.at, round(one.factor, 6)) for one in pooled]
    assert found == [
        ("margin", 10, 1.0, None, 1),
        ("badge", 10, 1.0, None, 2),
        ("margin", 10, 0.5, None, round(math.sqrt(27), 6)),
        ("margin", 10, None, 80, 4),
        ("margin", 10, None, 100, 5),
        ("margin", 20, 1.0, None, 6),
    ]
    json.dumps([asdict(one) for one in pooled], allow_nan=False)


def test_the_lower_end_alone_may_be_never():
    rows = [
        {"strategy": name, "seed": seed, "labels": n, "value": value}
        for seed in range(10)
        for name, end in (("random", 0.8), ("margin", 0.9 if seed < 6 else 0.7))
        for n, value in ((10, 0.5), (40, end))
    ]
    one = of(label_savings(validate_curves(pd.DataFrame(rows))), share=1.0)
    assert one.q10 is None and one.q90 > 1 and 0.1 < one.p_never < 0.9


def test_seeds_that_share_no_range_are_a_reason():
    moved = table(margin=TWICE).assign(labels=lambda rows: rows["labels"] + rows["seed"] * 1_000)
    (one,) = label_savings(pd.concat([table(random=RANDOM), moved]))
    assert (one.pairs, one.reason) == (3, "the paired seeds share no range of labels")
