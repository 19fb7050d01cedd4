import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.plan import Plan, parse_plan
from planner.plan.presets import presets
from planner.plan.quote import Quote
from planner.plan.quote_files import (
    MOST_BYTES,
    MOST_QUOTES,
    parse_cell,
    quote_field_kinds,
    quotes_template_csv,
    quotes_to_csv,
    read_quotes,
)
from simulations.errors import InputError

GOOD = """name,billing,price_usd,tiers,votes_per_item,rush,rush_price_multiplier,valid_until,delivered_error_rate
Plain,per_item,0.05,,3,,,,0.02
Range,per_annotation,0.05 to 0.12,,1,true,1.5,2027-03-31,
Tiers,per_item,,0-50000: 0.035; 50000-: 0.020 to 0.025,3,false,,,0.01 to 0.04
"""


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def _write(content: str | bytes, name: str = "quotes.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return _write


def vendors_of(path: Path) -> tuple[Quote, ...]:
    return tuple(Quote.model_validate(dict(table)) for table in read_quotes(path))


def fault(path: Path) -> str:
    with pytest.raises(InputError) as raised:
        read_quotes(path)
    text = str(raised.value)
    assert "\n" not in text
    return text.removeprefix(str(path))


def test_cells_become_the_values_of_a_plan_file(write: Any) -> None:
    plain, ranged, tiered = read_quotes(write(GOOD))
    given = {"price_usd": 0.05, "votes_per_item": 3, "delivered_error_rate": 0.02}
    assert plain == {"name": "Plain", "billing": "per_item", **given}
    assert ranged["price_usd"] == "0.05 to 0.12"
    assert (ranged["rush"], ranged["valid_until"]) == (True, date(2027, 3, 31))
    assert tiered["tiers"] == [
        {"from_units": 0, "to_units": 50_000, "price_usd": 0.035},
        {"from_units": 50_000, "price_usd": "0.020 to 0.025"},
    ]


def test_quotes_of_a_file_stand_in_a_plan_as_they_are(write: Any) -> None:
    path = write(GOOD)
    plan = Plan().with_quotes(read_quotes(path), where="quotes")
    assert plan.vendors == vendors_of(path)
    assert parse_plan(plan.to_toml()).vendors == plan.vendors


@pytest.mark.parametrize(
    "content",
    [
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("\n", "\r"),
        GOOD.encode("utf-8-sig"),
        GOOD.rstrip("\n"),
        "# comment, with \"quotes, unclosed\n\n" + GOOD + "\n,,,,,,,,\n# end",
        GOOD.replace("; 50000-", "| 50000-").replace(",", ";").replace("0.", "0,").replace("35| 50000-", '35; 50000-"')
        .replace("0-50000: 0,035; 50000-\": 0,020 to 0,025", '"0-50000: 0,035; 50000-: 0,020 to 0,025"'),
        "sep=;\n" + GOOD.replace("0-50000: 0.035; 50000-: 0.020 to 0.025", '"0-50000: 0.035; 50000-: 0.020 to 0.025"')
        .replace(",", ";"),
        GOOD.replace(",", "\t"),
    ],
    ids=["crlf", "cr", "bom", "no-last-newline", "comments-and-empty-rows", "european", "sep-line", "tabs"],
)  # fmt: skip
def test_the_same_quotes_in_other_clothes(write: Any, content: str | bytes) -> None:
    assert vendors_of(write(content)) == vendors_of(write(GOOD, "same.csv"))


def test_a_hash_inside_a_cell_is_no_comment(write: Any) -> None:
    (quote,) = read_quotes(write('name,source\nA,"a letter\n# 3 of March"\n'))
    assert quote["source"] == "a letter\n# 3 of March"


HEADER = "name,billing,price_usd,votes_per_item,delivered_error_rate,rush,valid_until,tiers\n"


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("A,per_item,$0.05,3,,,,", 'column price_usd: found "$0.05"; allowed: the number alone, 0.05, as amounts'),
        ("A,per_item,€0.05 to €0.08,3,,,,", 'found "€0.05 to €0.08"; allowed: the number alone, 0.05 to 0.08'),
        ('A,per_item,"1,000",3,,,,', 'found "1,000"; allowed: such as 1000, without separators of thousands'),
        ('A,per_item,"0,05",3,,,,', 'found "0,05"; allowed: 0.05, with a decimal point'),
        ("A,per_item,0.05,3,2%,,,", 'column delivered_error_rate: found "2%"; allowed: a fraction, 0.02'),
        ("A,per_item,0.05,3,1% to 4%,,,", 'found "1% to 4%"; allowed: a fraction, 0.01 to 0.04'),
        ("A,per_item,1e400,3,,,,", '"A" price_usd: found "1e400"; allowed: a number from 0 to 1e12'),
        (f"A,per_item,{'9' * 400},3,,,,", 'column price_usd: found "99999'),
        ("A,per_item,nan,3,,,,", 'price_usd: found "nan"; allowed: a number from 0 to 1e12, or a range'),
        ("A,per_item,0.05,0,,,,", "votes_per_item: found 0; allowed: a whole number from 1 to 51"),
        ("A,per_item,0.05,3,,yes,,", 'column rush: found "yes"; allowed: true or false'),
        ("A,per_item,0.05,3,,,31.03.2027,", 'column valid_until: found "31.03.2027"; allowed: a date such as'),
        ("A,per_item,0.05,3,,,2027-02-30,", 'found "2027-02-30"; allowed: a date such as'),
        ("A,per_item,0.05,3,,,,0-9: 0.1; 9-: 0.05", '"A": found both price_usd and tiers; allowed: one of them'),
        ("A,per_item,,3,,,,up to 9: 0.1", 'column tiers: found "up to 9: 0.1"; allowed: tiers such as 0-50000: 0.035'),
        ("A,per_item,,3,,,,0-9: $0.1; 9-: 0.05", 'column tiers: found "$0.1"; allowed: the number alone, 0.1'),
        ("A,per_hour,,3,,,,", '"A": hourly_rate_usd or tiers: missing; billing "per_hour" needs it'),
        (",per_item,0.05,3,,,,", "name: missing; allowed: a name for each quote"),
        ("A,per_item,0.05", "found 3 cells; allowed: 8, as in the header"),
        ("A,per_item,0.05,3,,,,,", "found 9 cells; allowed: 8, as in the header"),
        ('A,per_item,"0.05', "not CSV ("),
    ],
)  # fmt: skip
def test_a_bad_row_is_told_with_its_number_and_stops_everything(write: Any, row: str, told: str) -> None:
    text = fault(write(f"# comment\n{HEADER}Good,per_item,0.05,3,,,,\n\n{row}\n"))
    assert text.startswith(", row 5"), text
    assert told in text


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", ": found nothing; allowed: quotes, CSV or JSON"),
        ("# nothing here\n", ", header: found no column 'name'; allowed: field names, name among them"),
        ("name,billing\n", ": found no quote; allowed: 1 to 1,000"),
        ("name,price\nA,1\n", ", header: found the unknown column 'price'; did you mean 'price_usd'?"),
        ("name,source,name\nA,,B\n", ", header: found the column 'name' twice; allowed: once"),
        ("name;source,billing\nA;,\n", ", header: found cells separated in different ways; allowed: by commas or"),
        ("name,\nA,1\n", ', row 2: found "1" in a column without a name; allowed: a field name above it'),
        ("name\nA\nB\nA\n", ', row 4 name: found "A", which row 2 has; allowed: a different name for each quote'),
        ("name;price_usd\nA;1,000\n", 'found "1,000"; allowed: such as 1000, as a comma here could also be'),
        ("näme\nA\n".encode("latin-1"), ": not a text file in UTF-8; a spreadsheet saves one as 'CSV UTF-8'"),
        (b"PK\x03\x04\x00\x00", ": found no text file"),
        ("name,source\nA," + "x" * 200_000 + "\n", ", row 2: not CSV ("),
        ("name\n" + "A\n" * (MOST_BYTES // 2), f": found more than {MOST_BYTES:,} bytes; allowed: up to 1,000 quotes"),
        ("name\n" + "".join(f"A{i}\n" for i in range(MOST_QUOTES + 1)), ": found 1,001 quotes; allowed: up to 1,000"),
    ],
)  # fmt: skip
def test_a_bad_file_is_told_in_a_sentence(write: Any, content: str | bytes, told: str) -> None:
    assert told in fault(write(content))


