"""A whole plan file: read from TOML, checked, edited, drawn from, written back with its comments; faults in words.

Notation:
    path    dotted place of one input: `task.target`, `vendors.0.price_usd`
    draws   mapping path -> (n_draws,) array, one entry per numeric input
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any, Self

import numpy as np
import tomlkit
from pydantic import Field, PrivateAttr, ValidationError, model_validator
from pydantic_core import ErrorDetails
from tomlkit.items import AoT, Table

from planner.plan import paths, tables
from planner.plan.inputs import PlanInput, edit_input, given_paths, inputs_of
from planner.plan.quantity import POSITIVE, PlanTable, Quantity
from planner.plan.quote import Quote, Tier
from planner.randomness import keyed_rng
from simulations.arrays import Floats
from simulations.errors import InputError, suggestion
from simulations.files import parse_toml, read_toml_text

Draws = Mapping[str, Floats]

_LEAST_RATIO = 30.0  # of the ends of a need assumed beside a pilot: as far as a forecast of the pilot may reach
Place = tuple[int | str, ...]
_ALLOWED = {
    "model_type": "a table of keys",
    "tuple_type": 'a list of names, such as ["margin", "entropy"]',
    "string_type": "text in quotes",
}
"""What a field may hold, by the type of pydantic's error."""


