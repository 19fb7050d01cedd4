"""The columns of a table before anything is known of them: what a form offers as the label."""

from pathlib import Path

from simulations.datasets.files.csv import read_header
from simulations.errors import InputError


def column_names(path: Path, called: str) -> list[str]:
    """List the columns of a .csv, .tsv or .parquet file, in their order; none of an .npz file.

    Args:
        path: the file.
        called: its name, for messages.

    Raises:
        InputError: it cannot be read as what its name says.
    """
    suffix = path.suffix.lower()
    if suffix == ".npz":
        return []
    if suffix != ".parquet":
        return read_header(path, called)[0]
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            return [str(name) for name in file.schema_arrow.names]
    except (pa.ArrowException, OSError) as error:
        first = str(error).splitlines()[0]
        raise InputError(f"{called}: is not a readable Parquet file ({first}); write it again") from error
