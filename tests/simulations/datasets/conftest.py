from pathlib import Path

import numpy as np
import pytest

from simulations.datasets import DATASETS
from simulations.datasets.dataset import Dataset

FILE = DATASETS["file"]


class Files:
    """Writes files into a folder and reads them as a grid file would have them read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def resolve(self, name: str, **settings) -> dict:
        label = {} if name.endswith(".npz") else {"label": "y"}
        return FILE.resolve({**FILE.defaults, "path": name, **label, **settings}, self.folder)

    def load(self, name: str, **settings) -> Dataset:
        return FILE.load(**self.resolve(name, **settings))

    def csv(self, text: str | bytes, name: str = "mine.csv", **settings) -> Dataset:
        (self.folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
        return self.load(name, **settings)

    def parquet(self, columns: dict, name: str = "mine.parquet", **settings) -> Dataset:
        import pyarrow as pa
        from pyarrow import parquet

        names, arrays = zip(*columns.items(), strict=True)
        table = pa.table([pa.array(a) if isinstance(a, list) else a for a in arrays], names=list(names))
        parquet.write_table(table, self.folder / name)
        return self.load(name, **settings)

    def npz(self, name: str = "mine.npz", *, settings: dict | None = None, **arrays) -> Dataset:
        np.savez(self.folder / name, **arrays)
        return self.load(name, **(settings or {}))


@pytest.fixture
def files(tmp_path) -> Files:
    return Files(tmp_path)
