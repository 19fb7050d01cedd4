import numpy as np
import pandas as pd
import pytest

from planner.decision.hybrid.threshold import CoveredRounds, covered_rounds
from simulations.errors import InputError

THRESHOLDS = (0.0, 0.5, 0.9)
COUNTS = [(100, 20), (70, 8), (30, 1)]


def curve_rows(strategy: str = "random", seeds: int = 3, rounds: int = 2) -> pd.DataFrame:
    rows = [
        {
            "dataset": "planted",
            "learner": "linear",
            "strategy": strategy,
            "batch_size": 50,
            "initial_size": 50,
            "seed": seed,
            "round": r,
            "labels": 50 + 50 * r,
            "metric": metric,
            "value": 0.8,
            "test_size": 100,
            "pool_size": 900,
            "trajectory": f"{strategy}-{seed}",
        }
        for seed in range(seeds)
        for r in range(rounds)
        for metric in ("accuracy", "f1_macro")
    ]
    return pd.DataFrame(rows)


def coverage_rows(curves: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        [
            (key, r, threshold, m, k + (r == 0))
            for key, r in curves[["trajectory", "round"]].drop_duplicates().itertuples(index=False)
            for threshold, (m, k) in zip(THRESHOLDS, COUNTS, strict=True)
        ],
        columns=["trajectory", "round", "threshold", "n_covered", "n_errors"],
    )


def test_tables_become_arrays_whatever_their_order() -> None:
    curves = pd.concat([curve_rows("random"), curve_rows("margin", seeds=2)])
    coverage = coverage_rows(curves).sample(frac=1, random_state=0)
    margin, random = covered_rounds(curves.sample(frac=1, random_state=1), coverage)
    assert (margin.strategy, random.strategy) == ("margin", "random")
    assert random.covered.shape == (3, 2, 3)
    assert random.covered[2, 1].tolist() == [100, 70, 30]
    assert random.errors[:, 0].tolist() == [[21, 9, 2]] * 3
    assert random.labels.tolist() == [50, 100]
    assert random.accuracy == pytest.approx(np.array([[0.79, 0.8]] * 3))


def test_rounds_that_not_every_seed_has_reached_are_left_out() -> None:
    curves = curve_rows(rounds=3)
    curves = curves[(curves["seed"] > 0) | (curves["round"] < 2)]
    (found,) = covered_rounds(curves, coverage_rows(curves))
    assert found.labels.tolist() == [50, 100]


def test_simulated_tables_are_read() -> None:
    from simulations.engine import run_lanes
    from simulations.store import coverage_table, curve_table
    from simulations.trajectory import Part, Trajectory

    settings = {"test_size": 500}
    parts = Part.of("digits", settings), Part.of("linear", {"l2": 1.0, "tune": ""}), Part.of("random")
    lanes = [Trajectory(*parts, 50, 50, 2, "one_per_class", Part.of("perfect"), seed) for seed in range(2)]
    records = run_lanes(lanes)
    curves = curve_table(records)
    (found,) = covered_rounds(curves, coverage_table(records))
    accuracy = curves[curves["metric"] == "accuracy"].sort_values(["seed", "round"])["value"].to_numpy()
    assert found.accuracy.ravel() == pytest.approx(accuracy)
    assert found.thresholds.size == 20


def planted(counts: list[tuple[int, int]]) -> CoveredRounds:
    m, k = np.array(counts).T[:, None, None]
    shape = np.tile(m, (300, 1, 1)), np.tile(k, (300, 1, 1))
    return CoveredRounds(
        "planted", "linear", "random", 900, 100, np.array(THRESHOLDS), np.arange(300), np.array([50]), *shape
    )


def test_fewer_held_out_items_are_a_sample_of_them() -> None:
    part = planted(COUNTS).checked_on(40, np.random.default_rng(0))
    assert part.test_size == 40
    assert (part.covered[..., 0] == 40).all()
    assert (np.diff(part.covered, axis=-1) <= 0).all()
    assert (part.errors <= part.covered).all()
    # Means of 300 draws of 40 out of 100: 0.4 of each count, give or take four standard errors.
    assert part.covered.mean(axis=(0, 1)) == pytest.approx([40, 28, 12], abs=0.6)
    assert part.errors.mean(axis=(0, 1)) == pytest.approx([8, 3.2, 0.4], abs=0.5)
    everything = planted(COUNTS).checked_on(100, np.random.default_rng(0))
    assert (everything.covered == planted(COUNTS).covered).all()


def broken(fault: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    curves = curve_rows()
    coverage = coverage_rows(curves)
    match fault:
        case "column":
            coverage = coverage.drop(columns="n_errors")
        case "pilot":
            curves = curves.drop(columns="trajectory")
        case "empty":
            coverage = coverage.iloc[:0]
        case "row":
            coverage = coverage.drop(index=4)
        case "twice":
            coverage = pd.concat([coverage, coverage.iloc[:1]])
        case "errors":
            coverage.loc[2, "n_errors"] = 31
        case "rising":
            coverage.loc[2, "n_covered"] = 90
        case "right":
            coverage.loc[1, ["n_covered", "n_errors"]] = [95, 9]
        case "all":
            coverage.loc[coverage["threshold"] == 0, "n_covered"] = 99
        case "seed":
            curves["seed"] = 0
        case "labels":
            curves.loc[0, "labels"] = 49
            curves.loc[1, "labels"] = 49
    return curves, coverage


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("column", "coverage table: column 'n_errors' is missing"),
        ("pilot", "curve table: column 'trajectory' is missing"),
        ("empty", "coverage table: has no rows"),
        ("row", r"trajectory random-0 \(planted, linear, random\) has no row for round 1, threshold 0.5"),
        ("twice", "two rows for one round and threshold"),
        ("errors", "more errors than items"),
        ("rising", "counts that rise with the threshold"),
        ("right", "counts that rise with the threshold"),
        ("all", "does not cover all 100 held-out items"),
        ("seed", "seed 0 has several trajectories"),
        ("labels", "round 0 has several label counts"),
    ],
)
def test_faults_are_named(fault: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        covered_rounds(*broken(fault))
