"""Prints how far successive looks at one test set share their error: it is common where models err on the same items.

    .venv/bin/python benchmarks/bench_looks.py

The sampling error of an accuracy is the mean of item-wise hits about their expectation, so that two looks' errors
correlate as their hits do over the items: the phi coefficient, averaged over seeds and pairs of rounds so far apart.
"""

import numpy as np
import pandas as pd
from hits import hits_by_round

SETS = {"digits": 20, "satimage": 40, "letter": 40, "magic": 40}
APART = (1, 2, 3, 5, 10)
ROUNDS, SEEDS = 20, 4


def correlations(name: str, strategy: str, batch: int) -> dict[int, float]:
    """Correlate the hits of rounds so many apart."""
    hits = hits_by_round(name, strategy, seeds=SEEDS, initial_size=batch, batch_size=batch, rounds=ROUNDS).astype(float)
    centred = (hits - hits.mean(axis=2, keepdims=True)) / hits.std(axis=2, keepdims=True)
    phi = np.einsum("rlm,slm->rs", centred, centred) / (SEEDS * hits.shape[2])
    return {apart: float(np.diag(phi, apart).mean()) for apart in APART}


def main() -> None:
    found = {
        (name, strategy): correlations(name, strategy, batch)
        for name, batch in SETS.items()
        for strategy in ("random", "margin")
    }
    print("correlation of the test set's error between rounds so many apart")
    print(pd.DataFrame(found).T.round(2).to_string())


if __name__ == "__main__":
    main()
