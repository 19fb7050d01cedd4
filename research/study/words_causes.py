"""The study page in words, second half: strategies, few labels, uneven classes, models, and what does not pay."""

from collections.abc import Sequence
from statistics import median

from planner.render import numbers as n
from planner.render.numbers import in_points, join_names
from research.study import Study
from research.study.break_even import break_even_price
from research.study.early import Early
from research.study.imbalance import GROUPS
from research.study.measured import DEPTHS, Saved
from research.study.models import OtherModel
from research.study.overview import Middle
from research.study.scale import PRICES_USD, Share, pays_at_price
from research.study.setups import SETUPS
from research.study.words_units import (
    BUILT,
    correlation_words,
    cost_key,
    cost_words,
    markdown_table,
    middle_words,
    of_words,
    saved_words,
    seeds_words,
    setup_words,
    share_words,
)

_METRICS = {"accuracy": "accuracy", "balanced_accuracy": "balanced accuracy", "f1_macro": "macro-F1"}


def cause_blocks(study: Study) -> dict[str, str]:
    """Give the blocks of the second half of the page, in its order."""
    return {
        "strategies": _strategies_block(study),
        "early": _early_block(study),
        "imbalance": _imbalance_block(study),
        "models": _models_block(study),
        "not": _not_block(study),
        "scope": _scope_block(study),
    }


def imbalance_finding(study: Study) -> str:
    """Say what the data sets show of savings by imbalance."""
    clear = [one for one in study.metrics if not _crosses_zero(one.correlation)]
    if not clear:
        return f"{len(study.end)} data sets do not show that uneven classes save more labels, or fewer"
    named = join_names([_METRICS[one.metric] for one in clear])
    more = all((one.correlation.middle or 0) > 0 for one in clear)
    return f"Uneven classes go with {'larger' if more else 'smaller'} savings under {named}"


def models_finding(study: Study) -> str:
    """Say what other models save beside the linear one."""
    if not study.models:
        return "Only the linear model is recorded yet"
    told = [f"{one.learner} on {one.more.count} of {one.more.of}" for one in study.models]
    return f"Data sets on which margin saves more than with the linear model: {join_names(told)}"


def _strategies_block(study: Study) -> str:
    head = ["strategy", "median factor", "surely ahead", "surely behind", "behind or never", "campaigns behind"]
    rows = [
        [
            one.strategy,
            middle_words(one.middle),
            str(one.surely_ahead),
            str(one.surely_behind),
            of_words(one.behind),
            f"{share_words(one.campaigns)} of {n.count(one.pairs)}",
        ]
        for one in study.standings
    ]
    return markdown_table(head, rows)


def _early_block(study: Study) -> str:
    head = ["strategy", "labels per class", "below random", "surely below", "points above random"]
    rows = [
        _early_row(name, one)
        for name, found in (("margin", study.early), ("entropy", study.early_entropy))
        for one in found
    ]
    return markdown_table(head, rows)


def _early_row(name: str, one: Early) -> list[str]:
    span = f"{one.low} and more" if one.high is None else f"{one.low} to {one.high}"
    gap = one.gap
    ends = "" if gap.q10 is None or gap.q90 is None else f" ({in_points(gap.q10)} to {in_points(gap.q90)})"
    return [name, span, of_words(one.below), str(one.surely_below), f"{in_points(gap.mean)}{ends}"]


def _imbalance_block(study: Study) -> str:
    head = ["metric", *(_imbalance_span(low, high) for low, high in GROUPS), "rank correlation with imbalance"]
    rows = [
        [
            _METRICS[one.metric],
            *("–" if group is None else f"{middle_words(group[1])}, {group[0]} sets" for group in one.groups),
            correlation_words(one.correlation),
        ]
        for one in study.metrics
    ]
    uneven = sorted((one for one in study.end if one.imbalance >= GROUPS[1][0]), key=lambda one: one.imbalance)
    by_metric = {one.metric: {saved.dataset: saved for saved in one.saved} for one in study.metrics}
    own = [
        [
            one.dataset,
            n.times(one.imbalance),
            *(saved_words(by_metric[metric][one.dataset]) for metric in by_metric),
            cost_words(break_even_price(one, BUILT)),
        ]
        for one in uneven
    ]
    own_head = ["data set", "imbalance", *(f"factor, {_METRICS[metric]}" for metric in by_metric)]
    return (
        "Median savings factor by imbalance, the largest class share over the smallest:\n\n"
        f"{markdown_table(head, rows)}\n\n"
        f"{imbalance_finding(study)}.\n\n"
        f"{markdown_table([*own_head, f'break-even price, {setup_words(BUILT)}'], own)}"
    )


