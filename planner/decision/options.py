"""People, a language model, or both: every way to get answers priced on the same joint draws.

Random labels and active learning are people's here. A language model labels and a model is trained; or it answers in
production, and nothing is trained; or it labels, and people label where it is unsure. Each option pays for its labels,
its engineering, its machines and its answers in production. One that misses the target in a future pays, as long as
the plan names no cost of a miss, for the option that reaches it most often as well.

Notation:
    total   (n_draws,)  what an option costs in each future, in USD
    s       (n_draws,)  share of the items that people label, where the language model is unsure
    e       (n_draws,)  error rate of the labels that it keeps
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import reduce
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.special import betaincinv

from planner.costs import QuoteCosts, vote_price_path, with_delay
from planner.costs.bill import with_failure, with_other_option
from planner.costs.language_model import answers_bill, item_usd, share_with_people, with_measuring, with_production
from planner.decision.break_even import changes
from planner.decision.budget import value_in_hand
from planner.decision.case import Case, Changes
from planner.decision.comparison import Order, Priced, miss_is_named
from planner.decision.information import p_best, value_of_information
from planner.decision.solve_inputs import SolveInput, lever_of
from planner.decision.state import Call, Interval
from planner.plan import paths
from planner.plan.quantity import NON_NEGATIVE
from planner.randomness import keyed_rng
from simulations.arrays import Floats
from simulations.curve_table import read_numbers
from simulations.errors import InputError

RANDOM, ACTIVE = "random", "active_learning"
LLM_LABELS, LLM_ANSWERS, LLM_THEN_PEOPLE = "llm_labels", "llm_answers", "llm_then_people"

TURN_DRAWS = 400
TURN_TIMES = 10.0
TURN_POINTS = 5  # values tried from what an input is to ten times as much, and to a tenth
TURN_CLOSE = 0.01  # of the value, which is said in two digits
MODEL_INPUTS = (paths.PROMPT_HOURS, paths.AUDIT_ITEMS, paths.UNSURE_SHARE, paths.KEPT_ERROR_RATE)
AUDITS = (50, 100, 200, 400, 800, 1_600)  # items

COVERAGE_COLUMNS = ("threshold", "n_covered", "n_errors")


@dataclass(frozen=True)
class OptionOutcome:
    """One option over all draws.

    Attributes:
        labelled_by: vendors that label or answer.
        strategy: how labels are chosen; None where nothing is trained.
        labels: labels bought for training; None where more than that share of draws never reaches the target.
        total_usd: what it costs, the price of a miss included.
        lines_usd: mean of each line of the bill; they sum to the mean total.
        value: value of the metric reached, a fraction; of a language model that answers, 1 − its error rate.
        p_unreachable: share of draws in which it misses the target.
        p_cheapest: share of draws in which its total is the lowest, ties split.
        unsure_share: share of the labels that people give after the language model; None where it does not label first.
    """

    labelled_by: str
    strategy: str | None
    labels: Interval
    total_usd: Interval
    lines_usd: Mapping[str, float]
    days: Interval
    value: Interval
    p_unreachable: float
    p_cheapest: float
    unsure_share: Interval | None = None

    @property
    def mean_usd(self) -> float:
        """Mean total."""
        return sum(self.lines_usd.values())


@dataclass(frozen=True)
class Turn:
    """A value of one input beyond which another option has the lowest mean total.

    Attributes:
        planned: the input's value in the plan, its median.
        side: whether that holds for the value and more, or for it and less.
        said: the value in few digits, looked for up to ten times and a tenth of the planned one.
        cheapest: the option that is the cheapest there.
    """

    input: str
    label: str
    unit: str
    planned: float
    side: Literal["above", "below"]
    said: float
    cheapest: str


@dataclass(frozen=True)
class AuditValue:
    """What an audit of so many items would be worth before an option is chosen, and what people label them for.

    Attributes:
        worth_usd: expected value of its information (EVSI), with its standard error.
        cost_usd: mean price of the items.
    """

    items: int
    worth_usd: float
    worth_se_usd: float
    cost_usd: float

    @property
    def net_usd(self) -> float:
        """What it is worth beyond what it costs."""
        return self.worth_usd - self.cost_usd


@dataclass(frozen=True)
class OptionsComparison:
    """All options beside each other.

    Attributes:
        outcomes: option -> what it comes to; random labels and active learning first.
        call: the cheapest by mean against the next: USD that it saves on average, and what may be lost by it.
        p_unreachable: share of draws in which no option reaches the target.
        turns: what makes another option the cheapest, the nearest first.
        audits: of the language model's errors, by rising size; empty where its error rate is one number.
    """

    outcomes: Mapping[str, OptionOutcome]
    call: Call
    p_unreachable: float
    turns: tuple[Turn, ...]
    audits: tuple[AuditValue, ...] = ()

    @property
    def ranked(self) -> list[str]:
        """Options by their mean total, the cheapest first."""
        return sorted(self.outcomes, key=lambda name: self.outcomes[name].mean_usd)

    def to_dict(self) -> dict[str, Any]:
        """Give the comparison as JSON has it."""
        return {
            "cheapest": self.ranked[0],
            "expected_saving_usd": self.call.expected,
            "expected_loss_usd": self.call.expected_loss,
            "too_close": self.call.state == "too_close",
            "p_unreachable": self.p_unreachable,
            "options": {name: {**asdict(one), "mean_usd": one.mean_usd} for name, one in self.outcomes.items()},
            "turns": [asdict(turn) for turn in self.turns],
            "audits": [{**asdict(audit), "net_usd": audit.net_usd} for audit in self.audits],
        }


@dataclass(frozen=True)
class Sharing:
    """How items are shared at one threshold: s, and the error rate of what the model keeps, (n_draws,) or (1,)."""

    unsure: Floats
    kept_error: Floats


@dataclass(frozen=True)
class Choice:
    """What an option is cheapest with on average: its vendor's place, and that of its threshold in a coverage table."""

    vendor: int
    threshold: int = 0


