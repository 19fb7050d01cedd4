import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulations.datasets import DATASETS, Dataset, Knobs, generate
from simulations.datasets.pool import (
    INITIAL_SETS,
    hardness_of,
    initial_set,
    lay_out_features,
    measure_hardness,
    open_pool,
    same_share,
    split,
)
from simulations.errors import InputError
from simulations.oracles.registry import make_oracle
from simulations.trajectory import Part, stream


def _part(name="synthetic", **knobs):
    return Part.of(name, {**DATASETS[name].defaults, **knobs})


PERFECT = Part.of("perfect")
SMALL = {"n": 400, "d": 5, "classes": 4, "test_size": 150}


def test_split_is_a_partition_of_fixed_size_and_a_pool_in_no_order_of_the_file():
    data = generate(Knobs(**SMALL))
    parts = [split(data, stream(seed)) for seed in range(20)]
    for pool, held in parts:
        assert held.size == 150
        assert (np.sort(np.concatenate([pool, held])) == np.arange(400)).all()
    assert abs(np.mean([np.corrcoef(pool, np.arange(pool.size))[0, 1] for pool, _ in parts])) < 0.1
    assert (parts[0][0] != parts[1][0]).any()


@given(labels=st.lists(st.integers(0, 6), min_size=1, max_size=80), share=st.floats(0, 1))
def test_the_same_share_is_that_of_all_items_sorted_by_their_place_in_their_class(labels, share):
    """Only the lowest places are sorted; item i of c in a class stands at (i + ½) ÷ c."""
    labels, size = np.array(labels), round(share * len(labels))
    seen = [int((labels[:i] == label).sum()) for i, label in enumerate(labels)]
    place = [(i + 0.5) / int((labels == label).sum()) for i, label in zip(seen, labels, strict=True)]
    expected = sorted(range(len(labels)), key=lambda i: (place[i], i))[:size]
    rows = np.arange(100, 100 + len(labels))
    assert same_share(rows, labels, size).tolist() == [100 + i for i in expected]


def test_split_is_stratified_by_class():
    data = generate(Knobs(n=4000, classes=8, imbalance=2.0, test_size=1500))
    share = np.bincount(data.clean[split(data, stream(1))[1]], minlength=8) / np.bincount(data.clean, minlength=8)
    assert share == pytest.approx(np.full(8, 1500 / 4000), abs=0.02)


def test_copies_are_never_held_out():
    data = generate(Knobs(n=1000, duplicate_share=0.2, test_size=300))
    for seed in range(5):
        assert not data.pool_only[split(data, stream(seed))[1]].any()


def test_pools_depend_on_set_and_seed_alone():
    first, again, other = (open_pool(_part(**SMALL), PERFECT, seed) for seed in (0, 0, 1))
    assert (first.rows == again.rows).all() and (first.test_labels == again.test_labels).all()
    assert first.rows.shape == other.rows.shape
    assert not (first.rows == other.rows).all()


def _dataset(features, scaling="feature", *, labels=None, classes=2):
    labels = np.arange(len(features)) % 2 if labels is None else np.asarray(labels, dtype=np.int64)
    return Dataset(features, labels, labels, "tabular", classes, 2, scaling)


def test_axes_are_centred_uncorrelated_and_ordered():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(50, 6)) @ rng.normal(size=(6, 6)) + 1000
    turned, spectrum, _ = lay_out_features(_dataset(features))
    assert turned.dtype == np.float32
    assert turned.mean(axis=0) == pytest.approx(np.zeros(6), abs=1e-6)
    assert turned.T @ turned / 50 == pytest.approx(np.diag(spectrum), abs=1e-5)
    assert (np.diff(spectrum) <= 0).all() and spectrum.sum() == pytest.approx(6)


def test_global_scaling_keeps_distances_up_to_one_factor():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(50, 4)) * [1, 10, 100, 0.1]
    turned, *_ = lay_out_features(_dataset(features, "global"))
    ratio = np.linalg.norm(turned[:10] - turned[40:], axis=1) / np.linalg.norm(features[:10] - features[40:], axis=1)
    assert ratio == pytest.approx(np.full(10, ratio[0]), rel=1e-5)


