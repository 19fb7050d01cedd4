from pathlib import Path

import numpy as np
import pytest

from simulations.datasets import DATASETS, feature_count, load_dataset, pool_size
from simulations.datasets.dataset import KINDS
from simulations.errors import InputError
from simulations.grid import load_grid
from simulations.trajectory import Part

ROOT = Path(__file__).parents[3]
DOCS = (ROOT / "docs" / "method" / "datasets.md").read_text("utf-8")
READY = [name for name, entry in DATASETS.items() if entry.needs == "nothing" and entry.task == "classification"]


def _part(name, **settings):
    return Part.of(name, {**DATASETS[name].defaults, **settings}, DATASETS[name].version)


@pytest.fixture(scope="module", params=READY)
def loaded(request):
    return DATASETS[request.param], load_dataset(_part(request.param))


def test_what_is_told_without_loading_is_so(loaded):
    entry, data = loaded
    items, held_out, classes = entry.size(entry.defaults)
    assert data.features.shape[0] == data.observed.size == data.clean.size == items
    assert (data.test_size, data.classes, data.kind) == (held_out, classes, entry.kind) and data.kind in KINDS
    assert pool_size(_part(entry.name)) == (items - held_out, classes)
    assert feature_count(_part(entry.name)) == data.features.shape[1]


def test_the_documentation_tells_each_data_set_as_it_is(loaded):
    entry, data = loaded
    items, features = data.features.shape
    row = f"| `{entry.name}` | {items:,} | {features} | {data.classes} | {data.imbalance:.1f} | {data.test_size:,} |"
    assert row in DOCS


def test_labels_are_class_numbers_and_features_finite(loaded):
    _, data = loaded
    for labels in (data.observed, data.clean):
        assert labels.dtype == np.int64
        assert labels.min() >= 0 and labels.max() < data.classes
    counts = np.bincount(data.clean)
    assert counts.min() > 0 and data.imbalance == pytest.approx(counts.max() / counts.min())
    assert data.features.dtype in (np.float32, np.float64) and np.isfinite(data.features).all()
    assert (data.features.std(axis=0) > 0).mean() > 0.9


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


def test_test_size_is_a_setting_and_loading_again_gives_the_same(loaded):
    entry, data = loaded
    items, _, classes = entry.size(entry.defaults)
    smaller = {**entry.defaults, "test_size": 4 * classes}
    again = entry.load(**smaller)
    assert again.test_size == entry.size(smaller)[1] == 4 * classes
    assert (again.features == data.features).all() and (again.observed == data.observed).all()
    for wrong in (0, -5, items):
        with pytest.raises(InputError, match=f"test_size: found {wrong}; allowed: {classes} to "):
            entry.load(**{**smaller, "test_size": wrong})


def test_the_features_of_what_must_be_fetched_need_not_be_known():
    assert feature_count(_part("fars")) is None


def test_every_setting_of_a_file_is_told():
    assert all(f"| `{key}` |" in DOCS for key in DATASETS["file"].defaults)


def test_the_example_of_own_data_is_read():
    grid = load_grid(ROOT / "examples" / "own-data.toml")
    assert len(grid) == 10
    assert pool_size(grid.trajectories[0].dataset) == (720, 4)
