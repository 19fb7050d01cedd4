"""Files: written whole or not at all, and refused where too large; TOML safe to read, CSV safe to open."""

import re
import tomllib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulations.errors import CONTROL, InputError

if TYPE_CHECKING:
    from pyarrow.parquet import FileMetaData


def write_whole(path: Path, content: bytes) -> None:
    """Write a file under a temporary name and rename it, so that readers see it whole or not at all.

    Where it cannot be written, as its folder is not there, an OSError is raised and what was there before stays.
    """
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Give a temporary name beside a file, to write to; it takes the file's place when the block ends well.

    What is no file, such as a pipe, is written to itself, and so is what a link leads to.
    """
    if path.is_file():
        path = path.resolve()
    elif path.exists() and not path.is_dir():
        yield path
        return
    # Names of its own for every writer, and the permissions any file of this user gets.
    temporary = path.parent / f".{path.name}.{uuid.uuid4().hex}.tmp"
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def check_rows(file: "FileMetaData", most: int, where: str) -> None:
    """Refuse a Parquet file of more than so many rows, of which some bytes can hold millions, before it is read."""
    groups = [file.row_group(place).num_rows for place in range(file.num_row_groups)]
    if (rows := max(file.num_rows, sum(groups))) > most:
        raise InputError(f"{where}: found {rows:,} rows; allowed: up to {most:,}")


def check_size(content: bytes, most: int, where: str) -> None:
    """Refuse content of more than so many bytes by an InputError, in which `where` names it."""
    if len(content) > most:
        raise InputError(f"{where}: found {len(content):,} bytes; allowed: up to {most:,}")


_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")  # what spreadsheets run, and what earlier apostrophes keep them from


def guard_formula(cell: str) -> str:
    """Put an apostrophe before what a spreadsheet would run as a formula; other text, and numbers, stay as they are.

    >>> guard_formula("=1+1"), guard_formula("-1.5"), guard_formula("Acme"), guard_formula("")
    ("'=1+1", '-1.5', 'Acme', '')
    """
    return f"'{cell}" if _FORMULA.match(cell) and not _is_number(cell) else cell


def strip_guard(cell: str) -> str:
    """Read back what `guard_formula` wrote.

    >>> strip_guard("'=1+1"), strip_guard("'t Hoen")
    ('=1+1', "'t Hoen")
    """
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


MOST_TOML = 500_000
"""Characters of a TOML file; plan and grid files have some thousands."""

_MOST_LEVELS = 20
_MOST_VALUES = 20_000
_MOST_DOTS = 500
_MOST_BITS = 1_000  # a float holds no larger whole number
_TOO_DEEP = f"is nested too deep; allowed: up to {_MOST_LEVELS} levels"
_TOO_LONG = "found a number of too many digits; allowed: up to 300"


def read_toml_text(path: Path) -> str:
    """Read a file of TOML as text, of which no more than allowed is ever in memory.

    Raises:
        OSError: it cannot be read.
        UnicodeDecodeError: it is not a text file in UTF-8.
    """
    with path.open(encoding="utf-8") as file:
        return file.read(MOST_TOML + 1)  # one too many for `parse_toml` to see


def parse_toml(text: str, where: str) -> dict[str, Any]:
    """Parse TOML that anybody may have written, within bounds of size, depth and digits; else an InputError."""
    if len(text) > MOST_TOML:
        raise InputError(f"{where}: is too long; allowed: up to {MOST_TOML:,} characters")
    # A key lies on one line, and the parser's time and memory grow with the square of its dots.
    if any(line.count(".") > _MOST_DOTS for line in text.split("\n")):
        raise InputError(f"{where}: found a line of more than {_MOST_DOTS} dots; allowed: shorter lines")
    try:
        tables = tomllib.loads(text.removeprefix("\ufeff"))  # editors on Windows write a mark in front
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{where}: not a TOML file ({error})") from error
    except RecursionError as error:
        raise InputError(f"{where}: {_TOO_DEEP}") from error
    except ValueError as error:  # a whole number of more digits than Python converts
        raise InputError(f"{where}: {_TOO_LONG}") from error
    if fault := _find_fault(tables):
        raise InputError(f"{where}: {fault}")
    return tables


def _find_fault(tables: dict[str, Any]) -> str | None:
    """Say what is beyond a bound in parsed TOML, looking at each value once; None where nothing is."""
    left: list[tuple[int, object]] = [(0, tables)]
    for seen in count():
        if not left:
            return None
        level, value = left.pop()
        if seen > _MOST_VALUES:
            return f"found more than {_MOST_VALUES:,} values; allowed: up to that many"
        if isinstance(value, int) and value.bit_length() > _MOST_BITS:
            return _TOO_LONG
        if CONTROL.search("".join(value) if isinstance(value, dict) else value if isinstance(value, str) else ""):
            return "found a control character in a text; allowed: letters, digits and signs"
        if isinstance(value, dict | list):
            if level == _MOST_LEVELS:
                return _TOO_DEEP
            left += [(level + 1, part) for part in (value.values() if isinstance(value, dict) else value)]
    return None
