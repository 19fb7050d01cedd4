"""The tables of a plan file: what the user tells us, field by field, with unit, default and help.

Names, units and defaults are the contract of the plan file; `planner.plan.plan` reads and edits whole files.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from planner.plan import quantity as q
from planner.plan.quantity import Domain, Quantity


def _parser(domain: Domain) -> BeforeValidator:
    return BeforeValidator(lambda raw: Quantity.parse(raw, domain))


OpenFraction = Annotated[Quantity, _parser(q.OPEN_FRACTION)]
ErrorRate = Annotated[Quantity, _parser(q.FRACTION)]
NonNegative = Annotated[Quantity, _parser(q.NON_NEGATIVE)]
Positive = Annotated[Quantity, _parser(q.POSITIVE)]
Count = Annotated[Quantity, _parser(q.COUNT)]
CountOrNone = Annotated[Quantity, _parser(q.COUNT_OR_NONE)]
Votes = Annotated[Quantity, _parser(q.VOTES)]
Classes = Annotated[Quantity, _parser(q.CLASSES)]


def _field(default: Any, label: str, unit: str = "", help: str = "") -> Any:
    """Describe a field; `default` is what the plan example shows, or None where it is absent there."""
    return Field(
        default=default, validate_default=True, title=label, description=help, json_schema_extra={"unit": unit}
    )


class Table(BaseModel):
    """A table of the plan file: frozen, and closed to unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, allow_inf_nan=False)


class Task(Table):
    """The task whose labels are to be bought."""

    name: str = _field("Support-ticket intents", "Task")
    metric: str = _field("accuracy", "Metric", help="scikit-learn's name: accuracy, balanced_accuracy or f1_macro")
    target: OpenFraction | None = _field(
        None, "Target", "fraction", "The value of the metric that the model must reach"
    )
    pool_size: Count = _field(
        100_000, "Pool size", "items", "Unlabelled items to choose from; larger costs more scoring"
    )
    classes: Classes = _field(20, "Classes", "classes", "Number of classes; more classes need more labels")
    test_labels: CountOrNone = _field(
        2_000, "Test labels", "items", "Random labels kept for measuring; all plans pay them"
    )
    budget_usd: Positive | None = _field(None, "Budget", "USD", "No plan may spend more than this, delay aside")
    value_per_point_usd: NonNegative | None = _field(
        None, "Value of a point", "USD", "What one point of the metric is worth"
    )
    currency: str = _field("USD", "Currency", help="A label beside the amounts; nothing is converted")

    @model_validator(mode="before")
    @classmethod
    def _default_target(cls, raw: Any) -> Any:
        if isinstance(raw, dict) and not {"target", "budget_usd"} & raw.keys():
            return {**raw, "target": DEFAULT_TARGET}
        return raw


DEFAULT_TARGET = 0.90


