"""The figures as tables: what each chart shows, in words, for readers and pages without pictures."""

from planner.decision.verdict import Verdict
from planner.report import numbers as n
from planner.report import words

__all__ = ["curve_rows", "futures_rows", "price_rows", "tornado_rows"]

MOST_ROWS = 12


def futures_rows(verdict: Verdict) -> list[dict[str, str]]:
    """Give the fifty futures by tens: five rows of ten equally likely savings, lowest first."""
    savings = [n.money(saving, verdict.currency) for saving in verdict.futures_usd]
    tens = [savings[i : i + 10] for i in range(0, len(savings), 10)]
    return [
        {"Futures": f"{10 * i + 1} to {10 * i + len(ten)}", "Savings": ", ".join(ten)} for i, ten in enumerate(tens)
    ]


def price_rows(verdict: Verdict) -> list[dict[str, str]]:
    """Give the chance at a dozen prices."""
    frame = verdict.chance_by_price
    step = max(1, -(-len(frame) // MOST_ROWS))
    unit = words.price_unit(verdict.votes_per_item)
    return [
        {
            f"Price per {unit}": n.price(float(price), verdict.currency),
            words.chance_label(verdict): n.chance(float(chance)),
        }
        for price, chance in zip(frame["price_usd"][::step], frame["p_al_cheaper"][::step], strict=True)
    ]


def tornado_rows(verdict: Verdict) -> list[dict[str, str]]:
    """Give one row an input: what was tried, and the usual saving at either end."""
    return [
        {
            "Input": words.bar_words(bar, verdict.currency),
            "Saving at low": n.money(bar.saving_low_usd, verdict.currency),
            "Saving at high": n.money(bar.saving_high_usd, verdict.currency),
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
                "Plan": words.plan_name(str(name)),
                "Labels": n.count(float(row["labels"])),
                "Value": n.percent(float(row["q50"])),
                "80% range": f"{n.percent(float(row['q10']))} to {n.percent(float(row['q90']))}",
                "Where": "forecast" if row["extrapolated"] else "measured",
            }
            for row in thinned.to_dict(orient="records")
        ]
    return rows
