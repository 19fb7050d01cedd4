"""A data set: rings around one middle, made by a formula."""

import numpy as np

from simulations.datasets import Dataset, DatasetEntry


def load(items, classes, noise):
    """Draw items on rings of radius 1, 2, …, one ring a class."""
    rng = np.random.default_rng(0)
    ring = np.arange(items) % classes
    angle = rng.uniform(0, 2 * np.pi, items)
    radius = 1 + ring + rng.normal(0, noise, items)
    features = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    return Dataset(features, ring, ring, "tabular", classes, test_size=items // 3, scaling="global")


RINGS = DatasetEntry(
    name="rings",
    paper="none: an example",
    summary="Rings around one middle, one a class: no line tells them apart.",
    kind="tabular",
    defaults={"items": 900, "classes": 3, "noise": 0.2},
    size=lambda settings: (settings["items"], settings["items"] // 3, settings["classes"]),
    load=load,
    features=lambda settings: 2,
    version=1,
)
