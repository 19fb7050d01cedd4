"""The tables of a plan file, field by field, with unit, default and help.

Names, units and defaults are the contract of the plan file; `planner.plan.plan` reads and edits whole files.
"""

import difflib
import math
import tomllib
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, field_validator, model_validator
from scipy.special import ndtri

from planner.plan.quantity import (
    LOSS,
    OPEN_FRACTION,
    Classes,
    Count,
    CountOrNone,
    Fraction,
    FromOne,
    Loss,
    MeasuredRows,
    NonNegative,
    OneFraction,
    OpenFraction,
    PlanTable,
    Positive,
    Quantity,
    Share,
    field,
    rare_field,
)
from planner.plan.quote import check_rate
from simulations.errors import ALLOWED_METRIC, is_loss

DEFAULT_TARGET = 0.90

PASSIVE = ("random", "stratified_random")
"""Plans that choose without a model: orders that double what is owned, no engineering and nothing scored."""

STREAM_STRATEGIES = ("least_confidence", "margin", "entropy")
"""Strategies that judge an item by itself, and so can choose from a stream."""

QUERY_STRATEGIES = ("margin",)
"""Strategies that can make up what they ask about."""

MEASURED = {"train_seconds_per_item", "epochs", "score_seconds_per_item", "score_usd_per_item", "passes", "members"}
"""Fields that the seconds of simulated curves stand in for."""

_METRICS = (
    *("accuracy", "balanced_accuracy", "f1", "f1_macro", "f1_micro", "f1_weighted", "precision", "recall", "roc_auc"),
    *("average_precision", "r2", "sentence_accuracy", "exact_match", "symbol_accuracy"),
)
"""Metrics that a misspelt name may mean; others are taken as they are."""

RULES = ("target", "forecast", "labels", "budget", "economic", "stable", "plateau")
"""Names of the rules, as `planner.decision.stopping` knows them."""


def _parse_patience(raw: Any) -> float | str:
    if raw == "never":
        return "never"
    try:
        patience = math.nan if isinstance(raw, bool) else float(raw)
    except (TypeError, ValueError):
        patience = math.nan
    if not 0 <= patience < math.inf:
        raise ValueError(f'found {raw!r}; allowed: a number from 0, or "never"')
    return int(patience) if patience.is_integer() else patience


class StoppingTable(PlanTable):
    """When a campaign stops; without rules, a plan buys just what the target needs, or gives up before."""

    give_up: Annotated[int | float | Literal["never"], BeforeValidator(_parse_patience)] = field(
        1,
        "Patience before giving up",
        "times the last gain",
        "An option stops buying once the target is out of sight: beyond its value now plus this many times the gain of "
        "its last doubling of labels for each doubling left in the pool; larger gives up later, never buys all it can",
    )
    rules: tuple[str, ...] = rare_field((), "Stopping rules", help=f"Any of {', '.join(RULES)}")
    when: Literal["any", "all"] = rare_field(
        "any", "Stop when", help="any: as soon as one rule says so; all: when every one does"
    )
    confidence: OpenFraction = rare_field(
        0.9, "Confidence in the target", "fraction", "For target and forecast; higher buys more labels"
    )
    labels: Count | None = rare_field(None, "Labels to stop at", "items", "For labels")
    gain: OpenFraction = rare_field(
        0.002, "Plateau", "fraction", "For plateau: less than this over the last rounds stops"
    )
    agreement: OpenFraction = rare_field(
        0.99, "Agreement", "kappa", "For stable: of successive rounds' predictions, on average"
    )
    rounds: Count = rare_field(3, "Rounds looked back on", "rounds", "For plateau and stable; more stops later")

    @field_validator("rules")
    @classmethod
    def _check_rules(cls, rules: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(rules)) < len(rules) or not set(rules) <= set(RULES):
            raise ValueError(f"found {list(rules)}; allowed: different ones of {', '.join(RULES)}")
        return rules