class Plan(PlanTable):
    """What labelplan needs to know; `Plan()` holds the defaults.

    Examples:
        >>> plan = Plan().replace({"vendors.0.price_usd": "0.05 to 0.12"})
        >>> plan.vendors[0].price_usd.text
        '0.05 to 0.12'
    """

    task: tables.TaskTable = Field(default_factory=tables.TaskTable)
    strategy: tables.StrategyTable = Field(default_factory=tables.StrategyTable)
    vendors: tuple[Quote, ...] = Field(default_factory=lambda: (Quote(),), min_length=1, max_length=1_000)
    engineering: tables.EngineeringTable = Field(default_factory=tables.EngineeringTable)
    bill: tables.BillTable = Field(default_factory=tables.BillTable)
    compute: tables.ComputeTable = Field(default_factory=tables.ComputeTable)
    calendar: tables.CalendarTable = Field(default_factory=tables.CalendarTable)
    hybrid: tables.HybridTable = Field(default_factory=tables.HybridTable)
    stopping: tables.StoppingTable = Field(default_factory=tables.StoppingTable)
    pilot: tables.PilotTable = Field(default_factory=tables.PilotTable)
    options: tables.OptionsTable = Field(default_factory=tables.OptionsTable)
    evidence: tables.EvidenceTable = Field(default_factory=tables.EvidenceTable)
    _toml: str = PrivateAttr(default="")

    @model_validator(mode="after")
    def _check_tables(self) -> Self:
        self._check_pool()
        self._check_target()
        evidence = self.evidence
        for key in ("random_labels", "label_savings"):
            if self.task.target is None and getattr(evidence, key) is not None and evidence.random_value is None:
                raise ValueError(
                    f"[evidence] {key}: found without [task] target; allowed: together with target or random_value, "
                    "the value of the metric that it is about"
                )
        for key in ("rules", "give_up"):
            if self.task.at_budget and key in self.stopping.model_fields_set and getattr(self.stopping, key) != ():
                raise ValueError(
                    f"[stopping] {key}: found beside a budget that is spent whole; allowed: with a target to stop at"
                )
        names = [vendor.name for vendor in self.vendors]
        if len(set(names)) < len(names):
            raise ValueError(f"[[vendors]] name: found {names}; allowed: a different name for each vendor")
        for vendor in self.vendors:
            self._check_vendor(vendor)
        if self.task.test_vendor is not None and self.task.test_vendor not in names:
            raise ValueError(
                f"[task] test_vendor: found {self.task.test_vendor}; allowed: the name of a vendor, "
                f"{' or '.join(names)}{suggestion(self.task.test_vendor, names)}"
            )
        self._check_options()
        self._check_scenario()
        return self

    def _check_options(self) -> None:
        if not self.options.names:
            return
        if self.task.at_budget:
            raise ValueError("[options] names: found beside a budget that is spent whole; allowed: with a target")
        labellers = {vendor.labeller == "llm" for vendor in self.vendors if vendor.counts_people}
        if labellers != {True, False}:
            missing = "people" if True in labellers else 'a language model (billing = "per_token" or kind = "llm")'
            raise ValueError(f"[options] names: found without a quote of {missing}; allowed: with quotes of both")

    def _check_scenario(self) -> None:
        scenario = self.strategy.scenario
        for key, given in {
            "[compute] pool_share_scored": scenario != "pool" and "pool_share_scored" in self.compute.model_fields_set,
            "[compute] seconds_from": scenario == "queries" and self.compute.seconds_from == "simulation",
            "[hybrid] max_error_rate": scenario == "queries" and self.hybrid.max_error_rate is not None,
        }.items():
            if given:
                beside = "stream_share" if scenario == "stream" else "query_price_factor"
                raise ValueError(
                    f"{key}: found beside [strategy] {beside}; allowed: where batches are chosen from a pool"
                )

    def _check_pool(self) -> None:
        pool, test, initial = (
            q.median for q in (self.task.pool_size, self.task.test_labels, self.strategy.initial_labels)
        )
        if initial + test >= pool:
            raise ValueError(
                f"[task] pool_size: found {pool:,.0f}; allowed: more than the {initial:,.0f} initial labels "
                f"and the {test:,.0f} test labels together"
            )

    def _check_target(self) -> None:
        task = self.task
        if task.target is not None and task.target.low <= task.guessed_value:
            raise ValueError(
                f"[task] target: found {task.target.text}; allowed: above {task.guessed_value:.3g}, the {task.metric} "
                f"of guessing among {task.classes.text} classes; an error of {task.target.text} is a target of "
                f"{1 - task.target.median:.4g}"
            )

    def _check_vendor(self, vendor: Quote) -> None:
        guess = 1 - 1 / self.task.classes.median
        for key in ("delivered_error_rate", "vote_error_rate"):
            rate: Quantity | None = getattr(vendor, key)
            if rate is not None and rate.high >= guess:
                raise ValueError(
                    f'[[vendors]] "{vendor.name}" {key}: found {rate.text}; allowed: below {guess:.3g}, '
                    f"the error of guessing among {self.task.classes.text} classes"
                )
        if vendor.currency is not None and vendor.currency != self.task.currency:
            raise ValueError(
                f'[[vendors]] "{vendor.name}" currency: found {vendor.currency}; allowed: {self.task.currency}, the '
                "plan's own, as nothing is converted"
            )

    def inputs(self) -> tuple[PlanInput, ...]:
        """List every input in the order of the plan file."""
        return tuple(self.inputs_by_path.values())

    @cached_property
    def inputs_by_path(self) -> Mapping[str, PlanInput]:
        """Path -> input, in the order of the plan file; a plan never changes, and is asked for them very often."""
        given = set(given_paths(tomllib.loads(self._toml)))
        items = (item for name, table in self._named_tables() for item in inputs_of(name, table, given))
        return {item.path: self._with_need(item) for item in items}

    def __copy__(self) -> Self:
        """Copy without the cached inputs, since a copy with other tables has other inputs."""
        copied = super().__copy__()
        copied.__dict__.pop("inputs_by_path", None)
        return copied

    @property
    def random_labels(self) -> Quantity | None:
        """Labels that random labelling needs for `random_value`, or else the target; None where the curves say it.

        A range beside a pilot is in the curves already: what the pilot has made of it is no input of its own. Without
        an estimate, a pilot or a proxy said to be like the task, the plan itself is all that tells: its author expects
        to need more than the initial set and less than the pool. That is taken as an 80% range.
        """
        evidence = self.evidence
        if evidence.pilot is not None:
            return None
        if evidence.random_labels is not None or evidence.label_scale_sd is not None:
            return evidence.random_labels
        return self._assumed_need

    @property
    def believed_need(self) -> Quantity | None:
        """What was believed of that before the task was measured: a range told, or one assumed as without measurements.

        None at a budget that tells none. One number, of which nothing can be learnt, counts as none told. An assumed
        range is never narrow, as it may not overrule what was measured; the longer that is, the less it counts
        (`planner.decision.load_curves`).
        """
        estimate = self.evidence.random_labels
        if estimate is not None and not estimate.fixed:
            return estimate
        if self.task.at_budget:
            return None
        assumed = self._assumed_need
        low = min(assumed.low, max(assumed.high / _LEAST_RATIO, 1.0))
        return Quantity.parse([round(low), assumed.high], POSITIVE)

    @property
    def _assumed_need(self) -> Quantity:
        pool = self.task.items_to_label
        first = self.strategy.initial_labels.median
        return Quantity.parse([round(first), round(max(first, pool))], POSITIVE)

    def store_folder(self, base: Path, store: Path | None = None) -> Path | None:
        """Give the folder of simulated trajectories that the plan rests on, if any; `store` takes the plan's place.

        Raises:
            InputError: a store stands beside a typed saving, which was simulated there.
        """
        if store is not None and self.evidence.label_savings is not None:
            raise InputError(
                f"--store {store}: found beside [evidence] label_savings = {self.evidence.label_savings.text}; "
                "allowed: one of the two, as what is saved was simulated in the store"
            )
        if store is not None or self.evidence.store is None:
            return store
        return base / self.evidence.store

    @property
    def fine_tune_loss(self) -> Quantity | None:
        """Share of each doubling of chosen labels that fine-tuning loses, told or as measured; None where none is.

        A label savings factor of the user's own is about the campaign as planned, and has the loss in it.
        """
        if self.strategy.restart != "fine-tune":
            return None
        believed = self.evidence.label_savings is not None
        return self.strategy.fine_tune_loss or (None if believed else tables.measured_fine_tune_loss())

    @property
    def need_assumed(self) -> bool:
        """Whether nothing in the plan tells how many labels random labelling needs."""
        return self.random_labels is not None and self.evidence.random_labels is None

    def _with_need(self, item: PlanInput) -> PlanInput:
        if item.path == paths.GIVE_UP and self.task.at_budget:
            return replace(item, shown=False)  # there is no target to give up
        if item.path == paths.FINE_TUNE_LOSS:
            return replace(item, quantity=self.fine_tune_loss, shown=item.shown or self.fine_tune_loss is not None)
        if item.path != paths.RANDOM_LABELS:
            return item
        value = self.evidence.random_value
        label = item.label if value is None else f"{item.label} for {100 * value.median:.4g}%"
        # Where it is assumed its text stays empty: no file has it.
        return replace(item, quantity=self.random_labels, label=label)

    def input(self, path: str) -> PlanInput:
        """Give one input by its path.

        Raises:
            InputError: there is no such input.
        """
        if path not in self.inputs_by_path:
            raise InputError(f"plan: there is no input '{path}'{suggestion(path, list(self.inputs_by_path))}")
        return self.inputs_by_path[path]

    def replace(self, values: Mapping[str, Any]) -> "Plan":
        """Give a copy with some inputs changed; comments of the plan file survive.

        Args:
            values: path to new value, a number or text such as `"0.05 to 0.12"`; empty text removes the key.

        Raises:
            InputError: a path is unknown or a value not allowed.
        """
        document = tomlkit.parse(self._toml)
        for path, value in values.items():
            edit_input(document, self.input(path), value)
        return parse_plan(tomlkit.dumps(document), where="plan")

    def with_pilot(self, path: str) -> "Plan":
        """Give a copy that rests on a pilot, by its path from the plan's folder; what goes beside a pilot stays.

        A range of `random_labels` stays, as what was believed before; one number of them, which nothing can be learnt
        of, and `label_scale_sd` go, and `believed_need` is assumed in their place.

        Raises:
            InputError: the plan names a store or else what does not go with a pilot.
        """
        need = self.evidence.random_labels
        gone = [] if self.evidence.label_scale_sd is None else [paths.LABEL_SCALE_SD]
        if need is not None and need.fixed:
            gone += [paths.RANDOM_LABELS, paths.RANDOM_VALUE]
        return self.replace({**dict.fromkeys(gone, ""), paths.PILOT_FILE: path})

    def with_quotes(self, vendors: Iterable[Mapping[str, Any]], *, where: str, instead: bool = False) -> "Plan":
        """Give a copy with more quotes after its own, or instead of them; the default vendor always makes room.

        Quotes are as `[[vendors]]` would hold them; `where` names them in messages.

        Raises:
            InputError: a quote is not allowed beside this plan.
        """
        document = tomlkit.parse(self._toml)
        own: Any = () if instead else document.setdefault("vendors", tomlkit.aot())
        quotes = own if isinstance(own, AoT) else tomlkit.aot()
        # Quotes that the plan lists in brackets become tables, as those after them are.
        for table in vendors if quotes is own else [*own, *vendors]:
            quotes.append(table if isinstance(table, Table) else tomlkit.item(dict(table)))
        if quotes is not own:
            document["vendors"] = quotes
        return parse_plan(tomlkit.dumps(document), where=where)

    def check_prices(self, where: str) -> None:
        """Ask for the price of a label where the plan names none: a bill from another price answers another question.

        Raises:
            InputError: the plan names no vendor, or one without its price.
        """
        for i, vendor in enumerate(self.vendors):
            if vendor.billing == "per_item" and not vendor.tiers and self.input(paths.vendor(i, "price_usd")).default:
                if "vendors" not in tomllib.loads(self._toml):
                    raise InputError(
                        f"{where}, [[vendors]]: missing; allowed: at least one vendor with its price, such as "
                        "price_usd = 0.05 for one person's label of one item, or one of 'labelplan list presets'"
                    )
                raise InputError(
                    f'{where}, [[vendors]] "{vendor.name}" price_usd: missing; allowed: what one person\'s label '
                    "of one item costs, such as 0.05"
                )

    def vendor_index(self, name: str) -> int:
        """Give the place of a quote by its vendor's name.

        Raises:
            InputError: there is no such vendor.
        """
        names = [vendor.name for vendor in self.vendors]
        if name not in names:
            raise InputError(f"plan: there is no vendor '{name}'{suggestion(name, names)}")
        return names.index(name)

    @property
    def comparable_vendors(self) -> tuple[int, ...]:
        """Places of the quotes among which the cheapest is chosen: those that count their people, if any does.

        Where options with a language model are compared, random labelling and active learning are people's.
        """
        counted = tuple(i for i, vendor in enumerate(self.vendors) if vendor.counts_people)
        if self.options.names:
            return tuple(i for i in counted if i not in self.language_models)
        return counted or tuple(range(len(self.vendors)))

    @cached_property
    def test_vendor(self) -> int:
        """Place of the quote whose vendor labels the test set: as told, or the most trusted one that counts its people.

        Experts are trusted before crowds, crowds before language models; of those, who errs least in one answer.
        """
        if self.task.test_vendor is not None:
            return self.vendor_index(self.task.test_vendor)
        places = range(len(self.vendors))
        counted = [i for i in places if self.vendors[i].counts_people] or places
        return min(counted, key=lambda i: self.vendors[i].distrust)

    @property
    def language_models(self) -> tuple[int, ...]:
        """Places of the quotes of language models."""
        return tuple(i for i, vendor in enumerate(self.vendors) if vendor.labeller == "llm")

    def draw(self, n_draws: int, seed: int) -> Draws:
        """Draw every numeric input, Latin-hypercube stratified, each from a stream keyed by its own path.

        Another input, or another range of one, leaves the draws of all others as they were. A single number is one
        draw, shape (1,), that stands for all.
        """

        def sample(path: str, quantity: Quantity) -> Floats:
            if quantity.fixed:
                return np.array([quantity.low])
            rng = keyed_rng(seed, path)
            return quantity.at((rng.permutation(n_draws) + rng.random(n_draws)) / n_draws)

        return {item.path: sample(item.path, item.quantity) for item in self.inputs() if item.quantity}

    def medians(self, digits: int | None = None) -> Draws:
        """Give every numeric input at its median, shape (1,); of a range, to so many significant digits if given."""

        def median(quantity: Quantity) -> float:
            exact = quantity.fixed or digits is None
            return quantity.median if exact else float(f"{quantity.median:.{digits}g}")

        return {item.path: np.array([median(item.quantity)]) for item in self.inputs() if item.quantity}

    def to_toml(self) -> str:
        """Give the plan file; keys that were left out (and have defaults) stay left out."""
        return self._toml

    def _named_tables(self) -> Iterator[tuple[str, PlanTable]]:
        for name in TABLES:
            if name == "vendors":
                yield from ((f"vendors.{i}", vendor) for i, vendor in enumerate(self.vendors))
            else:
                yield name, getattr(self, name)


