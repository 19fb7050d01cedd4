"""`labelplan vendors` from end to end."""

import json
from pathlib import Path

import pytest
from openpyxl import load_workbook

from planner.decision.buying import buy
from planner.plan import load_plan
from planner.render.quotes import words as quote_words

SIX = Path(__file__).resolve().parents[3] / "examples" / "six-quotes.toml"
BILLINGS = {"per_item", "per_annotation", "per_hour", "per_token", "in_house", "platform_only"}


def test_six_quotes_of_six_billing_kinds_stand_beside_each_other(run, answered):
    found = answered(run("vendors", SIX, "--labels", "1000,20000", "--json"))
    assert {vendor["billing"] for vendor in found["vendors"]} == BILLINGS
    for vendor in found["vendors"]:
        assert [volume["labels"] for volume in vendor["volumes"]] == [1_000, 20_000]
        for volume in vendor["volumes"]:
            item, useful, effective = (
                volume[key]["q50"] for key in ("item_usd", "useful_item_usd", "effective_label_usd")
            )
            assert item == pytest.approx(volume["total_usd"]["q50"] / volume["labels"])
            assert item < useful < effective
        assert vendor["needs"] == {}
    assert found["cheapest_from"][0]["from_labels"] == 1
    assert found["winning_prices"] is None
    assert "compute.epochs" in {row["path"] for row in found["assumed"]}


def test_a_spreadsheet_goes_to_a_vendor_and_comes_back(run, answered, refused, tmp_path):
    path = tmp_path / "quotes.xlsx"
    status, out, _ = run("init", path)
    assert status == 0 and f"--quotes {path}" in out
    book = load_workbook(path)
    sheet = book["Quotes"]
    place = {cell.value: cell.column for cell in sheet[3]}
    sheet.cell(4, place["name"], "Answered")
    price = sheet.cell(4, place["price_usd"], 0.2)
    book.save(path)
    found = answered(run("vendors", SIX, "--quotes", path, "--labels", "1000", "--json"))
    assert found["vendors"][-1]["vendor"] == "Answered" and found["vendors"][-1]["vote_usd"]["q50"] == 0.2
    price.value = "a fifth"
    book.save(path)
    refused(f'{path}, cell {price.coordinate} "Answered" price_usd: found "a fifth"', "vendors", SIX, "--quotes", path)
    refused("is already there; --force replaces it", "init", path)


@pytest.fixture(scope="module")
def at_needs():
    """What `buy` finds of the six quotes on few draws, which the command shows."""
    return buy(load_plan(SIX), n_draws=300, seed=0)


def test_without_label_counts_each_plan_is_priced_at_what_it_needs(run, answered, tmp_path):
    # A miss that costs nothing: else the plan pays for the other option then, which is no vendor's.
    own = tmp_path / "plan.toml"
    own.write_text(SIX.read_text(encoding="utf-8").replace("[task]\n", "[task]\nfailure_usd = 0\n"), encoding="utf-8")
    found = answered(run("vendors", own, "--json", "--draws", "200"))
    plan = answered(run("plan", own, "--json", "--draws", "200"))
    for name in ("random", "margin"):
        cheapest = [vendor for vendor in found["vendors"] if vendor["needs"][name]["cheapest"]]
        assert [vendor["vendor"] for vendor in cheapest] == [plan["plans"][name]["vendor"]]
        assert cheapest[0]["needs"][name]["total_usd"] == pytest.approx(plan["plans"][name]["total_usd"])
        assert cheapest[0]["needs"][name]["labels"] == plan["plans"][name]["labels"]
    prices = {(one["vendor"], one["plan"]): one for one in found["winning_prices"]}
    assert set(prices) == {(vendor["vendor"], name) for vendor in found["vendors"] for name in ("random", "margin")}
    for (vendor, name), one in prices.items():
        (needs,) = (each["needs"] for each in found["vendors"] if each["vendor"] == vendor)
        assert one["wins"] == needs[name]["cheapest"]
        assert (one["at_most_usd"] is not None) == (one["state"] == "at_most")
        if one["state"] == "at_most":
            assert one["wins"] == (one["vote_usd"] <= one["at_most_usd"])


def test_people_are_told_from_whom_to_buy_and_at_which_price_each_would_win(monkeypatch, run, at_needs):
    monkeypatch.setattr("planner.app.answers.buy", lambda *_, **__: at_needs)
    status, out, _ = run("vendors", SIX)
    assert status == 0
    lines = out.splitlines()
    assert lines[:2] == [quote_words.headline(at_needs), quote_words.summary(at_needs)]
    for row in quote_words.winning_rows(at_needs):
        assert any(all(cell in line for cell in row.values()) for line in lines)
    assert set(quote_words.winning_lines(at_needs)) <= set(lines)
    assert all(f"Warning: {warning}" in lines for warning in at_needs.warnings)


