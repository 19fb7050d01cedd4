"""Parquet files: columns of numbers, of text where `one_hot` says so, and a column of labels."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from simulations.datasets.dataset import check_extent
from simulations.datasets.files.cells import read_batches
from simulations.datasets.files.columns import Wanted, choose_columns
from simulations.datasets.files.labels import Raw
from simulations.errors import InputError

_ROWS = 1 << 16


def read_parquet(path: Path, called: str, wanted: Wanted) -> Raw:
    """Read a Parquet file in pieces.

    Raises:
        InputError: see `choose_columns` and `read_batches`; and where the file is no Parquet file or a
            column holds neither numbers nor text.
    """
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            schema = file.schema_arrow
            features = choose_columns(schema.names, wanted, called)
            for name in (wanted.label, *features):
                _check_type(schema.field(name).type, name, called)
            check_extent(file.metadata.num_rows, len(features), called)

            def batches() -> Iterator[Any]:
                for batch in file.iter_batches(_ROWS, columns=[wanted.label, *features]):
                    yield _plain(batch)

            return read_batches(batches, wanted, features, called=called)
    except (pa.ArrowException, OSError) as error:
        first = str(error).splitlines()[0]
        raise InputError(f"{called}: is not a readable Parquet file ({first}); write it again") from error


def _plain(batch: Any) -> Any:
    """Give dictionary columns as the text they stand for."""
    import pyarrow as pa

    columns = [c.dictionary_decode() if pa.types.is_dictionary(c.type) else c for c in batch.columns]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def _check_type(kind: Any, name: str, called: str) -> None:
    import pyarrow.types as kinds

    value = kind.value_type if kinds.is_dictionary(kind) else kind
    known = (kinds.is_boolean, kinds.is_integer, kinds.is_floating, kinds.is_decimal, kinds.is_string)
    if not any(holds(value) for holds in (*known, kinds.is_large_string)):
        raise InputError(
            f"{called}, column '{name}': holds {kind}; allowed: numbers, text or true and false "
            "(embeddings go into an .npz, one row an item), or the column in drop"
        )
