import numpy as np
import pytest

from simulations.datasets import DATASETS, load_dataset, pool_size
from simulations.datasets.dataset import KINDS
from simulations.errors import InputError
from simulations.trajectory import Part

READY = [name for name, entry in DATASETS.items() if entry.needs == "nothing" and entry.task == "classification"]


def _part(name, **settings):
    return Part.of(name, {**DATASETS[name].defaults, **settings}, DATASETS[name].version)


@pytest.fixture(scope="module", params=READY)
def loaded(request):
    return DATASETS[request.param], load_dataset(_part(request.param))


def test_there_are_proxies_that_need_nothing():
    assert {"digits", "letter", "optdigits", "page-blocks", "kr-vs-k", "synthetic"} <= set(READY)


def test_size_is_told_without_loading(loaded):
    entry, data = loaded
    items, held_out, classes = entry.size(entry.defaults)
    assert data.features.shape[0] == data.observed.size == data.clean.size == items
    assert data.test_size == held_out and data.classes == classes
    assert pool_size(_part(entry.name)) == (items - held_out, classes)


def test_labels_are_class_numbers(loaded):
    _, data = loaded
    for labels in (data.observed, data.clean):
        assert labels.dtype == np.int64
        assert labels.min() >= 0 and labels.max() < data.classes
    assert np.unique(data.clean).size == data.classes


def test_features_are_finite_and_not_all_constant(loaded):
    entry, data = loaded
    assert data.features.dtype in (np.float32, np.float64)
    assert np.isfinite(data.features).all()
    assert (data.features.std(axis=0) > 0).mean() > 0.9
    assert data.kind == entry.kind and data.kind in KINDS


def test_imbalance_is_largest_over_smallest(loaded):
    _, data = loaded
    counts = np.bincount(data.clean)
    assert data.imbalance == pytest.approx(counts.max() / counts.min())


def test_every_class_can_be_held_out_and_learned_from(loaded):
    _, data = loaded
    free = np.ones(data.clean.size, bool) if data.pool_only is None else ~data.pool_only
    counts = np.bincount(data.clean[free], minlength=data.classes)
    # Classes that are never held out are those too small for it.
    assert (np.bincount(data.clean)[counts < 4] < 4).all()
    assert free.sum() - data.test_size >= data.classes


def test_the_entry_says_where_it_comes_from(loaded):
    entry, _ = loaded
    assert entry.licence.strip() and entry.paper.strip()
    assert entry.summary.endswith(".") and "\n" not in entry.summary
    assert entry.title is None or entry.title(entry.defaults)


@pytest.mark.parametrize("name", READY)
def test_test_size_is_a_setting(name):
    items, _, classes = DATASETS[name].size(DATASETS[name].defaults)
    smaller = {**DATASETS[name].defaults, "test_size": 4 * classes}
    assert DATASETS[name].load(**smaller).test_size == 4 * classes
    assert DATASETS[name].size(smaller)[1] == 4 * classes
    for wrong in (0, -5, items):
        with pytest.raises(InputError, match=f"test_size: found {wrong}; allowed: {classes} to "):
            DATASETS[name].load(**{**smaller, "test_size": wrong})


@pytest.mark.parametrize("name", READY)
def test_loading_again_gives_the_same(name):
    first, again = (DATASETS[name].load(**DATASETS[name].defaults) for _ in range(2))
    assert (first.features == again.features).all() and (first.observed == again.observed).all()
