"""Learning curves in words: findings for titles, sentences, and rows of tables."""

from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from planner.curves.forecasts import values_at_shared_end
from planner.decision import Summary
from planner.decision.summary import TOTAL_USD
from planner.forecasting.fit_check import FitCheck
from planner.render import numbers as n
from planner.transfer.pilot_beside_proxies import RandomBeside, SavingsBeside

MOST_NAMED = 4

SAVINGS_NOTE = (
    "Factor: labels random needs ÷ labels the strategy needs for the same value (1: as many), on mean curves, with an "
    "80% interval over seeds. Where a line stops, the strategy never gets there within the labels measured. Near a "
    "plateau factors are inflated: a hair of value is worth many labels there."
)
FORECAST_SAVINGS_NOTE = (
    "Factor: labels random needs ÷ labels the strategy needs for the same value (1: as many), with an 80% interval "
    "over futures. A line that stops, or a band that leaves the picture at the top, has no end: random never gets "
    "there."
)
BESIDE_NOTE = (
    "Points: your pilot, with 80% intervals over seeds. Band: what recorded data sets let expect of a task like yours, "
    "before your pilot's own savings are counted; no interval is shown where there is one pair of seeds."
)
PILOT_SENTENCE = (
    "A few trainings of your own say more than any description. The file is read in memory and stays in this session. "
    "It changes no number on other pages until you rest the answer on it, by the button below it or as [evidence] "
    "pilot in the plan file."
)
PILOT_HELP = "Columns labels and value; where there are such, strategy (else random), seed, test_size. Up to 2 MB."

AXES: Mapping[str, str] = {
    "labels": "Labels",
    "votes": "Votes",
    "tokens": "Tokens",
    "seconds": "Annotation time in seconds",
    "usd": "Annotation cost",
}
_UNIT_NAMES = {"labels": "labels", "votes": "votes", "tokens": "tokens", "seconds": "annotation time", "usd": "dollars"}
_HOUR_SECONDS = 3600.0


def ends_finding(lines: pd.DataFrame, metric: str, *, error: bool, currency: str | None, forecast: bool = False) -> str:
    """Say what each curve has where all of them end, best first, or that some curve begins where another has ended.

    `currency` is None where curves lie along labels, and not along money.
    """
    axis = "labels" if currency is None else TOTAL_USD

    def where(at: float) -> str:
        return f"{n.count(at)} labels" if currency is None else n.about(at, currency)

    end = values_at_shared_end(lines, axis)
    if end is not None:
        at, values = end
        ranked = _ranked_words(values, lambda value: n.percent(1 - value if error else value))
        what = "error" if error else n.metric_name(metric)
        return f"{'Forecast' if forecast else 'Measured'} {what} at {where(at)}: {n.first_few(ranked, MOST_NAMED)}"
    if lines.empty:
        return "No seed of any strategy shares its label counts with another"
    parts = {str(name): line[axis].astype(float) for name, line in lines.groupby("strategy", sort=False)}
    early, late = min(parts, key=lambda name: parts[name].max()), max(parts, key=lambda name: parts[name].min())
    ended, begun = where(float(parts[early].max())), where(float(parts[late].min()))
    return f"Nothing in common: {n.plan_name(early)} ends at {ended}, {n.plan_name(late)} begins at {begun}"


def _ranked_words(values: Mapping[str, float], write: Callable[[float], str]) -> list[str]:
    """Write each strategy with its value, highest first."""
    return [
        f"{n.plan_name(name)} {write(value)}" for name, value in sorted(values.items(), key=lambda x: (-x[1], x[0]))
    ]


def savings_finding(rows: pd.DataFrame, metric: str) -> str:
    """Say what each strategy saves at the best value that random has had."""
    last = rows.groupby("strategy", sort=False).tail(1)
    told = [
        f"{n.plan_name(str(row['strategy']))} {n.factor_spread(row['factor'], row['q10'], row['q90'])}"
        for _, row in last.head(MOST_NAMED).iterrows()
    ]
    level = f"random's best {n.metric_name(metric)} ({n.percent(float(last['value'].iloc[0]))})"
    if not last["factor"].notna().any():
        names = [n.plan_name(str(name)) for name in last["strategy"]]
        never = f"{names[0]} never" if len(names) == 1 else f"none of {', '.join(names[:MOST_NAMED])}"
        return f"Within the labels measured, {never} reaches {level}"
    return f"Labels saved at {level}: {', '.join(told)}"


def savings_forecast_finding(target: str, chances: Mapping[str, float]) -> str:
    """Say how likely each strategy needs fewer labels than random for the target, or for what a budget reaches."""
    ranked = _ranked_words(chances, lambda chance: f"in {n.share(chance)}")[:MOST_NAMED]
    return f"Fewer labels than random for {target}: {', '.join(ranked)} of futures"


def residual_finding(strategy: str, check: FitCheck) -> str:
    """Say how good the fit is, and how far the worst point is off."""
    worst = check.residuals
    return (
        f"The fit of {n.plan_name(strategy)} is {check.verdict}: its worst point, at {n.count(worst.worst_labels)} "
        f"labels, is {abs(worst.worst):.1f} standard deviations {'above' if worst.worst > 0 else 'below'}"
    )


def tail_finding(check: FitCheck, tail: pd.DataFrame) -> str:
    """Say how much of the held-out tail lies in its forecast's band, and how far the forecast was off."""
    assert check.held_out is not None
    inside, of = int(tail["inside"].sum()), len(tail)
    off = f"{100 * check.held_out.mean_absolute_error:.1f} points"
    return f"{inside} of {of} held-out points lie in the 80% band forecast for them; off by {off} on average"