def test_a_budget_is_compared_at_the_labels_that_it_buys(run, answered, tmp_path):
    plan = tmp_path / "plan.toml"
    plan.write_text(
        "[task]\nbudget_usd = 6_000\npool_size = 50_000\n"
        + "".join(f'[[vendors]]\nname = "{name}"\nprice_usd = 0.0{i}\n' for i, name in ((4, "A"), (8, "B")))
    )
    found = answered(run("vendors", plan, "--json", "--draws", "200"))
    assert found["winning_prices"] is None
    assert len({vendor["volumes"][0]["labels"] for vendor in found["vendors"]}) == 1
    status, out, _ = run("vendors", plan, "--draws", "200")
    assert status == 0
    assert "labels that the budget usually buys" in out
    assert "would be the cheapest" not in out


def test_people_read_tables_and_answers(run):
    status, out, _ = run("vendors", SIX, "--labels", "1000")
    assert status == 0
    assert "1,000 labels at random" in out
    assert "Cheapest: " in out
    assert "Freelancers: an effective label is cheapest at 1 vote an item" in out
    assert "Labelling service, delivered_error_rate: 0.02 to 0.05 is the vendor's claim" in out


def test_quotes_from_files_stand_beside_those_of_the_plan(run, refused, answered, tmp_path):
    rows, objects = tmp_path / "more.csv", tmp_path / "more.json"
    rows.write_text("name,price_usd,votes_per_item\nFrom a table,0.05 to 0.12,1\n")
    objects.write_text(
        json.dumps([{"name": "From JSON", "billing": "per_hour", "hourly_rate_usd": 9, "seconds_per_vote": 30}])
    )
    found = answered(run("vendors", SIX, "--labels", "5000", "--quotes", rows, "--quotes", objects, "--json"))
    assert [vendor["vendor"] for vendor in found["vendors"]][-2:] == ["From a table", "From JSON"]
    same_name = tmp_path / "same.csv"
    same_name.write_text("name,price_usd\nCrowd,0.1\n")
    refused("a different name for each vendor", "vendors", SIX, "--labels", "5000", "--quotes", same_name)


def test_a_vendor_that_is_too_slow_is_named_and_all_others_are_compared(run, answered, tmp_path):
    plan = tmp_path / "plan.toml"
    plan.write_text(SIX.read_text() + "\n[calendar]\ndeadline_days = 30\n")
    found = answered(run("vendors", plan, "--labels", "20000", "--json"))
    late = {vendor["vendor"]: vendor["volumes"][0]["late"] for vendor in found["vendors"]}
    assert [name for name, sentence in late.items() if sentence] == ["Product teams on a tool"]
    assert "Product teams on a tool, throughput_per_day: 20,000 labels take about" in found["warnings"][-1]
    assert all(vendor["volumes"][0]["total_usd"]["q50"] > 0 for vendor in found["vendors"])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--labels", "0"], "--labels: found '0'; allowed: whole numbers above 0"),
        (["--labels", "5000000"], "--labels: found 5,000,000; allowed: from 1 to 98,521"),
    ],
)
def test_bad_input_is_one_sentence(refused, options, words):
    refused(words, "vendors", SIX, *options)


VOTERS = '[task]\nclasses = 4\n[[vendors]]\nname = "A"\nprice_usd = 0.1\nvote_error_rate = 0.3\n'


@pytest.mark.parametrize(
    ("given", "row"),
    # Three: .343 + 3 x .147 + 3 x .7 x .09 x 2/3 x 1/3 = .826.
    [("vote_correlation = 0\n", "A 70% 82.6% 91%"), ("", "A 70% 75% 77.6%")],
)
def test_what_votes_leave_stands_beside_what_real_crowds_gave(run, tmp_path, given, row):
    plan = tmp_path / "plan.toml"
    plan.write_text(VOTERS + given)
    status, out, _ = run("vendors", plan, "--labels", "1000")
    lines = [line.split() for line in out.splitlines()]
    assert status == 0
    assert row.split() in lines
    assert ["A", "published", "crowd,", "4", "classes", "69.6%", "76.1%", "78.9%"] in lines


def test_a_correlation_of_one_is_refused(run, tmp_path):
    plan = tmp_path / "plan.toml"
    plan.write_text(VOTERS + "vote_correlation = 1\n")
    status, _, err = run("vendors", plan, "--labels", "1000")
    assert status == 2
    assert "vote_correlation: found 1; allowed: a fraction from 0 to below 1" in err
