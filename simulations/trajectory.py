"""One simulated campaign: its content, the key that the content hashes to, and its random streams."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, overload

import numpy as np

REVISION = 4
"""Raised whenever the same content gives another curve, so that older stored curves are not mistaken for newer ones."""

Scalar = str | int | float | bool

LOCATIONS = frozenset({"path"})
"""Settings that say where data lies and not what it is: no part of the content, so a file that is moved is the same."""


class _Unstated(int):
    """A version that nobody has stated, which is 1: entries of other packages must state theirs."""


UNSTATED = _Unstated(1)

SCENARIOS = ("pool", "stream", "queries")
"""How items are had: chosen from a pool, as they pass by once, or made up."""

STREAM_MARK = " [stream share="
"""In the names of data sets whose items passed by once, as curve tables have them."""

QUERIES_MARK = " [queries]"
"""In the names of data sets whose items were made up."""

_LATER_FIELDS = ("chooser", "stream_share", "queries")
"""Part of the content only where they are set, so that what was stored before there were any keeps its key."""


@dataclass(frozen=True)
class Part:
    """A named ingredient of a trajectory with every one of its settings spelt out.

    Args:
        name: the registered name.
        settings: (key, value) pairs sorted by key; defaults included, so equal behaviour means equal content.
        version: of the data behind a data set, of how a learner trains or a strategy chooses; 1 for what never changed.
            Of a plug-in the name of its package stands in front: `labelplan-example 2`.
    """

    name: str
    settings: tuple[tuple[str, Scalar], ...] = ()
    version: int | str = 1

    @classmethod
    def of(cls, name: str, settings: Mapping[str, Scalar] | None = None, version: int | str = 1) -> "Part":
        """Build a part from a mapping of settings, in any order."""
        return cls(name, tuple(sorted((settings or {}).items())), version)

    @property
    def options(self) -> dict[str, Any]:
        """The settings as keyword arguments."""
        return dict(self.settings)

    def as_json(self) -> dict[str, object]:
        """The part's content as plain JSON data; where its data lies on this machine is left out."""
        content = {name: value for name, value in self.settings if name not in LOCATIONS}
        return {"name": self.name, "settings": content, "version": self.version}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Part":
        """Read back what `as_json` wrote."""
        return cls.of(data["name"], data["settings"], data["version"])


@dataclass(frozen=True)
class Trajectory:
    """One simulated labelling campaign, from the initial set to the last round.

    Args:
        dataset: the pool and the held-out test set, with the generator's knobs where it is generated.
        learner: the model trained at every round.
        strategy: who chooses what is labelled next.
        initial_size: items labelled before the first round.
        batch_size: items labelled in each round.
        rounds: acquisition rounds after the initial set; R rounds mean R + 1 trainings.
        initial_set: how the initial set is drawn, see `simulations.datasets.pool`.
        oracle: who answers.
        seed: replicate number; split and initial set depend on it and the data set alone.
        chooser: the model that the strategy reads, trained on the same labels, where that is not the learner, which is
            evaluated; None where it is. Part of the content only where there is one.
        stream_share: labels per item that may be bought where the items of the pool pass by once, above 0 and at most
            1; None where they all lie there. Part of the content only where there is one.
        queries: true where the items are made up and the data set's rule answers them; None where they are not. Part of
            the content only where it is true.
    """

    dataset: Part
    learner: Part
    strategy: Part
    initial_size: int
    batch_size: int
    rounds: int
    initial_set: str
    oracle: Part
    seed: int
    chooser: Part | None = None
    stream_share: float | None = None
    queries: bool | None = None

    def __post_init__(self) -> None:
        # As text, since 5 equals 5.0 but is other content: a learner that chooses for itself is no chooser.
        learner, chooser = (None if p is None else canonical_json(p.as_json()) for p in (self.learner, self.chooser))
        if learner == chooser:
            object.__setattr__(self, "chooser", None)

    @property
    def chosen_by(self) -> Part:
        """The model that the strategy reads."""
        return self.learner if self.chooser is None else self.chooser

    def as_json(self) -> dict[str, object]:
        """The content as plain JSON data."""
        plain = {f.name: getattr(self, f.name) for f in fields(self)}
        for later in _LATER_FIELDS:
            if plain[later] is None:
                del plain[later]
        return {name: v.as_json() if isinstance(v, Part) else v for name, v in plain.items()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Trajectory":
        """Read back what `as_json` wrote; raises KeyError or TypeError when it is something else."""
        if {*data, *_LATER_FIELDS} != {f.name for f in fields(cls)}:
            raise KeyError("not the fields of a trajectory")
        values: dict[str, Any] = {name: Part.from_json(v) if isinstance(v, dict) else v for name, v in data.items()}
        return cls(**values)

    @property
    def key(self) -> str:
        """The sha256 of the canonical JSON: the trajectory's name in the store."""
        return content_hash(self.as_json(), REVISION)

    @property
    def final_labels(self) -> int:
        """Labels bought by the end of the last round."""
        return self.initial_size + self.rounds * self.batch_size


_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def canonical_json(content: object) -> str:
    """Write data as JSON in the one way that is hashed: sorted keys, no spaces, ASCII, no NaN."""
    return _ENCODER.encode(content)


def content_hash(*content: object) -> str:
    """Hash plain JSON data to 64 hexadecimal digits."""
    return hashlib.sha256(canonical_json(list(content)).encode()).hexdigest()


def stream(*path: object) -> np.random.Generator:
    """Give the generator at one leaf of the `SeedSequence` tree, found by the content of the path alone.

    A path is plain JSON data, such as a trajectory's key, a purpose and a round. A generator is never handed on from
    one lane to another, so what runs beside a lane cannot move its draws.
    """
    entropy = int(content_hash(REVISION, *path), 16)
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(entropy)))


def philox(seed: int | np.integer[Any]) -> np.random.Generator:
    """Give the generator of a seed that was itself drawn, or that stands for one fixed draw."""
    return np.random.Generator(np.random.Philox(int(seed)))


class LazyStreams(Sequence[np.random.Generator]):
    """One generator per lane, from its path of `stream`, made when it is indexed: who draws nothing pays nothing."""

    def __init__(self, paths: Sequence[tuple[object, ...]]) -> None:
        self._paths = paths

    def __len__(self) -> int:
        return len(self._paths)

    @overload
    def __getitem__(self, lane: int) -> np.random.Generator: ...
    @overload
    def __getitem__(self, lane: slice) -> "LazyStreams": ...
    def __getitem__(self, lane: int | slice) -> "np.random.Generator | LazyStreams":
        """Make a lane's generator, from its beginning every time it is asked for."""
        if isinstance(lane, slice):
            return LazyStreams(self._paths[lane])
        return stream(*self._paths[lane])
