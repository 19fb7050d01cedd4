"""Random inputs: plans field by field, learning curves, and ways to spoil text and bytes."""

import json
from collections.abc import Mapping
from functools import cache
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np
from numpy.random import Generator
from pydantic import ValidationError

from planner.plan import Plan, quantity
from planner.plan.plan import TABLES
from planner.plan.presets import presets
from planner.plan.quantity import Domain, PlanTable, Quantity
from planner.plan.quote import BELONGS, BILLINGS, NEEDS

Table = dict[str, Any]

DOMAINS: Mapping[Any, Domain] = {
    quantity.OpenFraction: quantity.OPEN_FRACTION,
    quantity.OneFraction: quantity.ONE_FRACTION,
    quantity.Fraction: quantity.FRACTION,
    quantity.BelowOne: quantity.BELOW_ONE,
    quantity.Share: quantity.SHARE,
    quantity.NonNegative: quantity.NON_NEGATIVE,
    quantity.Positive: quantity.POSITIVE,
    quantity.FromOne: quantity.FROM_ONE,
    quantity.Count: quantity.COUNT,
    quantity.CountOrNone: quantity.COUNT_OR_NONE,
    quantity.Votes: quantity.VOTES,
    quantity.Classes: quantity.CLASSES,
}
STRATEGIES = ("margin", "entropy", "coreset", "badge", "stratified_random")
DATA_SETS = ("auto", "digits", "letter", "bbc", "r8", "magic", "mnist5k")
WORDS = (
    "Acme",
    "Acme 2",
    "Ünïcode",
    "=cmd|' /C calc'!A0",
    "<b>bold</b>",
    "$x$ *y*",
    "a" * 300,
    "-1",
    "#",
    "\u202etxt",
    "\x1b[31mred",
)


def pick(rng: Generator, values: Any) -> Any:
    """Take one of some values as it is; numpy would turn it into a type of its own."""
    values = list(values)
    return values[int(rng.integers(len(values)))]


@cache
def fields_of(model: type[PlanTable]) -> Mapping[str, Any]:
    """Give the fields of a table with what they hold: a domain of numbers, a tuple of texts, `bool`, or `str`."""
    hints = get_type_hints(model, include_extras=True)
    found = {name: _kind_of(hints[name]) for name in model.model_fields}
    return {name: kind for name, kind in found.items() if kind is not None}


def _kind_of(hint: Any) -> Any:
    if hint in DOMAINS:
        return DOMAINS[hint]
    if get_origin(hint) in (Union, UnionType):
        return next((kind for part in get_args(hint) if (kind := _kind_of(part)) is not None), None)
    if get_origin(hint) is Literal:
        return get_args(hint)
    return hint if hint in (bool, str) else None


def value_in(rng: Generator, domain: Domain, usual: Any = None) -> Any:
    """Draw a number that a domain admits, near what is usual, a range of such numbers now and then, rarely an end."""
    ends = {domain.low, min(domain.high, 1e9)}
    if rng.random() < 0.06:
        return next((end for end in sorted(ends) if domain.admits(end)), 1)
    if domain.shape == "logit_normal":
        low, high = sorted(1 / (1 + np.exp(-rng.normal(0, 2.0, 2))))
    else:
        middle = usual.median if isinstance(usual, Quantity) and usual.median > 0 else 10.0 ** rng.uniform(-2, 4)
        low, high = sorted(middle * np.exp(rng.normal(0, 1.2, 2)))
    low, high = (float(f"{x:.3g}") for x in (low, high))
    if domain.whole:
        low, high = (max(domain.low, min(round(x), domain.high)) for x in (low, high))
        low, high = int(low), int(high)
    ranged = low < high and not domain.single and rng.random() < 0.35
    return f"{low} to {high}" if ranged else low


def value_of(rng: Generator, kind: Any, usual: Any = None) -> Any:
    """Draw a value of a kind, as `fields_of` gives it."""
    if isinstance(kind, Domain):
        return value_in(rng, kind, usual)
    if isinstance(kind, tuple):
        return pick(rng, kind)
    return bool(rng.random() < 0.5) if kind is bool else pick(rng, WORDS)


