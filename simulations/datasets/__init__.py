"""Proxy data sets: a registry, scikit-learn's digits, a generator with knobs, and their fixed splits."""

from simulations.datasets.dataset import Dataset, DatasetEntry
from simulations.datasets.registry import DATASETS, feature_count, load_dataset, pool_size
from simulations.datasets.synthetic import Knobs, generate

__all__ = ["DATASETS", "Dataset", "DatasetEntry", "Knobs", "feature_count", "generate", "load_dataset", "pool_size"]
