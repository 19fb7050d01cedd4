"""Tables of the numbers behind the charts of the report."""

import numpy as np
import pandas as pd

from planner.decision import Verdict
from planner.render import numbers as n
from planner.render.verdict import words
from planner.render.verdict.analysis_words import analysis_of, approximate, learnt_values
from planner.render.verdict.value_charts import chances_by_price, chances_by_worth, name_of, value_of

MOST_ROWS = 12
MOST_ALONG = 7  # of a map, so that its table stays a table


def futures_rows(verdict: Verdict) -> list[dict[str, str]]:
    """Give the fifty futures by tens: five rows of ten equally likely savings, lowest first."""
    savings = [words.stake(verdict, saving) for saving in verdict.futures]
    tens = {start: savings[start : start + 10] for start in range(0, len(savings), 10)}
    what = "Savings" if verdict.gain is None else "Gains"
    return [{"Futures": f"{at + 1} to {at + len(ten)}", what: ", ".join(ten)} for at, ten in tens.items()]


def price_rows(verdict: Verdict) -> list[dict[str, str]]:
    """Give the chance at a dozen prices, evenly spread over those that were looked at."""
    frame = verdict.chance_by_price
    # Prices lie close together where the chance moves fast, and would be all that a table of every so many shows.
    place = np.log(frame["price_usd"].to_numpy(dtype=float))
    wanted = np.linspace(place[0], place[-1], MOST_ROWS)
    frame = frame.iloc[np.unique(np.abs(place[:, None] - wanted).argmin(axis=0))]
    unit = words.price_unit(verdict)
    return [
        {
            f"Price per {unit}": n.price(float(price), verdict.currency),
            words.chance_label(verdict): n.share(float(chance)),
        }
        for price, chance in zip(frame["price_usd"], frame["p_al_cheaper"], strict=True)
    ]


def tornado_rows(verdict: Verdict) -> list[dict[str, str]]:
    """Give one row an input: what was tried, and the expected saving, or gain, at either end."""
    what = "Expected saving" if verdict.gain is None else "Expected gain"
    return [
        {
            "Input": words.bar_words(bar, verdict.currency),
            f"{what} at low": words.stake(verdict, bar.expected_low),
            f"{what} at high": words.stake(verdict, bar.expected_high),
        }
        for bar in verdict.sensitivity
    ]


def curve_rows(verdict: Verdict) -> list[dict[str, str]]:
    """Give each curve at about a dozen label counts, with its 80% range and whether it was measured there."""
    rows = []
    for name, part in verdict.curves.groupby("strategy", sort=False):
        thinned = part.iloc[:: max(1, -(-len(part) // MOST_ROWS))]
        rows += [
            {
                "Plan": n.plan_name(str(name)),
                "Labels": n.count(float(row["labels"])),
                "Value": n.percent(float(row["q50"])),
                "80% range": n.percent_range(row["q10"], row["q90"]),
                "Where": "forecast" if row["extrapolated"] else "measured",
            }
            for row in thinned.to_dict(orient="records")
        ]
    return rows


def acceptability_rows(verdict: Verdict) -> list[dict[str, str]]:
    """Give each plan's chance of being the best at a dozen prices, and the one to choose there."""
    unit = words.price_unit(verdict)
    frame, what = chances_by_price(verdict)
    return _chances(frame, f"Price per {unit}", what, verdict.currency)


def worth_rows(verdict: Verdict) -> list[dict[str, str]]:
    """Give each plan's chance of being the best at a dozen worths of a point, and which has the most net value."""
    return _chances(chances_by_worth(verdict), "A point is worth", "Most net value", verdict.currency)


def _chances(frame: pd.DataFrame, along: str, best: str, currency: str) -> list[dict[str, str]]:
    places = frame["at"].drop_duplicates()
    return [
        {
            along: n.price(float(usd), currency),
            **{n.plan_name(str(row["plan"])): n.share(float(row["p_best"])) for _, row in part.iterrows()},
            best: ", ".join(n.plan_name(str(name)) for name in part.loc[part["best"], "plan"]) or "neither",
        }
        for usd in places.iloc[:: max(1, -(-len(places) // MOST_ROWS))]
        for part in [frame[frame["at"] == usd]]
    ]


def map_rows(verdict: Verdict) -> list[dict[str, str]]:
    """Give the expected saving, or gain, at some of the map's settings: one row a value of the second input, rising."""
    found = analysis_of(verdict).map
    table = found.grid.pivot(index="y", columns="x", values="expected")
    rows, columns = (slice(None, None, max(1, -(-size // MOST_ALONG))) for size in table.shape)
    head = f"{name_of(found.y, verdict)} \\ {name_of(found.x, verdict)}"
    return [
        {
            head: value_of(found.y, float(str(y)), verdict),
            **{value_of(found.x, float(str(x)), verdict): words.stake(verdict, float(usd)) for x, usd in row.items()},
        }
        for y, row in table.iloc[rows, columns].iterrows()
    ]


def information_rows(verdict: Verdict) -> list[dict[str, str]]:
    """Give what it is worth to learn everything, then each input, most first."""
    return [
        {"Learning": name, "Is worth": approximate(usd, verdict), "Give or take": approximate(se_usd, verdict)}
        for name, usd, se_usd in learnt_values(verdict)
    ]


def rounds_rows(verdict: Verdict) -> list[dict[str, str]]:
    """Give one row a batch size: what the chosen strategy would cost with it."""
    rounds = analysis_of(verdict).rounds
    if rounds is None:
        return []
    return [
        {
            "Labels a round": n.count(row["batch_size"]),
            "Mean cost": n.about(row["total_usd"], verdict.currency),
            "Usual rounds": n.count(row["rounds"]),
            "Usual days": n.days(row["days"]),
            words.chance_label(verdict): n.share(row["p_al_better"]),
        }
        for row in rounds.by_size.to_dict(orient="records")
    ]