def plan_tables(rng: Generator) -> dict[str, Any]:
    """Draw a plan that is allowed: fields of all tables, each kept if the plan with it is allowed."""
    pool = int(10 ** rng.uniform(2.5, 6))
    raw: dict[str, Any] = {
        "task": {"pool_size": pool, "classes": int(2 + rng.geometric(0.15)), "test_labels": int(pool * 0.05)},
        "strategy": {"names": [pick(rng, STRATEGIES[:3])], "initial_labels": max(1, int(pool * 0.01))},
        "vendors": [quote_table(rng, i) for i in range(int(rng.choice([1, 1, 1, 2, 3])))],
    }
    question = rng.random()
    if question < 0.75:
        raw["task"]["target"] = round(float(rng.uniform(0.55, 0.97)), 3)
    if question > 0.6:
        raw["task"]["budget_usd"] = value_in(rng, quantity.POSITIVE, Quantity(1e4, 1e4, quantity.POSITIVE))
    if rng.random() < 0.6:
        raw["strategy"]["batch_size"] = max(1, int(pool * 10 ** rng.uniform(-3, -1)))
    for name in (*TABLES, "task", "strategy", "evidence"):
        if name != "vendors" and rng.random() < 0.6:
            _add_fields(rng, raw, name, int(rng.integers(1, 4)))
    for vendor in raw["vendors"]:
        _add_quote_fields(rng, raw, vendor)
    return raw if is_allowed(raw) else {key: raw[key] for key in ("task", "strategy")} | {"vendors": [quote_table(rng)]}


def _add_fields(rng: Generator, raw: dict[str, Any], name: str, number: int) -> None:
    model = TABLES[name]
    table = raw.setdefault(name, {})
    special = {
        "names": _names(rng, name),
        "proxies": [pick(rng, DATA_SETS)],
        "rules": _some(rng, ("target", "plateau")),
    }
    for key in [pick(rng, model.model_fields) for _ in range(number)]:
        kind = fields_of(model).get(key)
        if key in table or key in ("pilot", "store", "coverage", "pool_size", "metric", "test_vendor"):
            continue
        if kind is None and key not in special:
            continue
        table[key] = special[key] if kind is None else value_of(rng, kind, model.model_fields[key].default)
        if not is_allowed(raw):
            del table[key]
    if not table:
        del raw[name]


def _names(rng: Generator, table: str) -> list[str]:
    return _some(rng, STRATEGIES if table == "strategy" else ("llm_labels", "llm_answers", "llm_then_people"))


def _some(rng: Generator, names: tuple[str, ...]) -> list[str]:
    return [str(name) for name in rng.permutation(names)[: int(rng.integers(1, 3))]]


def quote_table(rng: Generator, number: int = 0) -> Table:
    """Draw a quote that is allowed: a preset, or one of any billing with just what that needs."""
    if rng.random() < 0.25:
        return pick(rng, presets()).table() | {"name": f"Preset {number}"}
    billing = pick(rng, BILLINGS) if rng.random() < 0.5 else "per_item"
    table: Table = {"name": f"Vendor {number}", "billing": billing}
    for choice in NEEDS[billing]:
        table[choice[0]] = _price(rng, choice[0])
    return table


def _price(rng: Generator, key: str) -> Any:
    usual = {"price_usd": 0.05, "hourly_rate_usd": 20.0, "seconds_per_vote": 30.0, "salary_usd_per_year": 5e4}
    middle = usual.get(key, 1.0)
    return value_in(rng, quantity.POSITIVE, Quantity(middle, middle, quantity.POSITIVE))


def _add_quote_fields(rng: Generator, raw: dict[str, Any], vendor: Table) -> None:
    model = TABLES["vendors"]
    own = [name for name in model.model_fields if vendor.get("billing") in BELONGS.get(name, (vendor.get("billing"),))]
    for key in [pick(rng, own) for _ in range(int(rng.integers(0, 7)))]:
        before = dict(vendor)
        if key in ("tiers", "platform_fee_tiers"):
            vendor[key] = tiers(rng)
            vendor.pop("price_usd" if key == "tiers" else "platform_fee_usd_per_item", None)
            vendor.pop("hourly_rate_usd", None)
        elif key not in vendor and key != "currency" and (kind := fields_of(model).get(key)) is not None:
            vendor[key] = value_of(rng, kind, model.model_fields[key].default)
        if not is_allowed(raw):
            vendor.clear()
            vendor |= before


def tiers(rng: Generator) -> list[Table]:
    """Draw prices by steps, falling or not."""
    ends = sorted({int(10 ** rng.uniform(0, 5)) for _ in range(int(rng.integers(1, 4)))})
    starts = [0, *ends]
    steps = [{"from_units": start, "price_usd": _price(rng, "price_usd")} for start in starts]
    return [step | ({"to_units": end} if end else {}) for step, end in zip(steps, [*ends, None], strict=True)]


def is_allowed(raw: Mapping[str, Any]) -> bool:
    """Say whether a plan's tables are allowed."""
    try:
        Plan.model_validate(raw)
    except ValidationError:
        return False
    return True


