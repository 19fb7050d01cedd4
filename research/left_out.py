"""Writes examples/left-out: three plans for a recorded data set that none of them may use, and prints what was true.

    python -m research.left_out

The plans differ in what is known: a description; a pilot of random labels; a pilot of random and of margin. The pilots
are the first rounds of one recorded campaign, the truth is the mean of the others. docs/method/left-out.md reads them.
"""

from pathlib import Path

import pandas as pd

from planner.evidence import recorded_curves
from research.evidence.campaigns import middle_schedule
from research.mean_curve import labels_of

FOLDER = Path(__file__).parent.parent / "examples" / "left-out"
DATASET, STRATEGY, METRIC, TARGET = "r8", "margin", "accuracy", 0.95
SEED, MOST_LABELS = 0, 200
COLUMNS = ["strategy", "labels", "value", "test_size"]

PLAN = """# {title} See docs/method/left-out.md. Written by: python -m research.left_out

[task]
name = "News by topic"
target = {target}
pool_size = {pool:_}
classes = {classes}
test_labels = {test:_}

[strategy]
names = ["{strategy}"]
initial_labels = {first}
batch_size = {batch}

[[vendors]]
name = "Annotators"
price_usd = 2
votes_per_item = 1
delivered_error_rate = 0
turnaround_days = 1
throughput_per_day = 500

[engineering]
one_off_hours = 10
hours_per_round = 0.25
hourly_rate_usd = 60

[evidence]
{evidence}kind = "text"
learner = "linear"
savings_sd = 0                   # the model that was recorded
# Everything that is recorded but {dataset} itself, which this task is.
proxies = [
{proxies}
]
"""
TITLES = {
    "description.toml": ("News texts, from a description alone.", ""),
    "random-pilot.toml": (f"The same, with {MOST_LABELS} random labels.", 'pilot = "random-pilot.csv"\n'),
    "paired-pilot.toml": (
        f"The same, with {MOST_LABELS} random labels and {MOST_LABELS} chosen by {STRATEGY}.",
        'pilot = "paired-pilot.csv"\n',
    ),
}


def rows(table: pd.DataFrame) -> pd.DataFrame:
    """Take what is recorded of random and the strategy on the data set, on the middle schedule."""
    table = middle_schedule(table)
    kept = (table["dataset"] == DATASET) & (table["metric"] == METRIC) & table["strategy"].isin(["random", STRATEGY])
    return table[kept]


def texts() -> dict[str, str]:
    """Give every file of the folder: its name and what is in it."""
    table = recorded_curves()
    own = rows(table)
    first, others = own.iloc[0], sorted(set(table["dataset"]) - {DATASET})
    pilot = own[(own["seed"] == SEED) & (own["labels"] <= MOST_LABELS)].sort_values(["strategy", "labels"])
    found = {
        "random-pilot.csv": pilot.loc[pilot["strategy"] == "random", COLUMNS].to_csv(index=False),
        "paired-pilot.csv": pilot[COLUMNS].to_csv(index=False),
    }
    for name, (title, evidence) in TITLES.items():
        found[name] = PLAN.format(
            title=title,
            evidence=evidence,
            target=TARGET,
            dataset=DATASET,
            strategy=STRATEGY,
            pool=int(first["pool_size"] + first["test_size"]),
            classes=int(first["classes"]),
            test=int(first["test_size"]),
            first=int(first["initial_size"]),
            batch=int(first["batch_size"]),
            proxies="\n".join(f'  "{other}",' for other in others),
        )
    return found


def truth() -> dict[str, int]:
    """Give the labels that each strategy needed for the target, by the mean of the campaigns that are no pilot."""
    rest = rows(recorded_curves())
    rest = rest[rest["seed"] != SEED]
    means = rest.groupby(["strategy", "labels"])["value"].mean()
    return {name: round(labels_of(means[name].cummax(), TARGET)) for name in ("random", STRATEGY)}


def main() -> None:
    """Write the files, and print the truth."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in texts().items():
        (FOLDER / name).write_text(text)
    needed = " and ".join(f"{labels:,} with {name}" for name, labels in truth().items())
    print(f"{TARGET:.0%} {METRIC} on {DATASET} took {needed}, by the mean of the other campaigns.")


if __name__ == "__main__":
    main()