@dataclass(frozen=True)
class PricedOption:
    """One option priced on all draws, before misses have a price; value and unsure, s where it has one, (n_draws,)."""

    choice: Choice
    vendors: str
    priced: Priced
    value: Floats
    unsure: Floats | None = None


@dataclass(frozen=True)
class OptionPricer:
    """Prices the options of a case.

    Attributes:
        sharings: by threshold of a coverage table; empty where the plan tells share and error itself.
        choices: option -> what was found to be its cheapest; where it is missing, vendors and thresholds are tried.
        people: people's two options, where they are known.
    """

    case: Case
    sharings: tuple[Sharing, ...] = ()
    choices: Mapping[str, Choice] = field(default_factory=dict)
    people: tuple[PricedOption, PricedOption] | None = None

    def price(self) -> dict[str, PricedOption]:
        """Price every option, random labels first."""
        random, active = self.people or self.price_people()
        found = {RANDOM: random, ACTIVE: active}
        price_with = {
            LLM_LABELS: self._model_labels, LLM_ANSWERS: self._model_answers, LLM_THEN_PEOPLE: self._model_first
        }  # fmt: skip
        for name in self.case.plan.options.names:
            tried = [price_with[name](choice, random) for choice in self._choices_of(name)]
            found[name] = min(tried, key=lambda one: self._mean_usd(one.priced, (random.priced, active.priced)))
        return found

    def price_people(self) -> tuple[PricedOption, PricedOption]:
        """Price labels by people: random ones, and those that active learning chooses."""
        random = self._people("random", None)
        return random, self._people(self.case.chosen.al_plan, random.priced.bill.days)

    def _mean_usd(self, priced: Priced, people: Sequence[Priced]) -> float:
        """Give the mean total by which vendors and thresholds are chosen; misses pay for people's surer option."""
        usd = priced.bill.total_usd
        if not miss_is_named(self.case.plan):
            surest = max(people, key=lambda option: (option.reached.mean(), -option.mean_usd))
            usd = usd + np.where(priced.reached, 0.0, surest.bill.total_usd)
        return float(np.mean(usd))

    def _choices_of(self, option: str) -> list[Choice]:
        if option in self.choices:
            return [self.choices[option]]
        thresholds = range(max(len(self.sharings), 1)) if option == LLM_THEN_PEOPLE else (0,)
        return [Choice(model, at) for model in self.case.plan.language_models for at in thresholds]

    def _people(self, name: str, days_random: Floats | None) -> PricedOption:
        before = self.case.plans[name]
        return _trained(self.case, name, Choice(before.vendor), days_random, before.batch_size)

    def _model_labels(self, choice: Choice, random: PricedOption) -> PricedOption:
        """Price labels by a language model, and a model trained on them."""
        return self._measured(_trained(self.case, "random", choice, random.priced.bill.days), random)

    def _model_first(self, choice: Choice, random: PricedOption) -> PricedOption:
        """Price labels by a language model, or by people where it is unsure, and a model trained on them."""
        case, values = self.case, self.case.values
        told = () if self.sharings else (Sharing(values[paths.UNSURE_SHARE], values[paths.KEPT_ERROR_RATE]),)
        sharing = (self.sharings or told)[choice.threshold]
        plan, values = share_with_people(
            QuoteCosts.of(case.plan, case.values, choice.vendor),
            QuoteCosts.of(case.plan, case.values, random.choice.vendor),
            case.plan,
            unsure=sharing.unsure,
            kept_error=sharing.kept_error,
            items=random.priced.bill.labels,
        )
        together = Choice(len(plan.vendors) - 1)
        found = _trained(replace(case, plan=plan, values=values), "random", together, random.priced.bill.days)
        return replace(self._measured(found, random), choice=choice, unsure=sharing.unsure)

    def _measured(self, option: PricedOption, random: PricedOption) -> PricedOption:
        """Add the prompt and the audit of a language model's labels, by the people who label at random."""
        people = QuoteCosts.of(self.case.plan, self.case.values, random.choice.vendor)
        bill = with_measuring(option.priced.bill, people, self.case.values)
        return replace(option, priced=replace(option.priced, bill=bill))

    def _model_answers(self, choice: Choice, random: PricedOption) -> PricedOption:
        """Price a language model that answers in production; nothing is trained."""
        case, days_random = self.case, random.priced.bill.days
        quote, people = (QuoteCosts.of(case.plan, case.values, one.vendor) for one in (choice, random.choice))
        value = np.asarray(1 - quote.error_rate)
        reached = value >= (case.target or 0.0)
        bill = with_failure(answers_bill(quote, people, case.values), case.values, reached)
        priced = Priced(choice.vendor, with_delay(case.plan, bill, days_random, case.values), reached)
        return PricedOption(choice, quote.terms.name, priced, value)