def to_toml(raw: Mapping[str, Any]) -> str:
    """Write a plan's tables as TOML."""
    import tomlkit

    return tomlkit.dumps(raw)


ODD_VALUES: tuple[Any, ...] = (
    *(0, -1, 1, 51, 1e-13, 1e13, 1e308, -1e308, 10**30, float("nan"), float("inf"), True, False),
    *("", " ", "nan", "inf", "0.1 to 0.05", "1 to 1e13", "1,000", "0,5", "$5", "5%", "½", "٣", "1e999", "\0", "\u2028"),
    *(
        [],
        [1, 2],
        [1, 2, 3],
        ["margin", "margin"],
        [[]],
        {},
        {"a": 1},
        "a" * 5_000,
        "../../etc/passwd",
        "auto",
        "never",
    ),
)


def spoil_tables(rng: Generator, raw: dict[str, Any]) -> dict[str, Any]:
    """Put a value that is not expected at one to three places of a plan's tables, or a key that nobody knows."""
    raw = json.loads(json.dumps(raw, default=str))
    for _ in range(int(rng.integers(1, 4))):
        table = raw
        name = pick(rng, TABLES)
        if rng.random() < 0.95:
            table = raw.setdefault(name, [{}] if name == "vendors" else {})
            table = pick(rng, table) if isinstance(table, list) and table else table
        if not isinstance(table, dict):
            continue
        known = list(TABLES[name].model_fields) if table is not raw else list(TABLES)
        key = pick(rng, known) if rng.random() < 0.9 else pick(rng, ("unknown", "pricE_usd", "", "ü", "a.b", "names"))
        table[key] = pick(rng, ODD_VALUES)
    return raw


ODD_BYTES = (
    b"\0",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b'"',
    b"[",
    b"]",
    b"{",
    b"=",
    b",",
    b"\n",
    b"\r",
    b"\t",
    b"#",
    b"\x1b[31m",
)


def spoil_text(rng: Generator, text: str) -> bytes:
    """Spoil the bytes of a text; see `spoil_bytes`."""
    return spoil_bytes(rng, text.encode("utf-8", "surrogatepass"))


def spoil_bytes(rng: Generator, raw: bytes) -> bytes:
    """Cut bytes, drop, repeat or change some, or put odd ones in, once to five times."""
    for _ in range(int(rng.integers(1, 6))):
        at, length, odd = int(rng.integers(0, len(raw) + 1)), int(rng.integers(0, 30)), pick(rng, ODD_BYTES)
        before, part, after = raw[:at], raw[at : at + length], raw[at + length :]
        many = odd * int(10 ** rng.uniform(0, 4))
        between = pick(rng, (b"", part * 3, odd + part, rng.bytes(length), many + part))
        raw = before if rng.random() < 0.15 else before + between + after
    return raw


def curve_rows(rng: Generator, strategies: tuple[str, ...] = ("random",)) -> list[list[Any]]:
    """Draw measured points, a header above them: `strategy, seed, labels, value, test_size`."""
    top, scale = rng.uniform(0.6, 0.99), rng.uniform(0.5, 4)
    labels = np.unique(np.geomspace(rng.integers(5, 50), 10 ** rng.uniform(2, 4), int(rng.integers(2, 12))).astype(int))
    rows: list[list[Any]] = [["strategy", "seed", "labels", "value", "test_size"]]
    for name in strategies:
        for seed in range(int(rng.integers(1, 4))):
            noise = rng.normal(0, 0.01, len(labels))
            values = np.clip(top - scale * labels**-0.5 + noise, 0.01, 0.999)
            rows += [[name, seed, int(n), round(float(v), 4), 500] for n, v in zip(labels, values, strict=True)]
    return rows


def spoil_rows(rng: Generator, rows: list[list[Any]]) -> list[list[Any]]:
    """Put odd cells, rows and columns into a table."""
    rows = [list(row) for row in rows]
    for _ in range(int(rng.integers(1, 4))):
        row = pick(rng, rows)
        at = int(rng.integers(0, len(row) + 1))
        cell = pick(rng, (*ODD_VALUES, *WORDS))
        change = pick(rng, ("set", "set", "insert", "drop", "repeat"))
        if change == "set" and at < len(row):
            row[at] = cell
        elif change == "insert":
            row.insert(at, cell)
        elif change == "drop":
            row[at : at + 1] = []
        else:
            rows.append(list(row))
    return rows


def to_csv(rows: list[list[Any]], delimiter: str = ",") -> str:
    """Write rows as CSV."""
    import csv
    import io

    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return out.getvalue()
