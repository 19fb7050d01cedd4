"""The verdict of a plan, with the warnings that a reader needs before trusting it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import ParamSpec, Unpack

import numpy as np
import pandas as pd

from planner import __version__
from planner.costs import QuoteCosts, quote_warnings
from planner.costs.label_noise import measured_accuracy, precision_factor
from planner.costs.quote_costs import late_warning
from planner.decision.analysis import Questions, analyse
from planner.decision.assumptions import list_inputs
from planner.decision.break_even import break_evens, chance_by_price, lowest_price_usd
from planner.decision.case import Case
from planner.decision.hybrid import hybrid_of_plan
from planner.decision.labels_required import Sources, forecast_labels_required
from planner.decision.load_curves import with_measured_seconds
from planner.decision.misses import misses_sentence, percent
from planner.decision.options import compare_options
from planner.decision.repricing import repricing_of
from planner.decision.sensitivity import tornado
from planner.decision.state import RARELY_DECIDED, Interval
from planner.decision.summary import summarise_case, worked
from planner.decision.verdict import Verdict
from planner.plan import DEFAULT_TARGET, Plan
from planner.transfer.task_curves import TaskCurves

N_DRAWS = 5_000
USUAL = Questions()
FUTURES = 50

HIDDEN = 0.01  # of the metric: less that a noisy test set hides is not told
BEYOND = 1.05  # times the last measured labels; less is no extrapolation to speak of
Asked = ParamSpec("Asked")

MOSTLY = 0.5  # share of draws beyond the measured labels from which on a plan counts as extrapolated

NOISY_PILOT = "The pilot's labels count as noisy as the vendors': their error rates are not applied again."
SHARES_RIGHT = frozenset({"accuracy", "balanced_accuracy", "f1_macro", "f1_micro", "f1_weighted"})
"""Metrics that a wrong label in the test set lowers as it does accuracy; of others, as of boxes, nothing is said."""
TEST_NOISE = "The test set is labelled by "
ONE_SIDED_RULE = (
    "Active learning stops by the plan's rule, from what it measures, and may stop short of the target; random "
    "labelling buys until it reaches the target. monitor_random = true stops both by the rule."
)


def verdict_warnings(case: Case) -> tuple[str, ...]:
    """Give the sentences about a case, each about one thing, the gravest first."""
    target, plan, medians = case.plan.task.target, case.plan, case.plan.medians()
    one_sided = case.stopped and "random" not in case.stopped
    found = [
        _warn_of_undecided_draws(case),
        misses_sentence(case),
        _warn_of_own_judge(case),
        _warn_of_test_labels(case),
        warn_of_fine_tuning(plan, case.curves),
        ONE_SIDED_RULE if one_sided else None,
        _warn_of_assumed_need(case),
        _warn_of_early_value(case),
        _warn_of_extrapolation(case),
        *(
            late_warning(plan, one.vendor, medians, float(np.median(one.bill.labels)), float(np.median(one.bill.days)))
            for one in case.plans.values()
        ),
        *quote_warnings(plan),
        f"The target is a range; the plan is priced at its middle, {target.median:.3g}."
        if target is not None and not target.fixed
        else None,
        None if case.curves.clean_labels else NOISY_PILOT,
        _suggest_options(plan),
    ]
    return tuple(sentence for sentence in found if sentence)


def warn_of_fine_tuning(plan: Plan, curves: TaskCurves) -> str | None:
    """Say what fine-tuning is taken to lose of chosen labels, and what to do about it."""
    if plan.strategy.restart != "fine-tune":
        return None
    trains = 'restart = "fine-tune" trains on each new batch alone, and forgets'
    if plan.fine_tune_loss is None or not curves.fine_tuning.names:
        return f"{trains}: what was measured, or is believed to be saved, is taken to have that in it already."
    loss, measured = plan.fine_tune_loss, plan.strategy.fine_tune_loss is None
    why = f"as {'measured on eight data sets (documentation, “Why retrain from scratch?”)' if measured else 'you say'}"
    ends, tenfold = " to ".join(f"{end:.0%}" for end in dict.fromkeys((loss.low, loss.high))), 10 ** (1 - loss.median)
    return (
        f"{trains}. Active learning is taken to lose {ends} of each doubling of labels, {why}: ten times the initial "
        f"set is worth some {tenfold:.2g} times of it. A pilot of active learning, trained so, measures it on your "
        'model; restart = "scratch" loses none of it.'
    )


def _warn_of_own_judge(case: Case) -> str | None:
    """Say where a language model's labels are tested on its own labels."""
    quote = case.plan.vendors[case.plan.test_vendor]
    if quote.labeller != "llm" or all(option.vendor != case.plan.test_vendor for option in case.plans.values()):
        return None
    return (
        f"{quote.name} labels the test set too, and so judges itself: what it always gets wrong is not seen. With a "
        "quote of people, they label the test set (test_vendor)."
    )