def _trained(
    case: Case, name: str, choice: Choice, days_random: Floats | None, batch_size: float | None = None
) -> PricedOption:
    """Price labels from one vendor, the training on them, and the trained model's answers in production."""
    priced = Order(case, name, days_random).price(choice.vendor, batch_size)
    value = value_in_hand(case, name, priced)
    priced = replace(priced, bill=with_production(case.plan, priced.bill, case.values))
    return PricedOption(choice, case.plan.vendors[choice.vendor].name, priced, value)


def with_misses(case: Case, options: Mapping[str, PricedOption]) -> dict[str, PricedOption]:
    """Let options pay for their misses: the option that reaches the target most often is bought after all."""
    if miss_is_named(case.plan):
        return dict(options)
    surest = min(options, key=lambda name: (-options[name].priced.reached.mean(), options[name].priced.mean_usd))
    other, days_random = options[surest].priced.bill, options[RANDOM].priced.bill.days
    found = dict(options)
    for name, option in options.items():
        if name != surest and not option.priced.reached.all():
            bill = with_other_option(option.priced.bill, other, ~option.priced.reached)
            bill = with_delay(case.plan, bill, days_random, case.values)
            found[name] = replace(option, priced=replace(option.priced, bill=bill))
    return found


def compare_options(case: Case, base: Path, *, seed: int = 0, turns: bool = True) -> OptionsComparison:
    """Compare the options that a plan names with random labels and active learning by people.

    Args:
        case: the plan on its draws, with a target.
        base: folder of the plan file, in which its coverage table lies.
        seed: of the draws from a coverage table.
        turns: whether to look for what turns the answer, and what an audit would be worth, which takes far longer.

    Raises:
        InputError: the coverage table cannot be read.
    """
    table = case.plan.options.coverage
    sharings = () if table is None else read_coverage(base / table, case.n_draws, seed)
    options = with_misses(case, OptionPricer(case, sharings).price())
    totals = _totals(options, case.n_draws)
    shares = dict(zip(options, p_best(-totals.T).tolist(), strict=True))
    first, second = np.argsort(totals.mean(axis=1), kind="stable")[:2]
    ahead = totals[second] - totals[first]
    missed = float((~reduce(np.logical_or, (one.priced.reached for one in options.values()))).mean())
    choices = {name: option.choice for name, option in options.items()}
    return OptionsComparison(
        outcomes={name: _outcome(case, name, option, shares[name]) for name, option in options.items()},
        call=Call(float(np.maximum(ahead, 0).mean()), float(np.maximum(-ahead, 0).mean()), missed),
        p_unreachable=missed,
        turns=tuple(_turns(case, sharings, choices)) if turns else (),
        audits=tuple(_value_audits(case, options, totals, seed)) if turns else (),
    )


