"""The data sets known by name; nothing is loaded until it is asked for."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from simulations.datasets.dataset import Dataset, DatasetEntry
from simulations.datasets.fetched import FETCHED
from simulations.datasets.files import FILE
from simulations.datasets.number_words import NUMBER_WORDS
from simulations.datasets.regression import REGRESSION
from simulations.datasets.sentences import SENTENCES
from simulations.datasets.spoken import PRONUNCIATIONS
from simulations.datasets.synthetic import Knobs, generate
from simulations.datasets.tables import DIGITS, TABLES
from simulations.trajectory import Part


def _generate(**settings: Any) -> Dataset:
    return generate(Knobs(**settings))


def _generated_size(settings: Mapping[str, Any]) -> tuple[int, int, int]:
    knobs = Knobs(**settings)
    return knobs.n, knobs.test_size, knobs.classes


SYNTHETIC = DatasetEntry(
    name="synthetic",
    family="generator",
    paper="Gaussian clusters after Guyon 2003, Design of experiments for the NIPS 2003 variable selection benchmark",
    needs="nothing",
    summary="Gaussian clusters with every knob free: separation, imbalance, noise, outliers, duplicates, easy items.",
    kind="tabular",
    defaults=asdict(Knobs()),
    size=_generated_size,
    load=_generate,
    features=lambda settings: int(settings["d"]),
    licence="generated, none needed",
)


def _preset(name: str, summary: str, **knobs: Any) -> DatasetEntry:
    return replace(SYNTHETIC, name=f"synthetic-{name}", summary=summary, defaults=asdict(Knobs(**knobs)))


_PRESETS = (
    _preset("balanced", "6 balanced classes of two clusters each, well separated.", separation=6.5, seed=1),
    _preset(
        "imbalanced",
        "8 classes whose shares fall as 1/rank (Zipf 1).",
        classes=8,
        imbalance=1.0,
        separation=6.0,
        seed=2,
    ),
    _preset(
        "rare",
        "8 classes whose shares fall as 1/rank² (Zipf 2): the last is below 1% of the items.",
        classes=8,
        imbalance=2.0,
        separation=6.0,
        seed=3,
    ),
    _preset(
        "many-classes",
        "20 balanced classes of one cluster each.",
        classes=20,
        clusters_per_class=1,
        separation=6.0,
        d=24,
        seed=4,
    ),
    _preset(
        "noisy", "6 classes, 5% of the answers flipped to any other class.", flip_noise=0.05, separation=6.0, seed=5
    ),
    _preset(
        "overlapping",
        "4 overlapping classes with answers flipped along their boundaries.",
        classes=4,
        separation=4.0,
        boundary_noise=0.05,
        seed=6,
    ),
    _preset(
        "easy",
        "5 classes of one cluster each, half of the items near its middle, where they teach little.",
        classes=5,
        clusters_per_class=1,
        separation=4.8,
        easy_share=0.5,
        seed=7,
    ),
    _preset(
        "hard",
        "6 classes of four clusters each, which no linear model separates well.",
        clusters_per_class=4,
        separation=7.0,
        seed=8,
    ),
    _preset(
        "redundant",
        "6 classes, four items in ten are near-copies, 3% outliers.",
        duplicate_share=0.2,
        outlier_share=0.03,
        separation=6.0,
        test_size=1200,
        seed=9,
    ),
)

DATASETS: Mapping[str, DatasetEntry] = {
    entry.name: entry
    for entry in (
        *(DIGITS, *(table.entry for table in TABLES), *FETCHED, SYNTHETIC, *_PRESETS, FILE),
        *REGRESSION,
        *(PRONUNCIATIONS, NUMBER_WORDS),
        *SENTENCES,
    )
}


def load_dataset(part: Part) -> Dataset:
    """Load a data set by its registered name and complete settings, anew each time.

    Raises:
        InputError: a setting is out of range, or the data cannot be used.
    """
    data: Dataset = DATASETS[part.name].load(**part.options)
    return data


def feature_count(part: Part) -> int | None:
    """Tell the number of features without loading the data; None where that is not known."""
    count = DATASETS[part.name].features
    return None if count is None else count(part.options)


def pool_size(part: Part) -> tuple[int, int]:
    """Tell the pool's size and the number of classes without loading the data."""
    items, held_out, classes = DATASETS[part.name].size(part.options)
    return items - held_out, classes