def _warn_of_test_labels(case: Case) -> str | None:
    """Say what wrong labels of the test set hide at the target, where that is a point or more."""
    quote = QuoteCosts.of(case.plan, case.plan.medians(), case.plan.test_vendor)
    error, classes, target = float(quote.error_rate[0]), round(case.plan.task.classes.median), case.target
    if target is None or case.plan.task.metric not in SHARES_RIGHT:
        return None
    if (seen := measured_accuracy(target, error, classes)) > target - HIDDEN:
        return None
    return (
        f"{TEST_NOISE}{quote.terms.name}, {error:.1%} of it wrongly: a model that is right in {target:.1%} seems right "
        f"in {seen:.1%} there, and the same precision takes {precision_factor(error, classes):.2f} times the items."
    )


def _suggest_options(plan: Plan) -> str | None:
    """Say that a language model can be compared as more than one vendor among others."""
    models, people = plan.language_models, set(range(len(plan.vendors))) - {*plan.language_models}
    if plan.options.names or plan.task.at_budget or not models or not people:
        return None
    return (
        f"{plan.vendors[models[0]].name} is a language model, counted as one vendor among others here: names under "
        "[options] compare it with people, as labeller, in production, or with people where it is unsure."
    )


def _warn_of_assumed_need(case: Case) -> str | None:
    need = case.plan.random_labels
    if need is None or case.plan.evidence.random_labels is not None:
        return None
    value = "the target" if case.target is not None else f"{DEFAULT_TARGET:.0%}, which is no target but a yardstick"
    estimate = "random_labels" if case.plan.task.target is not None else "random_labels with random_value"
    return (
        f"Nothing yet says how many labels this task needs: random labelling is taken to need from {need.low:,.0f} "
        f"(the initial set) to {need.high:,.0f} (the pool) for {value}, 80% sure. Points that were measured "
        f"already, as a pilot, or your own estimate, as {estimate}, would narrow the answer."
    )


def _warn_of_early_value(case: Case) -> str | None:
    """Say where most curves begin above the value that the need is told for, or above a target below it."""
    value = case.plan.evidence.random_value
    if value is None or value.median == case.target or case.plan.evidence.pilot is not None:
        return None
    first = case.curves.best[0][:, case.curves.lead]
    if (first > value.median).mean() >= MOSTLY:
        return (
            f"Most of the recorded curves begin above random_value ({value.text}): random_labels are taken for their "
            "first point, so that they lie above what you told. A value that is reached later is carried over better."
        )
    if case.target is not None and (first > case.target).mean() >= MOSTLY:
        return (
            f"Most of the recorded curves begin above the target of {case.target:g}, which lies below random_value: "
            "the labels of their first point are taken to be needed, and fewer may do."
        )
    return None


def _warn_of_extrapolation(case: Case) -> str | None:
    """Say how far beyond the measured labels the answer lies, where it rests on measurements of the task itself."""
    if case.curves.clean_labels:
        return None
    beyond = []
    for name in ("random", case.chosen.al_plan):
        last = np.exp(case.curves.log_last[case.curves.strategies.index(name)])
        ratio = np.broadcast_to(case.plans[name].bill.labels, case.n_draws) / last
        if (ratio > BEYOND).mean() >= MOSTLY:
            beyond.append((name, float(np.median(last)), float(np.median(ratio))))
    if not beyond:
        return None
    targets = " and ".join(f"{name} to {ratio:.2g} times its last {last:,.0f} labels" for name, last, ratio in beyond)
    return (
        f"The answer lies beyond what the pilot measured: {targets.replace('_', ' ')}. A longer pilot makes it surer."
    )


def _warn_of_undecided_draws(case: Case) -> str | None:
    """Say where nothing can be called as neither plan reaches the target in most futures."""
    chosen = case.chosen
    neither = chosen.p_unreachable
    if neither == 1:
        if case.target is None or not any(case.in_hand[name].any() for name in ("random", chosen.al_plan)):
            return "The budget does not pay for the smallest plan, with or without active learning."
        return "Neither plan reaches the target in any future: a lower target has an answer."
    if neither <= RARELY_DECIDED:
        return None
    p_decided = (chosen.p_al_cheaper - 0.5 * neither) / (1 - neither)
    return (
        f"In {percent(neither)} of futures neither plan reaches the target, so that nothing is called. In the others "
        f"active learning is the better in {percent(p_decided)}: a lower target would settle it."
    )


