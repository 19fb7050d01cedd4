"""The plan: a whole plan file, checked; read from TOML, edited, and written back with its comments.

Notation:
    path    dotted place of one input: `task.target`, `vendors.0.price_usd`
    draws   mapping path -> (n_draws,) array, one entry per numeric input
"""

import difflib
import tomllib
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any, Self

import numpy as np
import tomlkit
from pydantic import ConfigDict, Field, PrivateAttr, ValidationError, model_validator
from pydantic_core import ErrorDetails

from planner.errors import InputError
from planner.plan.quantity import POSITIVE, Floats, Quantity
from planner.plan.tables import TABLES, Calendar, Compute, Engineering, Evidence, Strategy, Table, Task, Vendor

Draws = Mapping[str, Floats]


@dataclass(frozen=True)
class PlanInput:
    """One input of the plan, as a form or a table of assumptions shows it.

    Attributes:
        path: its place, such as `vendors.0.price_usd`.
        label: what a person calls it.
        unit: its unit; empty for words.
        text: its value as the plan file writes it; empty where absent.
        default: whether the plan leaves it out, so that the value is labelplan's.
        help: one sentence on what it means.
        quantity: its value where it is numeric.
    """

    path: str
    label: str
    unit: str
    text: str
    default: bool
    help: str
    quantity: Quantity | None


class Plan(Table):
    """What labelplan needs to know; `Plan()` holds the defaults.

    Examples:
        >>> plan = Plan().replace({"vendors.0.price_usd": "0.05 to 0.12"})
        >>> plan.vendors[0].price_usd.text
        '0.05 to 0.12'
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    task: Task = Field(default_factory=Task)
    strategy: Strategy = Field(default_factory=Strategy)
    vendors: tuple[Vendor, ...] = Field(default_factory=lambda: (Vendor(),), min_length=1)
    engineering: Engineering = Field(default_factory=Engineering)
    compute: Compute = Field(default_factory=Compute)
    calendar: Calendar = Field(default_factory=Calendar)
    evidence: Evidence = Field(default_factory=Evidence)
    _toml: str = PrivateAttr(default="")

    @model_validator(mode="after")
    def _tables_agree(self) -> Self:
        pool, test, initial = (
            q.median for q in (self.task.pool_size, self.task.test_labels, self.strategy.initial_labels)
        )
        if initial + test > pool:
            raise ValueError(
                f"[task] pool_size: found {pool:,.0f}; allowed: at least the {initial:,.0f} initial labels "
                f"and the {test:,.0f} test labels together"
            )
        guess = 1 - 1 / self.task.classes.median
        names = [vendor.name for vendor in self.vendors]
        if len(set(names)) < len(names):
            raise ValueError(f"[[vendors]] name: found {names}; allowed: a different name for each vendor")
        for vendor in self.vendors:
            for key in ("delivered_error_rate", "vote_error_rate"):
                rate: Quantity | None = getattr(vendor, key)
                if rate is not None and rate.high >= guess:
                    raise ValueError(
                        f'[[vendors]] "{vendor.name}" {key}: found {rate.text}; allowed: below {guess:.3g}, '
                        f"the error of guessing among {self.task.classes.text} classes"
                    )
        return self

    def inputs(self) -> tuple[PlanInput, ...]:
        """List every input in the order of the plan file."""
        given = set(_given_paths(tomllib.loads(self._toml)))
        items = (item for name, table in self._tables() for item in _inputs_of(name, table, given))
        return tuple(self._with_need(item) for item in items)

    @property
    def random_labels(self) -> Quantity | None:
        """Labels that random labelling needs for the target; None where the curves of the evidence say it.

        Without an estimate, a pilot or a proxy said to be like the task, the plan itself is all that tells: its author
        expects to need more than the initial set and less than the pool. That is taken as an 80% range.
        """
        evidence = self.evidence
        if evidence.random_labels is not None or evidence.pilot is not None or evidence.label_scale_sd is not None:
            return evidence.random_labels
        pool = self.task.pool_size.median - self.task.test_labels.median
        first = self.strategy.initial_labels.median
        return Quantity.parse([round(first), round(max(first, pool))], POSITIVE)

    def _with_need(self, item: PlanInput) -> PlanInput:
        need = self.random_labels
        if item.path != "evidence.random_labels" or need is None:
            return item
        return replace(item, quantity=need)  # its text stays empty: it is in no plan file

    def input(self, path: str) -> PlanInput:
        """Give one input by its path.

        Raises:
            InputError: there is no such input.
        """
        found = {item.path: item for item in self.inputs()}
        if path not in found:
            raise InputError(f"plan: there is no input '{path}'{_nearest(path, list(found))}")
        return found[path]

    def replace(self, values: Mapping[str, Any]) -> "Plan":
        """Give a copy with some inputs changed; comments of the plan file survive.

        Args:
            values: path to new value, a number or text such as `"0.05 to 0.12"`; empty text removes the key.

        Raises:
            InputError: a path is unknown or a value not allowed.
        """
        document = tomlkit.parse(self._toml)
        for path, value in values.items():
            _edit(document, self.input(path), value)
        return parse_plan(tomlkit.dumps(document), where="plan")

    def draw(self, n_draws: int, seed: int) -> Draws:
        """Draw every numeric input, Latin-hypercube stratified, each from a stream keyed by its own path.

        An input added to the plan, or one whose range changes, leaves the draws of all others as they were.
        """
        return {
            item.path: item.quantity.at(_strata(item.path, n_draws, seed)) for item in self.inputs() if item.quantity
        }

    def medians(self) -> Draws:
        """Give every numeric input at its median, as arrays of shape (1,)."""
        return {item.path: np.array([item.quantity.median]) for item in self.inputs() if item.quantity}

    def to_toml(self) -> str:
        """Give the plan file; keys that were left out (and have defaults) stay left out."""
        return self._toml

    def _tables(self) -> Iterator[tuple[str, Table]]:
        for name in TABLES:
            if name == "vendors":
                yield from ((f"vendors.{i}", vendor) for i, vendor in enumerate(self.vendors))
            else:
                yield name, getattr(self, name)


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
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not a text file in UTF-8, so it cannot be a plan") from error
    return parse_plan(text, where=str(path))


def parse_plan(text: str, *, where: str = "plan") -> Plan:
    """Read a plan from TOML text; `where` names it in messages.

    Raises:
        InputError: the text is not TOML or holds something that is not allowed.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{where}: not a TOML file ({error})") from error
    try:
        plan = Plan.model_validate(raw)
    except ValidationError as error:
        raise InputError(f"{where}, {_sentence(error.errors()[0])}") from error
    plan._toml = text
    return plan


