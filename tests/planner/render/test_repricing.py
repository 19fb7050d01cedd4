"""The sliders of the report as the page holds them; `tests/e2e/test_report.py` moves them."""

import base64
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from planner.decision import decide
from planner.decision.analysis import Questions
from planner.decision.verdict import Verdict
from planner.plan import parse_plan
from planner.render.html import empty_sections, render_report
from planner.render.repricing import left_out_sentences, sliders
from tests.planner.render.conftest import FEW_PROXIES, HOSTILE, PLAN

NEED = 'random_labels = "5_000 to 60_000"'


@pytest.fixture(scope="module")
def with_sliders(coarsely: Callable[[], Any]) -> Verdict:
    text = PLAN.format(aim="target = 0.9").replace("initial_labels = 500", "initial_labels = 500\nbatch_size = 500")
    with coarsely():
        return decide(parse_plan(text + FEW_PROXIES + NEED), n_draws=150, questions=Questions(repricing=True))


def test_one_script_runs_and_the_page_names_it_by_its_hash(with_sliders: Verdict) -> None:
    page = render_report(with_sliders)
    (code,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'\"" in page
    assert page.count("<script") == 2 and "default-src 'none'" in page
    # It asks for nothing, and writes no markup.
    assert not re.search(r"fetch|XMLHttp|import|innerHTML|eval|https?://(?!www\.w3\.org/2000/svg)", code)


def test_the_data_are_numbers_that_the_page_can_read(with_sliders: Verdict) -> None:
    hostile = replace(with_sliders, currency=HOSTILE, metric=HOSTILE)
    page = render_report(hostile, sections=["sliders"])
    (text,) = re.findall(r'<script type="application/json" id="draws">(.*?)</script>', page, re.DOTALL)
    data, found = json.loads(text), with_sliders.repricing
    assert found is not None and page.count("<script") == 2
    packed = data["rest_usd"]
    codes = np.frombuffer(base64.b64decode(packed["codes"]), "<u2").astype(float).reshape(-1, 150)
    rest = np.array(packed["low"])[:, None] + np.array(packed["wide"])[:, None] * codes**2
    told = found.rest_usd.reshape(-1, 150)
    assert (np.abs(rest - told).max(axis=1) <= 5e-5 * np.abs(told).max(axis=1)).all()
    assert np.allclose(rest.mean(axis=1), told.mean(axis=1))
    assert data["divisor"] == {"low": [1.0], "wide": [], "codes": ""} and data["draws"] == 150
    assert data["words"]["symbol"].startswith("<script>")


def test_a_slider_has_words_for_each_value(with_sliders: Verdict) -> None:
    price, hours, projects, target = sliders(with_sliders)
    assert [one["label"] for one in (price, hours, projects, target)] == [
        "Price of a vote",
        "Engineering hours",
        "Projects that share the engineering",
        "Target, accuracy",
    ]
    assert price["texts"][price["planned"]] == "about $0.30, as planned" and price["texts"][0] == "$0.03"
    assert hours["texts"][hours["planned"]] == "about 34.6, as planned"
    assert target["texts"][target["planned"]] == "90%, as planned" and projects["texts"][:2] == ["1, as planned", "2"]


def test_inputs_without_a_slider_are_told_together(with_sliders: Verdict, at_budget: Verdict) -> None:
    assert with_sliders.repricing is not None
    why = {"price": "the quote has tiers", "target": "task.target: not asked for", "hours": "the quote has tiers"}
    bent = replace(with_sliders.repricing, left_out=why)
    assert left_out_sentences(bent) == [
        "No slider for the price of a vote and engineering hours: the quote has tiers.",
        "No slider for the target: not asked for.",
    ]
    none = replace(with_sliders, repricing=replace(bent, sliders={}))
    page = render_report(none, sections=["sliders"])
    assert "No slider for the target: not asked for." in page and "<script" not in page
    assert "sliders" not in empty_sections(with_sliders, None)
    assert "budget" in empty_sections(at_budget, None)["sliders"]
    assert "<script" not in render_report(at_budget, sections=["sliders"])
