"""How long a forecast takes: one curve and fifty, against their limits, and beside a loop over scipy's curve_fit.

The loop fits ten parametric families to 200 resamples of the same curve, the usual way to an interval. It is timed on a
few resamples and scaled. Times are medians over repeats of CPU time in one thread, which is the wall time on a core
that does nothing else.
Run: make bench, or python benchmarks/bench_forecast.py
"""

import json
import statistics
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import curve_fit
from threadpoolctl import threadpool_limits

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from planner.forecasting.forecast import fit_forecast

ANCHORS = (12, 16, 20)
CURVES, DRAWS, REPEATS = 50, 1_000, 75
LIMIT_MS, LIMIT_ALL_S = 10.0, 1.0
RESAMPLES, TIMED = 200, 4

# The ten families that are fitted most (Viering & Loog 2023): error by labels, with a start.
FAMILIES = {
    "pow2": (lambda n, a, b: a * n**-b, (0.6, 0.3)),
    "pow3": (lambda n, a, b, c: a * n**-b + c, (0.6, 0.3, 0.05)),
    "pow4": (lambda n, a, b, c, d: a * (n + np.abs(d)) ** -b + c, (0.6, 0.3, 0.05, 1.0)),
    "log2": (lambda n, a, b: a - b * np.log(n), (0.6, 0.05)),
    "exp2": (lambda n, a, b: a * np.exp(-b * n), (0.4, 1e-3)),
    "exp3": (lambda n, a, b, c: a * np.exp(-b * n) + c, (0.4, 1e-3, 0.05)),
    "expp3": (lambda n, a, b, c: c + np.exp(-np.abs(a) * n**b), (0.5, 0.2, 0.05)),
    "ilog2": (lambda n, a, b: a + b / np.log(n + 1.0), (0.02, 0.8)),
    "mmf4": (lambda n, a, b, c, d: a / (1.0 + (n / np.abs(d)) ** b) + c, (0.5, 1.0, 0.05, 200.0)),
    "wbl4": (lambda n, a, b, c, d: a * np.exp(-np.abs(b) * n**d) + c, (0.5, 0.1, 0.05, 0.4)),
}


def curve(anchors: int, seed: int) -> pd.DataFrame:
    """Ten seeds of a noisy power law; no two curves have the same label counts, so that no cache helps."""
    rng = np.random.default_rng(seed)
    labels = np.rint(np.geomspace(50, 5_000, anchors) * (1.0 + 0.01 * seed)).repeat(10)
    error = 0.05 + 0.6 * labels**-0.3 + rng.normal(0.0, 0.01, labels.size)
    return pd.DataFrame({"labels": labels, "value": 1.0 - error, "seed": np.tile(np.arange(10), anchors)}).assign(
        test_size=1_000
    )


def seconds(function, *arguments) -> float:
    start = time.process_time()
    function(*arguments)
    return time.process_time() - start


def fit_loop(points: pd.DataFrame, resamples: int) -> None:
    rng = np.random.default_rng(0)
    table = points.pivot(index="seed", columns="labels", values="value")
    labels = table.columns.to_numpy(dtype=float)
    for _ in range(resamples):
        error = 1.0 - table.to_numpy()[rng.integers(0, len(table), len(table))].mean(axis=0)
        for family, start in FAMILIES.values():
            try:
                curve_fit(family, labels, error, p0=start, maxfev=2_000)
            except RuntimeError:
                continue  # no fit found: its time counts all the same


def main() -> int:
    results: dict[str, object] = {"draws": DRAWS}
    fit_forecast(curve(16, 999))  # imports and reads the prior
    slow = []
    with threadpool_limits(1):
        # In turn, so that a slow moment of the machine does not fall on one of them alone.
        times = [[1e3 * seconds(fit_forecast, curve(anchors, seed)) for anchors in ANCHORS] for seed in range(REPEATS)]
        for anchors, own in zip(ANCHORS, zip(*times, strict=True), strict=True):
            usual = statistics.median(own)
            slow.append(usual > LIMIT_MS)
            results[f"ms_{anchors}_anchors"] = usual
            print(
                f"one curve, {anchors} anchors: {usual:6.1f} ms, {usual / LIMIT_MS:.2f} x the limit of {LIMIT_MS:g} ms"
            )
        curves = [curve(ANCHORS[seed % len(ANCHORS)], seed) for seed in range(CURVES)]
        whole = statistics.median([seconds(lambda: [fit_forecast(one) for one in curves]) for _ in range(5)])
        slow.append(whole > LIMIT_ALL_S)
        print(
            f"{CURVES} curves:            {whole:6.2f} s,  {whole / LIMIT_ALL_S:.2f} x the limit of {LIMIT_ALL_S:g} s"
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # overflow and covariance warnings are curve_fit's usual company
            loop = seconds(fit_loop, curve(16, 0), TIMED) * RESAMPLES / TIMED
    ratio = 1e3 * loop / float(results["ms_16_anchors"])
    print(
        f"curve_fit loop, 10 families x {RESAMPLES} resamples, 16 anchors: {loop:.1f} s (timed on {TIMED} resamples, "
        f"scaled), {ratio:,.0f} x one forecast"
    )
    results |= {"s_50_curves": whole, "s_curve_fit_loop": loop, "ratio": ratio}
    print(json.dumps(results))
    return int(any(slow))


if __name__ == "__main__":
    sys.exit(main())