@pytest.mark.parametrize("offset", [0.0, 1000.0, -0.1])
@pytest.mark.parametrize("scaling", ["feature", "global"])
def test_constant_columns_become_zero(offset, scaling):
    features = np.random.default_rng(0).normal(size=(50, 3))
    features[:, 1] = offset
    turned, spectrum, _ = lay_out_features(_dataset(features, scaling))
    assert np.isfinite(turned).all()
    assert spectrum[-1] == pytest.approx(0, abs=1e-12) and spectrum[1] > 0.5
    assert not lay_out_features(_dataset(np.ones((50, 3)), scaling))[0].any()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("scale", [1e-6, 1e4])
def test_the_unit_of_a_column_does_not_matter(scale, dtype):
    features = np.random.default_rng(0).normal(size=(50, 3))
    scaled = (features * scale).astype(dtype)
    assert np.abs(lay_out_features(_dataset(scaled))[0]) == pytest.approx(
        np.abs(lay_out_features(_dataset(features))[0]), abs=1e-5
    )


def test_columns_can_be_kept_apart():
    features = np.random.default_rng(0).normal(size=(50, 3)) * [1, 10, 0.1] + 5
    kept, spectrum, _ = lay_out_features(_dataset(features), rotate=False)
    assert kept == pytest.approx((features - features.mean(axis=0)) / features.std(axis=0), abs=1e-5)
    assert spectrum == pytest.approx(np.ones(3))


def test_far_offsets_and_tiny_units_keep_what_varies():
    features = np.random.default_rng(0).normal(size=(500, 3))
    moved = features * [1, 1e-200, 1] + [1e12, 0, 0]
    assert np.abs(lay_out_features(_dataset(moved))[0]) == pytest.approx(
        np.abs(lay_out_features(_dataset(features))[0]), abs=0.01
    )


def test_large_sets_are_turned_in_pieces(monkeypatch):
    features = np.random.default_rng(0).normal(size=(50, 4)) @ np.diag([4.0, 3.0, 2.0, 1.0]) + 7
    whole = lay_out_features(_dataset(features))
    monkeypatch.setattr("simulations.datasets.pool._CHUNK_NUMBERS", 28)
    pieces = lay_out_features(_dataset(features))
    assert np.abs(pieces[0]) == pytest.approx(np.abs(whole[0]), abs=1e-6) and pieces[1] == pytest.approx(whole[1])


def test_oracle_noise_is_shared_and_not_in_the_test_set():
    flip = Part.of("flip", {"rate": 0.3})
    noisy, again, clean = (open_pool(_part(**SMALL), oracle, 0) for oracle in (flip, flip, PERFECT))
    assert (noisy.answers == again.answers).all()
    assert 0.15 < np.mean(noisy.answers != clean.answers) < 0.45
    assert (noisy.test_labels == clean.test_labels).all() and (noisy.rows == clean.rows).all()


@settings(deadline=None)
@given(st.integers(4, 60), st.integers(0, 1000))
def test_initial_set_has_every_class_once_at_least(size, seed):
    pool = open_pool(_part(**SMALL, imbalance=3.0), PERFECT, 0)
    rows = initial_set(pool, "one_per_class", size, stream(seed))
    assert np.unique(rows).size == size and rows.max() < pool.size
    assert set(pool.truth[rows]) == {0, 1, 2, 3}


def test_a_stratified_initial_set_has_the_shares_of_the_pool():
    pool = open_pool(_part(imbalance=1.0), PERFECT, 0)
    rows = initial_set(pool, "stratified", 200, stream(1))
    assert np.unique(rows).size == 200
    share = np.bincount(pool.truth, minlength=6) / pool.size
    assert np.bincount(pool.truth[rows], minlength=6) == pytest.approx(200 * share, abs=1)
    assert set(rows) != set(initial_set(pool, "stratified", 200, stream(2)))


