"""What `labelplan backtest --verdicts` prints for people: the finding, then calls, chances and verdicts by evidence."""

from collections.abc import Mapping
from typing import Any

from planner.report import numbers as n
from planner.report import words_verdicts as words
from planner.report.columns import print_groups, print_wrapped
from planner.report.words_backtest import method_name
from planner.report.words_recorded import results_source

_NO = "–"


def print_verdicts(result: Mapping[str, Any]) -> None:
    """Print a verdict backtest.

    Args:
        result: from `planner.evidence.judged.VERDICTS.judged`; without its origin where it was just computed.
    """
    print_wrapped(words.verdicts_headline(result))
    print_wrapped(words.verdicts_scope(result))
    print()
    parts = result["by_evidence"]
    titles = [
        f"{part['evidence']} ({n.count(part['questions'])} questions; active learning cheaper in "
        f"{n.share(part['al_right'])})"
        for part in parts
    ]
    calls = [(title, [_method_row(one) for one in part["methods"]]) for title, part in zip(titles, parts, strict=True)]
    print_groups(["", "right", "80% range", "regret", "80% range", "ours vs it", "USD"], calls)
    chances = [(part["evidence"], [_bin_row(one) for one in part["calibration"]]) for part in parts]
    print_groups(["chance that active learning is cheaper", "questions", "data sets", "said", "true", "80%"], chances)
    states = [(part["evidence"], [_state_row(one) for one in part["states"]]) for part in parts]
    print_groups(["verdict", "questions", "share", "right", "truly close"], states)
    print_wrapped(
        "Regret: what the other plan would have saved, as a share of what random labelling truly cost, averaged within "
        "a data set and then over data sets; ranges are 80% intervals over data sets. In a verdict of too close to "
        "call, the side of one half counts as the call. Truly close: the plans differ by at most a tenth of what "
        "random labelling cost. Rules of thumb take the planner's median for the labels that random needs; the last "
        "line is told how many they truly are, which nobody knows: what it loses is lost by not knowing the saving."
    )
    if "made_on" in result:
        print_wrapped(results_source(result))


def _method_row(record: Mapping[str, Any]) -> list[str]:
    right, regret, ours = record["right"], record["regret"], record["ours_against_it"]
    return [
        f"  {method_name(record['method'])}",
        n.share(right["mean"]),
        _range(right, n.share),
        n.percent(regret["mean"]),
        _range(regret, n.percent),
        "" if ours is None else f"{100 * ours['mean']:+.0f}%".replace("-", n.MINUS),
        n.count(round(record["regret_usd"])),
    ]


def _bin_row(record: Mapping[str, Any]) -> list[str]:
    said, happened = record["said"], record["happened"]
    return [
        f"  {n.share(record['from'])} to {n.share(record['to'])}",
        n.count(record["questions"]),
        n.count(record["data_sets"]),
        _NO if said is None else n.share(said),
        _NO if happened is None else n.share(happened),
        _NO if record["q10"] is None else f"{n.share(record['q10'])} to {n.share(record['q90'])}",
    ]


def _state_row(record: Mapping[str, Any]) -> list[str]:
    return [
        f"  {words.state_name(record['state'])}",
        n.count(record["questions"]),
        n.share(record["share"]),
        _NO if record["right"] is None else n.share(record["right"]),
        _NO if record["truly_close"] is None else n.share(record["truly_close"]),
    ]


def _range(estimate: Mapping[str, Any], word: Any) -> str:
    if estimate["q10"] is None:
        return _NO
    low, high = (min(max(estimate[end], 0.0), 1.0) if word is n.share else estimate[end] for end in ("q10", "q90"))
    return f"{word(low)} to {word(high)}"
