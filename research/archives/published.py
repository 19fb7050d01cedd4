"""Reads published curves of active learning and of random labelling beside it, as rows of a curve table.

OpenAL: Jonas, Abraham & Dreyfus-Schmidt 2022 (NeurIPS workshop on human in the loop learning). LabelBench: Zhang, Chen,
Canal et al. 2023 (Journal of Data-centric Machine Learning Research).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd

from research.archives.tables import read_table
from simulations.curve_table import COLUMNS, TIMING_COLUMNS, validate_curves
from simulations.errors import InputError
from simulations.trajectory import content_hash

V = TypeVar("V")


@dataclass(frozen=True)
class Original:
    """A data set of a source.

    Attributes:
        name: in our table.
        data: what it is, and where it is found.
        imbalance: largest over smallest class share; NaN where it is not known.
        test_size: items; None for a fifth of the data set, which is then no part of the pool.
    """

    name: str
    data: str
    imbalance: float
    test_size: int | None = None


ORIGINALS = {
    "OpenAL openml-1471": Original("openal-eeg-eye-state", "eeg-eye-state, OpenML 1471", 8257 / 6723),
    "OpenAL openml-40922": Original("openal-run-or-walk", "Run_or_walk_information, OpenML 40922", 44365 / 44223),
    "OpenAL openml-41162": Original("openal-kick", "kick, OpenML 41162", 64007 / 8976),
    "OpenAL openml-42395": Original("openal-santander", "SantanderCustomerSatisfaction, OpenML 42395", 179902 / 20098),
    "OpenAL openml-42803": Original("openal-road-safety", "road-safety, OpenML 42803", np.nan),
    "OpenAL openml-43439": Original("openal-no-shows", "Medical-Appointment-No-Shows, OpenML 43439", 88208 / 22319),
    "OpenAL openml-43551": Original(
        "openal-employee-turnover", "Employee-Turnover-at-TECHCO (simulated), OpenML 43551", 33958 / 494
    ),
    "OpenAL mnist": Original("openal-mnist", "MNIST; mnist5k is a sample of it", 7877 / 6313),
    "OpenAL cifar10": Original("openal-cifar10", "CIFAR-10, as in labelbench-cifar10", 1.0),
    "LabelBench cifar10": Original("labelbench-cifar10", "CIFAR-10, as in openal-cifar10", 1.0, 5_000),
    "LabelBench cifar100": Original("labelbench-cifar100", "CIFAR-100", 1.0, 5_000),
    "LabelBench imagenet": Original("labelbench-imagenet", "ImageNet, ILSVRC 2012", 1300 / 732, 37_500),
}

SOURCES = {
    "OpenAL": {
        "paper": "Jonas, Abraham & Dreyfus-Schmidt 2022, OpenAL: evaluation and interpretation of active learning "
        "strategies, arXiv 2304.05246",
        "licence": "Apache-2.0",
        "labels": "(round + 1) × batch; a batch is 0.1% of the data set, 0.5% of eeg-eye-state. The first labels are "
        "drawn at random and hold every class.",
        "tests": "a fifth of the data set, by the code; every value is a whole number of right answers out of it",
        "left_out": "data sets that are kept for evaluation; metrics other than accuracy on test data",
        "models": "scikit-learn's MLPClassifier, RandomForestClassifier or GradientBoostingClassifier, by data set",
    },
    "LabelBench": {
        "paper": "Zhang, Chen, Canal et al. 2023, LabelBench: a comprehensive framework for benchmarking adaptive "
        "label-efficient learning, arXiv 2306.09910",
        "licence": "MIT",
        "labels": "as published; some strategies bought one label more than the batch in each round",
        "tests": "half of CIFAR's test images, three quarters of ImageNet's validation images, by the code; every "
        "value is a whole number of right answers out of it",
        "left_out": "data sets that are kept for evaluation; metrics other than accuracy on test data",
        "models": "CLIP ViT-B/32, all layers fine-tuned, or a linear or MLP head on its embeddings; semi-supervised "
        "ones train on unlabelled images too (FlexMatch)",
    },
}

_SEMI = "semi-supervised (FlexMatch)"
LEARNERS = {
    "mlp": "mlp",
    "forest": "forest",
    "boosting": "boosting",
    "CLIP ViT-B/32 fine-tuned": "clip-finetuned",
    f"CLIP ViT-B/32 fine-tuned, {_SEMI}": "clip-finetuned [semi-supervised]",
    f"linear on CLIP ViT-B/32 embeddings, {_SEMI}": "clip-linear [semi-supervised]",
    f"mlp on CLIP ViT-B/32 embeddings, {_SEMI}": "clip-mlp [semi-supervised]",
}

_SAME_RULE = ("random", "least_confidence", "margin", "entropy", "kmeans", "margin_kmeans", "badge", "bait")
STRATEGIES = {name: name for name in _SAME_RULE} | {
    "galaxy": "galaxy",
    "margin_kmeans_incremental": "iwkmeans",
    "coreset": "coreset_deep",
    "coreset_model": "coreset_deep",
}
"""Our names where the rule is ours, else the paper's."""

