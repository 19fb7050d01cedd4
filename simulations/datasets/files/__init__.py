"""The user's own data: CSV, Parquet and NPZ files as a data set of a grid, checked cell by cell."""

from simulations.datasets.files.entry import FILE

__all__ = ["FILE"]