TABLES: Mapping[str, Any] = {name: info.annotation for name, info in Plan.model_fields.items()} | {"vendors": Quote}
"""The tables of a plan file by name, in its order."""


def items_to_label(values: Draws) -> Floats:
    """Give the items that there are to label, (n_draws,) or (1,): the pool without the test labels."""
    return values[paths.POOL_SIZE] - values[paths.TEST_LABELS]


def load_plan(path: Path) -> Plan:
    """Read a plan file.

    Raises:
        InputError: the file is missing, is not TOML, or holds something that is not allowed.
    """
    if path.is_dir():
        raise InputError(f"{path}: is a folder; give the plan file in it")
    if not path.is_file():
        raise InputError(f"{path}: there is no such file; 'labelplan init {path}' writes a plan to start from")
    try:
        text = read_toml_text(path)
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not a text file in UTF-8, so it cannot be a plan") from error
    return parse_plan(text, where=str(path))


def parse_plan(text: str, *, where: str = "plan") -> Plan:
    """Read a plan from TOML text; `where` names it in messages.

    Raises:
        InputError: the text is not TOML or holds something that is not allowed.
    """
    raw = parse_toml(text, where)
    try:
        plan = Plan.model_validate(raw)
    except ValidationError as error:
        raise InputError(f"{where}, {fault_sentence(first_fault(error), raw)}") from error
    plan._toml = text.removeprefix("\ufeff")
    return plan