def end_rows(summary: pd.DataFrame) -> list[dict[str, str]]:
    """Give a row a strategy: where it ends, how high, and what it saves there."""
    rows = []
    for row in summary.to_dict(orient="records"):
        value = "unknown" if row["value"] is None else n.percent(row["value"])
        span = "one seed" if row["q10"] is None else n.percent_range(row["q10"], row["q90"])
        never = "" if row["unreached"] is None else f"{row['unreached']} of {row['pairs']}"
        saved = n.factor_spread(*(row[f"savings_{key}"] for key in ("factor", "q10", "q90")))
        rows.append(
            {
                "Strategy": n.plan_name(str(row["strategy"])),
                "Seeds": n.count(row["seeds"]),
                "Labels": "" if row["labels"] is None else n.count(row["labels"]),
                f"Last {n.metric_name(str(row['metric']))}": value,
                "80% of seeds": span,
                "Saves at random's best": "" if row["unreached"] is None else saved,
                "Seeds that never get there": never,
                "Note": str(row["reason"] or ""),
            }
        )
    return rows


def random_beside_finding(found: RandomBeside) -> str:
    """Say how many recorded curves the pilot's last comparable point is above."""
    compared = found.points[found.points["of"] > 0]
    if compared.empty:
        return "No recorded curve was measured at the pilot's label counts"
    last = compared.iloc[-1]
    return (
        f"At {n.count(float(last['labels']))} labels your random curve is above {int(last['below'])} of "
        f"{int(last['of'])} recorded ones"
    )


def savings_beside_finding(found: SavingsBeside) -> str:
    """Say where each strategy's last measured savings lie in what was expected."""
    if found.measured.empty:
        names = ", ".join(n.plan_name(str(name)) for name in dict.fromkeys(found.expected["strategy"]))
        return f"The pilot does not show what {names} saves: it never gets as far as random"
    told = []
    for name, rows in found.measured.groupby("strategy", sort=False):
        last = rows.sort_values("labels").iloc[-1]
        share = float(last["expected_share"])
        side = "within" if 0.1 <= share <= 0.9 else "above" if share > 0.9 else "below"
        told.append(f"{n.plan_name(str(name))} saves ×{float(last['factor']):.2f}, {side} what was expected")
    return f"In the pilot {'; '.join(told[:MOST_NAMED])} (80% range)"


def money_note(schedule: tuple[float, float] | None) -> str:
    """Say what is in the cost along the axis."""
    said = (
        "Cost: the whole plan that would end at that point, by your prices at their medians, each strategy with its "
        "vendor in the verdict: labels, test labels, engineering, rounds and compute; lateness is left out."
    )
    if schedule is None:
        return said
    first, batch = schedule
    return f"{said} Rounds as these curves were measured: {n.count(first)} labels, then batches of {n.count(batch)}."


def heaviest_dataset(verdict: Summary, names: Sequence[str]) -> str | None:
    """Name the data set on which the forecast rests most, of those that can be shown."""
    ranked = verdict.evidence.groupby("dataset", sort=False)["weight"].sum().sort_values(ascending=False, kind="stable")
    return next((name for used in ranked.index for name in names if name.partition(" (")[0] == used), None)


def not_recorded(wanted: str, instead: str) -> str:
    """Say that the plan's metric was not measured here."""
    name, other = n.metric_name(wanted), n.metric_name(instead)
    return f"No curve here is measured in {name}, the plan's metric; {other} is shown."


def nothing_beside(metric: str) -> str:
    """Say why a pilot's random curve cannot be compared."""
    return f"There is no random curve in the pilot, or none recorded in {n.metric_name(metric)}, to compare."


def amount(spent: float | None, unit: str) -> str:
    """Write an amount of a unit.

    >>> amount(1234.4, "votes"), amount(840.2, "seconds"), amount(27_000.0, "seconds"), amount(1234.5, "usd")
    ('1,234 votes', '840 s', '7.5 h', '$1,230')
    >>> amount(None, "votes")
    'never'
    """
    if spent is None:
        return n.NEVER
    if unit == "usd":
        return n.about(spent)
    if unit != "seconds":
        return f"{n.count(spent)} {unit}"
    return f"{n.count(spent)} s" if spent < 2 * _HOUR_SECONDS else f"{n.significant(spent / _HOUR_SECONDS, 3):g} h"


def spending_legend(unit: str, metric: str) -> str:
    """Say what the columns of the table mean."""
    name = n.metric_name(metric)
    return (
        f"What random labelling spends by its last round, in {_UNIT_NAMES[unit]}, and the {name} it has had by then; "
        f"then what each strategy needs for that {name}, and how many times as much random needs for it (1: as much), "
        f"with an 80% interval over seeds. Beside it the same factor counted in labels: where it is larger, the "
        f"strategy asks for items that cost more. 'never' is not within what was simulated. Initial labels are paid "
        f"for too; held-out ones are not counted."
    )


def spending_finding(curves: pd.DataFrame, unit: str, metric: str) -> str:
    """Say what each strategy of one family (`planner.curves.spending.spent_curves`) has where all curves end."""
    name = n.metric_name(metric)
    end = values_at_shared_end(curves.assign(q50=curves["value"].astype(float)), "spent")
    if end is None:
        return f"The curves of {name} share no range of {_UNIT_NAMES[unit]}"
    at, values = end
    return f"{n.capital(name)} for {amount(at, unit)}: {n.first_few(_ranked_words(values, n.percent), 4)}"