def _value_audits(case: Case, options: Mapping[str, PricedOption], totals: Floats, seed: int) -> Iterator[AuditValue]:
    """Value audits of several sizes: simulate in each draw how many answers people find wrong."""
    (model, *_) = (option.choice.vendor for name, option in options.items() if name.startswith("llm"))
    error = QuoteCosts.of(case.plan, case.values, model).error_before_review
    if error.size == 1:
        return
    people = QuoteCosts.of(case.plan, case.values, options[RANDOM].choice.vendor)
    rng = keyed_rng(seed, "options.audits")
    for items in AUDITS:
        found = value_of_information(-totals.T, list(options), {"audit": rng.binomial(items, error) / items})
        cost = items * float(np.mean(item_usd(people, np.array([float(items)]))))
        yield AuditValue(items, found.inputs["audit"].evppi_usd, found.inputs["audit"].se_usd, cost)


def _totals(options: Mapping[str, PricedOption], n_draws: int) -> Floats:
    """Give the totals of all options, (options, n_draws)."""
    return np.stack([np.broadcast_to(one.priced.bill.total_usd, n_draws) for one in options.values()])


def _outcome(case: Case, name: str, option: PricedOption, p_cheapest: float) -> OptionOutcome:
    bill, reached, trained = option.priced.bill, option.priced.reached, name != LLM_ANSWERS
    return OptionOutcome(
        labelled_by=option.vendors,
        strategy=(case.chosen.al_plan if name == ACTIVE else "random") if trained else None,
        labels=Interval.of(bill.labels, reached=reached if trained else None),
        total_usd=Interval.of(bill.total_usd),
        lines_usd={line: float(np.mean(usd)) for line, usd in bill.lines.items()},
        days=Interval.of(bill.days),
        value=Interval.of(option.value),
        p_unreachable=float((~reached).mean()),
        p_cheapest=p_cheapest,
        unsure_share=None if option.unsure is None else Interval.of(option.unsure),
    )


def read_coverage(path: Path, n_draws: int, seed: int) -> tuple[Sharing, ...]:
    """Read how many items a language model is sure of at each threshold, and how many of those are wrong.

    The lowest threshold covers all items that were looked at. Shares are drawn from their posteriors (Jeffreys).

    Raises:
        InputError: the file cannot be read, a column is missing, or its counts do not fit each other.
    """
    try:
        table = pd.read_csv(path, skipinitialspace=True, comment="#")
    except (ValueError, OSError) as error:
        raise InputError(f"{path}: cannot be read as a coverage table ({str(error).splitlines()[0]})") from error
    for name in COVERAGE_COLUMNS:
        if name not in table.columns:
            raise InputError(f"{path}: column '{name}' is missing; allowed: {', '.join(COVERAGE_COLUMNS)}")
        table[name] = read_numbers(table[name], str(path), whole=name != "threshold")
    table = table.sort_values("threshold")
    covered, errors = (table[name].to_numpy(dtype=float) for name in COVERAGE_COLUMNS[1:])
    if not len(table) or covered[0] < 1 or (np.diff(covered) > 0).any() or (errors > covered).any():
        raise InputError(
            f"{path}: found n_covered {', '.join(f'{x:g}' for x in covered) or 'nothing'} with n_errors "
            f"{', '.join(f'{x:g}' for x in errors) or 'nothing'} by rising threshold; allowed: all items at the lowest "
            "threshold, never more at a higher one, and no more errors than items"
        )
    u, v = keyed_rng(seed, "options.coverage").random((2, n_draws))  # a draw keeps its place at each threshold
    return tuple(
        Sharing(np.zeros(1) if n == covered[0] else 1 - _posterior(n, covered[0], u), _posterior(wrong, n, v))
        for n, wrong in zip(covered, errors, strict=True)
    )


def _posterior(hits: float, trials: float, u: Floats) -> Floats:
    """Give quantiles of a share of which so many trials had so many hits."""
    return np.asarray(betaincinv(hits + 0.5, trials - hits + 0.5, u))