def _crosses_zero(one: Middle) -> bool:
    return one.low is None or one.high is None or one.low <= 0 <= one.high


def _imbalance_span(low: float, high: float | None) -> str:
    return f"{low:g} and more" if high is None else f"{low:g} to {high:g}"


def _models_block(study: Study) -> str:
    parts = []
    if study.models:
        parts = [_models_table(study.models), "\n".join(f"- {_model_sentence(one)}" for one in study.models)]
    if study.missing:
        parts.append(f"Not recorded on these pools yet: {' and '.join(study.missing)}.")
    return "\n\n".join(parts)


def _models_table(models: Sequence[OtherModel]) -> str:
    linear = {a.dataset: a for model in models for a, _ in model.pairs}
    columns = [{a.dataset: b for a, b in model.pairs} for model in models]
    rows = [
        [name, saved_words(own), *(saved_words(column[name]) if name in column else "–" for column in columns)]
        for name, own in sorted(linear.items())
    ]
    return markdown_table(["savings factor", "linear", *(model.learner for model in models)], rows)


def _model_sentence(one: OtherModel) -> str:
    seeds = seeds_words([other for _, other in one.pairs])
    return (
        f"**{one.learner}** ({seeds} seeds): a larger factor than the linear model's on {of_words(one.more)} data "
        f"sets, the two intervals apart on {one.apart}; behind random or never on {of_words(one.behind)}. The k that "
        f"the linear model gives on the other data sets was enough on {of_words(one.rule)}."
    )


def _not_block(study: Study) -> str:
    never = [one for one in study.end if not one.ahead]
    named = "; ".join(
        f"{one.dataset} ({one.classes} classes, random at {n.percent(one.savings.value or 0)})" for one in never
    )
    lines = [
        f"**At no price** on {of_words(Share.that(not one.ahead for one in study.end))} data sets"
        + (f": {named}." if named else "."),
        f"**Hard tasks, many classes**: over {len(study.end)} data sets the factor's rank correlation is "
        f"{correlation_words(study.hardness)} with random's last error, and {correlation_words(study.classes)} with "
        "the number of classes. Below 0 means that these saved less.",
        f"**Few labels needed**: with {setup_words(BUILT)} the median break-even price is "
        f"{join_names([_depth_price(study.saved[depth]) for depth in sorted(DEPTHS)])}.",
        f"**Cheap labels**: {_cheap(study)}",
    ]
    return "\n".join(f"- {line}" for line in lines)


def _depth_price(saved: Sequence[Saved]) -> str:
    costs = sorted(cost_key(break_even_price(one, BUILT)) for one in saved)
    middle = costs[(len(costs) - 1) // 2]
    needed = n.about_count(median(one.labels_random for one in saved))
    told = n.NEVER if middle == float("inf") else n.money(n.significant(middle, 2))
    return f"{told} where random needs {needed} labels"


def _cheap(study: Study) -> str:
    price = PRICES_USD[1]
    ready = pays_at_price(study.end, SETUPS[0], price)
    return (
        f"at {n.price(price)} a label and the recorded scale it was cheaper on {of_words(ready)} data sets even with "
        f"{setup_words(SETUPS[0])}."
    )


def _scope_block(study: Study) -> str:
    made_up = sum(one.made_up for one in study.end)
    pairs = seeds_words(study.end)
    seconds = (
        ""
        if study.seconds is None
        else f" Computing is left out of the bills: the longest recorded campaign of margin with the linear model took "
        f"{study.seconds:.2g} seconds of a processor."
    )
    return (
        f"{n.count(study.points)} measured points; {len(study.end)} data sets, {len(study.end) - made_up} of them real "
        f"and {made_up} made by a generator, {pairs} seeds each.{seconds}"
    )
