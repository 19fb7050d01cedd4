"""A verdict made by hand: 76% for active learning at $0.50 a label, with two wild futures; and three decided ones."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from planner.costs import bills_at_counts
from planner.decision import decide
from planner.decision.buying import Buying, buy
from planner.decision.state import Call, Interval, SensitivityBar
from planner.decision.verdict import PlanOutcome, Verdict
from planner.plan import parse_plan
from planner.transfer.advantage import Advantage

HOURS = "engineering.one_off_hours"
HOSTILE = "<script>alert('x')</script> & \"Co\""


def _outcome(
    name: str, lines_usd: dict[str, float], p_unreachable: float, **ends: Sequence[float | None]
) -> PlanOutcome:
    intervals: dict[str, Any] = {field: Interval(*three) for field, three in ends.items()}
    usd = {f"{line}_usd": amount for line, amount in lines_usd.items()}
    return PlanOutcome(
        name=name, vendor="Vendor A", lines_usd=usd, batch_size=None, p_unreachable=p_unreachable, **intervals
    )


RANDOM = _outcome(
    "random",
    {"labels": 10_000.0, "test_labels": 1_000.0, "engineering": 0.0, "training": 4.6},
    0.12,
    labels=(9_000.0, 20_000.0, None),
    total_usd=(6_000.0, 12_500.0, 41_000.0),
    days=(7.0, 12.0, 30.0),
    value=(0.86, 0.88, 0.9),
    rounds=(0.0, 0.0, 0.0),
)
MARGIN = _outcome(
    "margin",
    {"labels": 4_500.0, "test_labels": 1e3, "engineering": 4e3, "training": 12.0, "scoring": 31.0, "delay": 900.0},
    0.004,
    labels=(5_000.0, 9_000.0, 21_000.0),
    total_usd=(5_500.0, 8_044.0, 18_000.0),
    days=(9.0, 21.0, 40.0),
    value=(0.87, 0.882, 0.9),
    rounds=(4.0, 8.0, 20.0),
)


def _curves() -> pd.DataFrame:
    labels = np.geomspace(500, 50_000, 12)
    middles = {name: 0.95 - scale * labels**-0.6 for name, scale in (("random", 9.0), ("margin", 6.5))}
    parts = [
        pd.DataFrame({"strategy": name, "labels": labels, "q10": q50 - 0.02, "q50": q50, "q90": q50 + 0.015})
        for name, q50 in middles.items()
    ]
    curves = pd.concat(parts, ignore_index=True)
    return curves.assign(extrapolated=curves["labels"] > 8_000)


@pytest.fixture(scope="session")
def verdict() -> Verdict:
    prices = np.geomspace(0.01, 10, 40)
    return Verdict(
        call=Call(3_062.0, 2_500.0, 0.08),
        al_plan="margin",
        p_al_cheaper=0.76,
        saving_usd=Interval(-2_583.0, 4_456.0, 23_243.0),
        gain=None,
        futures=tuple(np.r_[np.linspace(-8_000, 24_000, 48), 66_000.0, 91_000.0]),
        break_even_mean_usd=0.412,
        break_even_p50_usd=0.237,
        break_even_p80_usd=0.61,
        p_unreachable=0.08,
        plans={"random": RANDOM, "margin": MARGIN},
        sensitivity=(
            SensitivityBar("task.target", "Target (fraction)", 0.85, 0.91, -2e3, 116e3, True, True),
            SensitivityBar("vendors.0.price_usd", "Price per vote (USD)", 0.05, 1.0, -3_100.0, 13e3, True, False),
            SensitivityBar(HOURS, "Engineering, one-off (hours)", 20.0, 400.0, 7_600.0, -11_900.0, False, True),
        ),
        chance_by_price=pd.DataFrame(
            {
                "price_usd": prices,
                "p_al_cheaper": 1 / (1 + (0.237 / prices) ** 1.5),
                "state": np.select(
                    [prices < 0.2, prices < 0.9], ["label_random", "too_close"], default="use_active_learning"
                ),
            }
        ),
        hybrid={},
        worked=bills_at_counts(
            parse_plan("[[vendors]]\nprice_usd = 0.5\nvotes_per_item = 1"), {"random": 5_000, "margin": 3_000}, {}
        ),
        advantages={
            "margin": Advantage(
                "margin",
                pd.DataFrame({"labels": [2_000.0], "q10": [0.9], "q50": [1.4], "q90": [2.2], "p_better": [0.8]}),
                (0.9, 1.4, 2.2),
                0.82,
                0.08,
            )
        },
        curves=_curves(),
        evidence=pd.DataFrame({"dataset": ["digits"], "weight": [1.0], "why": ["the same kind of task"]}),
        assumptions=pd.DataFrame(
            {
                "path": ["task.target", "vendors.0.price_usd"],
                "label": ["Target", "Price per vote"],
                "unit": ["fraction", "USD"],
                "value": ["0.88", "0.5"],
                "default": [False, True],
            }
        ),
        warnings=("No proxy matches the task: the curves are wide.",),
        task_name="Support-ticket intents",
        metric="accuracy",
        target=0.88,
        budget_usd=None,
        price_usd=0.5,
        votes_per_item=1.0,
        currency="USD",
        n_draws=5_000,
        seed=0,
        version="0.1.0",
        plan_toml="[task]\ntarget = 0.88\n",
    )


@pytest.fixture(scope="session")
def hostile(verdict: Verdict) -> Verdict:
    """The same verdict with markup wherever a user's text can stand."""
    return made_hostile(verdict)


