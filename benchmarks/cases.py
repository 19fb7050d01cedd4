"""What the bench measures, who takes part, and what must come out."""

from dataclasses import dataclass, field, replace

from pools import PoolSpec

DIGITS = PoolSpec("digits", 10, 1_797, 500, 64, source="digits", scaling="global")
# A steep spectrum, on which scikit-learn's solver needs 45 to 70 iterations; and one like that of MiniLM's sentence
# embeddings (first axes 19, 15, 7 times the mean variance), on which it needs 15.
TEN = PoolSpec("generated-10", 10, 22_000, 2_000, 384, separation=5.0, decay=1.25)
FIFTY = PoolSpec("generated-50", 50, 22_000, 2_000, 384, separation=8.0, decay=1.25)
GENTLE = PoolSpec("generated-gentle", 10, 22_000, 2_000, 384, decay=0.7)
NEWSGROUPS = PoolSpec("20ng", 20, 18_821, 3_700, 384, source="20ng", scaling="global", kind="text")
MILLION = PoolSpec("generated-million", 10, 1_001_000, 1_000, 128)

SIX = ("random", "least_confidence", "margin", "entropy", "coreset", "badge")


@dataclass(frozen=True)
class Arm:
    """One contender in a case.

    Args:
        name: module under `arms`.
        seeds: how many lanes per strategy; slow peers get fewer.
        every: measured at every so many rounds of the same label range.
        repeats: at most so many, for the slowest.
        processes: worker processes, where the arm has them.
        dtype: of the features; float32 is the peers' best, float64 what most loaders give.
    """

    name: str
    seeds: int
    every: int = 1
    repeats: int = 99
    dtype: str = "float32"
    processes: int = 1

    @property
    def label(self) -> str:
        """As tables show it."""
        return self.name if self.dtype == "float32" else f"{self.name}, {self.dtype}"


@dataclass(frozen=True)
class Case:
    """One comparison.

    Args:
        name: as `--case` takes it.
        title: as the table shows it.
        pool: what it runs on.
        strategies: all of them in each lane group.
        batch_size: items a round.
        rounds: R; R + 1 trainings.
        initial_size: labels at the start.
        arms: contenders; `labelplan` first.
        floors: least ratio of processor time, peer over labelplan, by arm.
        equal_to: the arm whose curves must agree with labelplan's.
        ceiling: least fraction of the matrix-product rate aimed at; None where it says nothing.
        most_mb: most resident memory labelplan may take.
    """

    name: str
    title: str
    pool: PoolSpec
    strategies: tuple[str, ...]
    batch_size: int
    rounds: int
    initial_size: int
    arms: tuple[Arm, ...]
    floors: dict[str, float] = field(default_factory=dict)
    equal_to: str | None = "sklearn_numpy"
    ceiling: float | None = None
    most_mb: float | None = None

    def quick(self) -> "Case":
        """The same with a fraction of the lanes: for a look, not for the record."""
        lanes = {"labelplan": 4, self.equal_to: 3}
        kept = (a for a in self.arms if a.dtype == "float32")
        return replace(self, arms=tuple(replace(a, seeds=min(a.seeds, lanes.get(a.name, 1))) for a in kept))


CASES = {
    case.name: case
    for case in (
        Case(
            "digits-margin",
            "digits, margin, batches of 20",
            DIGITS,
            ("margin",),
            20,
            20,
            20,
            (
                Arm("labelplan", 20),
                Arm("sklearn_numpy", 8),
                Arm("expert", 20),
                Arm("scikit_activeml", 4),
                Arm("small_text", 3),
                Arm("modal", 3),
            ),
            {"scikit_activeml": 60, "expert": 15},
            ceiling=0.4,
        ),
        Case(
            "digits-margin-100",
            "digits, margin, batches of 100",
            DIGITS,
            ("margin",),
            100,
            9,
            20,
            (
                Arm("labelplan", 20),
                Arm("sklearn_numpy", 8),
                Arm("expert", 10),
                Arm("scikit_activeml", 4),
                Arm("small_text", 3),
                Arm("modal", 3),
            ),
        ),
        Case(
            "margin",
            "20,000 × 384, 10 classes, margin, batches of 100",
            TEN,
            ("margin",),
            100,
            20,
            100,
            (
                Arm("labelplan", 20),
                Arm("sklearn_numpy", 6),
                Arm("expert", 4),
                Arm("scikit_activeml", 3),
                Arm("small_text", 1),
                Arm("modal", 3),
                Arm("sklearn_numpy", 1, dtype="float64"),
            ),
            {"sklearn_numpy": 12},
            ceiling=0.6,
        ),
        Case(
            "margin-gentle",
            "the same with a gentle spectrum, like sentence embeddings",
            GENTLE,
            ("margin",),
            100,
            20,
            100,
            (Arm("labelplan", 20), Arm("sklearn_numpy", 6), Arm("expert", 4), Arm("scikit_activeml", 3)),
        ),
        Case(
            "embeddings",
            "20 Newsgroups as sentence embeddings, 15,121 × 384, 20 classes, margin, batches of 100",
            NEWSGROUPS,
            ("margin",),
            100,
            20,
            100,
            (Arm("labelplan", 20), Arm("sklearn_numpy", 6), Arm("expert", 4), Arm("scikit_activeml", 3)),
        ),
        Case(
            "margin-50",
            "20,000 × 384, 50 classes, margin, batches of 100",
            FIFTY,
            ("margin",),
            100,
            20,
            100,
            (Arm("labelplan", 10), Arm("sklearn_numpy", 10), Arm("expert", 2), Arm("scikit_activeml", 1)),
            {"sklearn_numpy": 5.5},
            ceiling=0.6,
        ),
        Case(
            "coreset",
            "20,000 × 384, 10 classes, core-set, batches of 100",
            TEN,
            ("coreset",),
            100,
            20,
            100,
            (
                Arm("labelplan", 20),
                Arm("sklearn_numpy", 4),
                Arm("scikit_activeml", 1, every=5),
                Arm("sklearn_numpy", 1, every=5, dtype="float64"),
            ),
            {"sklearn_numpy": 26},
        ),
        Case(
            "badge",
            "20,000 × 384, 10 classes, BADGE, batches of 100",
            TEN,
            ("badge",),
            100,
            20,
            100,
            (
                Arm("labelplan", 20),
                Arm("sklearn_numpy", 4),
                Arm("scikit_activeml", 1, every=10, repeats=1),
                Arm("sklearn_numpy", 1, every=5, dtype="float64"),
            ),
            {"sklearn_numpy": 55},
        ),
        Case(
            "grid",
            "20,000 × 384, 10 classes, grid of six strategies × 20 seeds",
            TEN,
            SIX,
            100,
            20,
            100,
            (
                Arm("labelplan", 20),
                Arm("sklearn_numpy", 2),
                Arm("scikit_activeml", 1, every=10, repeats=2),
            ),
            {"sklearn_numpy": 30, "scikit_activeml": 100},
            equal_to=None,
            most_mb=1300,
        ),
        Case(
            "digits-grid",
            "digits, grid of six strategies × 20 seeds, batches of 20",
            DIGITS,
            SIX,
            20,
            20,
            20,
            (Arm("labelplan", 20), Arm("sklearn_numpy", 4), Arm("scikit_activeml", 2)),
            {"sklearn_numpy": 30, "scikit_activeml": 100},
        ),
    )
}

QUICK = ("digits-margin", "margin", "coreset", "cold")
