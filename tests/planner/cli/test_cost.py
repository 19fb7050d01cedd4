"""`labelplan cost` from end to end."""

from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"


def test_cost_is_the_bill_of_the_back_of_an_envelope(run, answered):
    path = EXAMPLES / "back-of-envelope.toml"
    bill = answered(run("cost", path, "--labels", "random=200000", "--labels", "margin=105000", "--json"))
    assert bill["plans"]["margin"]["lines"]["engineering_usd"] == 4000
    assert bill["plans"]["margin"]["rounds"] == 10
    assert bill["saving_usd"] == pytest.approx(95_000 * 0.04 - 4_000)
    assert bill["break_even_prices_usd"] == pytest.approx([4_000 / 95_000])
    status, out, _ = run("cost", path, "--labels", "random=200000", "--labels", "margin=105000")
    assert status == 0
    assert "$4,000" in out