def test_too_small_an_initial_set_and_an_unknown_kind_are_told():
    pool = open_pool(_part(**SMALL), PERFECT, 0)
    with pytest.raises(InputError, match="initial_size: found 3; allowed: at least 4"):
        initial_set(pool, "one_per_class", 3, stream(0))
    with pytest.raises(InputError, match="initial_set: found 'best'; allowed: one_per_class, random, strat"):
        initial_set(pool, "best", 4, stream(0))


@pytest.mark.parametrize("kind", INITIAL_SETS)
def test_every_kind_gives_distinct_items_up_to_the_whole_pool(kind):
    pool = open_pool(_part(**SMALL), PERFECT, 0)
    for size in (4, 50, pool.size):
        rows = initial_set(pool, kind, size, stream(3))
        assert rows.shape == (size,) and np.unique(rows).size == size and 0 <= rows.min() <= rows.max() < pool.size
        assert (rows == initial_set(pool, kind, size, stream(3))).all()


def test_a_diverse_set_sees_groups_that_a_random_one_misses():
    # 20 classes that lie far apart: twenty random items miss a third of them, one from each cluster hardly any.
    part = _part(n=2000, d=10, classes=20, clusters_per_class=1, separation=25.0, test_size=400)
    pools = [open_pool(part, PERFECT, seed) for seed in range(5)]

    def seen(kind):
        return np.mean(
            [np.unique(pool.truth[initial_set(pool, kind, 20, stream(i))]).size for i, pool in enumerate(pools)]
        )

    assert seen("diverse") > 16 > 14 > seen("random")


def test_a_diverse_set_is_the_same_whatever_the_learner_reads():
    part = _part(**SMALL)
    sets = [
        initial_set(open_pool(part, PERFECT, 1, axes), "diverse", 12, stream(1)) for axes in ("principal", "columns")
    ]
    assert (sets[0] == sets[1]).all()


def test_items_between_the_classes_are_the_hardest():
    # Two classes about −2 and 2 on one axis: who is nearer to 0, or beyond it, is harder.
    x = np.array([-3.0, -2.0, -1.5, 0.5, 3.0, 2.0, 1.0, 2.5])
    found = measure_hardness(_dataset(x[:, None], labels=[0, 0, 0, 0, 1, 1, 1, 1]))
    assert np.argsort(found.hardness)[-2:].tolist() == [6, 3]
    assert found.hardness[[0, 4]].max() < 0.4
    assert sorted(found.hardness) == pytest.approx((np.arange(8) + 0.5) / 8)
    assert found.mistaken_for.tolist() == [1, 1, 1, 1, 0, 0, 0, 0]


def test_an_item_is_mistaken_for_the_class_next_to_it():
    rng = np.random.default_rng(0)
    centres = np.array([[0.0, 0.0], [1.0, 0.0], [9.0, 0.0]])
    clean = np.arange(300) % 3
    features = centres[clean] + 0.3 * rng.normal(size=(300, 2))
    found = measure_hardness(_dataset(features, labels=clean, classes=3))
    assert (found.mistaken_for[clean == 0] == 1).all() and (found.mistaken_for[clean == 1] == 0).mean() > 0.95
    assert found.hardness[clean == 2].max() < found.hardness[clean < 2].min()


@pytest.mark.filterwarnings("error")
def test_features_that_say_nothing_make_no_item_harder_by_more_than_its_place():
    found = measure_hardness(_dataset(np.zeros((6, 2))))
    assert found.mistaken_for.tolist() == [1, 0, 1, 0, 1, 0]
    assert sorted(found.hardness) == pytest.approx((np.arange(6) + 0.5) / 6)


def test_on_digits_errors_gather_on_what_linear_models_confuse():
    digits = Part.of("digits", DATASETS["digits"].defaults, DATASETS["digits"].version)
    oracle = make_oracle("boundary_flip", {"rate": 0.1}, "grid")
    pool, again = (open_pool(digits, oracle, seed=0) for _ in range(2))
    wrong = pool.answers != pool.truth
    assert wrong.mean() == pytest.approx(0.1, abs=0.03)
    hardness = hardness_of(digits).hardness[pool.rows]
    assert hardness[wrong].mean() == pytest.approx(5 / 6, abs=0.03)  # the mean of h under (s + 1) h^s, s = 4
    assert (again.answers == pool.answers).all()