class Strategy(Table):
    """The active-learning plans compared with random labelling."""

    names: tuple[str, ...] = _field(("margin",), "Strategies", help="Query strategies to compare with random labelling")
    initial_labels: Count = _field(1_000, "Initial labels", "items", "Random labels bought before the first query")
    batch_size: Count = _field(1_000, "Batch size", "items", "Labels bought per round; smaller means more rounds")
    restart: Literal["scratch", "warm", "fine-tune"] = _field(
        "scratch", "Restart", help="How the model trains each round"
    )

    @field_validator("names")
    @classmethod
    def _some_and_distinct(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if not names or len(set(names)) < len(names) or "random" in names:
            raise ValueError(f"found {list(names)}; allowed: one or more different strategies, without random itself")
        return names


class Vendor(Table):
    """One vendor's quote."""

    name: str = _field("Vendor A", "Vendor")
    billing: Literal["per_item"] = _field("per_item", "Billing", help="What the price is paid for")
    price_usd: NonNegative = _field("0.010 to 0.014", "Price per vote", "USD", "One vote on one item")
    votes_per_item: Votes = _field(
        3, "Votes per item", "votes", "People who label each item; more costs more, errs less"
    )
    platform_fee_usd_per_item: NonNegative = _field(
        0, "Platform fee", "USD per item", "Once per item, whatever the votes"
    )
    delivered_error_rate: ErrorRate | None = _field(
        None, "Delivered error rate", "fraction", "Wrong labels in what is delivered, after votes and checks"
    )
    vote_error_rate: ErrorRate | None = _field(
        None, "Error rate of a vote", "fraction", "Wrong single votes; the plurality of the votes is then computed"
    )
    turnaround_days: NonNegative = _field(2, "Turnaround", "days", "From an order to its first delivery; calendar days")
    throughput_per_day: Positive = _field(
        4_000, "Throughput", "items a day", "Items labelled a day once delivery starts"
    )

    @model_validator(mode="before")
    @classmethod
    def _default_error_rate(cls, raw: Any) -> Any:
        if isinstance(raw, dict) and not {"delivered_error_rate", "vote_error_rate"} & raw.keys():
            return {**raw, "delivered_error_rate": DEFAULT_DELIVERED_ERROR_RATE}
        return raw

    @model_validator(mode="after")
    def _one_error_rate(self) -> "Vendor":
        if self.delivered_error_rate is not None and self.vote_error_rate is not None:
            raise ValueError("found both delivered_error_rate and vote_error_rate; allowed: one of them")
        return self


DEFAULT_DELIVERED_ERROR_RATE = "0.01 to 0.04"


class Engineering(Table):
    """What building and running active learning takes in people."""

    one_off_hours: NonNegative = _field(
        "60 to 100", "Engineering, one-off", "hours", "Building the active-learning loop"
    )
    hours_per_round: NonNegative = _field(2, "Engineering per round", "hours", "Running one round of active learning")
    hourly_rate_usd: NonNegative = _field(50, "Engineer's hourly rate", "USD", "Full cost of an engineer's hour")
    projects_sharing: Count = _field(
        1, "Projects sharing", "projects", "Projects among which the one-off work is shared"
    )


class Compute(Table):
    """What training and scoring take in machines."""

    train_seconds_per_item: NonNegative = _field(0.002, "Training time", "s per item and epoch", "One item, one epoch")
    epochs: Positive = _field(20, "Epochs", "epochs", "Passes over the labelled set in one training")
    score_seconds_per_item: NonNegative = _field(0.0005, "Scoring time", "s per item", "One forward pass of one item")
    score_usd_per_item: NonNegative | None = _field(
        None, "Scoring price", "USD per item", "When scoring is paid per call (an API) instead of by machine time"
    )
    passes: Count = _field(1, "Forward passes", "passes", "Passes per item when scoring (dropout)")
    members: Count = _field(1, "Ensemble members", "models", "Models trained and scored in each round")
    machine_usd_per_hour: NonNegative = _field(
        1.2, "Machine", "USD per hour", "Price of the machine that trains and scores"
    )
    warm_epochs_share: OpenFraction | None = _field(
        None,
        "Epochs after a warm start",
        "fraction",
        "Share of the epochs that a warm start still needs; all when absent",
    )


class Calendar(Table):
    """What waiting costs."""

    retrain_days: NonNegative = _field(0.25, "Retraining", "days", "Calendar days to retrain and choose the next batch")
    build_days: NonNegative = _field(0, "Build time", "days", "Calendar days before the first active-learning order")
    cost_of_delay_usd_per_week: NonNegative = _field(
        700, "Cost of delay", "USD per week", "What a week later than random labelling costs"
    )


class Evidence(Table):
    """Where the learning curves come from."""

    proxies: tuple[str, ...] = _field(("auto",), "Proxies", help="auto, or a list of recorded data sets")
    pilot: str | None = _field(None, "Pilot", help="CSV of your own measured points, beside the plan file")
    store: str | None = _field(None, "Store", help="Folder of your own simulated trajectories, beside the plan file")
    kind: Literal["text", "image", "tabular", "sequence"] | None = _field(None, "Kind of data")
    learner: str | None = _field(None, "Learner", help="The model family that will be trained")
    random_labels: Positive | None = _field(
        None,
        "Labels random would need",
        "items",
        "At the target, by your own estimate; unless told, anywhere from the initial set to the pool",
    )
    label_scale_sd: NonNegative | None = _field(
        None,
        "Proxy mismatch, labels",
        "sd of ln labels",
        "Takes the labels random needs from the proxies, this far off; 0 = the proxy is the task itself",
    )
    savings_sd: NonNegative = _field(
        0.4,
        "Proxy mismatch, savings",
        "sd of ln factor",
        "How far your label savings may lie from a proxy's; 0 = same model",
    )

    @model_validator(mode="after")
    def _one_source_of_need(self) -> "Evidence":
        given = [key for key in ("pilot", "random_labels", "label_scale_sd") if getattr(self, key) is not None]
        if len(given) > 1:
            raise ValueError(f"found {' and '.join(given)}; allowed: one of them says how many labels the task needs")
        return self

    @field_validator("proxies", mode="before")
    @classmethod
    def _auto_or_names(cls, raw: Any) -> Any:
        if raw == "auto":
            return ("auto",)
        names = raw if isinstance(raw, list | tuple) else ()
        if not names or not all(isinstance(name, str) for name in names) or len(set(names)) < len(names):
            raise ValueError(f'found {raw!r}; allowed: "auto", or a list of different data sets, such as ["digits"]')
        return tuple(names)


TABLES: dict[str, type[Table]] = {
    "task": Task,
    "strategy": Strategy,
    "vendors": Vendor,
    "engineering": Engineering,
    "compute": Compute,
    "calendar": Calendar,
    "evidence": Evidence,
}
