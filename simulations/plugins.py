"""Registries: what labelplan has of one kind, by name, and what installed packages add to it by entry points.

Entry points are looked up when a name is asked for that is not labelplan's own, and a package is imported when its
plug-in is used: commands that use none never meet one that is broken.
"""

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, TypeVar

from simulations.errors import InputError, one_line, unknown_name

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

OWN = "labelplan"


class _Entry(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def version(self) -> int: ...


_E = TypeVar("_E", bound=_Entry)


class Registry(dict[str, _E]):
    """Entries of one kind by name. As a dictionary it holds labelplan's own; indexing it finds plug-ins too.

    Args:
        what: an entry is called in messages, such as `strategy`.
        group: of entry points, such as `labelplan.strategies`.
        own: the entries of labelplan, at least one.
    """

    def __init__(self, what: str, group: str, own: Iterable[_E]) -> None:
        super().__init__({entry.name: entry for entry in own})
        self.what, self._group = what, group
        self._loaded: dict[str, _E | str] = {}

    def __missing__(self, name: str) -> _E:
        """Load a plug-in; a KeyError if there is none of that name, an InputError if it cannot be used."""
        if name not in self._plugins:
            raise KeyError(name)
        entry = self._load(name)
        if isinstance(entry, str):
            raise InputError(entry)
        return entry

    def read(self, name: str, where: str) -> _E:
        """Give what a user names in a file; an InputError where it is unknown, claimed twice or cannot be used."""
        if name not in self.names():
            raise unknown_name(self.what, name, self.names(), where=where)
        entry = self._load(name) if name in self._plugins else self[name]
        if isinstance(entry, str):
            raise InputError(f"{where}: {entry}")
        return entry

    def find(self, name: str) -> _E | None:
        """Give what has a name; None where there is nothing, or a plug-in that cannot be used."""
        try:
            return self[name]
        except (KeyError, InputError):
            return None

    def names(self) -> list[str]:
        """Every name, of plug-ins too; none of these is imported."""
        return [*self, *sorted(self._plugins.keys() - self.keys())]

    def usable(self) -> dict[str, _E]:
        """Every entry that can be used, by name; all plug-ins are imported."""
        return {name: entry for name in self.names() if (entry := self.find(name)) is not None}

    def faults(self) -> list[str]:
        """Say of every plug-in that cannot be used why, in a sentence; all plug-ins are imported."""
        return [entry for name in sorted(self._plugins) if isinstance(entry := self._load(name), str)]

    def package_of(self, name: str) -> str:
        """Name the package that an entry is from."""
        return OWN if name in self else self._packages(name)

    def version_of(self, name: str) -> int | str:
        """Give an entry's version, of a plug-in behind its package's name; see `simulations.trajectory.Part`."""
        version = self[name].version
        return version if name in self else f"{self._packages(name)} {version}"

    @contextmanager
    def calling(self, name: str) -> Iterator[None]:
        """Turn an error inside a plug-in that is called while input is read into a sentence; an InputError is one."""
        try:
            yield
        except Exception as error:
            if isinstance(error, InputError) or name in self:
                raise
            raise InputError(f"{self._called(name)} failed: {_in_words(error)}") from error

    @cached_property
    def _plugins(self) -> Mapping[str, list["EntryPoint"]]:
        """Entry points by name."""
        from importlib.metadata import entry_points  # takes a while, and most commands ask for no plug-in

        found = defaultdict(list)
        for point in entry_points(group=self._group):
            found[point.name].append(point)
        return found

    def _packages(self, name: str) -> str:
        return " and ".join(sorted({point.dist.name for point in self._plugins[name] if point.dist is not None}))

    def _called(self, name: str) -> str:
        return f"{self.what} '{name}' of package {self._packages(name)}"

    def _load(self, name: str) -> _E | str:
        """Import a plug-in once, and give what it is or, in a sentence, why it cannot be used."""
        if name not in self._loaded:
            found = self._import(name)
            self._loaded[name] = f"{self._called(name)}: {found}" if isinstance(found, str) else found
        return self._loaded[name]

    def _import(self, name: str) -> _E | str:
        point, *others = self._plugins[name]
        if others or name in self:
            taken = "labelplan has one of that name" if name in self else "the name is claimed more than once"
            return f"{taken}; allowed: one {self.what} a name, so rename or uninstall what is not wanted"
        try:
            with redirect_stdout(sys.stderr):  # what a package prints must not mix with results
                entry = point.load()
        except Exception as error:
            return f"{point.value} cannot be imported ({_in_words(error)}); allowed: a module and a name in it"
        example: _E = next(iter(self.values()))
        if not isinstance(entry, type(example)):
            kind = f"{type(example).__module__}.{type(example).__name__}"
            return f"{point.value} is of type {type(entry).__name__}; allowed: {kind}"
        for field, like in vars(example).items():
            found = getattr(entry, field)
            if isinstance(like, str | frozenset | dict) and not isinstance(found, type(like)):
                return f"{point.value}, {field}: found {type(found).__name__}; allowed: {type(like).__name__}"
        if entry.name != name:
            return f"{point.value} has the name '{entry.name}'; allowed: '{name}', as its entry point"
        if type(entry.version) is not int or entry.version < 1:  # nor `simulations.trajectory.UNSTATED`
            return f"{point.value} states no version; allowed: a whole number, raised whenever its curves change"
        return entry


def _in_words(error: Exception) -> str:
    return f"{type(error).__name__}: {one_line(error)}"