class TaskTable(PlanTable):
    """The task whose labels are to be bought."""

    name: str = field("Support-ticket intents", "Task")
    metric: str = field("accuracy", "Metric", help="scikit-learn's name: accuracy, balanced_accuracy or f1_macro")
    target: OpenFraction | None = field(None, "Target", "fraction", "The value of the metric that the model must reach")
    pool_size: Count = field(
        100_000, "Pool size", "items", "Unlabelled items to choose from; larger costs more scoring"
    )
    classes: Classes = field(20, "Classes", "classes", "Number of classes; more classes need more labels")
    test_labels: CountOrNone = field(
        2_000, "Test labels", "items", "Random labels kept for measuring; chosen labels cannot test themselves"
    )
    budget_usd: Positive | None = field(None, "Budget", "USD", "No plan may spend more than this, delay aside")
    test_half_width: OpenFraction | None = rare_field(
        None,
        "Precision of the test",
        "fraction",
        "Half of an interval of accuracy at the target; says how many test labels, in place of test_labels",
    )
    test_confidence: float = rare_field(
        0.8, "Confidence of that", "fraction", "How surely accuracy lies within test_half_width"
    )
    test_vendor: str | None = field(
        None,
        "Who labels the test set",
        help="A vendor by name; where absent, the most trusted one: experts before crowds before language models, and "
        "of those the one that errs least",
    )
    random_evaluation: Literal["cross_validation", "test_set"] | None = field(
        None,
        "Random is measured by",
        help="cross_validation: on its own labels, by five more trainings; test_set: on test labels that it buys, as "
        "chosen labels need them; where absent, by cross-validation as soon as it has as many labels as the test set, "
        "if one vendor gives both",
    )
    failure_usd: NonNegative = rare_field(
        0, "Cost of missing the target", "USD", "Paid in each future in which a plan misses it"
    )
    solve_for: Literal["cost_at_target", "value_at_budget"] | None = rare_field(
        None,
        "Solve for",
        help="cost_at_target: what each plan pays for the target; value_at_budget: what each reaches for the budget; "
        "by what is given when absent",
    )
    value_per_point_usd: NonNegative | None = field(
        None, "Value of a point", "USD", "What one point of the metric is worth"
    )
    currency: str = field("USD", "Currency", help="A label beside the amounts; nothing is converted")

    @property
    def items_to_label(self) -> float:
        """Items that there are to label, at their median: the pool without the test labels."""
        return self.pool_size.median - self.test_labels.median

    @property
    def test_size(self) -> int | None:
        """Test items of a measured curve that does not tell its own; None where the task has none."""
        return round(self.test_labels.median) or None

    @property
    def guessed_value(self) -> float:
        """Value of the metric that guessing reaches; 0 where the number of classes alone does not tell it."""
        return 1 / self.classes.median if self.metric in ("accuracy", "balanced_accuracy") else 0.0

    @property
    def at_budget(self) -> bool:
        """Whether plans are compared by what they reach for the budget, and not by what the target costs."""
        return self.solve_for == "value_at_budget" or (self.solve_for is None and self.target is None)

    @field_validator("metric")
    @classmethod
    def _check_metric(cls, metric: str) -> str:
        if is_loss(metric):
            raise ValueError(f'found "{metric}", a loss; allowed: {ALLOWED_METRIC}')
        near = () if metric in _METRICS else difflib.get_close_matches(metric, _METRICS, n=1, cutoff=0.85)
        if near:
            raise ValueError(f'found "{metric}"; allowed: {near[0]}, if that is what is meant')
        return metric

    @model_validator(mode="after")
    def _check_question(self) -> "TaskTable":
        if self.solve_for == "cost_at_target" and self.target is None:
            raise ValueError('solve_for: found "cost_at_target" without target; allowed: together with target')
        if self.solve_for == "value_at_budget" and self.budget_usd is None:
            raise ValueError('solve_for: found "value_at_budget" without budget_usd; allowed: together with budget_usd')
        if self.at_budget and self.failure_usd.high > 0:
            raise ValueError("failure_usd: found without a target to miss; allowed: together with target")
        return self

    @model_validator(mode="before")
    @classmethod
    def _fill_defaults(cls, raw: Any) -> Any:
        if not isinstance(raw, dict):
            return raw
        if not {"target", "budget_usd"} & raw.keys():
            raw = {**raw, "target": DEFAULT_TARGET}
        if "test_half_width" not in raw:
            if "test_confidence" in raw:
                raise ValueError("test_confidence: found without test_half_width; allowed: together with it")
            return raw
        if "test_labels" in raw:
            raise ValueError("found both test_labels and test_half_width; allowed: one of them")
        # The test set is sized at the middle of target and precision; a fault in either is told as its own.
        target, width = (
            Quantity.parse(x, OPEN_FRACTION) for x in (raw.get("target", DEFAULT_TARGET), raw["test_half_width"])
        )
        confidence = raw.get("test_confidence", 0.8)
        if not isinstance(confidence, float) or not 0 < confidence < 1:
            raise ValueError(f"test_confidence: found {confidence}; allowed: above 0 and below 1 (0.95, not 95)")
        return {**raw, "test_labels": size_test_set(target.median, width.median, confidence)}