def made_hostile(verdict: Verdict) -> Verdict:
    """Put markup wherever a user's text can stand."""
    plans = {name: replace(plan, vendor=HOSTILE) for name, plan in verdict.plans.items()}
    bars = tuple(replace(bar, label=HOSTILE) for bar in verdict.sensitivity)
    return replace(
        verdict,
        plans=plans,
        sensitivity=bars,
        warnings=(HOSTILE,),
        task_name=HOSTILE,
        currency=HOSTILE,
        plan_toml=f"[task]\nname = '''{HOSTILE}'''\n",
        evidence=verdict.evidence.assign(dataset=HOSTILE, why=HOSTILE),
        assumptions=verdict.assumptions.assign(label=HOSTILE, value=HOSTILE),
    )


@pytest.fixture
def variant(verdict: Verdict) -> Callable[..., Verdict]:
    return lambda **changes: replace(verdict, **changes)


@pytest.fixture(scope="session")
def check_chart() -> Callable[[Any], Any]:
    """Check that a chart states its finding, draws on a phone, and leaves no colour to Vega's defaults; its spec."""
    from vl_convert import vegalite_to_svg

    def check(chart: Any) -> Any:
        spec = chart.to_dict()
        assert len(spec["title"]) > 15 and len(spec["description"]) > len(spec["title"])
        assert spec["title"] in spec["description"] and spec["width"] == "container"
        # Vega's default blue and black vanish on a dark page.
        for layer in spec["layer"]:
            assert "color" in layer["mark"] or {"color", "fill"} & set(layer["encoding"]), layer["mark"]
        svg = vegalite_to_svg(chart.properties(width=300).to_json())
        assert svg.startswith("<svg") and "<script" not in svg
        assert not any(fault in text for text in (svg, json.dumps(spec)) for fault in ("NaN", "undefined", "Infinity"))
        return spec

    return check


PLAN = """
[task]
{aim}
classes = 10
pool_size = 50_000
[strategy]
names = ["margin", "entropy"]
initial_labels = 500
[[vendors]]
price_usd = "0.1 to 0.9"
votes_per_item = 3
[engineering]
one_off_hours = "20 to 60"
"""


FEW_PROXIES = '[evidence]\nproxies = ["digits", "penbased"]\n'


@pytest.fixture(scope="session")
def decided_plan(coarsely: Callable[[], Any]) -> Callable[..., Verdict]:
    """Decide the plan for an aim, on two recorded data sets."""

    def decided(aim: str, evidence: str = "") -> Verdict:
        with coarsely():
            return decide(parse_plan(PLAN.format(aim=aim) + FEW_PROXIES + evidence), n_draws=150)

    return decided


@pytest.fixture(scope="session")
def usual(decided_plan: Callable[..., Verdict]) -> Verdict:
    """A verdict with everything that is asked beyond it, where the target is mostly reached."""
    return decided_plan("target = 0.9", 'random_labels = "5_000 to 60_000"')


@pytest.fixture(scope="session")
def at_budget(decided_plan: Callable[..., Verdict]) -> Verdict:
    """The same at a budget in place of a target."""
    return decided_plan("budget_usd = 5_000")


@pytest.fixture(scope="session")
def never(decided_plan: Callable[..., Verdict]) -> Verdict:
    """The same where no plan can reach the target."""
    return decided_plan("target = 0.9", 'random_labels = "2_000_000 to 4_000_000"')


LONG_NAME = "A labelling company with a very long name in Nairobi, Manila and Bogotá"
VENDORS = (HOSTILE, "In $ and more $x^2$", LONG_NAME, *(f"Vendor {i}" for i in range(8)))


def _bought(names: Sequence[str], more: str = "") -> Buying:
    """Compare quotes of rising prices, of which every other one is slow."""
    tables = [
        f"[[vendors]]\nname = {json.dumps(name)}\nprice_usd = {0.02 + 0.03 * i}\nvotes_per_item = {1 + i % 3}\n"
        f"delivered_error_rate = {0.1 / (i + 1)}\nthroughput_per_day = {[4000, 40][i % 2]}\n"
        for i, name in enumerate(names)
    ]
    return buy(parse_plan("".join(tables) + more + FEW_PROXIES), n_draws=100, seed=0)


@pytest.fixture(scope="session")
def bought() -> Callable[..., Buying]:
    return _bought


@pytest.fixture(scope="session")
def one() -> Buying:
    return _bought(["Vendor A"])


@pytest.fixture(scope="session")
def many() -> Buying:
    """Eleven quotes, one with markup for a name, and a tool that is not compared, before a deadline."""
    tool = '[[vendors]]\nname = "Tool"\nbilling = "platform_only"\n[calendar]\ndeadline_days = 100\n'
    return _bought(VENDORS, tool)


@pytest.fixture(scope="session")
def budget() -> Buying:
    return _bought(["A", "B"], '[task]\nbudget_usd = 5_000\nsolve_for = "value_at_budget"\n')