def template() -> str:
    """Give the commented plan file that `labelplan init` writes."""
    return files("planner.plan").joinpath("template.toml").read_text(encoding="utf-8")


def _inputs_of(prefix: str, table: Table, given: set[str]) -> Iterator[PlanInput]:
    for key, info in type(table).model_fields.items():
        value = getattr(table, key)
        extra = info.json_schema_extra
        path = f"{prefix}.{key}"
        yield PlanInput(
            path=path,
            label=info.title or key,
            unit=str(extra["unit"]) if isinstance(extra, dict) else "",
            text=_text(value),
            default=path not in given,
            help=info.description or "",
            quantity=value if isinstance(value, Quantity) else None,
        )


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Quantity):
        return value.text
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _given_paths(raw: Mapping[str, Any]) -> Iterator[str]:
    for name, table in raw.items():
        tables = enumerate(table) if isinstance(table, list) else [(None, table)]
        for index, one in tables:
            prefix = name if index is None else f"{name}.{index}"
            yield from (f"{prefix}.{key}" for key in one)


def _edit(document: tomlkit.TOMLDocument, item: PlanInput, value: Any) -> None:
    *place, key = item.path.split(".")
    if place[0] not in document:
        document[place[0]] = tomlkit.aot() if place[0] == "vendors" else tomlkit.table()
    table: Any = document[place[0]]
    if place[0] == "vendors":
        if len(table) == 0:
            table.append(tomlkit.table())
        table = table[int(place[1])]
    if value is None or value == "":
        table.pop(key, None)
    else:
        table[key] = _as_toml(item, value)
    # One error rate is given at a time, so naming one takes the other's place.
    other = {"delivered_error_rate": "vote_error_rate", "vote_error_rate": "delivered_error_rate"}.get(key)
    if other is not None and value not in (None, ""):
        table.pop(other, None)


def _as_toml(item: PlanInput, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if item.path in ("strategy.names", "evidence.proxies") and value != "auto":
        return [name.strip() for name in value.split(",") if name.strip()]
    return value


def _strata(path: str, n_draws: int, seed: int) -> Floats:
    rng = np.random.default_rng(np.random.SeedSequence([seed, zlib.crc32(path.encode())]))
    return (rng.permutation(n_draws) + rng.random(n_draws)) / n_draws


def _nearest(word: str, known: list[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f"; did you mean '{near[0]}'?" if near else f"; allowed: {', '.join(known)}"


def _sentence(error: ErrorDetails) -> str:
    """Turn pydantic's first fault into what, where and what is allowed."""
    place = error["loc"]
    message = error["msg"].removeprefix("Value error, ")
    if not place:
        return message
    name = str(place[0])
    where = f"[[vendors]] no. {int(place[1]) + 1}" if name == "vendors" and len(place) > 1 else f"[{name}]"
    key = next((part for part in reversed(place[1:]) if isinstance(part, str)), "")
    if error["type"] == "extra_forbidden":
        if len(place) == 1:
            return f"[{name}]: unknown table{_nearest(name, list(TABLES))}"
        return f"{where} {key}: unknown key{_nearest(key, list(TABLES[name].model_fields))}"
    if error["type"] != "value_error":
        allowed = _ALLOWED.get(error["type"], error.get("ctx", {}).get("expected", message))
        if name == "vendors" and not key:
            allowed = "one or more quotes, each under its own line [[vendors]]"
        message = f"found {error['input']!r}; allowed: {allowed}"
    return f"{where} {key}: {message}".replace(" : ", ": ")


_ALLOWED = {
    "model_type": "a table of keys",
    "tuple_type": 'a list of names, such as ["margin", "entropy"]',
    "string_type": "text in quotes",
}