def size_test_set(accuracy: float, half_width: float, confidence: float = 0.8) -> int:
    """Count the test items at which accuracy is known to within ± `half_width`: z²·a(1 − a)/h², rounded up.

    Examples:
        >>> size_test_set(0.9, 0.01), size_test_set(0.9, 0.01, confidence=0.95)
        (1479, 3458)
    """
    z = float(ndtri((1 + confidence) / 2))
    return math.ceil(round(z**2 * accuracy * (1 - accuracy) / half_width**2, 6))


class StrategyTable(PlanTable):
    """The active-learning plans compared with random labelling."""

    names: tuple[str, ...] = field(("margin",), "Strategies", help="Query strategies to compare with random labelling")
    initial_labels: Count = field(1_000, "Initial labels", "items", "Random labels bought before the first query")
    batch_size: Count = field(1_000, "Batch size", "items", "Labels bought per round; smaller means more rounds")
    restart: Literal["scratch", "warm", "fine-tune"] = field(
        "scratch", "Restart", help="How the model trains each round"
    )

    fine_tune_loss: Loss | None = rare_field(
        None,
        "Lost by fine-tuning",
        "of each doubling of labels",
        'With restart = "fine-tune": chosen labels are worth n0 x (n / n0)^(1 - loss) of those trained on anew; as '
        "measured on eight data sets unless told",
    )
    time_factor: Positive = rare_field(
        1,
        "Time for a chosen item",
        "times",
        "Against a random one: chosen items are harder; counts where annotators are paid by time",
    )
    stream_share: Share | None = rare_field(
        None,
        "Share of a stream bought",
        "labels per item",
        "Where items pass by once, each labelled at once or never: labels bought per item that passes; unless told, "
        "batches are chosen from the pool",
    )
    query_price_factor: Positive | None = rare_field(
        None,
        "Answer to a made-up query",
        "times a label's price",
        "Where items are made up and an instrument or a formula answers: what an answer costs; unless told, batches "
        "are chosen from the pool",
    )
    monitor_random: bool = rare_field(
        False, "Random in rounds too", help="Buy and train random labels in the same rounds, to see when to stop"
    )
    reuse_loss: Fraction = rare_field(
        0,
        "Worth lost on reuse",
        "fraction",
        "Share of the chosen labels' price that the next model, which would choose others, loses",
    )

    @field_validator("names")
    @classmethod
    def _check_names(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if not names or len(set(names)) < len(names) or "random" in names:
            raise ValueError(f"found {list(names)}; allowed: one or more different strategies, without random itself")
        if set(names) <= {*PASSIVE}:
            raise ValueError(f"found {list(names)}; allowed: beside it a strategy that chooses by a model")
        return names

    @model_validator(mode="after")
    def _check_scenario(self) -> Self:
        if self.stream_share is not None and self.query_price_factor is not None:
            raise ValueError("query_price_factor: found beside stream_share; allowed: one of them")
        for field_name, allowed, which in (
            ("stream_share", STREAM_STRATEGIES, "which judge each item of a stream by itself"),
            ("query_price_factor", QUERY_STRATEGIES, "which asks on the boundary of the model"),
        ):
            others = [name for name in self.names if name not in allowed]
            if getattr(self, field_name) is not None and others:
                allowed_names = ", ".join(allowed)
                raise ValueError(f"names: found '{others[0]}' beside {field_name}; allowed: {allowed_names}, {which}")
        return self

    @property
    def scenario(self) -> str:
        """How items are had: chosen from a `pool`, as a `stream` passes by, or as made-up `queries`."""
        if self.query_price_factor is not None:
            return "queries"
        return "pool" if self.stream_share is None else "stream"


@cache
def measured_fine_tune_loss() -> MeasuredRows:
    """Give what fine-tuning was measured to lose of chosen labels: a row a data set and schedule."""
    table = tomllib.loads(files("planner").joinpath("evidence", "fine_tuning.toml").read_text(encoding="utf-8"))
    return MeasuredRows.of((row["loss"] for row in table["rows"] if row["strategy"] not in PASSIVE), LOSS)


class EngineeringTable(PlanTable):
    """What building and running active learning takes in people."""

    one_off_hours: NonNegative = field(
        "60 to 100", "Engineering, one-off", "hours", "Building the active-learning loop"
    )
    hours_per_round: NonNegative = field(2, "Engineering per round", "hours", "Running one round of active learning")
    hourly_rate_usd: NonNegative = field(50, "Engineer's hourly rate", "USD", "Full cost of an engineer's hour")
    projects_sharing: Count = field(
        1, "Projects sharing the engineering", "projects", "Projects among which the one-off work is shared"
    )
    hours_per_project: NonNegative = rare_field(
        0, "Engineering per project", "hours", "Fitting the loop to each project"
    )
    projects_per_year: Positive = rare_field(
        4, "Projects a year", "projects", "How fast the sharing projects come; counts with discount_rate"
    )
    discount_rate: NonNegative = rare_field(
        0, "Discount rate", "fraction a year", "What a dollar loses by coming a year later"
    )
    discounting: Literal["period_end", "period_start"] = rare_field(
        "period_end", "Projects pay at", help="the end or the start of their periods; counts with discount_rate"
    )

    @model_validator(mode="after")
    def _check_discount_rate(self) -> "EngineeringTable":
        check_rate("discount_rate", self.discount_rate, 1)
        return self


class BillTable(PlanTable):
    """Shares of the whole bill: of labels, engineering and machines, not of delays and misses."""

    management_share: Fraction = rare_field(
        0, "Project management", "fraction of the bill", "Of everything else but contingency and tax"
    )
    contingency_share: Fraction = rare_field(
        0, "Contingency", "fraction of the bill", "For what nobody foresees; of everything else but tax"
    )
    tax_rate: Fraction = rare_field(
        0, "Tax", "fraction of the bill", "That you cannot deduct; on the whole bill, management and contingency too"
    )


class ComputeTable(PlanTable):
    """What training and scoring take in machines."""

    train_seconds_per_item: NonNegative = field(0.002, "Training time", "s per item and epoch", "One item, one epoch")
    epochs: Positive = field(20, "Epochs", "epochs", "Passes over the labelled set in one training")
    score_seconds_per_item: NonNegative = field(0.0005, "Scoring time", "s per item", "One forward pass of one item")
    score_usd_per_item: NonNegative | None = field(
        None, "Scoring price", "USD per item", "When scoring is paid per call (an API) instead of by machine time"
    )
    passes: Count = field(1, "Forward passes", "passes", "Passes per item when scoring (dropout)")
    members: Count = field(1, "Ensemble members", "models", "Models trained and scored in each round")
    machine_usd_per_hour: NonNegative = field(
        1.2, "Machine", "USD per hour", "Price of the machine that trains and scores"
    )
    pool_share_scored: Share = rare_field(
        1, "Share of the pool scored", "fraction", "A random part of the pool from which each batch is chosen"
    )
    seconds_from: Literal["plan", "simulation"] = rare_field(
        "plan",
        "Seconds from",
        help="plan: as given here; simulation: measured on the curves behind the plan, and scaled to its pool",
    )
    warm_epochs_share: OpenFraction | None = field(
        None,
        "Epochs after a warm start",
        "fraction",
        "Share of the epochs that a warm start still needs; all when absent",
    )

    @model_validator(mode="after")
    def _check_seconds(self) -> "ComputeTable":
        given = sorted(MEASURED & self.model_fields_set)
        if self.seconds_from == "simulation" and given:
            raise ValueError(
                f'{given[0]}: found with seconds_from = "simulation"; allowed: with "plan", as simulated curves carry '
                "the seconds of whole trainings and scorings"
            )
        return self


class CalendarTable(PlanTable):
    """What waiting costs."""

    retrain_days: NonNegative = field(0.25, "Retraining", "days", "Calendar days to retrain and choose the next batch")
    build_days: NonNegative = field(0, "Build time", "days", "Calendar days before the first active-learning order")
    cost_of_delay_usd_per_week: NonNegative = field(
        700, "Cost of delay", "USD per week", "What a week later than random labelling costs"
    )

    rounds: Literal["synchronous", "asynchronous"] = rare_field(
        "synchronous", "Rounds", help="asynchronous: people label the next batch while the model trains"
    )
    delay: Literal["linear", "decay"] = rare_field(
        "linear", "Kind of delay", help="linear: so much a week; decay: value_usd loses a share each week"
    )
    value_usd: NonNegative = rare_field(0, "Value of the model", "USD", "On the day random labelling would have it")
    value_lost_per_week: Fraction = rare_field(0, "Value lost", "fraction a week", "By each week that it comes later")
    earlier_is_a_gain: bool = rare_field(
        False, "Earlier is a gain", help="Whether ending before random labelling earns what ending later costs"
    )
    deadline_days: Positive | None = rare_field(None, "Deadline", "days", "Calendar days from the start")
    deadline_cost_usd: NonNegative = rare_field(
        0, "Cost of missing the deadline", "USD", "Once, for every plan that ends after it"
    )

    @model_validator(mode="after")
    def _check_delay(self) -> "CalendarTable":
        given = self.model_fields_set
        decay = {"value_usd", "value_lost_per_week"} & given
        if self.delay == "decay" and (len(decay) < 2 or "cost_of_delay_usd_per_week" in given):
            raise ValueError(
                'delay: found "decay"; allowed: together with value_usd and value_lost_per_week, and without '
                "cost_of_delay_usd_per_week"
            )
        if self.delay == "linear" and decay:
            raise ValueError(f'{sorted(decay)[0]}: found with delay = "linear"; allowed: with delay = "decay"')
        if self.deadline_cost_usd.high > 0 and self.deadline_days is None:
            raise ValueError("deadline_cost_usd: found without deadline_days; allowed: together with it")
        return self


class HybridTable(PlanTable):
    """Labelling a whole set, people the doubtful items and the model the rest."""

    max_error_rate: OpenFraction | None = rare_field(
        None, "Errors allowed in the whole set", "fraction", "Asks for a hybrid plan; absent, there is none"
    )
    human_error_rate: Fraction | None = rare_field(
        None, "Errors of people", "fraction", "In people's labels; the vendor's error rate unless told"
    )
    confidence: OpenFraction = rare_field(
        0.9, "Confidence of the bound", "fraction", "One-sided; higher lets the model label less"
    )


OptionName = Literal["llm_labels", "llm_answers", "llm_then_people"]


class OptionsTable(PlanTable):
    """Ways to use a language model, compared with people's labels; the other keys count where some are named."""

    names: tuple[OptionName, ...] = field(
        (),
        "Options with a language model",
        help="llm_labels: it labels, then a model is trained; llm_answers: it answers in production, nothing is "
        "trained; llm_then_people: it labels, people label where it is unsure, then a model is trained",
    )
    predictions: Count | None = field(
        None, "Answers in production", "items", "Items that are to be answered, as long as the comparison looks ahead"
    )
    prompt_hours: NonNegative = field("8 to 24", "Prompt work", "hours", "An engineer's, to write and test the prompt")
    audit_items: CountOrNone = field(
        300, "Items of the audit", "items", "That people label, to measure the language model's errors"
    )
    unsure_share: Fraction | None = field(
        None, "Share where the model is unsure", "fraction", "Items that people label in the language model's place"
    )
    kept_error_rate: Fraction | None = field(
        None, "Error rate where it is sure", "fraction", "Wrong ones among the language model's labels that are kept"
    )
    coverage: str | None = field(
        None, "Coverage table", help="CSV beside the plan: threshold, n_covered, n_errors; in place of share and error"
    )

    @field_validator("names")
    @classmethod
    def _check_names(cls, names: tuple[OptionName, ...]) -> tuple[OptionName, ...]:
        if len(set(names)) < len(names):
            raise ValueError(f"found {list(names)}; allowed: each option once")
        return names

    @model_validator(mode="after")
    def _check_needs(self) -> "OptionsTable":
        if "llm_answers" in self.names and self.predictions is None:
            raise ValueError(
                "predictions: missing; allowed: how many items are to be answered, which llm_answers pays one by one"
            )
        typed = [key for key in ("unsure_share", "kept_error_rate") if getattr(self, key) is not None]
        if "llm_then_people" in self.names and (len(typed) == 1 or bool(typed) == (self.coverage is not None)):
            raise ValueError(
                f"found {' and '.join([*typed, *(['coverage'] if self.coverage else [])]) or 'neither'}; allowed with "
                "llm_then_people: unsure_share and kept_error_rate, or a coverage table"
            )
        return self


class PilotTable(PlanTable):
    """What a pilot takes, to see whether it is worth it."""

    hours: NonNegative = rare_field(
        8, "Pilot, hours", "hours", "An engineer's, to set up a pilot, train on it and read it"
    )
    prototype_hours: NonNegative | None = rare_field(
        None,
        "Pilot, prototype",
        "hours",
        "Of the one-off work that a pilot of active learning needs done first; a quarter of it when absent",
    )
    share_kept: Fraction = rare_field(
        1, "Pilot labels kept", "fraction", "Share of a pilot's labels that the campaign can use"
    )


SAVINGS_SDS = {"linear": 0.0, "forest": 0.3, "mlp": 0.2, "boosting": 0.5}
"""Of ln s: how far the savings of learners lie from those of linear heads on the same data set, as
`python -m research.learner_transfer` prints; none where the learner is the one recorded everywhere."""

SAVINGS_SD = 0.4
"""Of a learner that was not compared."""


class EvidenceTable(PlanTable):
    """Where the learning curves come from."""

    proxies: tuple[str, ...] = field(("auto",), "Proxies", help="auto, or a list of recorded data sets")
    pilot: str | None = field(None, "Pilot", help="CSV of your own measured points, beside the plan file")
    store: str | None = field(None, "Store", help="Folder of your own simulated trajectories, beside the plan file")
    kind: Literal["text", "image", "tabular", "sequence"] | None = field(None, "Kind of data")
    learner: str | None = field(None, "Learner", help="The model family that will be trained")
    imbalance: FromOne | None = field(
        None,
        "Class imbalance",
        "times",
        "Largest class share over smallest; 1 = classes alike. Moves what is likely to be saved",
    )
    random_labels: Positive | None = field(
        None,
        "Labels random would need",
        "items",
        "For random_value, or else for the target, by your own estimate; unless told, anywhere from the initial set to "
        "the pool. Beside a pilot: the range that you believed before it",
    )
    random_value: OneFraction | None = field(
        None,
        "Value with those labels",
        "fraction",
        "What the metric is when random labelling has random_labels; the target when absent. One number, as the doubt "
        "is in random_labels",
    )
    label_savings: Positive | None = field(
        None,
        "Label savings",
        "times",
        "Your own belief: labels that random needs ÷ labels that active learning needs, at the target. Unless told, "
        "recorded data sets predict it",
    )
    label_savings_with: Literal["recorded"] | None = rare_field(
        None,
        "Belief beside",
        help="recorded: the belief and what recorded data sets predict, each by its precision; unless told the belief "
        "counts alone",
    )
    label_scale_sd: NonNegative | None = field(
        None,
        "Proxy mismatch, labels",
        "sd of ln labels",
        "Takes the labels random needs from the proxies, this far off; 0 = the proxy is the task itself",
    )
    savings_sd: NonNegative = field(
        SAVINGS_SD,
        "Proxy mismatch, savings",
        "sd of ln factor",
        "How far your label savings may lie from a proxy's; 0 = same model. Unless told, as measured for the learner",
    )

    label_errors: Literal["measured", "formula"] = rare_field(
        "measured",
        "Wrong labels cost",
        help="measured: the points that they cost in simulations; formula: a label counts (1 - 2 x error rate) squared",
    )

    @model_validator(mode="before")
    @classmethod
    def _assume_spread(cls, raw: Any) -> Any:
        learner = raw.get("learner") if isinstance(raw, dict) else None
        if isinstance(learner, str) and learner in SAVINGS_SDS:
            return {"savings_sd": SAVINGS_SDS[learner], **raw}
        return raw

    @model_validator(mode="after")
    def _check_need(self) -> "EvidenceTable":
        given = [key for key in ("pilot", "random_labels", "label_scale_sd") if getattr(self, key) is not None]
        if len(given) > 1 and "label_scale_sd" in given:
            raise ValueError(
                f"found {' and '.join(given)}; allowed: label_scale_sd alone, or a pilot, or random_labels, or a pilot "
                "with a range of random_labels"
            )
        if self.pilot is not None and self.random_labels is not None and self.random_labels.fixed:
            raise ValueError(
                f"random_labels: found {self.random_labels.text} beside pilot; allowed: a range, which the pilot "
                "narrows, as nothing can be learnt of what is known for sure"
            )
        same_task = self.label_scale_sd is not None and self.label_scale_sd.median == 0
        if self.label_savings is not None and (self.store is not None or same_task):
            raise ValueError(
                f"label_savings: found {self.label_savings.text} beside "
                f"{'label_scale_sd = 0' if same_task else 'store'}, where what is saved was simulated; allowed: beside "
                "recorded data sets, or a pilot of random labels"
            )
        if self.label_savings_with is not None and self.label_savings is None:
            raise ValueError(
                "label_savings_with: found without label_savings; allowed: together with it; without a belief recorded "
                "data sets count alone"
            )
        if self.random_value is not None and self.random_labels is None:
            raise ValueError(
                f"random_value: found {self.random_value.text} without random_labels; allowed: together with the "
                "labels with which random labelling has it"
            )
        return self

    @field_validator("proxies", mode="before")
    @classmethod
    def _check_proxies(cls, raw: Any) -> Any:
        if raw == "auto":
            return ("auto",)
        names = raw if isinstance(raw, list | tuple) else ()
        if not names or not all(isinstance(name, str) for name in names) or len(set(names)) < len(names):
            raise ValueError(f'found {raw!r}; allowed: "auto", or a list of different data sets, such as ["digits"]')
        return tuple(names)