def test_the_most_quotes_are_read(write: Any) -> None:
    assert len(read_quotes(write("name\n" + "".join(f"A{i}\n" for i in range(MOST_QUOTES))))) == MOST_QUOTES


def test_paths_that_are_no_file_of_quotes(tmp_path: Path, write: Any) -> None:
    assert fault(tmp_path / "none.csv") == ": there is no such file of quotes"
    (tmp_path / "folder.csv").mkdir()
    assert fault(tmp_path / "folder.csv") == ": is a folder; give the file of quotes in it"
    assert fault(write(GOOD, "quotes.ods")) == ": found a file that ends in '.ods'; allowed: .csv, .json or .xlsx"


# JSON

QUOTE = {"name": "A", "price_usd": 0.05, "votes_per_item": 3, "delivered_error_rate": "0.01 to 0.04", "as_of": None}


@pytest.mark.parametrize("wrapped", [[QUOTE], {"vendors": [QUOTE]}])
def test_json_is_a_list_of_objects_or_has_it_under_vendors(write: Any, wrapped: Any) -> None:
    (table,) = read_quotes(write(json.dumps(wrapped), "quotes.json"))
    assert table == {key: value for key, value in QUOTE.items() if value is not None}


def test_json_says_the_same_as_csv(write: Any) -> None:
    tables = read_quotes(write(GOOD))
    text = json.dumps({"vendors": tables}, default=str)
    assert read_quotes(write(text, "quotes.json")) == tables


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("[{", ": not a JSON file ("),
        ("3", ": found no list of quotes; allowed: [{...}, {...}] or "),
        ("[]", ": found no quote; allowed: 1 to 1,000"),
        ('{"vendor": []}', ": found the unknown key 'vendor'; allowed: vendors"),
        ("[3]", ", quote 1: found 3; allowed: an object"),
        ('[{"name": "A"}, {"name": "B", "price": 1}]', ", quote 2: found the unknown field 'price'; did you mean"),
        ('[{"name": "A", "name": "B"}]', ": found the key 'name' twice in one quote; allowed: once"),
        ('[{"name": "A", "price_usd": NaN}]', ": found NaN; allowed: a number"),
        ('[{"name": "A", "price_usd": 1e400}]', ', quote 1 "A" price_usd: found "1e400"; allowed: a number from 0'),
        ('[{"name": "A", "price_usd": true}]', ', quote 1 "A" price_usd: found true; allowed: a number from 0'),
        ('[{"name": "A", "price_usd": "$1"}]', ', quote 1, field price_usd: found "$1"; allowed: the number alone, 1'),
        ('[{"name": "A", "as_of": 20261121}]', ", quote 1, field as_of: found 20261121; allowed: a date such as"),
        ('[{"name": "A", "rush": 1}]', ", quote 1, field rush: found 1; allowed: true or false"),
        ('[{"name": "A", "tiers": "0-: 1"}]', ', quote 1, field tiers: found "0-: 1"; allowed: tiers such as'),
        ('[{"name": "A", "tiers": [{"price": 1}]}]', ', quote 1 "A", tier 1 price: unknown key; did you mean'),
        ('[{"name": 7}]', ", quote 1, field name: found 7; allowed: text in quotes"),
        ('[{"price_usd": 1}]', ", quote 1 name: missing; allowed: a name for each quote"),
        ("[" * 100_000, ": found lists inside lists without end"),
        ('[{"name": "A"}, {"name": "A"}]', ', quote 2 name: found "A", which quote 1 has'),
        ('[{"name": "A", "price_usd": 1' + "0" * 5_000 + "}]", ', quote 1, field price_usd: found "1000000'),
    ],
)  # fmt: skip
def test_a_bad_json_file_is_told_in_a_sentence(write: Any, content: str, told: str) -> None:
    assert told in fault(write(content, "quotes.json"))