_CORESET_OF_LEARNER = {"clip-linear [semi-supervised]": "coreset", "forest": "kcenter", "boosting": "kcenter"}
"""What k-center on the model's embedding is where the model has no hidden layer: on its features, or on its leaves."""

_CURVE = ["source", "dataset", "learner", "strategy", "batch_size", "initial_size", "seed"]
_NUMBERS = ("classes", "batch_size", "initial_size", "seed", "labels", "value", "pool_size")


def read_published_curves(path: Path) -> pd.DataFrame:
    """Read the published curves (CSV, may be gzipped).

    Its `pool_size` is the size of the data set; where a fifth of it was the test set, that is taken out.

    Returns:
        A curve table without seconds, and with `source`; `imbalance` is NaN where it is not known.

    Raises:
        InputError: it cannot be read, breaks the contract of curve tables, or names what is not known here.
    """
    texts = ("source", "dataset", "kind", "learner", "strategy", "metric")
    rows = read_table(path, str(path), texts=texts, numbers=_NUMBERS)
    if rows.duplicated([*_CURVE, "labels"]).any():
        raise InputError(f"{path}: a label count of one curve comes twice; allowed: each once")
    originals = _look_up(rows["source"] + " " + rows["dataset"], ORIGINALS, f"{path}, source and dataset")
    learner = _look_up(rows["learner"], LEARNERS, f"{path}, learner")
    strategy = _look_up(rows["strategy"], STRATEGIES, f"{path}, strategy")
    tests = np.array([one.test_size or 0 for one in originals])
    fifth = np.where(tests == 0, np.ceil(0.2 * rows["pool_size"]), 0)
    rows = rows.assign(
        dataset=[one.name for one in originals],
        learner=learner,
        strategy=[
            _CORESET_OF_LEARNER.get(of, name) if name == "coreset_deep" else name
            for name, of in zip(strategy, learner, strict=True)
        ],
        test_size=tests + fifth,
        pool_size=rows["pool_size"] - fifth,
        round=rows.groupby(_CURVE)["labels"].rank() - 1,
    )
    table = validate_curves(rows, where=str(path))
    identities = table[_CURVE].to_numpy().tolist()
    table["trajectory"] = [content_hash("published", *one) for one in identities]
    table["imbalance"] = [one.imbalance for one in originals]
    return table[[*(name for name in COLUMNS if name not in TIMING_COLUMNS), "source"]]


def _look_up(names: pd.Series, known: Mapping[str, V], where: str) -> list[V]:
    """Give what is known by each name."""
    if not names.isin(list(known)).all():
        raise InputError(f"{where}: found '{names[~names.isin(list(known))].iloc[0]}'; allowed: {', '.join(known)}")
    return [known[name] for name in names]