def template(quotes: Sequence[str] = ()) -> str:
    """Give the commented plan file that `labelplan init` writes; `quotes`, as text, take its example's place."""
    text = files("planner.plan").joinpath("template.toml").read_text(encoding="utf-8")
    if not quotes:
        return text
    before, rest = text.split("[[vendors]]", 1)
    after = rest.split("[engineering]", 1)[1]
    return before + "\n".join(quotes) + "\n[engineering]" + after


def first_fault(error: ValidationError) -> ErrorDetails:
    """Give the fault to tell first: a mistyped key before the key that is missing because of it."""
    faults = error.errors()
    return next((fault for fault in faults if fault["type"] == "extra_forbidden"), faults[0])


def fault_sentence(error: ErrorDetails, raw: Mapping[str, Any]) -> str:
    """Turn pydantic's fault into what, where and what is allowed; `raw`, the plan file, names its vendors."""
    place = error["loc"]
    message = error["msg"].removeprefix("Value error, ")
    if not place:
        return message
    where, key = _place_words(place, raw), next((part for part in reversed(place[1:]) if isinstance(part, str)), "")
    if error["type"] == "extra_forbidden":
        if len(place) == 1:
            return f"[{place[0]}]: unknown table{suggestion(str(place[0]), list(TABLES))}"
        model = Tier if {"tiers", "platform_fee_tiers"} & {*place[2:-1]} else TABLES[str(place[0])]
        return f"{where} {key}: unknown key{suggestion(key, list(model.model_fields))}"
    if error["type"] == "missing":
        return f"{where} {key}: missing; allowed: {'a price above 0' if key == 'price_usd' else 'a value'}"
    if error["type"] != "value_error":
        found = repr(error["input"])
        message = f"found {found if len(found) <= 80 else found[:77] + '...'}; allowed: {_allowed_words(error, key)}"
    # A fault of a whole table names the field itself.
    return f"{where} {key}: {message}".replace(" : ", ": ") if key != "tiers" else f"{where} {message}"


def _place_words(place: Place, raw: Mapping[str, Any]) -> str:
    """Name the table, a vendor by number and name, a tier by number."""
    if place[0] != "vendors" or len(place) < 2:
        return f"[{place[0]}]"
    where = f"[[vendors]] no. {int(place[1]) + 1}"
    try:
        name = raw["vendors"][place[1]]["name"]
    except (KeyError, IndexError, TypeError):
        name = None
    if isinstance(name, str):
        where += f' "{name[:60]}"'
    return where + (f", tier {int(place[3]) + 1}" if len(place) > 3 and str(place[2]).endswith("tiers") else "")


def _allowed_words(error: ErrorDetails, key: str) -> str:
    if error["loc"][0] == "vendors" and not key:
        return "1 to 1,000 quotes, each under its own line [[vendors]]"
    if error["type"].startswith("date"):
        return "a date such as 2026-03-31"
    if error["type"].startswith("bool"):
        return "true or false"
    if key == "tiers":
        return "tiers such as [{to_units = 50_000, price_usd = 0.035}, {from_units = 50_000, price_usd = 0.025}]"
    return _ALLOWED.get(error["type"]) or str(error.get("ctx", {}).get("expected", error["msg"]))
