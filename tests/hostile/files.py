"""Spreadsheets, exports of labelling tools, features of pilots and weights of encoders: whole, spoilt and crafted."""

import io
import json
import struct
import zipfile
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
from numpy.random import Generator

from planner.plan.quote_sheets import quotes_workbook
from simulations.cache.stored import open_stored, store_folder
from simulations.errors import InputError
from tests.hostile.command import ANSWERED, REFUSED, outcome_of, read_json, run
from tests.hostile.harness import Attack, alone
from tests.hostile.inputs import ODD_VALUES, WORDS, pick, spoil_bytes
from tests.hostile.quotes import PLAN

ROOT = Path(__file__).parents[2]
EXPORTS = {
    "label-studio": ("label-studio-min.json", "label-studio.csv"),
    "argilla": ("argilla.json", "argilla-1.jsonl"),
    "prodigy": ("prodigy.jsonl",),
    "csv": ("table.csv",),
}
BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (97 + i, b"&%c;" % (96 + i) * 10) for i in range(1, 9))
    + b"]><a>&i;</a>"
)


def attempt(rng: Generator, place: Path) -> str:
    """Give one file to whatever reads its kind."""
    return str(pick(rng, (_spreadsheet, _export, _export, _features, _weights))(rng, place))


def _spreadsheet(rng: Generator, place: Path) -> str:
    plan, path = place / "plan.toml", place / "quotes.xlsx"
    plan.write_text(PLAN, encoding="utf-8")
    path.write_bytes(_workbook(rng))
    answer = run("vendors", plan, "--quotes", path, "--labels", 1000, "--draws", 100, "--json", place=place)
    if outcome_of(answer) == ANSWERED:
        read_json(answer)
    return outcome_of(answer)


def _workbook(rng: Generator) -> bytes:
    """Give a spreadsheet of quotes, or one whose cells, parts or bytes are spoilt."""
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(quotes_workbook()))
    sheet = book.worksheets[0]
    first = next(row for row in range(1, 20) if sheet.cell(row, 1).value == "name") if sheet["A1"].value else 1
    for row in range(first + 1, first + 5):
        sheet.cell(row, 1).value = f"Vendor {row}"
        for column in rng.integers(2, 30, 3):
            value = pick(rng, (*ODD_VALUES, *WORDS, "=1+1", "=cmd|'/C calc'!A0", 0.05, 1e-30))
            value = value if isinstance(value, str | int | float) and value == value else None
            sheet.cell(row, int(column)).value = _for_sheet(value)
    out = io.BytesIO()
    book.save(out)
    way = rng.random()
    if way < 0.4:
        return out.getvalue()
    return spoil_bytes(rng, out.getvalue()) if way < 0.6 else _spoil_parts(rng, out.getvalue())


def _for_sheet(value: Any) -> Any:
    return "".join(c for c in value if ord(c) >= 32 or c in "\t\n\r") if isinstance(value, str) else value


def _spoil_parts(rng: Generator, raw: bytes) -> bytes:
    """Spoil, drop, repeat or blow up one of the files that a spreadsheet is made of."""
    with zipfile.ZipFile(io.BytesIO(raw)) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    name, out = pick(rng, parts), io.BytesIO()
    parts[name] = pick(rng, (BOMB, b"", spoil_bytes(rng, parts[name]), b"<a" * 10_000, b"<a>" * 50_000))
    if rng.random() < 0.2:
        del parts[name]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for part, content in parts.items():
            book.writestr(part, content)
        if rng.random() < 0.1:
            book.writestr("xl/media/image1.png", bytes(60_000_000))
    return out.getvalue()


def _export(rng: Generator, place: Path) -> str:
    tool = pick(rng, EXPORTS)
    source = ROOT / "tests/planner/annotations/data" / pick(rng, EXPORTS[tool])
    content = source.read_bytes()
    if source.suffix == ".json" and rng.random() < 0.6:
        content = json.dumps(_spoil_value(rng, json.loads(content))).encode("utf-8", "surrogatepass")
    elif rng.random() < 0.8:
        content = spoil_bytes(rng, content)
    path = place / source.name
    path.write_bytes(content)
    more = [f"--write-{name}={place / name}.csv" for name in ("labels", "audit", "log") if rng.random() < 0.3]
    answer = run("import", path, "--from", tool, "--json", *more, place=place)
    outcome = outcome_of(answer)
    if outcome == ANSWERED:
        read_json(answer)
        for written in place.glob("*.csv"):
            if written != path:
                _check_cells(written)
    return outcome


