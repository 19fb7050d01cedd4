"""What an export tells: how many labels, how long they take, how many come a day, and how far people agree.

Means carry 80% intervals on the logarithmic scale, m · exp(± t · se / m) with Student's t, so that they stay above 0.
Times vary between people as well as between answers: the standard error is the larger of two, of independent answers
and of people as clusters (Liang & Zeger 1986, Biometrika 73:13).
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from planner.annotations.agreement import Agreement, measure_agreement, votes_by_item
from planner.annotations.records import Export, Record
from planner.intervals import QUANTILES
from simulations.arrays import Floats

PAUSE = 10
"""Medians, above which a time is called a pause; in means it counts as so many."""

Interval = tuple[float, float, float]
"""10th percentile, middle and 90th percentile."""


@dataclass(frozen=True)
class Times:
    """Seconds of one answer.

    Attributes:
        timed: answers with a time.
        untimed: those without.
        from_gaps: whether times are gaps between one person's answers, as the export has dates and no times.
        spread_seconds: 10th, 50th and 90th percentile of single times, pauses among them.
        mean_seconds: the mean with its 80% interval; all three alike where there is one time.
        pauses: times above `PAUSE` medians.
        longest_seconds: the longest time.
    """

    timed: int
    untimed: int
    from_gaps: bool
    spread_seconds: Interval
    mean_seconds: Interval
    pauses: int
    longest_seconds: float


@dataclass(frozen=True)
class Pace:
    """Items finished a day: an item by its last answer, a day by the time zone that the export gives.

    Attributes:
        first: day with an answer, ISO 8601.
        last: day with an answer.
        calendar_days: from the first to the last, both counted.
        days_with_answers: of those.
        items_per_day: mean over calendar days with its 80% interval; all three alike where there is one day.
        undated: answers without a date.
    """

    first: str
    last: str
    calendar_days: int
    days_with_answers: int
    items_per_day: Interval
    undated: int


@dataclass(frozen=True)
class Summary:
    """What an export tells of people's answers; the model's are counted alone.

    Attributes:
        items: with an answer.
        answers: people's.
        people: those named.
        model_answers: answers of models.
        classes: class -> answers, the most frequent first.
        unclassed: answers that are no single class.
        repeated: answers that the same person gave anew later.
        skipped: why -> records without a label.
        votes_per_item: answers in a class by different people -> items with so many.
        agreement: None where no two people answered the same item in a class.
        times: None where there are neither times nor times of day.
        pace: None where there are no dates.
        labels: item -> class, by most people or Dawid & Skene.
    """

    items: int
    answers: int
    people: int
    model_answers: int
    classes: Mapping[str, int]
    unclassed: int
    repeated: int
    skipped: Mapping[str, int]
    votes_per_item: Mapping[int, int]
    agreement: Agreement | None
    times: Times | None
    pace: Pace | None
    labels: Mapping[str, str]

    @property
    def quote_fields(self) -> dict[str, Any]:
        """Fields of a quote that the export tells, as a plan file writes them."""
        fields: dict[str, Any] = {}
        if self.times is not None and self.times.mean_seconds[0] > 0:
            fields["seconds_per_vote"] = range_value(self.times.mean_seconds)
        if self.votes_per_item:
            most = max(self.votes_per_item.values())
            fields["votes_per_item"] = min(votes for votes, items in self.votes_per_item.items() if items == most)
        if self.agreement is not None:
            fields["vote_error_rate"] = self.agreement.error.range_text
        if self.pace is not None:
            fields["throughput_per_day"] = range_value(self.pace.items_per_day)
        return fields

    def to_dict(self) -> dict[str, Any]:
        """Give it as `labelplan import --json` prints it."""
        return {
            **{key: value for key, value in vars(self).items() if key != "labels"},
            "agreement": None if self.agreement is None else self.agreement.to_dict(),
            "times": None if self.times is None else asdict(self.times),
            "pace": None if self.pace is None else asdict(self.pace),
            "quote": self.quote_fields,
        }


def summarise(export: Export) -> Summary:
    """Summarise an export."""
    people = [answer for answer in export.answers if not answer.by_model]
    votes, repeated = votes_by_item(people)
    agreement, labels = measure_agreement(votes)
    classes = Counter(answer.label for answer in people if answer.label is not None)
    return Summary(
        items=len({answer.item for answer in people}),
        answers=len(people),
        people=len({answer.annotator for answer in people} - {""}),
        model_answers=len(export.answers) - len(people),
        classes=dict(sorted(classes.items(), key=lambda counted: (-counted[1], counted[0]))),
        unclassed=sum(answer.label is None for answer in people),
        repeated=repeated,
        skipped=export.skipped,
        votes_per_item=dict(sorted(Counter(map(len, votes.values())).items())),
        agreement=agreement,
        times=measure_times(people),
        pace=measure_pace(people),
        labels=labels,
    )


def measure_times(answers: Sequence[Record]) -> Times | None:
    """Measure the time of an answer; from gaps between dates where no answer has a time."""
    given = [(a.annotator, a.seconds) for a in answers if a.seconds is not None]
    timed = given or _gaps(answers)
    if not timed:
        return None
    seconds = np.array([taken for _, taken in timed])
    low, middle, high = np.quantile(seconds, QUANTILES).tolist()
    limit = PAUSE * middle
    return Times(
        timed=len(timed),
        untimed=len(answers) - len(timed),
        from_gaps=not given,
        spread_seconds=(low, middle, high),
        mean_seconds=mean_interval(np.minimum(seconds, limit), [person for person, _ in timed]),
        pauses=int((seconds > limit).sum()),
        longest_seconds=float(seconds.max()),
    )


def _gaps(answers: Sequence[Record]) -> list[tuple[str, float]]:
    """Give the seconds from one answer of a person to the next; none where dates have no time of day."""
    moments: dict[str, list[datetime]] = defaultdict(list)
    for answer in answers:
        if answer.annotator and answer.at is not None:
            moments[answer.annotator].append(answer.at)
    if all(moment.time() == time.min for of_one in moments.values() for moment in of_one):
        return []
    return [
        (person, (after - before).total_seconds())
        for person, of_one in sorted(moments.items())
        for before, after in pairwise(sorted(of_one))
    ]


def finish_items(answers: Iterable[Record]) -> dict[str, datetime]:
    """Give the moment of the last dated answer to each item."""
    finished: dict[str, datetime] = {}
    for answer in answers:
        if answer.at is not None:
            finished[answer.item] = max(answer.at, finished.get(answer.item, answer.at))
    return finished


def measure_pace(answers: Sequence[Record]) -> Pace | None:
    """Count the items finished on each day."""
    finished = finish_items(answers)
    if not finished:
        return None
    days = {answer.at.date() for answer in answers if answer.at is not None}
    first, last = min(days), max(days)
    by_day = Counter(moment.date() for moment in finished.values())
    counts = np.array([by_day[first + timedelta(days=n)] for n in range((last - first).days + 1)], dtype=float)
    return Pace(
        first=first.isoformat(),
        last=last.isoformat(),
        calendar_days=len(counts),
        days_with_answers=len(days),
        items_per_day=mean_interval(counts),
        undated=sum(answer.at is None for answer in answers),
    )


def mean_interval(values: Floats, groups: Sequence[str] | None = None) -> Interval:
    """Give a mean of numbers from 0 on, (n,), with its 80% interval; `groups` say whose they are.

    Examples:
        >>> [round(end, 2) for end in mean_interval(np.array([8.0, 10.0, 12.0]))]  # se = 2 / √3, t = 1.886
        [8.04, 10.0, 12.43]
    """
    n, mean = len(values), float(values.mean())
    if n < 2 or mean == 0:
        return mean, mean, mean
    residuals = values - mean
    error, freedom = math.sqrt(float(residuals @ residuals) / (n - 1) / n), n - 1
    if groups is not None and len(set(groups)) > 1:
        sums = pd.Series(residuals).groupby(list(groups)).sum().to_numpy()
        g = len(sums)
        clustered = math.sqrt(g / (g - 1) * float(sums @ sums)) / n
        if clustered > error:
            error, freedom = clustered, g - 1
    width = math.exp(float(stdtrit(freedom, QUANTILES[-1])) * error / mean)
    return mean / width, mean, mean * width


def range_value(interval: Interval) -> str | float:
    """Give an interval as a plan file has it: a range to three digits, or one number where its ends are the same."""
    low, high = (float(f"{end:.3g}") for end in (interval[0], interval[2]))
    return low if low == high else f"{low:.12g} to {high:.12g}"
