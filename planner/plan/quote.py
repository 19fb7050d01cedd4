"""One vendor's quote, field by field, as `[[vendors]]` of the plan file holds it, and the rules it has to keep.

Each rule raises ValueError with one sentence; the plan puts the vendor before it.

Words:
    vote    one annotator's answer to one item
    unit    what the vendor's price is for: a vote on one unit of an item (50 words, 5 s of video), one annotation, or
            an hour of work
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal, get_args

from pydantic import field_validator, model_validator

from planner.plan.quantity import (
    BelowOne,
    Count,
    CountOrNone,
    Fraction,
    FromOne,
    NonNegative,
    PlanTable,
    Positive,
    Quantity,
    Share,
    Votes,
    field,
    rare_field,
)

Billing = Literal["per_item", "per_annotation", "per_hour", "per_token", "in_house", "platform_only"]
BILLINGS: tuple[Billing, ...] = get_args(Billing)

DEFAULT_PRICE_USD = "0.010 to 0.014"
DEFAULT_DELIVERED_ERROR_RATE = "0.01 to 0.04"
DEFAULT_THROUGHPUT_PER_DAY = 4_000

DEFAULT_VOTE_CORRELATION = "0.2 to 0.4"
"""Of people: chosen by what 3 and 5 votes gave in published crowds (planner.costs.label_noise.REAL_CROWDS)."""
DEFAULT_MODEL_VOTE_CORRELATION = "0.8 to 0.95"
"""Of one language model asked again. It repeats 91% to 97% of its answers (temperature 1 and 0.2; Gilardi, Alizadeh &
Kubli 2023, PNAS 120:e2305016120), where independent answers of which 70% are right agree in half of the cases."""

Labeller = Literal["crowd", "expert", "llm"]
DEFAULT_SYSTEMATIC_SHARES: Mapping[str, str] = {"crowd": "0.2 to 0.6", "expert": "0.1 to 0.5", "llm": "0.5 to 0.9"}
"""By who labels; `docs/guide/wrong-labels.md` says where they come from."""

DYNAMIC_MOST_VOTES = 15
"""Votes up to which voting may go on; the ways in which more can fall grow as the partitions of their number."""

UNITS = ("per_item", "per_annotation")
TIMED = ("per_hour", "in_house")

_TOKEN_FIELDS = (
    "tokens_in_per_vote",
    "tokens_out_per_vote",
    "price_usd_per_million_tokens_in",
    "price_usd_per_million_tokens_out",
)

_TOKEN_DISCOUNTS = ("cached_share", "price_usd_per_million_tokens_cached", "batch_discount")

BELONGS: Mapping[str, tuple[str, ...]] = {
    "price_usd": UNITS,
    **dict.fromkeys(("tiers", "tier_kind", "tier_reset"), (*UNITS, "per_hour")),
    "annotations_per_item": ("per_annotation",),
    **dict.fromkeys(("item_size", "unit_size", "size_unit"), UNITS),
    **dict.fromkeys(("seconds_per_vote", "efficiency"), (*TIMED, "platform_only")),
    "hourly_rate_usd": ("per_hour", "platform_only"),
    **dict.fromkeys(("salary_usd_per_year", "overhead_rate", "hours_per_year", "people"), ("in_house",)),
    **dict.fromkeys((*_TOKEN_FIELDS, "retry_rate", *_TOKEN_DISCOUNTS), ("per_token",)),
}
"""Fields that only some billings have; all others belong to each of them."""

NEEDS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "per_item": (("price_usd", "tiers"),),
    "per_annotation": (("price_usd", "tiers"),),
    "per_hour": (("hourly_rate_usd", "tiers"), ("seconds_per_vote",)),
    "per_token": tuple((key,) for key in _TOKEN_FIELDS),
    "in_house": (("salary_usd_per_year",), ("seconds_per_vote",)),
    "platform_only": (),
}
"""For each billing the fields it cannot do without; of several in brackets, exactly one."""

COUNTS_WITH: Mapping[str, str] = {
    "fee_many_votes": "fee_rate_many",
    "seat_usd_per_month": "seats",
    "review_price_usd": "review_share",
    "cached_share": "price_usd_per_million_tokens_cached",
    "price_usd_per_million_tokens_cached": "cached_share",
    "prepaid_units": "prepaid_usd",
    "prepaid_usd": "prepaid_units",
}
"""Fields that cost nothing unless another one is given, which was then forgotten."""

MOST_RATE: Mapping[str, float] = {"fee_rate": 2, "fee_rate_many": 2, "overhead_rate": 5, "retry_rate": 5}
"""Rates that may pass 1, up to where they are percent written for a fraction."""

_PRICE_KEYS: dict[str, str] = {
    "per_item": "price_usd",
    "per_annotation": "price_usd",
    "per_hour": "hourly_rate_usd",
    "per_token": "price_usd_per_million_tokens_in",
    "in_house": "salary_usd_per_year",
    "platform_only": "platform_fee_usd_per_item",
}
"""The field that says what labels cost, where there are no tiers."""


def check_rate(key: str, rate: Quantity | None, most: float) -> None:
    """Refuse percent where a fraction is meant.

    Raises:
        ValueError: in one sentence.
    """
    if rate is not None and rate.high > most:
        raise ValueError(f"{key}: found {rate.text}; allowed: 0 to {most:g}, a fraction (0.2, not 20)")


class Tier(PlanTable):
    """One step of a tiered price: what a unit costs between two counts of units."""

    from_units: CountOrNone = field(0, "from", "units", "Units after which this price begins")
    to_units: Count | None = field(None, "to", "units", "Units up to which it holds; absent in the last tier")
    price_usd: Positive = field(..., "price", "USD per unit", "What one unit in this tier costs")


class Quote(PlanTable):
    """One vendor's quote."""

    name: str = field("Vendor A", "Vendor")
    billing: Billing = field("per_item", "Billing", help="What the price is paid for: " + ", ".join(BILLINGS))

    kind: Labeller | None = rare_field(
        None, "Who labels", help="crowd, expert or llm; unless told llm for per_token, expert for in_house, else crowd"
    )
    currency: str | None = rare_field(None, "Currency of the quote", help="Must be the plan's: nothing is converted")

    # What is paid for.
    price_usd: NonNegative | None = field(None, "Price per vote", "USD", "One vote on one unit of an item")
    tiers: tuple[Tier, ...] = rare_field((), "Tiers", help="Prices by the number of units, instead of one price")
    tier_kind: Literal["graduated", "volume"] = rare_field(
        "graduated", "Kind of tiers", help="graduated: each unit at its own tier's price; volume: all at the last"
    )
    tier_reset: Literal["none", "monthly", "per_order"] = rare_field(
        "none", "Tiers start again", help="none: all units count together; else each month or order"
    )
    annotations_per_item: Positive = rare_field(
        1, "Annotations per item", "annotations", "Boxes, spans or answers asked of an item"
    )
    item_size: Positive = rare_field(
        1, "Size of an item", "in the unit's measure", "Such as words of a text, seconds of a film"
    )
    unit_size: Positive = rare_field(
        1, "Size of a unit", "in the same measure", "An item counts as so many units, rounded up"
    )
    size_unit: str = rare_field("", "Measure of size", help="Words, seconds, …")
    seconds_per_vote: Positive | None = rare_field(None, "Time for a vote", "s", "Working time of one vote on one item")
    efficiency: Share = rare_field(1, "Efficiency", "fraction", "Share of the paid time that is spent on items")
    hourly_rate_usd: NonNegative | None = rare_field(None, "Annotator's hourly rate", "USD", "Paid by the hour")
    salary_usd_per_year: NonNegative | None = rare_field(None, "Salary", "USD a year", "Of one annotator")
    overhead_rate: NonNegative = rare_field(0, "On top of the salary", "fraction", "Contributions, seat, devices")
    hours_per_year: Positive = rare_field(1_800, "Paid hours", "hours a year", "Of one annotator, holidays off")
    people: Count = rare_field(1, "Annotators", "people", "In-house annotators working on this")
    tokens_in_per_vote: NonNegative | None = rare_field(
        None, "Tokens read", "tokens per vote", "Instruction, examples and item"
    )
    tokens_out_per_vote: NonNegative | None = rare_field(None, "Tokens written", "tokens per vote", "The answer")
    price_usd_per_million_tokens_in: NonNegative | None = rare_field(None, "Price of tokens read", "USD per million")
    price_usd_per_million_tokens_out: NonNegative | None = rare_field(
        None, "Price of tokens written", "USD per million"
    )
    cached_share: Fraction = rare_field(
        0, "Share of cached tokens", "fraction", "Of the tokens read, such as an instruction that stays the same"
    )
    price_usd_per_million_tokens_cached: NonNegative | None = rare_field(
        None, "Price of cached tokens", "USD per million"
    )
    batch_discount: BelowOne = rare_field(
        0, "Discount for batches", "fraction", "Off all tokens, where the prices are not those of batches already"
    )
    retry_rate: NonNegative = rare_field(0, "Retries", "per vote", "Answers asked for again, unusable ones")

    # Votes.
    votes_per_item: Votes = field(
        3, "Votes per item", "votes", "People who label each item; more costs more, errs less"
    )
    vote_scheme: Literal["fixed", "two_then_tie_break", "dynamic"] = rare_field(
        "fixed",
        "Scheme of votes",
        help="fixed; two, and a third where they differ; or up to votes_per_item until one class leads by two",
    )

    # Fees and minimums.
    fee_rate: NonNegative = rare_field(0, "Platform's share", "fraction of the price", "On every vote")
    fee_rate_many: NonNegative | None = rare_field(
        None, "Platform's share, many votes", "fraction of the price", "From fee_many_votes votes an item"
    )
    fee_many_votes: Votes = rare_field(10, "Many votes", "votes", "From which fee_rate_many holds")
    fee_minimum_usd: NonNegative = rare_field(0, "Least fee", "USD per vote", "The platform's share is at least that")
    platform_fee_usd_per_item: NonNegative = field(
        0, "Platform fee", "USD per item", "Once per item, whatever the votes"
    )
    platform_fee_tiers: tuple[Tier, ...] = rare_field(
        (), "Platform fee, tiers", help="By the number of items, graduated, in place of one fee an item"
    )
    auto_label_fee_usd_per_item: NonNegative = rare_field(
        0, "Fee for a machine's label", "USD per item", "For items that the model labels (hybrid labelling)"
    )
    set_up_usd: NonNegative = rare_field(0, "Set-up", "USD", "Once per project")
    subscription_usd_per_month: NonNegative = rare_field(0, "Subscription", "USD a month", "Whole months")
    seats: CountOrNone = rare_field(0, "Seats", "people", "People with access")
    seat_usd_per_month: NonNegative = rare_field(0, "Price of a seat", "USD a month", "Whole months")
    minimum_months: CountOrNone = rare_field(0, "Least term", "months", "Subscription, seats or salaries run so long")
    minimum_order_items: CountOrNone = rare_field(0, "Least order", "items", "A smaller order pays for so many")
    minimum_order_usd: NonNegative = rare_field(0, "Least order, money", "USD", "A smaller order pays so much")
    free_items: CountOrNone = rare_field(
        0, "Free items", "items", "Of the whole project, neither price nor platform fee"
    )
    free_units_per_month: CountOrNone = rare_field(
        0, "Free units", "units a month", "Neither price nor platform fee; not carried over"
    )
    prepaid_units: CountOrNone = rare_field(
        0, "Prepaid units", "units", "Paid by prepaid_usd, used or not; the price is for those beyond"
    )
    prepaid_usd: NonNegative = rare_field(0, "Price of the prepaid units", "USD", "Once per project")

    # Checks and errors.
    review_share: Fraction = rare_field(0, "Share reviewed", "fraction", "Items that a reviewer looks at again")
    review_price_usd: NonNegative = rare_field(0, "Price of a review", "USD per item", "Of one item reviewed")
    review_detection: Fraction = rare_field(0.8, "Errors that a review finds", "fraction")
    gold_share: BelowOne = rare_field(0, "Gold questions", "fraction", "Of all that is answered; they cost like items")
    review: Literal["redo", "correct"] = rare_field(
        "redo", "What a review does", help="redo: the vendor labels again what is found; correct: the reviewer mends it"
    )
    rework_free: bool = rare_field(
        True, "Rework is free", help="Whether wrong labels that a review finds are redone free"
    )
    delivered_error_rate: Fraction | None = field(
        None, "Delivered error rate", "fraction", "Wrong labels in what arrives; a review on this quote lowers it"
    )
    vote_error_rate: Fraction | None = field(
        None, "Error rate of a vote", "fraction", "Wrong single votes; the plurality of the votes is then computed"
    )
    vote_correlation: BelowOne | None = field(
        None, "Correlation of votes", "fraction", "Of the errors in two votes on an item; 0: voters err independently"
    )
    systematic_share: Fraction | None = field(
        None, "Systematic errors", "share of the errors", "Come back whoever is asked again; more labels do not help"
    )
    error_rate_is: Literal["claimed", "measured"] | None = rare_field(
        None, "Error rate is", help="claimed by the vendor, or measured on audit_items"
    )
    audit_items: Count | None = rare_field(None, "Items audited", "items", "On which the error was measured")

    # Time.
    turnaround_days: NonNegative = field(2, "Turnaround", "days", "From an order to its first delivery; calendar days")
    throughput_per_day: Positive | None = field(
        None, "Throughput", "items a day", "Items labelled a day once delivery starts"
    )
    rush: bool = rare_field(False, "Rush order")
    rush_price_multiplier: FromOne = rare_field(1, "Rush price", "times", "Paid on all work when rush = true")
    rush_turnaround_days: NonNegative | None = rare_field(
        None, "Rush turnaround", "days", "In place of the turnaround when rush = true"
    )
    largest_order_items: Count | None = rare_field(
        None, "Largest order", "items", "A larger one is split, and each part has a turnaround"
    )
    days_between_orders: NonNegative = rare_field(
        0, "Days between orders", "days", "From one order to the next, at least"
    )

    # Where it is from.
    valid_from: date | None = rare_field(None, "Valid from")
    valid_until: date | None = rare_field(None, "Valid until")
    source: str = rare_field("", "Source", help="Where the quote was found")
    source_kind: Literal["price_list", "third_party", "statistics", "trade_article", "own_quote"] | None = rare_field(
        None,
        "Kind of source",
        help="price_list (the vendor's own page), third_party (in part another's page), statistics, trade_article or "
        "own_quote",
    )
    as_of: date | None = rare_field(
        None, "As of", help="The date of the source, or the day it was read where it has none"
    )

    @model_validator(mode="before")
    @classmethod
    def _fill_defaults(cls, raw: Any) -> Any:
        if not isinstance(raw, dict):
            return raw
        _check_fields(raw)
        return {**_assumed_fields(raw), **raw}

    @field_validator("name")
    @classmethod
    def _check_name(cls, name: str) -> str:
        if not name.strip():
            raise ValueError("found nothing; allowed: a name by which the vendor is told from others")
        return name

    @field_validator("tiers", "platform_fee_tiers")
    @classmethod
    def _check_tiers(cls, tiers: tuple[Tier, ...]) -> tuple[Tier, ...]:
        """Refuse tiers that are out of order, overlap, leave a hole, or do not end open."""
        for i, tier in enumerate(tiers):
            start = f"tier {i + 1} from_units: found {tier.from_units.text}"
            if not tier.from_units.fixed or not (tier.to_units is None or tier.to_units.fixed):
                raise ValueError(
                    f"tier {i + 1}: found a range of units; allowed: single numbers (prices may be ranges)"
                )
            end = tiers[i - 1].to_units if i else None
            if i == 0 and tier.from_units.low != 0:
                raise ValueError(f"{start}; allowed: 0, where the first tier begins")
            if i and end is None:
                raise ValueError(f"tier {i} to_units: missing; only the last tier may leave it out")
            if end is not None and tier.from_units.low != end.low:
                what = "overlap" if tier.from_units.low < end.low else "leave a hole"
                raise ValueError(f"{start}; allowed: {end.text}, where tier {i} ends (the two {what})")
            if tier.to_units is not None and tier.to_units.low <= tier.from_units.low:
                raise ValueError(
                    f"tier {i + 1} to_units: found {tier.to_units.text}; allowed: above its from_units, "
                    f"{tier.from_units.text}"
                )
        if tiers and tiers[-1].to_units is not None:
            raise ValueError(
                f"tier {len(tiers)} to_units: found {tiers[-1].to_units.text}; allowed: nothing in the last tier, "
                "which has no end"
            )
        return tiers

    @model_validator(mode="after")
    def _check_agreement(self) -> "Quote":
        """Refuse fields that contradict each other."""
        if self.delivered_error_rate is not None and self.vote_error_rate is not None:
            raise ValueError("found both delivered_error_rate and vote_error_rate; allowed: one of them")
        if self.vote_correlation is not None and self.vote_error_rate is None:
            raise ValueError("vote_correlation: found without vote_error_rate; allowed: together with it")
        given = self.model_fields_set
        for key in ("tier_kind", "tier_reset"):
            if key in given and not self.tiers:
                raise ValueError(f"{key}: found without tiers; allowed: together with tiers")
        if self.valid_from is not None and self.valid_until is not None and self.valid_from > self.valid_until:
            raise ValueError(
                f"valid_until: found {self.valid_until}; allowed: from {self.valid_from}, when the quote begins to hold"
            )
        for key, partner in COUNTS_WITH.items():
            value, other = getattr(self, key), getattr(self, partner)
            if key in given and value.high > 0 and (other is None or other.high == 0):
                raise ValueError(
                    f"{key}: found without {partner}; allowed: together with it, as it counts for nothing alone"
                )
        if self.platform_fee_tiers and "platform_fee_usd_per_item" in given:
            raise ValueError("found both platform_fee_usd_per_item and platform_fee_tiers; allowed: one of them")
        self._check_own_people()
        for key, most in MOST_RATE.items():
            check_rate(key, getattr(self, key), most)
        self._check_scheme()
        if self.rush and not {"rush_price_multiplier", "rush_turnaround_days"} & given:
            raise ValueError("rush: found true; allowed: together with rush_price_multiplier or rush_turnaround_days")
        if self.error_rate_is == "claimed" and self.audit_items is not None:
            raise ValueError('audit_items: found with error_rate_is = "claimed"; allowed: with "measured"')
        return self

    def _check_own_people(self) -> None:
        """Ask for both the time and the rate of the people who label on a platform, or for neither."""
        if self.billing != "platform_only":
            return
        for key, partner in (("seconds_per_vote", "hourly_rate_usd"), ("hourly_rate_usd", "seconds_per_vote")):
            if getattr(self, key) is not None and getattr(self, partner) is None:
                raise ValueError(
                    f"{key}: found without {partner}; allowed: together with it, to price the people's time"
                )

    def _check_scheme(self) -> None:
        votes, scheme = self.votes_per_item, self.vote_scheme
        if scheme == "fixed":
            return
        if self.vote_error_rate is None:
            raise ValueError(
                f'vote_scheme: found "{scheme}" without vote_error_rate; allowed: with it, as how often two votes '
                "differ follows from it"
            )
        if scheme == "two_then_tie_break" and (votes.low, votes.high) != (3, 3):
            raise ValueError(f'votes_per_item: found {votes.text}; allowed: 3, the most votes of "{scheme}"')
        if scheme == "dynamic" and not 2 <= votes.low <= votes.high <= DYNAMIC_MOST_VOTES:
            raise ValueError(
                f'votes_per_item: found {votes.text}; allowed: 2 to {DYNAMIC_MOST_VOTES}, the most votes of "{scheme}"'
            )

    @property
    def paid_by_time(self) -> bool:
        """Whether work is paid by time, so that items which take longer cost more."""
        return self.billing in TIMED or (self.billing == "platform_only" and self.hourly_rate_usd is not None)

    @property
    def counts_people(self) -> bool:
        """Whether what the people who label cost is in the quote: a platform alone may leave it out."""
        return self.billing != "platform_only" or self.hourly_rate_usd is not None

    @property
    def labeller(self) -> Labeller:
        """Who labels: as told, or by what the price is paid for."""
        return self.kind or _labeller_of(self.billing)

    @property
    def distrust(self) -> tuple[int, float]:
        """How little its labels serve as a yardstick: by who labels, then by the error rate of one answer."""
        rate = self.delivered_error_rate if self.vote_error_rate is None else self.vote_error_rate
        return ("expert", "crowd", "llm").index(self.labeller), 0.0 if rate is None else rate.median

    @property
    def price_key(self) -> str:
        """The field that says what labels cost, the first tier's where there are tiers."""
        return "tiers.0.price_usd" if self.tiers else _PRICE_KEYS[self.billing]


