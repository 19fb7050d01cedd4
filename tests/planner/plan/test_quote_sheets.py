"""Spreadsheets of quotes: the template, one filled in and read back, and faults named by their cell."""

import io
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from openpyxl import Workbook, load_workbook

from planner.plan import parse_plan
from planner.plan.presets import presets
from planner.plan.quote import Quote
from planner.plan.quote_files import parse_quotes, read_quotes
from planner.plan.quote_sheets import FIRST_FIELDS, quotes_workbook
from simulations.errors import InputError
from tests.planner.costs.quotes import plan_of, quotes

PLAN = "[task]\nclasses = 4\n"


def book_of(raw):
    return load_workbook(io.BytesIO(raw))


def saved(book):
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def filled(*rows, header=("name", "price_usd")):
    """A spreadsheet with a row of field names and rows of values."""
    book = Workbook()
    for row in (header, *rows):
        book.active.append(row)
    return saved(book)


def test_the_template_has_units_help_drop_downs_and_examples():
    book = book_of(quotes_workbook())
    sheet = book["Quotes"]
    fields = [cell.value for cell in sheet[3]]
    assert tuple(fields[: len(FIRST_FIELDS)]) == FIRST_FIELDS and set(fields) == set(Quote.model_fields)
    price = fields.index("price_usd") + 1
    assert sheet.cell(1, price).value == "Price per vote (USD)" and "One vote" in sheet.cell(2, price).value
    lists = {str(rule.sqref): rule.formula1 for rule in sheet.data_validations.dataValidation}
    assert lists["B4:B203"].startswith('"per_item,per_annotation,') and '"crowd,expert,llm"' in lists.values()
    assert sheet.max_row == 3  # nothing is filled in
    assert book["Examples"].max_row == 3 + len(presets())


def test_a_template_filled_in_is_the_plan_written_by_hand(tmp_path):
    book = book_of(quotes_workbook())
    sheet = book["Quotes"]
    place = {cell.value: cell.column for cell in sheet[3]}
    answers = {
        "name": "Acme",
        "price_usd": "0.05 to 0.12",
        "votes_per_item": 3,
        "fee_rate": 0.05,
        "tiers": None,
        "rush": True,
        "rush_turnaround_days": 1,
        "valid_until": datetime(2027, 1, 31),
        "delivered_error_rate": 0.02,
        "platform_fee_tiers": "0-1000: 0.08; 1000-: 0.02",
    }
    for field, value in answers.items():
        sheet.cell(4, place[field], value)
    sheet.cell(4, place["fee_rate"]).number_format = "0%"  # shown as 5%
    sheet.cell(6, place["name"], "Beta")  # a row left free between them
    sheet.cell(6, place["price_usd"], 0.2)
    path = tmp_path / "answers.xlsx"
    path.write_bytes(saved(book))
    read = parse_plan(PLAN).with_quotes(read_quotes(path), where=str(path), instead=True)
    by_hand = parse_plan(
        PLAN
        + """
[[vendors]]
name = "Acme"
price_usd = "0.05 to 0.12"
votes_per_item = 3
fee_rate = 0.05
rush = true
rush_turnaround_days = 1
valid_until = 2027-01-31
delivered_error_rate = 0.02
platform_fee_tiers = [{to_units = 1_000, price_usd = 0.08}, {from_units = 1_000, price_usd = 0.02}]
[[vendors]]
name = "Beta"
price_usd = 0.2
"""
    )
    assert read.vendors == by_hand.vendors
    assert read.vendors[0].valid_until == date(2027, 1, 31)


@given(quotes(ranges=True))
@settings(max_examples=25)
def test_quotes_written_are_read_back(terms):
    plan = plan_of(terms)
    read = parse_quotes(quotes_workbook(plan.vendors), "quotes.xlsx")
    assert plan.with_quotes(read, where="quotes.xlsx", instead=True).vendors == plan.vendors


@pytest.mark.parametrize("name", ["=1+1", "2024", "@SUM(A1)", "Line\tbreak"])
def test_text_stays_text(name):
    plan = plan_of({"name": name, "price_usd": 0.1})
    (read,) = parse_quotes(quotes_workbook(plan.vendors), "quotes.xlsx")
    assert read["name"] == name.replace("\t", " ")


def test_examples_hold_what_their_presets_give():
    sheet = book_of(quotes_workbook())["Examples"]
    fields = [cell.value for cell in sheet[3]]
    for row, preset in enumerate(presets(), start=4):
        given = {field for field, cell in zip(fields, sheet[row], strict=True) if cell.value is not None}
        assert given == set(preset.table())


def test_presets_and_further_tables_are_read_past():
    quotes = [preset.vendor for preset in presets()][:2]
    raw = quotes_workbook(quotes, {"What a label costs": [{"Vendor": "=1+1", "Price": "$2"}]})
    assert [table["name"] for table in parse_quotes(raw, "all.xlsx")] == [quote.name for quote in quotes]
    assert book_of(raw)["What a label costs"]["A2"].data_type == "s"  # a name is never a formula


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (filled(("Acme", "cheap")), 'cell B2 "Acme" price_usd: found "cheap"; allowed: a number from 0'),
        (filled(("Acme", -1)), "cell B2"),
        (filled(("Acme", "$0.05")), 'cell B2, price_usd: found "$0.05"; allowed: the number alone'),
        (filled(("Acme", datetime(2027, 1, 1))), "cell B2, price_usd: found 2027-01-01; allowed: a number"),
        (filled(("Acme", True)), "cell B2, price_usd: found True; allowed: a number"),
        (filled(("Acme", "=1+1")), "cell B2: found a formula without a value"),
        (filled(("Acme", 1, "extra")), 'cell C2: found "extra" in a column without a field name'),
        (filled(("Acme", 1), header=("name", "price")), "cell B1: found the unknown column 'price'; did you mean"),
        (filled(("Acme", 1), header=("name", "name")), "cell B1: found the column 'name' twice"),
        (filled(("Acme", 1), ("Acme", 2)), 'row 3 name: found "Acme", which row 2 has'),
        (filled((None, 1)), "row 2 name: missing"),
        (filled(("Acme", 1), header=("vendor", "price_usd")), "found no row of field names"),
        (filled(), "found no quote"),
        (b"PK\x03\x04nothing", "not a spreadsheet that can be read"),
        (b"name,price_usd\nAcme,1\n", "not a spreadsheet that can be read"),
    ],
    ids=lambda value: (
        "sheet" if isinstance(value, bytes) else None
    ),  # a sheet holds the time, and workers agree on names
)
def test_faults_are_named_by_their_cell(raw, words):
    with pytest.raises(InputError) as refused:
        parse_quotes(raw, "answers.xlsx")
    assert words in str(refused.value) and str(refused.value).startswith("answers.xlsx")


def test_merged_cells_are_refused():
    book = book_of(filled(("Acme", 1), ("Beta", 2)))
    book.active.merge_cells("A2:A3")
    with pytest.raises(InputError, match="found the merged cells A2:A3; allowed: one value a cell"):
        parse_quotes(saved(book), "answers.xlsx")