# Out and in again


def test_the_template_holds_every_field_and_reads_back_as_the_presets(write: Any) -> None:
    text = quotes_template_csv()
    header = next(line for line in text.splitlines() if not line.startswith("#"))
    assert header.split(",") == list(quote_field_kinds()) == list(Quote.model_fields)
    assert vendors_of(write(text)) == tuple(item.vendor for item in presets())


@pytest.mark.parametrize("decimal_comma", [False, True])
@pytest.mark.parametrize("cell", ["0.05", "1_000", ".5", "5e-3", "0.05 to 0.12", "12"])
def test_numbers_with_a_point_are_the_same_everywhere(cell: str, decimal_comma: bool) -> None:
    table = {"name": "A", "price_usd": parse_cell("price_usd", cell, decimal_comma=decimal_comma)}
    assert Quote.model_validate(table) == Quote.model_validate({"name": "A", "price_usd": cell})


def test_a_thousand_with_three_decimals_is_not_guessed() -> None:
    assert parse_cell("price_usd", "0,035", decimal_comma=True) == 0.035
    assert parse_cell("price_usd", "1,5 to 2,25", decimal_comma=True) == "1.5 to 2.25"
    for cell in ("1,000", "1,000.5", "12,345,678", "5.000", "1.000 to 2.500"):
        with pytest.raises(ValueError, match="here could also "):
            parse_cell("price_usd", cell, decimal_comma=True)