def _labeller_of(billing: object) -> Labeller:
    if billing == "per_token":
        return "llm"
    return "expert" if billing == "in_house" else "crowd"


def _assumed_fields(raw: dict[str, Any]) -> dict[str, Any]:
    """Give what is assumed where a quote leaves out a field that another one may stand in for."""
    defaults: dict[str, Any] = {}
    if raw.get("billing", "per_item") == "per_item" and not {"price_usd", "tiers"} & raw.keys():
        defaults["price_usd"] = DEFAULT_PRICE_USD
    if not {"delivered_error_rate", "vote_error_rate"} & raw.keys():
        defaults["delivered_error_rate"] = DEFAULT_DELIVERED_ERROR_RATE
    labeller = raw.get("kind") or _labeller_of(raw.get("billing"))
    if "vote_error_rate" in raw:
        machine = labeller == "llm"
        defaults["vote_correlation"] = DEFAULT_MODEL_VOTE_CORRELATION if machine else DEFAULT_VOTE_CORRELATION
    # Another kind, of whatever type, is told as its own fault.
    defaults["systematic_share"] = DEFAULT_SYSTEMATIC_SHARES.get(labeller) if isinstance(labeller, str) else None
    # A model that is asked three times mostly repeats itself.
    if labeller == "llm" and raw.get("vote_scheme", "fixed") == "fixed":
        defaults["votes_per_item"] = 1
    # In-house annotators deliver what their hours allow.
    if raw.get("billing") != "in_house":
        defaults["throughput_per_day"] = DEFAULT_THROUGHPUT_PER_DAY
    return defaults


def _check_fields(raw: Mapping[str, Any]) -> None:
    """Refuse fields of another billing, and a quote without the price its billing needs."""
    billing = raw.get("billing", "per_item")
    if not isinstance(billing, str) or billing not in NEEDS:
        return  # told as a fault of the field itself
    for key in raw:
        if billing not in BELONGS.get(key, (billing,)):
            own = [name for name, owners in BELONGS.items() if billing in owners]
            fields = f"; what it has: {', '.join(own)}" if own else ""
            raise ValueError(f'{key}: not part of billing "{billing}"{fields}')
    for choice in NEEDS[billing]:
        given = [key for key in choice if key in raw and raw[key] not in ("", [], ())]
        if len(given) > 1:
            raise ValueError(f"found both {' and '.join(given)}; allowed: one of them")
        # A price per item has a default, unless the quote names the field and leaves it empty.
        if not given and (billing != "per_item" or raw.keys() & {*choice}):
            raise ValueError(f'{" or ".join(choice)}: missing; billing "{billing}" needs it')
