import numpy as np
import pytest

from simulations.datasets import Knobs, generate
from simulations.errors import InputError


def test_same_knobs_give_the_same_task():
    first, again, other = generate(Knobs()), generate(Knobs()), generate(Knobs(seed=1))
    assert (first.features == again.features).all() and (first.observed == again.observed).all()
    assert not (first.features == other.features).any()


def test_without_noise_observed_is_clean():
    task = generate(Knobs(easy_share=0.5, outlier_share=0.1, duplicate_share=0.1))
    assert (task.observed == task.clean).all()


def test_class_shares_follow_zipf():
    counts = np.bincount(generate(Knobs(n=4000, classes=4, imbalance=1.0)).clean)
    # 1, 1/2, 1/3, 1/4 of 4000 · 12/25
    assert counts.tolist() == [1920, 960, 640, 480]


def test_flip_noise_is_the_share_of_wrong_answers():
    task = generate(Knobs(n=20_000, flip_noise=0.2))
    assert np.mean(task.observed != task.clean) == pytest.approx(0.2, abs=0.012)
    wrong = task.observed[task.observed != task.clean]
    assert np.bincount(wrong, minlength=6).min() > 500


def test_boundary_noise_flips_the_ambiguous():
    task = generate(Knobs(n=4000, classes=2, clusters_per_class=1, boundary_noise=0.1))
    flipped = task.observed != task.clean
    assert flipped.sum() == 400
    means = np.stack([task.features[task.clean == c].mean(axis=0) for c in range(2)])
    gap = np.abs(np.diff(((task.features[:, None] - means) ** 2).sum(axis=2), axis=1)[:, 0])
    assert np.median(gap[flipped]) < 0.5 * np.median(gap[~flipped])


def test_separation_is_the_mean_distance_of_centres():
    task = generate(Knobs(n=8000, d=50, classes=20, clusters_per_class=1, separation=7.0))
    centres = np.stack([task.features[task.clean == c].mean(axis=0) for c in range(20)])
    distances = np.sqrt(((centres[:, None] - centres) ** 2).sum(axis=2))[np.triu_indices(20, 1)]
    assert distances.mean() == pytest.approx(7.0, rel=0.06)


def test_easy_items_sit_near_their_centre():
    spread = [generate(Knobs(easy_share=share, classes=2, clusters_per_class=1)) for share in (0.0, 1.0)]
    sd = [task.features[task.clean == 0].std(axis=0).mean() for task in spread]
    assert sd == pytest.approx([1.0, 0.25], rel=0.05)


def test_outliers_lie_far_out():
    task = generate(Knobs(n=4000, outlier_share=0.05))
    distances = np.sqrt(((task.features - np.median(task.features, axis=0)) ** 2).sum(axis=1))
    assert (np.sort(distances)[-150:] > 1.5 * np.median(distances)).all()


def test_copies_have_an_original_and_stay_in_the_pool():
    task = generate(Knobs(n=1000, duplicate_share=0.2, test_size=300))
    assert task.pool_only is not None
    squares = ((task.features[:, None] - task.features) ** 2).sum(axis=2)
    np.fill_diagonal(squares, np.inf)
    twins = squares.min(axis=1) < 0.1
    assert 0.25 < twins.mean() < 0.45
    assert (task.pool_only == twins).all()
    nearest = squares.argmin(axis=1)
    assert (task.clean[twins] == task.clean[nearest[twins]]).all()


def test_rare_classes_survive_copies():
    task = generate(Knobs(n=1000, classes=10, imbalance=3.0, duplicate_share=0.4, test_size=100))
    assert np.bincount(task.clean, minlength=10).min() >= 4


@pytest.mark.parametrize(
    ("knobs", "sentence"),
    [
        ({"classes": 1}, "synthetic, classes: found 1; allowed: at least 2"),
        ({"flip_noise": 0.7}, "synthetic, flip_noise: found 0.7; allowed: 0 to 0.5"),
        ({"easy_share": 1.5}, "synthetic, easy_share: found 1.5; allowed: 0 to 1"),
        ({"n": 20}, "synthetic, n: found 20; allowed: at least 10 items a class: 60"),
        ({"test_size": 3999}, "synthetic, test_size: found 3999; allowed: 6 to 3988"),
        ({"separation": -1.0}, "synthetic, separation: found -1.0; allowed: at least 0"),
        ({"separation": 1e300}, "synthetic, separation: found 1e+300; allowed: at most 1,000,000"),
        ({"imbalance": 400.0}, "synthetic, imbalance: found 400.0; allowed: at most 10"),
        ({"classes": 1001, "n": 20_000}, "synthetic, classes: found 1001; allowed: at most 1,000"),
        ({"clusters_per_class": 10**9}, "synthetic, clusters_per_class: found 1000000000; allowed: at most 666 wit"),
        ({"n": 4 * 10**10}, "synthetic: has 40,000,000,000 rows × 20 feature columns; allowed: 400,000,000 numbers, 2"),
        ({"d": 10_001}, "synthetic: has 10,001 feature columns; allowed: at most 10,000; choose some, or give fewer"),
        ({"d": 0}, "synthetic, d: found 0; allowed: at least 1"),
    ],
)
def test_bad_knobs_are_told(knobs, sentence):
    with pytest.raises(InputError) as caught:
        Knobs(**knobs)
    assert str(caught.value).startswith(sentence)


def test_nan_features_and_single_classes_are_refused():
    good = generate(Knobs())
    spoilt = good.features.copy()
    spoilt[2, 0] = np.nan
    with pytest.raises(InputError, match="row 3: a feature is NaN"):
        type(good)(spoilt, good.observed, good.clean, "tabular", 6, 100, "feature")
    with pytest.raises(InputError, match="at least two classes"):
        type(good)(good.features, good.observed * 0, good.clean, "tabular", 6, 100, "feature")
