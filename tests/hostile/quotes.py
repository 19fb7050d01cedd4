"""Files of quotes and other tables, CSV and JSON: a sentence, or the same numbers that the file holds."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.random import Generator

from planner.plan import parse_plan
from planner.plan.inputs import value_text
from planner.plan.plan import TABLES
from planner.plan.quote_cells import quote_field_kinds
from planner.plan.quote_files import parse_quotes, quotes_to_csv
from tests.hostile.command import ANSWERED, outcome_of, read_json, run
from tests.hostile.harness import Attack, alone
from tests.hostile.inputs import (
    WORDS,
    curve_rows,
    pick,
    plan_tables,
    spoil_rows,
    spoil_tables,
    spoil_text,
    to_csv,
)

PLAN = '[task]\npool_size = 20_000\n[[vendors]]\nname = "Own"\nprice_usd = 0.05\n'
FORMULA = "=+-@\t\r"


def attempt(rng: Generator, place: Path) -> str:
    """Give one file to the command that reads its kind."""
    kind = pick(rng, (_quotes, _quotes, _quotes, _curves, _audit, _log))
    arguments = kind(rng, place)
    answer = run(*arguments, "--json", place=place)
    outcome = outcome_of(answer)
    if outcome == ANSWERED:
        read_json(answer)
        if arguments[0] == "vendors":
            check_written(arguments[3])
    return outcome


def _quotes(rng: Generator, place: Path) -> list[Any]:
    (place / "plan.toml").write_text(PLAN, encoding="utf-8")
    tables = [pick(rng, plan_tables(rng)["vendors"]) for _ in range(int(rng.integers(1, 4)))]
    tables = [table | {"name": f"{pick(rng, WORDS)} {i}"} for i, table in enumerate(tables)]
    path = place / pick(rng, ("quotes.csv", "quotes.json"))
    if path.suffix == ".json":
        spoilt = spoil_tables(rng, {"vendors": tables}).get("vendors")
        content = json.dumps(tables if rng.random() < 0.5 else spoilt, default=str)
    else:
        rows = _quote_rows(tables)
        content = to_csv(rows if rng.random() < 0.5 else spoil_rows(rng, rows), pick(rng, ",,;\t"))
    _write(rng, path, content)
    return ["vendors", place / "plan.toml", "--quotes", path, "--labels", int(10 ** rng.uniform(0, 6)), "--draws", 100]


def _quote_rows(tables: list[dict[str, Any]]) -> list[list[Any]]:
    quotes = [TABLES["vendors"].model_validate(table) for table in tables]
    names = [name for name in quote_field_kinds() if any(name in table for table in tables)]
    cells = [
        [value_text(getattr(quote, name)) if name in table else "" for name in names]
        for quote, table in zip(quotes, tables, strict=True)
    ]
    return [names, *cells]


def _write(rng: Generator, path: Path, content: str) -> None:
    raw = content.encode("utf-8", "surrogatepass")
    path.write_bytes(raw if rng.random() < 0.7 else spoil_text(rng, content))


def _curves(rng: Generator, place: Path) -> list[Any]:
    rows = curve_rows(rng, pick(rng, (("random",), ("random", "margin"), ("margin",))))
    path = place / "curves.csv"
    _write(rng, path, to_csv(rows if rng.random() < 0.4 else spoil_rows(rng, rows)))
    if rng.random() < 0.6:
        return ["curves", path, *pick(rng, ([], ["--compare"]))]
    return ["forecast", path, "--target", 0.9, "--no-check"]


def _audit(rng: Generator, place: Path) -> list[Any]:
    classes = ("a", "b", "c", *WORDS)[: int(rng.integers(2, 6))]
    truth = rng.integers(0, len(classes), int(rng.integers(1, 60)))
    rows: list[list[Any]] = [["item", "human_1", "human_2", "llm"]]
    for i, one in enumerate(truth):
        said = [classes[one if rng.random() < 0.8 else rng.integers(len(classes))] for _ in range(3)]
        rows.append([f"item {i}", *said])
    _write(rng, place / "audit.csv", to_csv(rows if rng.random() < 0.5 else spoil_rows(rng, rows)))
    return ["audit", place / "audit.csv"]


def _log(rng: Generator, place: Path) -> list[Any]:
    (place / "plan.toml").write_text(PLAN + "[strategy]\nbatch_size = 500\n", encoding="utf-8")
    rows = curve_rows(rng, ("margin",))
    rows = [row[:1] + row[2:] for row in rows if row[1] in ("seed", 0)]
    _write(rng, place / "log.csv", to_csv(rows if rng.random() < 0.5 else spoil_rows(rng, rows)))
    return ["track", place / "plan.toml", place / "log.csv", "--draws", 100]


def check_written(path: Path) -> None:
    """Check that quotes written as CSV are read back the same, and that no cell is a formula."""
    tables = parse_quotes(path.read_bytes(), str(path))
    plan = parse_plan(PLAN).with_quotes(tables, where="quotes", instead=True)
    text = quotes_to_csv(plan.vendors)
    again = parse_plan(PLAN).with_quotes(parse_quotes(text.encode(), "again.csv"), where="again", instead=True)
    names = [[value_text(getattr(quote, key)) for key in quote_field_kinds()] for quote in plan.vendors]
    assert names == [[value_text(getattr(quote, key)) for key in quote_field_kinds()] for quote in again.vendors]
    import csv

    for row in csv.reader(text.splitlines()):
        for cell in row:
            assert not cell or cell[0] not in FORMULA or _is_number(cell), cell


def _is_number(cell: str) -> bool:
    return bool(np.isfinite(float(cell))) if cell.lstrip("+-").replace(".", "").replace("e", "").isalnum() else False


ATTACK = Attack("quotes", 2_000, 20, alone(attempt))