amounts = st.floats(1e-6, 1e6)
numbers = amounts | st.tuples(amounts, amounts).map(sorted)
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20).filter(
    lambda text: text == text.strip()
)
tiers = st.builds(
    lambda edge, low, high: [{"to_units": edge, "price_usd": low}, {"from_units": edge, "price_usd": high}],
    st.integers(1, 10**9),
    numbers,
    numbers,
)
more = {
    "votes_per_item": st.integers(1, 51),
    "set_up_usd": numbers,
    "rework_free": st.booleans(),
    "valid_until": st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    "source": words,
}
priced = st.fixed_dictionaries({"name": words, "price_usd": numbers}, optional=more)
tiered = st.fixed_dictionaries({"name": words, "tiers": tiers}, optional=more)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(priced | tiered, min_size=1, max_size=4, unique_by=lambda quote: quote["name"]))
def test_quotes_written_as_csv_read_back_as_the_same(write: Any, drawn: list[dict[str, Any]]) -> None:
    vendors = tuple(Quote.model_validate(quote) for quote in drawn)
    assert vendors_of(write(quotes_to_csv(vendors))) == vendors


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "+1 Labels", "@SUM(A1)", "-x", "'=x"])
def test_a_spreadsheet_runs_no_name_of_a_quote(write: Any, name: str) -> None:
    vendors = (Quote.model_validate({"name": name, "price_usd": 1.0}),)
    text = quotes_to_csv(vendors)
    assert next(csv.reader([text.splitlines()[1]]))[0] == f"'{name}"
    assert vendors_of(write(text)) == vendors


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=200) | st.text(max_size=200).map(str.encode), name=st.sampled_from(["csv", "json"]))
def test_whatever_a_file_holds_ends_in_quotes_or_one_sentence(write: Any, content: bytes, name: str) -> None:
    try:
        assert read_quotes(write(content, f"any.{name}"))
    except InputError as error:
        assert "\n" not in str(error)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.sampled_from([*quote_field_kinds(), "", "x"]), min_size=1, max_size=4),
    st.lists(st.text(max_size=8), max_size=4),
)
def test_whatever_stands_in_a_row_ends_in_quotes_or_one_sentence(write: Any, header: list[str], row: list[str]) -> None:
    cells = ",".join(cell.replace("\n", " ") for cell in row)
    try:
        assert read_quotes(write(f"name,{','.join(header)}\nA,{cells}\n".encode()))
    except InputError as error:
        assert "\n" not in str(error).replace("\r", "\n")


def test_the_examples_of_the_documentation_are_read(write: Any) -> None:
    text = (Path(__file__).parents[3] / "docs" / "method" / "quotes.md").read_text(encoding="utf-8")
    blocks = ["\n".join(line[4:] for line in block.split("\n")) for block in text.split("\n\n") if block[:4] == "    "]
    (from_csv,) = [read_quotes(write(block)) for block in blocks if block.startswith("# quotes")]
    (from_json,) = [read_quotes(write(block, "quotes.json")) for block in blocks if block.startswith("{")]
    assert [table["name"] for table in from_csv] == [table["name"] for table in from_json] == ["Vendor B", "Vendor C"]
    assert [tier["price_usd"] for tier in from_csv[1]["tiers"]] == [0.035, 0.025]
