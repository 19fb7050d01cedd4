"""Encode fetched data sets and the user's own texts and images into features, once."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from simulations.arrays import Features
from simulations.cache import fetch, stored
from simulations.cache.catalogue import IMAGES, RESOURCES, TEXTS, Resource
from simulations.errors import InputError, require_modules, unknown_name
from simulations.files import atomic_path
from simulations.trajectory import content_hash

if TYPE_CHECKING:
    import pandas as pd

TEXT_ENCODER = "minilm"
REVISION = 1
"""Raised when the same texts or images get other embeddings."""

_FILE = "embeddings.npy"
_PARTS = ".encoding"
_BLOCK = 64
"""Texts or images encoded between two saves: what an interruption can cost."""

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm", ".pgm")


Progress = Callable[[int, int], None]
"""Called with what is done and what there is to do, in tokens or images."""

LONGEST = 256
"""Tokens after which a text is cut, as the encoder was published."""

_RUNS_ON = {"minilm": ("torch", "safetensors", "tokenizers"), "effnet-lite0": ("torch", "safetensors", "PIL")}


def require_encoder(name: str) -> None:
    """Check that what runs an encoder is installed; if not, an InputError names the command that installs it."""
    require_modules(name, _RUNS_ON[name], RESOURCES[name].extra, "to run")


def open_encoder(name: str) -> stored.Stored:
    """Find an encoder in the cache and check that it can run; an InputError if a library or the encoder is missing."""
    require_encoder(name)
    return fetch.open_fetched(RESOURCES[name])


def encode_text(texts: Sequence[str], *, progress: Progress | None = None) -> Features:
    """Encode texts with MiniLM, which must have been fetched (`labelplan data get minilm`).

    Args:
        texts: any length; what lies beyond 256 tokens is not read.
        progress: told after each pass how many tokens are done, and of how many.

    Returns:
        Shape (n, 384), float32, rows at unit length, so that a dot product is the cosine similarity.

    Raises:
        InputError: an item is no text, the encoder is not in the cache, or torch, safetensors or
            tokenizers is not installed.
    """
    for i, text in enumerate(texts):
        if not isinstance(text, str):
            raise InputError(f"text {i + 1}: found {text!r}; allowed: a text")
    encoder = open_encoder(TEXT_ENCODER)
    tokens = tokenise(texts, encoder.path("tokenizer.json").read_text(encoding="utf-8"))
    from simulations.encoders import networks  # here and below, since it loads torch

    return networks.run_text_encoder(encoder, tokens, progress or (lambda done, total: None))


def tokenise(texts: Sequence[str], tokenizer_json: str) -> list[list[int]]:
    """Split texts into token numbers, at least two a text: its beginning and its end."""
    from tokenizers import Tokenizer

    tokenizer: Any = Tokenizer.from_str(tokenizer_json)
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST)
    return [encoding.ids for encoding in tokenizer.encode_batch(list(texts))]


def encode_images(
    images: Sequence[Path | str] | npt.NDArray[np.uint8], *, progress: Progress | None = None
) -> Features:
    """Encode images with EfficientNet-lite0, which must have been fetched (`labelplan data get effnet-lite0`).

    Args:
        images: paths of image files, or pixels of 0 to 255, shape (n, height, width) or (n, height, width, 3), uint8.
        progress: told after each pass how many images are done, and of how many.

    Returns:
        Shape (n, 1280), float32.

    Raises:
        InputError: a file is no image, the array has another shape or type, the encoder is not in the
            cache, or torch, safetensors or pillow is not installed.
    """
    encoder = open_encoder("effnet-lite0")
    from simulations.encoders import networks

    return networks.run_image_encoder(encoder, images, progress or (lambda done, total: None))


def embed(resource: Resource, *, progress: Progress | None = None) -> bool:
    """Encode a fetched data set and say whether that had to be done; see `encode_text`, `encode_images` for the errors.

    Interrupted, the next call goes on after the last block of 64 items. The data set and the encoder must be in the
    cache; `progress` is told after each block how many items are done, and of how many.
    """
    name, origin = embeddings_identity(resource)
    before = stored.find_stored(name, origin)
    if before is not None and before.damage() is None:
        return False
    parts = stored.cache_folder() / _PARTS / content_hash(name, origin)[:16]
    if resource.kind == "image":
        with np.load(fetch.open_fetched(resource).path(IMAGES), allow_pickle=False) as arrays:
            features = _encode_in_blocks(arrays["pixels"], encode_images, parts, progress)
    else:
        features = _encode_in_blocks(_read_texts(resource), encode_text, parts, progress)
    with stored.store_folder(name, origin) as folder:
        np.save(folder / _FILE, features)
    shutil.rmtree(parts, ignore_errors=True)
    return True


def open_embeddings(resource: Resource) -> stored.Stored:
    """Find a data set's embeddings in the cache; if they are not, an InputError says which command makes them."""
    return stored.open_stored(*embeddings_identity(resource))