def _check_cells(path: Path) -> None:
    """Check that a spreadsheet runs no cell of a table that was written."""
    for cell in pd.read_csv(path, dtype=str, keep_default_na=False, comment="#").to_numpy().ravel():
        assert not cell or (cell[0] not in "=@\t\r" and (cell[0] not in "+-" or cell[1:2].isdigit())), cell


def _spoil_value(rng: Generator, value: Any) -> Any:
    """Replace something inside parsed JSON."""
    if isinstance(value, list) and value and rng.random() < 0.9:
        at = int(rng.integers(len(value)))
        return [*value[:at], _spoil_value(rng, value[at]), *value[at + 1 :]]
    if isinstance(value, dict) and value and rng.random() < 0.9:
        return value | {(key := pick(rng, value)): _spoil_value(rng, value[key])}
    return pick(rng, (*ODD_VALUES, *WORDS, None, [None], 1e18, -1, "2026-13-45", "0000-00-00T99"))


def _features(rng: Generator, place: Path) -> str:
    labels, out = place / "labels.csv", place / "pilot.csv"
    labels.write_text("item,label\n" + "".join(f"{i},{'ab'[i % 2]}\n" for i in range(1, 4)), encoding="utf-8")
    path = place / pick(rng, ("x.npz", "x.parquet", "x.csv", "x.tsv"))
    frame = pd.DataFrame({"item": range(1, 4), "x": rng.normal(size=3)})
    content = io.BytesIO()
    if path.suffix == ".npz":
        shape = pick(rng, ((3, 2), (3,), (3, 2, 2), (0, 0), (10**9, 10**9), (3, 10**7)))
        _write_npz(rng, content, shape)
    elif path.suffix == ".parquet":
        frame.to_parquet(content)
    else:
        content.write(frame.to_csv(index=False, sep="," if path.suffix == ".csv" else "\t").encode())
    raw = content.getvalue()
    path.write_bytes(raw if rng.random() < 0.3 else spoil_bytes(rng, raw))
    # Three items are too few to learn from, so that every answer is a refusal, and a quick one.
    return outcome_of(run("pilot", path, "--labels", labels, "--out", out, place=place))


def _write_npz(rng: Generator, out: io.BytesIO, shape: tuple[int, ...]) -> None:
    kind, header = pick(rng, ("<f8", "<f4", "|O", "<U5", "<M8[s]")), io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"shape": shape, "fortran_order": False, "descr": kind})
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(f"{pick(rng, ('features', 'features', 'other'))}.npy", header.getvalue() + rng.bytes(48))


def _weights(rng: Generator, place: Path) -> str:
    """Read an encoder's weights, crafted so that their hash is right or not."""
    header: Any = {"w": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}}
    if rng.random() < 0.7:
        header["w"][pick(rng, header["w"])] = pick(
            rng, ([0, 10**15], [16, 0], "F128", [-1, 2], [2**63, 2], None, [[0, 16]])
        )
    text = json.dumps(header).encode()
    raw = struct.pack("<Q", pick(rng, (len(text), len(text), 2**63, 0))) + text + bytes(16)
    with patch.dict("os.environ", {"LABELPLAN_CACHE": str(place / "cache")}):
        with store_folder("made", {}) as folder:
            (folder / "model.safetensors").write_bytes(raw if rng.random() < 0.5 else spoil_bytes(rng, raw))
        path = place / "cache" / "made" / "model.safetensors"
        if rng.random() < 0.3:
            path.write_bytes(spoil_bytes(rng, raw))
        from simulations.encoders.networks import encoder_weights

        try:
            assert {*encoder_weights(open_stored("made", {}))} <= {"w"}
        except InputError as error:
            assert len(str(error).splitlines()) == 1
            return REFUSED
    return ANSWERED


ATTACK = Attack("files", 800, 8, alone(attempt))
