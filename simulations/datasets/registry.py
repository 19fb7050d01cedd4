"""The data sets known by name; nothing is loaded until it is asked for."""

from dataclasses import asdict, replace

from simulations.datasets.dataset import Dataset, knob_entry
from simulations.datasets.fetched import FETCHED
from simulations.datasets.generation import NUMBER_WORDS, PRONUNCIATIONS
from simulations.datasets.halfspace import HALFSPACE
from simulations.datasets.own_files import FILE
from simulations.datasets.package_tables import DIGITS, TABLES
from simulations.datasets.regression import DIABETES, ENDINGS, FILE_REGRESSION, FRIEDMAN
from simulations.datasets.sentences import FILE_TAGS, POS_PT
from simulations.datasets.synthetic import Knobs, generate
from simulations.datasets.synthetic_tags import SYNTHETIC_TAGS
from simulations.errors import InputError
from simulations.plugins import Registry
from simulations.tasks.task import CLASSIFICATION
from simulations.trajectory import Part

SYNTHETIC = knob_entry(
    Knobs,
    generate,
    lambda knobs: (knobs.n, knobs.test_size, knobs.classes),
    name="synthetic",
    paper="Gaussian clusters after Guyon 2003, Design of experiments for the NIPS 2003 variable selection benchmark",
    summary="Gaussian clusters with every knob free: separation, imbalance, noise, outliers, duplicates, easy items.",
    kind="tabular",
    features=lambda settings: int(settings["d"]),
)

_PRESETS = {
    "balanced": ("6 balanced classes of two clusters each, well separated.", Knobs(separation=6.5, seed=1)),
    "imbalanced": (
        "8 classes whose shares fall as 1/rank (Zipf 1).",
        Knobs(classes=8, imbalance=1.0, separation=6.0, seed=2),
    ),
    "rare": (
        "8 classes whose shares fall as 1/rank² (Zipf 2): the last is below 1% of the items.",
        Knobs(classes=8, imbalance=2.0, separation=6.0, seed=3),
    ),
    "many-classes": (
        "20 balanced classes of one cluster each.",
        Knobs(classes=20, clusters_per_class=1, separation=6.0, d=24, seed=4),
    ),
    "noisy": (
        "6 classes, 5% of the answers flipped to any other class.",
        Knobs(flip_noise=0.05, separation=6.0, seed=5),
    ),
    "overlapping": (
        "4 overlapping classes with answers flipped along their boundaries.",
        Knobs(classes=4, separation=4.0, boundary_noise=0.05, seed=6),
    ),
    "easy": (
        "5 classes of one cluster each, half of the items near its middle, where they teach little.",
        Knobs(classes=5, clusters_per_class=1, separation=4.8, easy_share=0.5, seed=7),
    ),
    "hard": (
        "6 classes of four clusters each, which no linear model separates well.",
        Knobs(clusters_per_class=4, separation=7.0, seed=8),
    ),
    "redundant": (
        "6 classes, four items in ten are near-copies, 3% outliers.",
        Knobs(duplicate_share=0.2, outlier_share=0.03, separation=6.0, test_size=1200, seed=9),
    ),
}
_SYNTHETIC_PRESETS = tuple(
    replace(SYNTHETIC, name=f"synthetic-{name}", summary=summary, defaults=asdict(knobs))
    for name, (summary, knobs) in _PRESETS.items()
)

_CLASSIFICATION = (DIGITS, *TABLES, *FETCHED, SYNTHETIC, *_SYNTHETIC_PRESETS, HALFSPACE, FILE)
_REGRESSION, _GENERATION = (DIABETES, ENDINGS, FRIEDMAN, FILE_REGRESSION), (PRONUNCIATIONS, NUMBER_WORDS)
_TAGGING = (SYNTHETIC_TAGS, POS_PT, FILE_TAGS)

DATASETS = Registry("data set", "labelplan.datasets", (*_CLASSIFICATION, *_REGRESSION, *_GENERATION, *_TAGGING))


def load_dataset(part: Part) -> Dataset:
    """Load a data set by its registered name and complete settings, anew each time; an InputError where it cannot."""
    entry = DATASETS[part.name]
    data: Dataset = entry.load(**part.options)
    if entry.task == CLASSIFICATION and not isinstance(data, Dataset):
        raise InputError(f"data set {part.name}: loads as {type(data).__name__}; allowed: simulations.datasets.Dataset")
    return data


def feature_count(part: Part) -> int | None:
    """Tell the number of features without loading the data; None where that is not known."""
    count = DATASETS[part.name].features
    return None if count is None else count(part.options)


def pool_size(part: Part) -> tuple[int, int]:
    """Tell the pool's size and the number of classes without loading the data."""
    items, held_out, classes = DATASETS[part.name].size(part.options)
    return items - held_out, classes