def _turns(case: Case, sharings: tuple[Sharing, ...], choices: Mapping[str, Choice]) -> list[Turn]:
    """Find for each input the nearest value at which another option is the cheapest; vendors and thresholds stay."""
    thin = case.thinned(TURN_DRAWS)
    at = np.linspace(0, case.n_draws - 1, thin.n_draws).astype(np.int64)  # the draws that `thinned` takes
    few = tuple(Sharing(*(x[at] if x.size > 1 else x for x in (one.unsure, one.kept_error))) for one in sharings)

    people = OptionPricer(thin).price_people()
    model_paths = tuple(f"vendors.{model}." for model in case.plan.language_models) + MODEL_INPUTS

    def means(setting: Changes) -> Floats:
        """Give the mean total of each option, (options,); what concerns a language model alone leaves people's."""
        there, of_models = thin.at_setting(setting), all(path.startswith(model_paths) for path in setting)
        options = OptionPricer(there, few, choices, people if of_models else None).price()
        return np.asarray(_totals(with_misses(there, options), there.n_draws).mean(axis=1))

    now = int(means({}).argmin())
    found = [turn for lever in _levers(thin, choices) for turn in _turns_of(lever, means, list(choices), now)]
    return sorted(found, key=lambda turn: abs(np.log(turn.said / turn.planned)))


def _levers(case: Case, choices: Mapping[str, Choice]) -> Iterator[SolveInput]:
    """Give the inputs that may turn the answer: target, volumes, prices, errors and hours."""
    people, models = choices[RANDOM].vendor, {one.vendor for name, one in choices.items() if name.startswith("llm")}
    wanted = [paths.TARGET, paths.RANDOM_LABELS, paths.POOL_SIZE, paths.PREDICTIONS, paths.ONE_OFF_HOURS]
    wanted += [paths.PROMPT_HOURS, paths.AUDIT_ITEMS]
    if LLM_THEN_PEOPLE in choices:
        wanted += [paths.UNSURE_SHARE, paths.KEPT_ERROR_RATE]
    for vendor in (people, *sorted(models)):
        yield _vendor_price(case, vendor)
        told = case.plan.vendors[vendor].vote_error_rate is not None
        wanted.append(paths.vendor(vendor, "vote_error_rate" if told else "delivered_error_rate"))
    known = {item.path: item for item in case.plan.inputs() if item.quantity is not None}
    for path in wanted:
        if path in known and not (path == paths.TARGET and case.plan.need_assumed):
            lever = lever_of(case, known[path])
            table, _, place = path.rpartition(".")[0].partition(".")
            of = f" of {case.plan.vendors[int(place)].name}" if table == "vendors" else ""
            yield replace(lever, label=f"{lever.label}{of}")


def _vendor_price(case: Case, vendor: int) -> SolveInput:
    name = case.plan.vendors[vendor].name
    planned = float(np.median(QuoteCosts.of(case.plan, case.values, vendor).vote_usd))
    path = vote_price_path(vendor)
    return SolveInput(
        path, f"Price of a vote by {name}", case.plan.task.currency, planned, None, 0.0, 1e9, NON_NEGATIVE,
        lambda column: {path: column},
    )  # fmt: skip


def _turns_of(lever: SolveInput, means: Callable[[Changes], Floats], names: Sequence[str], now: int) -> Iterator[Turn]:
    """Find the nearest value on either side of the planned one from which on another option has the lowest mean."""
    asked: dict[float, Floats] = {}

    def at(value: float) -> Floats:
        if value not in asked:
            asked[value] = means(lever.changes(np.array([value])))
        return asked[value]

    def behind(x: Floats) -> Floats:
        """Give the USD by which the option now the cheapest lies behind the cheapest of the others, (1, G)."""
        return np.array([[at(value)[now] - np.delete(at(value), now).min() for value in x.tolist()]])

    # A range whose middle, known for sure, has another answer than its draws turns nowhere.
    if lever.planned <= 0 or behind(np.array([lever.planned])) >= 0:
        return
    low, high = lever.about(TURN_TIMES)
    sides = lever.spread(low, lever.planned, TURN_POINTS), lever.spread(lever.planned, high, TURN_POINTS)
    (found,) = changes(behind, np.unique(np.concatenate(sides)), whole=lever.domain.whole, close=TURN_CLOSE)
    below, above = ([x for x in found.at if (x > lever.planned) == up] for up in (False, True))
    for turn in (*below[-1:], *above[:1]):
        side: Literal["above", "below"] = "above" if turn > lever.planned else "below"
        rounded = lever.rounded(turn, 2, up=side == "above")
        said = rounded if at(rounded).argmin() != now else turn
        yield Turn(lever.path, lever.label, lever.unit, lever.planned, side, said, names[int(at(said).argmin())])
