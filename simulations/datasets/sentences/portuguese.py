"""Portuguese news sentences with part-of-speech tags, which `labelplan data get pos-pt` brings."""

from collections.abc import Mapping
from typing import Any

from simulations.cache.catalogue import RESOURCES
from simulations.cache.convert import SENTENCES
from simulations.cache.fetch import opened
from simulations.datasets.dataset import DatasetEntry
from simulations.datasets.sentences.tagged import checked_held_out, tagged
from simulations.errors import InputError
from simulations.tasks.task import TaskData

_RESOURCE = RESOURCES["pos-pt"]


def load_portuguese(*, test_size: int) -> TaskData:
    """Load the fetched sentences; tags are numbered in the order of their names, from ADJ to X.

    Raises:
        InputError: they are not in the cache, what is there is damaged, or the test set leaves no pool.
    """
    import pandas as pd

    checked_held_out(_RESOURCE.name, test_size, _RESOURCE.items)
    frame = pd.read_parquet(opened(_RESOURCE).path(SENTENCES))
    names = sorted({tag for tags in frame["tags"] for tag in tags})
    if (len(frame), len(names)) != (_RESOURCE.items, _RESOURCE.classes):
        raise InputError(
            f"{_RESOURCE.name}: the cache holds {len(frame)} sentences with {len(names)} tags where {_RESOURCE.items} "
            f"with {_RESOURCE.classes} belong; fetch it again with: labelplan data get {_RESOURCE.name}"
        )
    number = {name: code for code, name in enumerate(names)}
    answers = [tuple(number[tag] for tag in tags) for tags in frame["tags"]]
    return tagged([tuple(tokens) for tokens in frame["tokens"]], answers, len(names), test_size)


def _size(settings: Mapping[str, Any]) -> tuple[int, int, int]:
    # A run that cannot start says so while its grid is read, not trajectory by trajectory.
    opened(_RESOURCE)
    return _RESOURCE.items, checked_held_out(_RESOURCE.name, settings["test_size"], _RESOURCE.items), _RESOURCE.classes


POS_PT = DatasetEntry(
    name=_RESOURCE.name,
    family="fetched",
    paper=_RESOURCE.paper,
    needs=f"labelplan data get {_RESOURCE.name}",
    summary=_RESOURCE.summary,
    kind="sequence",
    defaults={"test_size": 1_500},
    size=_size,
    load=load_portuguese,
    licence=_RESOURCE.licence,
    version=_RESOURCE.revision,
    task="tagging",
)