def read_embeddings(resource: Resource) -> Features:
    """Read a data set's embeddings after checking their hash: (n, 384) of texts, (n, 1280) of images, float32."""
    features: Features = np.load(open_embeddings(resource).path(_FILE), allow_pickle=False)
    return features


def read_tokens(resource: Resource) -> Features:
    """Read a text data set as its encoder's token numbers, zeros behind each text's end: (n, longest), float32.

    An InputError says so if the data set or the encoder is not in the cache, or a library is missing.
    """
    tokenizer = open_encoder(TEXT_ENCODER).path("tokenizer.json").read_text(encoding="utf-8")
    texts = tokenise(_read_texts(resource), tokenizer)
    rows = np.zeros((len(texts), max(map(len, texts))), np.float32)
    for row, numbers in zip(rows, texts, strict=True):
        real = [number for number in numbers if number]  # a text may spell the mark for padding out
        row[: len(real)] = real
    return rows


def _read_texts(resource: Resource) -> list[str]:
    import pandas as pd

    texts = pd.read_parquet(fetch.open_fetched(resource).path(TEXTS), columns=["text"])["text"]
    return [str(text) for text in texts]


def embeddings_identity(resource: Resource) -> tuple[str, dict[str, object]]:
    """Give the name and the origin of a data set's embeddings in the cache."""
    encoder, items = fetch.origin_of(RESOURCES[resource.needs[0]]), fetch.origin_of(resource)
    source = {"images": items} if resource.kind == "image" else {"texts": items, "longest": LONGEST}
    return f"{resource.name}.{resource.needs[0]}", {**source, "encoder": encoder, "revision": REVISION}


def _encode_in_blocks(
    items: Any, encode: Callable[[Any], Features], parts: Path, progress: Progress | None
) -> Features:
    blocks = []
    for start in range(0, len(items), _BLOCK):
        path = parts / f"{start:07d}.npy"
        if not path.is_file():
            stored.make_folder(parts)
            with atomic_path(path) as temporary, temporary.open("wb") as file:
                np.save(file, encode(items[start : start + _BLOCK]))
        blocks.append(np.load(path, allow_pickle=False))
        if progress is not None:
            progress(min(start + _BLOCK, len(items)), len(items))
    return np.concatenate(blocks)


def encode_table(
    path: Path, out: Path, *, text: str, label: str, progress: Progress | None = None
) -> tuple[int, int, int]:
    """Encode a column of texts of a .csv, .tsv or .parquet file; `progress` as in `encode_text`.

    The .npz file `out` gets `features` (n, 384) float32 and `labels` (n,) text.

    Returns:
        Texts, features a text, different labels.

    Raises:
        InputError: a column is missing, a cell is empty, the file cannot be read, or see `encode_text`.
    """
    _check_out(out)
    texts, labels = read_columns(path, text, label)
    return save_features(out, encode_text(texts, progress=progress), labels)