def decide_in_steps(
    plan: Plan,
    *,
    n_draws: int = N_DRAWS,
    seed: int = 0,
    base: Path | None = None,
    simulated: pd.DataFrame | None = None,
    coverage: pd.DataFrame | None = None,
    questions: Questions | None = USUAL,
    case: Case | None = None,
) -> Iterator[Verdict]:
    """Decide a plan: first the verdict alone, then the same with what would change it.

    Args:
        plan: what is asked.
        n_draws: joint draws behind every number.
        seed: the same plan, curves and seed give the same verdict.
        base: folder against which the plan's paths are read; the current one when not given.
        simulated: the curve table of the plan's store, when it names one.
        coverage: its coverage table, for hybrid labelling.
        questions: what is asked beyond the verdict, where flips, value of information and pilots are told too; None
            for sensitivity and hybrid labelling alone, which is faster.
        case: what `case_of` makes of the same plan, draws and curves, where that is at hand.

    Yields:
        The verdict with neither sensitivity, hybrid labelling, turns of its options nor analysis, and then with them.

    Raises:
        InputError: the plan asks for something that cannot be answered.
    """
    plan_toml = plan.to_toml()
    plan, measured = with_measured_seconds(plan, simulated)
    case = case or case_of(plan, n_draws=n_draws, seed=seed, base=base, simulated=simulated)
    if questions is not None:
        questions.check(case)
    chosen = case.chosen
    prices = break_evens(case, ("price",))["price"]
    even, p50, p80 = (lowest_price_usd(where) for where in (prices.mean, prices.p50, prices.p80))
    quote = QuoteCosts.of(plan, plan.medians(), case.chosen.plans["random"].vendor)
    price = float(np.ravel(quote.vote_usd)[0])
    compare = partial(compare_options, case, base or Path(), seed=seed)
    verdict = Verdict(
        **vars(summarise_case(case, plan_toml)),
        call=chosen.call,
        al_plan=chosen.al_plan,
        p_al_cheaper=chosen.p_al_cheaper,
        saving_usd=Interval.of(chosen.saving_usd),
        gain=None if chosen.gain is None else Interval.of(chosen.gain),
        futures=tuple(np.quantile(chosen.advantage, (np.arange(FUTURES) + 0.5) / FUTURES).tolist()),
        break_even_mean_usd=even,
        break_even_p50_usd=p50,
        break_even_p80_usd=p80,
        p_unreachable=chosen.p_unreachable,
        sensitivity=(),
        chance_by_price=chance_by_price(case, [x for x in (price, even, p50, p80) if x is not None]),
        hybrid={},
        worked=worked(case),
        assumptions=pd.DataFrame(row for row in list_inputs(plan) if row["path"] not in case.inputs_without_effect),
        warnings=(
            *verdict_warnings(case),
            *case.curves.warnings,
            *([measured] if measured else []),
            *case.worth.sources,
        ),
        price_usd=price,
        votes_per_item=float(np.ravel(quote.votes)[0]),
        n_draws=n_draws,
        seed=seed,
        version=__version__,
        options=compare(turns=False) if plan.options.names else None,
    )
    yield verdict
    bars = tornado(case)
    hybrid, unpriced = hybrid_of_plan(plan, case.curves, simulated, coverage, seed)
    yield replace(
        verdict,
        sensitivity=bars,
        hybrid=hybrid,
        warnings=(*verdict.warnings, *unpriced),
        analysis=None if questions is None else analyse(case, bars, questions, price=prices, seed=seed),
        options=compare() if plan.options.names else None,
        repricing=repricing_of(case) if questions is not None and questions.repricing else None,
    )


def _take_last(steps: Callable[Asked, Iterator[Verdict]]) -> Callable[Asked, Verdict]:
    def decide(*args: Asked.args, **kwargs: Asked.kwargs) -> Verdict:
        """Decide a plan, with everything that `decide_in_steps` says of it, and asked as that is."""
        *_, verdict = steps(*args, **kwargs)
        return verdict

    return decide


decide = _take_last(decide_in_steps)


def case_of(plan: Plan, *, n_draws: int = N_DRAWS, seed: int = 0, **sources: Unpack[Sources]) -> Case:
    """Draw a plan's inputs and curves and compare its plans on them; see `decide`."""
    return Case.of(forecast_labels_required(plan, n_draws=n_draws, seed=seed, **sources))
