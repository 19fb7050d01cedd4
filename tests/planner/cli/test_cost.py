"""`labelplan cost` from end to end."""

from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
COUNTED = (EXAMPLES / "back-of-envelope.toml", "--labels", "random=200000", "--labels", "margin=105000")


def test_cost_is_the_bill_of_the_back_of_an_envelope(run, answered):
    bill = answered(run("cost", *COUNTED, "--json"))
    assert bill["plans"]["margin"]["lines"]["engineering_usd"] == 4000
    assert bill["plans"]["margin"]["rounds"] == 10
    # Random labels test themselves, and are bought without the 1,500 test labels.
    assert bill["saving_usd"] == pytest.approx(93_500 * 0.04 - 4_000)
    assert bill["break_even_prices_usd"] == pytest.approx([4_000 / 93_500])
    status, out, _ = run("cost", *COUNTED)
    assert status == 0 and "$4,000" in out


def test_what_the_plan_leaves_out_is_named_by_its_weight_in_the_bill(run, answered, tmp_path):
    plan = tmp_path / "plan.toml"
    plan.write_text('[task]\ntarget = 0.9\n[[vendors]]\nname = "A"\nprice_usd = 0.05\nvotes_per_item = 1\n')
    counts = ("--labels", "random=6000", "--labels", "margin=3000")
    status, out, _ = run("cost", plan, *counts)
    line = out.splitlines()[-1]
    # 80 hours at $50: the rate swings by 80 x 50 x (1.5 - 1/1.5) and more, the hours by 40 x 50.
    assert status == 0 and line.startswith("Assumed, as the plan does not say: engineer's hourly rate $50; engineering")
    assumed = {row["path"]: row["value"] for row in answered(run("cost", plan, *counts, "--json"))["assumed"]}
    assert assumed["engineering.hourly_rate_usd"] == "50" and "vendors.0.price_usd" not in assumed


@pytest.mark.parametrize(
    ("labels", "hours", "words"),
    [
        (105_000, 80, "$0.0428; active learning is dearer below $0.0428, cheaper above $0.0428"),
        (105_000, 0, "none: active learning is cheaper at every price"),
        (200_000, 80, "none: active learning is dearer at every price"),
        (198_500, 0, "none: both cost the same at every price"),
    ],
)
def test_the_break_even_price_is_a_price_or_a_sentence(run, tmp_path, labels, hours, words):
    text, plan = COUNTED[0].read_text(encoding="utf-8"), tmp_path / "plan.toml"
    assert "one_off_hours = 80" in text
    plan.write_text(text.replace("one_off_hours = 80", f"one_off_hours = {hours}"), encoding="utf-8")
    status, out, _ = run("cost", plan, "--labels", "random=200000", "--labels", f"margin={labels}")
    assert status == 0 and f"Break-even price per vote: {words}\n" in out


def test_each_line_is_explained_by_the_numbers_that_make_it(run, answered):
    status, out, _ = run("cost", *COUNTED, "--explain")
    assert status == 0
    assert "200,000 items × $0.04 a vote = $8,000.00" in out
    assert "80 hours, one-off × $50 an hour = $4,000.00" in out
    bill = answered(run("cost", *COUNTED, "--explain", "--json"))
    for name, lines in bill["explained"].items():
        assert sum(line["amount_usd"] for line in lines) == pytest.approx(bill["plans"][name]["total_usd"])
        for line in lines:
            assert sum(term["amount_usd"] for term in line["terms"]) == pytest.approx(line["amount_usd"])


def test_a_vendor_and_a_preset_can_be_named(run, answered):
    path = EXAMPLES / "six-quotes.toml"
    bill = answered(run("cost", path, "--labels", "random=5000", "--vendor", "Our own people", "--json"))
    assert bill["plans"]["random"]["vendor"] == "Our own people"
    preset = ("--preset", "prolific", "--vendor", "Prolific")
    bill = answered(run("cost", path, "--labels", "random=5000", *preset, "--json"))
    assert bill["plans"]["random"]["vendor"] == "Prolific"


def test_a_currency_stands_before_every_amount(run, tmp_path):
    plan = tmp_path / "plan.toml"
    plan.write_text('[task]\ncurrency = "EUR"\n[[vendors]]\nprice_usd = 0.012\n')
    status, out, _ = run("cost", plan, "--labels", "random=5000", "--labels", "margin=2000")
    assert status == 0
    assert "€" in out
    assert "$" not in out


def test_a_plan_too_late_for_its_deadline_says_why(run, tmp_path):
    plan = tmp_path / "plan.toml"
    plan.write_text(
        '[[vendors]]\nname = "Slow"\nprice_usd = 0.012\nthroughput_per_day = 100\n[calendar]\ndeadline_days = 30\n'
        "deadline_cost_usd = 5_000\n"
    )
    status, out, _ = run("cost", plan, "--labels", "random=5000")
    assert status == 0
    # Four orders of two days and a quarter for training, and 50 days of work.
    assert "Slow, throughput_per_day: 5,000 labels take about 59 days" in out
    assert "allowed by deadline_days: 30" in out
    assert "$5,000" in out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--labels", "marginn=2000"], "--labels: there is no plan 'marginn'; did you mean 'margin'?"),
        (["--labels", "random=5000", "--vendor", "Crowdd"], "there is no vendor 'Crowdd'; did you mean 'Crowd'?"),
        (["--labels", "random=5000", "--preset", "prolifik"], "did you mean 'prolific'?"),
        (["--labels", "random=5000", "--quotes", "none.csv"], "none.csv"),
    ],
)
def test_names_that_do_not_exist_are_one_sentence(refused, options, words):
    refused(words, "cost", EXAMPLES / "six-quotes.toml", *options)
