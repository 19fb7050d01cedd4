"""The data sets that `labelplan data get` brings: read from the cache, never fetched in a run."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from simulations.arrays import Features, Ints
from simulations.cache.catalogue import IMAGES, RESOURCES, TABLE, TEXTS, Resource
from simulations.cache.fetch import open_fetched
from simulations.datasets.dataset import Dataset, DatasetEntry, Scaling, check_test_size, rare_items
from simulations.encoders.encode import open_embeddings, read_embeddings, read_tokens
from simulations.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

Read = Callable[[Resource], tuple[Features, Ints, Scaling]]
"""A resource to features (n, d), class numbers (n,) and how the features are scaled."""

_FEATURES = {"minilm": 384, "effnet-lite0": 1280, "mnist5k": 784}
"""Those of embeddings and pixels, known before anything is fetched."""


def load_fetched(resource: Resource, read: Read, *, test_size: int) -> Dataset:
    """Load a fetched data set; an InputError if it is not in the cache or damaged, or the test set leaves no pool.

    Classes of fewer than four items stay in the pool: no share of them can be held out.
    """
    check_test_size(resource.name, test_size, resource.items, resource.classes)
    features, labels, scaling = read(resource)
    if labels.size != resource.items or int(labels.max()) + 1 != resource.classes:
        raise InputError(
            f"{resource.name}: the cache holds {labels.size} items of {int(labels.max()) + 1} classes where "
            f"{resource.items} of {resource.classes} belong; fetch it again with: labelplan data get {resource.name}"
        )
    pool_only = rare_items(labels, resource.classes)
    return Dataset(features, labels, labels, resource.kind, resource.classes, test_size, scaling, pool_only)


def read_texts(resource: Resource) -> tuple[Features, Ints, Scaling]:
    """Read a text data set as its sentence embeddings."""
    import pandas as pd

    labels = pd.read_parquet(open_fetched(resource).path(TEXTS), columns=["label"])["label"]
    return read_embeddings(resource), class_numbers(labels), "global"


def read_table(resource: Resource) -> tuple[Features, Ints, Scaling]:
    """Read a table; words become one indicator column a word."""
    import pandas as pd

    frame = pd.read_parquet(open_fetched(resource).path(TABLE))
    features, scaling = table_features(frame.drop(columns="label"))
    return features, class_numbers(frame["label"]), scaling


def read_images(resource: Resource) -> tuple[Features, Ints, Scaling]:
    """Read images as their embeddings, or where the data set needs no encoder as their pixels, 0 to 1."""
    with np.load(open_fetched(resource).path(IMAGES), allow_pickle=False) as arrays:
        if resource.needs:
            return read_embeddings(resource), arrays["labels"], "global"
        return arrays["pixels"].astype(np.float32) / np.float32(255), arrays["labels"], "global"


def table_features(frame: "pd.DataFrame") -> tuple[Features, Scaling]:
    """Turn columns of numbers, then of categories, into numbers (n, d), and say how the whole is to be scaled.

    Numbers beside indicator columns are brought to a deviation of 1 here and all columns are then scaled as one: to
    divide the indicator of a rare word by its own deviation would let it rule the fit.
    """
    numeric = frame.select_dtypes("number")
    words = [frame[name].cat for name in frame.columns if name not in numeric.columns]
    if not words:
        return numeric.to_numpy(np.float32), "feature"
    values = numeric.to_numpy(np.float64)
    values = (values - values.mean(axis=0)) / np.where(np.ptp(values, axis=0) > 0, values.std(axis=0), 1.0)
    indicators = [word.codes.to_numpy()[:, None] == np.arange(len(word.categories)) for word in words]
    return np.concatenate([values, *indicators], axis=1, dtype=np.float32, casting="same_kind"), "global"


def class_numbers(labels: "pd.Series[Any]") -> Ints:
    """Number the classes from 0 in sorted order, whole numbers by their size."""
    names = sorted({str(label) for label in labels})
    if all(name.isdecimal() for name in names):
        names.sort(key=int)
    number = {name: code for code, name in enumerate(names)}
    return np.array([number[str(label)] for label in labels], dtype=np.int64)


def fetched_entry(resource: Resource, **facts: Any) -> DatasetEntry:
    """Describe a fetched data set; `facts` are what the resource does not say of it."""
    return DatasetEntry(
        name=resource.name,
        family="fetched",
        paper=resource.paper,
        needs=f"labelplan data get {resource.name}",
        summary=resource.summary,
        kind=resource.kind,
        licence=resource.licence,
        version=resource.revision,
        **facts,
    )


def _entry(resource: Resource, read: Read) -> DatasetEntry:
    def size(settings: Mapping[str, Any]) -> tuple[int, int, int]:
        # A run that cannot start says so while its grid is read, not trajectory by trajectory.
        open_fetched(resource)
        if resource.needs:
            open_embeddings(resource)
        return resource.items, int(settings["test_size"]), resource.classes

    count = _FEATURES.get(resource.needs[0] if resource.needs else resource.name)
    return fetched_entry(
        resource,
        defaults={"test_size": resource.test_size},
        size=size,
        load=partial(load_fetched, resource, read),
        features=None if count is None else lambda settings: count,
        tokens=partial(read_tokens, resource) if resource.kind == "text" else None,
    )


_READS: Mapping[str, Read] = {"text": read_texts, "tabular": read_table, "image": read_images}

FETCHED = tuple(_entry(one, _READS[one.kind]) for one in RESOURCES.values() if one.kind in _READS)
