"""Grey images given as rows of pixels."""

import gzip
import io
from pathlib import Path

from simulations.cache.resource import Counts, Members

IMAGES = "images.npz"


def pixel_rows(members: Members, folder: Path) -> Counts:
    """Keep a gzipped CSV of pixels (0 to 255), the class last, as NPZ: `pixels` (n, d) uint8 and `labels` (n,)."""
    import numpy as np

    (content,) = members.values()
    rows = np.loadtxt(io.BytesIO(gzip.decompress(content)), delimiter=",", dtype=np.uint8)
    np.savez_compressed(folder / IMAGES, pixels=rows[:, :-1], labels=rows[:, -1].astype(np.int64))
    return len(rows), len(np.unique(rows[:, -1]))