def encode_folder(folder: Path, out: Path, *, progress: Progress | None = None) -> tuple[int, int, int]:
    """Encode images kept in one subfolder a class, which gives the label; `progress` as in `encode_images`.

    Hidden subfolders, and files of other kinds in them, are passed over. The .npz file `out` gets `features` (n, 1280)
    float32 and `labels` (n,) text.

    Returns:
        Images, features an image, different labels.

    Raises:
        InputError: there are no such subfolders or images, or see `encode_images`.
    """
    _check_out(out)
    paths = image_files(folder)
    return save_features(out, encode_images(paths, progress=progress), [path.parent.name for path in paths])


def read_columns(path: Path, text: str, label: str) -> tuple[list[str], list[str]]:
    """Read two columns of a table as text; no cell may be empty."""
    if path.suffix.lower() not in (".csv", ".tsv", ".parquet"):
        raise InputError(f"{path}: found a '{path.suffix}' file; allowed: .csv, .tsv, .parquet")
    try:
        frame = _read_frame(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error})") from error
    except ValueError as error:  # what pandas and pyarrow raise for a file they cannot make sense of
        raise InputError(f"{path}: is not a readable table ({str(error).splitlines()[0]})") from error
    return _text_column(frame, path, text), _text_column(frame, path, label)


def _read_frame(path: Path) -> "pd.DataFrame":
    import pandas as pd

    if path.suffix.lower() == ".parquet":
        return pd.read_parquet(path)
    separator = "\t" if path.suffix.lower() == ".tsv" else ","
    # The header is read as a row: pandas would rename a column that comes twice, and shift rows longer than it.
    rows = pd.read_csv(path, sep=separator, header=None, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    return rows.iloc[1:].set_axis(rows.iloc[0].tolist(), axis=1)


def _text_column(frame: "pd.DataFrame", path: Path, column: str) -> list[str]:
    if column not in frame.columns:
        raise unknown_name("column", column, [str(name) for name in frame.columns], where=str(path))
    if list(frame.columns).count(column) > 1:
        raise InputError(f"{path}: the column '{column}' is there twice; rename one")
    if frame.empty:
        raise InputError(f"{path}: there are no rows")
    cells = ["" if missing else str(cell) for cell, missing in zip(frame[column], frame[column].isna(), strict=True)]
    for row, cell in enumerate(cells):
        if not cell.strip():
            raise InputError(f"{path}, row {row + 1}, column '{column}': the cell is empty; allowed: a text")
    return cells


def image_files(folder: Path) -> list[Path]:
    """List the images in one subfolder a class, in the order of their names."""
    if not folder.is_dir():
        raise InputError(f"{folder}: there is no such folder; allowed: one with a subfolder a class")
    classes = [sub for sub in sorted(folder.iterdir()) if sub.is_dir() and not sub.name.startswith(".")]
    images = [path for sub in classes for path in sorted(sub.iterdir()) if path.suffix.lower() in SUFFIXES]
    if not images:
        raise InputError(
            f"{folder}: holds no images in subfolders; allowed: one subfolder a class with {', '.join(SUFFIXES)} files"
        )
    return images


def save_features(out: Path, features: Features, labels: Sequence[str]) -> tuple[int, int, int]:
    """Write features and labels as NPZ; a half-written file never bears the name."""
    with atomic_path(out) as temporary, temporary.open("wb") as file:
        np.savez(file, features=features, labels=np.array(labels, dtype=np.str_))
    return len(features), features.shape[1], len(set(labels))


def _check_out(out: Path) -> None:
    """Tell before minutes of encoding that the result could not be written."""
    if out.suffix.lower() != ".npz":
        raise InputError(f"--out {out}: found a '{out.suffix}' file; allowed: .npz")
    if not out.parent.is_dir():
        raise InputError(f"--out {out}: there is no folder {out.parent}")
