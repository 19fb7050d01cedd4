"""The example that docs/method/curves.md works by hand: the same table, the same numbers."""

import io
import re
from pathlib import Path

import pandas as pd
import pytest

from planner.curves.comparisons import compare_at, compare_strategies, win_matrices
from planner.curves.label_savings import label_savings, pool_savings
from simulations.curve_table import validate_curves

PAGE = Path(__file__).resolve().parents[3] / "docs" / "method" / "curves.md"


pytestmark = pytest.mark.numbers


@pytest.fixture(scope="module")
def example():
    (block,) = re.findall(r"```csv\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    return validate_curves(pd.read_csv(io.StringIO(block)))


def test_the_area(example):
    (one,) = compare_strategies(example)
    assert (one.area, one.area_against) == (pytest.approx((0.675 + 0.685) / 2), pytest.approx((0.60 + 0.64) / 2))
    assert one.paired.difference == pytest.approx(0.06)
    assert one.paired.sd == pytest.approx(0.0212132)
    assert one.paired.p_value == pytest.approx(0.155958, abs=1e-6)
    assert (one.paired.q10, one.paired.q90) == (pytest.approx(0.0138347, abs=1e-6), pytest.approx(0.1061653))
    assert one.seeds_needed == 4
    assert win_matrices([one])["matrices"][0]["matrix"]["margin"]["random"]["ties"] == 1


def test_the_value_at_30_labels(example):
    (one,) = compare_at(example, [30])
    assert (one.value, one.value_against) == (pytest.approx(0.745), pytest.approx(0.67))
    assert one.paired.difference == pytest.approx(0.075)
    assert one.paired.p_value == one.p_holm == pytest.approx(0.204833, abs=1e-6)


def test_the_savings(example):
    last, at_30 = label_savings(example, at=[30])
    assert (last.value, last.labels_strategy) == (pytest.approx(0.72), pytest.approx(20 + 20 / 7))
    assert (last.factor, last.q10, last.q90) == (pytest.approx(1.75), pytest.approx(4 / 3), pytest.approx(2))
    assert (last.unreached, last.pairs, last.p_never) == (0, 2, 0)
    assert (at_30.labels_strategy, at_30.factor) == (pytest.approx(17.8947, abs=1e-4), pytest.approx(1.67647, abs=1e-5))


def test_over_data_sets(example):
    random = example[example["strategy"] == "random"]
    second = pd.concat([random, random.assign(strategy="margin")]).assign(dataset="second")
    one = pool_savings(label_savings(pd.concat([example, second]), at=[40]))[0]
    assert (one.factor, one.q10, one.q90) == tuple(pytest.approx(x, abs=0.005) for x in (1.3229, 0.5593, 3.1292))


def test_the_page_prints_what_the_command_prints(run, tmp_path, example):
    path = tmp_path / "example.csv"
    example.to_csv(path, index=False)
    _, out, _ = run("curves", path, "--compare", "--at", "30")
    printed = " ".join(out.split())
    page = " ".join(PAGE.read_text(encoding="utf-8").split())
    for shown, told in (
        ("+6.00 ×1.75 1.33 to 2.00 0/2", "interval is 1.33 to 2.00, and no seed misses"),
        ("2 +6.00 +1.38 to +10.62 0.156 0.156 4", "0.015, +1.38 to +10.62"),
        ("+7.50 (0.205)", "(+7.50 points), standard error 0.025, t = 3, p = 1 − 2 arctan(3) ÷ π = 0.205"),
        ("×1.68 (1.64 to 1.71)", "s = 30 ÷ 17.89 = 1.68"),
    ):
        assert shown in printed and told in page
