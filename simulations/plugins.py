"""Registries: what labelplan has of one kind, by name, and what installed packages add to it by entry points.

Entry points are looked up when a name is asked for that is not labelplan's own, and a package is imported when its
plug-in is used: commands that use none never meet one that is broken.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, TypeVar

from simulations.config_values import quote_value
from simulations.errors import InputError, one_line, unknown_name
from simulations.trajectory import UNSTATED, Scalar

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

OWN = "labelplan"
_TEXTS = ("family", "paper", "summary", "needs", "licence")
Choices = Mapping[str, Sequence[str] | frozenset[str]]


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
        kind: the type of entries.
        own: those of labelplan.
        choices: what the fields of an entry may be, by name; a field that must be a set has a set here.
    """

    def __init__(self, what: str, group: str, kind: type[_E], own: Iterable[_E], choices: Choices) -> None:
        super().__init__({entry.name: entry for entry in own})
        self.what, self._group, self._kind, self._choices = what, group, kind, choices
        self._loaded: dict[str, _E | str] = {}

    def __missing__(self, name: str) -> _E:
        """Load a plug-in.

        Raises:
            KeyError: there is none of that name.
            InputError: it cannot be used.
        """
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
        """Name the installed package that an entry is from; several where they all claim its name."""
        return OWN if name in self else self._packages(name)

    def version_of(self, name: str) -> int | str:
        """Give an entry's version, of a plug-in behind its package's name; see `simulations.trajectory.Part`."""
        version = self[name].version
        return version if name in self else f"{self.package_of(name)} {version}"

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

    def _called(self, name: str) -> str:
        return f"{self.what} '{name}' of package {self._packages(name)}"

    def _packages(self, name: str) -> str:
        return " and ".join(sorted({point.dist.name for point in self._plugins[name] if point.dist is not None}))

    def _load(self, name: str) -> _E | str:
        """Import a plug-in once, and give what it is or, in a sentence, why it cannot be used."""
        if name not in self._loaded:
            loaded = self._import(name)
            self._loaded[name] = f"{self._called(name)}: {loaded}" if isinstance(loaded, str) else loaded
        return self._loaded[name]

    def _import(self, name: str) -> _E | str:
        point, *others = self._plugins[name]
        if others or name in self:
            taken = "labelplan has one of that name" if name in self else "the name is claimed more than once"
            return f"{taken}; allowed: one {self.what} a name, so rename or uninstall what is not wanted"
        try:
            entry = point.load()
        except Exception as error:
            return f"{point.value} cannot be imported ({_in_words(error)}); allowed: a module and a name in it"
        wanted = f"{self._kind.__module__}.{self._kind.__name__}"
        if not isinstance(entry, self._kind):
            return f"{point.value} is of type {type(entry).__name__}; allowed: a {wanted}"
        if entry.name != name:
            return f"{point.value} has the name {entry.name!r}; allowed: '{name}', as its entry point"
        if isinstance(entry.version, bool | type(UNSTATED)) or not isinstance(entry.version, int) or entry.version < 1:
            return (
                f"{point.value} states no version; allowed: a whole number of at least 1 in the field version, raised "
                "whenever its curves change"
            )
        flaw = _find_flaw(entry, self._choices)
        return entry if flaw is None else f"{point.value}, {flaw}"


def _find_flaw(entry: object, choices: Choices) -> str | None:
    """Say which field of an entry would not do, what is found there and what is allowed; None where all will do."""
    texts = [field for field in _TEXTS if hasattr(entry, field) and field not in choices]
    for field in texts:
        found = getattr(entry, field)
        if not isinstance(found, str) or not found.strip():
            return f"{field}: found {quote_value(found)}; allowed: text"
    for field, allowed in choices.items():
        found = getattr(entry, field)
        if isinstance(allowed, frozenset):
            if not isinstance(found, frozenset) or not found <= allowed:
                return f"{field}: found {quote_value(found)}; allowed: a frozenset of {', '.join(sorted(allowed))}"
        elif found not in allowed:
            return f"{field}: found {quote_value(found)}; allowed: {', '.join(allowed)}"
    for field in ("defaults", "further"):
        settings = getattr(entry, field, {})
        if not isinstance(settings, Mapping) or not all(isinstance(value, Scalar) for value in settings.values()):
            return f"{field}: found {quote_value(settings)}; allowed: text, numbers and truth values by their names"
    return None


def _in_words(error: Exception) -> str:
    return f"{type(error).__name__}: {one_line(error)}"
