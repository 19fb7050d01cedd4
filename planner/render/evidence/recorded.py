"""The recorded library in words and tables."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from planner.decision.load_curves import OWN_SAVINGS
from planner.decision.verdict import Summary, Verdict
from planner.evidence import NOTICES_FILE, Coverage, PublishedCoverage
from planner.render import numbers as n
from planner.render.evidence.backtest import method_name, points
from planner.render.terminal import print_rows

_UNTOLD = "not told"


def evidence_rows(verdict: Verdict) -> list[dict[str, str]]:
    """Give one row a source of curves: its weight, and why it has it."""
    return [
        {
            "Data set": n.plain(str(row["dataset"])),
            "Weight": n.share(float(row["weight"])),
            "Why": n.plain(str(row["why"])),
        }
        for row in verdict.evidence.to_dict(orient="records")
    ]


def evidence_sentence(verdict: Summary) -> str:
    """Say on how many data sets the curves rest, and how much they weigh."""
    frame = verdict.evidence[verdict.evidence["dataset"] != OWN_SAVINGS]  # a belief is no data set
    # A data set has a row for each learner it was recorded with.
    used = frame[frame["weight"] > 0].groupby("dataset", sort=False)["weight"].sum()
    if used.empty:
        return "No data set stands behind the curves."
    ranked = used.sort_values(kind="stable")
    several = f"{len(used)} data sets" if len(used) > 1 else "1 data set"
    rest = f"The curves rest on {several} of {frame['dataset'].nunique()}"
    if len(used) > 1 and n.share(float(ranked.iloc[0])) == n.share(float(ranked.iloc[-1])):
        return f"{rest}, of which each has {n.share(float(ranked.iloc[0]))} of the weight."
    return f"{rest}; most weight has {n.plain(str(ranked.index[-1]))} with {n.share(float(ranked.iloc[-1]))}."


def score_rows(result: Mapping[str, Any]) -> list[dict[str, str]]:
    """Give one row a method of a backtest: its error and how often its intervals held, each with its interval."""
    return [
        {
            "Method": method_name(str(record["method"])),
            "Off by (points)": _estimate_words(record["absolute_error"], points),
            "80% intervals held": _estimate_words(record["coverage80"], n.share),
        }
        for record in result["overall"]["methods"]
    ]


def _estimate_words(found: Mapping[str, Any] | None, write: Callable[[float], str]) -> str:
    """Write a mean with its 80% interval over data sets."""
    if found is None:
        return "gives none"
    if found["q10"] is None:
        return f"{write(found['mean'])} (one data set: no interval)"
    low, high = (min(max(found[end], 0.0), 1.0) for end in ("q10", "q90"))
    return f"{write(found['mean'])} ({write(low)} to {write(high)})"


def coverage_rows(found: Sequence[Coverage], *, licences: bool = False) -> list[dict[str, str]]:
    """Give one row a data set and learner, with the licence of the data if wanted; see `strategy_sentences`."""
    return [
        {
            "Data set": n.plain(one.dataset),
            "Learner": n.plain(one.learner),
            "Strategies": n.count(len(one.strategies)),
            "Initial set": _count_words(one.initial_sizes),
            "Batch": _count_words(one.batch_sizes),
            "Last count": n.count(one.last_labels),
            "Pool": n.count(one.pool_size),
            "Seeds": n.count(one.seeds),
            "Campaigns": n.count(one.campaigns),
            "Recording": ", ".join(str(place + 1) for place in one.recorded) or _UNTOLD,
            **({"Licence of the data": _licence_words(one.licence)} if licences else {}),
        }
        for one in found
    ]


def count_sentences(found: Sequence[Coverage]) -> list[str]:
    """Count the data sets by kind, classes, imbalance, size and learner."""
    sets = {one.dataset: one for one in found}
    real = [one for name, one in sets.items() if not name.startswith("synthetic")]
    if not real:
        return []
    kinds = Counter(one.kind for one in real if one.kind is not None)
    learners = Counter(one.learner for one in found)
    counted = [
        ("have two classes", sum(one.classes == 2 for one in real)),
        ("twenty or more", sum((one.classes or 0) >= 20 for one in real)),
        ("a largest class of ten times the smallest or more", sum((one.imbalance or 1) >= 10 for one in real)),
        ("a pool above 20,000 items", sum(one.pool_size > 20_000 for one in real)),
    ]
    return [
        f"{n.count(len(sets))} data sets, {n.count(len(real))} of them real: "
        f"{', '.join(f'{n.count(count)} {kind}' for kind, count in kinds.most_common())}.",
        f"Of the real ones {', '.join(f'{n.count(count)} {what}' for what, count in counted)}.",
        f"Data sets by learner: {', '.join(f'{n.plain(name)} {n.count(k)}' for name, k in learners.most_common())}.",
    ]


def strategy_sentences(found: Sequence[Coverage]) -> list[str]:
    """Name the strategies: those of most rows, and those of the learners or single rows that have others."""
    if not found:
        return []
    usual = Counter(one.strategies for one in found).most_common(1)[0][0]
    others: dict[tuple[str, ...], list[Coverage]] = {}
    for one in found:
        if one.strategies != usual:
            others.setdefault(one.strategies, []).append(one)
    rows = Counter(one.learner for one in found)
    told = [f"Strategies: {', '.join(usual)}."]
    for strategies, alike in others.items():
        names = []
        for learner, count in Counter(one.learner for one in alike).items():
            single = [n.plain(one.dataset) for one in alike if one.learner == learner]
            whole = count == rows[learner]
            names.append(n.plain(learner) if whole else f"{', '.join(single)} with {n.plain(learner)}")
        told.append(f"Strategies of {' and of '.join(names)}: {', '.join(strategies)}.")
    return told


def recording_sentences(made: Sequence[Mapping[str, Any]]) -> list[str]:
    """Say of each recording when, with what, on which machine and by which command it was made."""
    return [
        f"Recording {place}: recorded on {one['made_on']} by labelplan {one['labelplan']} on {one['machine']} "
        f"({_version_words(one)}), {n.count(one['rows'])} measured points: {n.plain(one['command'])}"
        for place, one in enumerate(made, 1)
    ]


def made_words(found: Mapping[str, Any], start: str) -> str:
    """Say on which machine, with which versions and by which command something was made; `start` counts its rows."""
    return n.plain(
        f"{start.format(n.count(found['rows']))} ({found['machine']}; {_version_words(found)}). The command was: "
        f"{found['command']}"
    )


def _version_words(found: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {version}" for name, version in found["versions"].items())


def _licence_words(told: str | None) -> str:
    return _UNTOLD if told is None else n.plain(told)


def _count_words(numbers: Sequence[int]) -> str:
    return ", ".join(map(n.count, numbers))


def print_coverage(found: Sequence[Coverage], made: Sequence[Mapping[str, Any]]) -> None:
    """Print one line a data set and learner, then strategies, recordings and licences."""
    print_rows(coverage_rows(found))
    for sentence in (*count_sentences(found), *strategy_sentences(found), *recording_sentences(made)):
        print(sentence)
    licences = {one.dataset: _licence_words(one.licence) for one in found}
    print_rows([{"Data set": n.plain(name), "Licence of the data": licence} for name, licence in licences.items()])


def print_published(found: Sequence[PublishedCoverage], sources: Mapping[str, Mapping[str, str]]) -> None:
    """Print one line a data set and learner that others published, then strategies and sources."""
    if not found:
        return
    print("Published by others; plans draw on what margin, entropy and core-set saved there:")
    print_rows(_published_rows(found))
    alike: dict[tuple[str, ...], list[str]] = {}
    for one in found:
        alike.setdefault(one.strategies, []).append(f"{n.plain(one.dataset)} with {n.plain(one.learner)}")
    for strategies, where in alike.items():
        print(f"Strategies of {', '.join(where)}: {', '.join(strategies)}.")
    for name, source in sources.items():
        print(f"{name}: {n.plain(source['paper'])}. Models: {n.plain(source['models'])}. Notices: {NOTICES_FILE}.")


def _published_rows(found: Sequence[PublishedCoverage]) -> list[dict[str, str]]:
    return [
        {
            "Data set": n.plain(one.dataset),
            "Learner": n.plain(one.learner),
            "Fine-tuned": "yes" if one.fine_tuned else "no",
            "Strategies": n.count(len(one.strategies)),
            "Batch": _count_words(one.batch_sizes),
            "Labels": f"{n.count(one.first_labels)} to {n.count(one.last_labels)}",
            "Seeds": n.count(one.seeds),
            "Source": n.plain(one.source),
            "Licence": _licence_words(one.licence),
        }
        for one in found
    ]
