"""The sliders of the HTML report in a real browser, beside what Python says at the same values."""

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from planner.decision import decide
from planner.decision.break_even import HIGHEST_USD, LOWEST_USD, answers, decades, lowest_price_usd, where_it_pays
from planner.decision.case import Case
from planner.decision.decide_plan import case_of
from planner.decision.repricing import Repricing, repricing_of
from planner.decision.verdict import Verdict
from planner.intervals import QUANTILES
from planner.plan import Plan, load_plan, parse_plan
from planner.render.html import render_report
from planner.render.verdict import words
from tests.e2e.browsing import PHONE_PX, resized

pytestmark = pytest.mark.browser

CLOSE = 1e-3
MOST_BYTES = 1_500_000
EXAMPLES = Path("examples")

DEADLINE = """
[task]
target = 0.88
pool_size = 60_000
classes = 10
test_labels = 1_000
[strategy]
names = ["margin"]
initial_labels = 500
batch_size = 500
[[vendors]]
price_usd = "0.1 to 0.5"
votes_per_item = 3
throughput_per_day = 800
[engineering]
one_off_hours = "30 to 90"
hours_per_project = 8
projects_sharing = 3
discount_rate = 0.08
[calendar]
cost_of_delay_usd_per_week = "300 to 900"
deadline_days = 30
deadline_cost_usd = 4_000
[evidence]
proxies = ["digits", "penbased"]
random_labels = "4_000 to 40_000"
"""
LEAST_FEE = """
[task]
target = 0.9
pool_size = 50_000
classes = 10
test_labels = 1_000
[strategy]
names = ["margin"]
initial_labels = 500
batch_size = 500
[[vendors]]
name = "Labelling service </script><script>window.hacked = 1</script>"
billing = "per_item"
tiers = [
  {from_units = 0, to_units = 4_000, price_usd = 0.4},
  {from_units = 4_000, price_usd = 0.3},
]
fee_rate = 0.2
fee_minimum_usd = 0.05
votes_per_item = 1
minimum_order_usd = 900
[evidence]
proxies = ["digits", "penbased"]
random_labels = "4_000 to 40_000"
"""
PLANS = {
    "back-of-envelope": EXAMPLES / "back-of-envelope.toml",
    "six-quotes": EXAMPLES / "six-quotes.toml",
    "skin-lesions": EXAMPLES / "skin-lesions.toml",
    "deadline": DEADLINE,
    "least-fee": LEAST_FEE,
}
SETTINGS: list[dict[str, float]] = [  # how far along its slider each input is, from 0 to 1
    {},
    {"price": 0.0},
    {"price": 0.8},
    {"hours": 0.1},
    {"hours": 1.0},
    {"projects": 0.5},
    {"target": 0.25},
    {"target": 1.0},
    {"price": 0.65, "hours": 0.3, "projects": 0.2, "target": 0.4},
]


def plan_of(name: str) -> Plan:
    source = PLANS[name]
    return load_plan(source) if isinstance(source, Path) else parse_plan(source)


@cache
def answered(name: str) -> tuple[Case, Verdict]:
    """Decide a plan as far as its report needs it, on the draws that the command line takes."""
    plan = plan_of(name)
    case = case_of(plan)
    verdict = decide(plan, questions=None, case=case)
    return case, replace(verdict, repricing=repricing_of(case))


def sliders_of(name: str) -> Repricing:
    found = answered(name)[1].repricing
    assert found is not None
    return found


def places_of(name: str, setting: dict[str, float]) -> dict[str, int]:
    """Give the places of a setting on the sliders that a report has."""
    found = sliders_of(name).sliders
    return {one: round(share * (len(found[one].stops) - 1)) for one, share in setting.items() if one in found}


def said_by_python(name: str, places: dict[str, int]) -> dict[str, Any]:
    """Price the case anew at one setting, on the draws of the report."""
    case, _ = answered(name)
    sliders = sliders_of(name).sliders
    moved = {one: place for one, place in places.items() if place != sliders[one].planned}
    changes: dict[str, Any] = {}
    for one, place in moved.items():
        changes |= sliders[one].input.changes(np.array([sliders[one].stops[place]]))
    there = case.at(changes)
    saving = np.sort(np.broadcast_to(there.saving_usd, case.n_draws))
    others = {path: x for path, x in changes.items() if not path.endswith("vote_usd")}

    def ask(column: Any) -> Any:
        same = {path: np.broadcast_to(x, (len(column), 1)) for path, x in others.items()}
        return case.at({**same, **case.price_change(column)})

    prices = decades(LOWEST_USD, HIGHEST_USD, per_decade=2)
    *_, on_average = where_it_pays(lambda x: answers(ask, x, case.n_draws), prices)
    return {
        "places": places,
        "totals": [float(there.plans[one].bill.total_usd.mean()) for one in ("random", there.al_plan)],
        "ahead": there.call.ahead,
        "behind": there.call.behind,
        "chance": there.p_al_cheaper,
        "range": [float(saving[int(q * len(saving))]) for q in (QUANTILES[0], QUANTILES[-1])],
        "break_even": lowest_price_usd(on_average),
    }


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of reports, and of what Python says at other values."""
    folder = tmp_path_factory.mktemp("reports")
    for name in PLANS:
        (folder / f"{name}.html").write_text(render_report(answered(name)[1]), encoding="utf-8")
        said = [said_by_python(name, places_of(name, setting)) for setting in SETTINGS]
        (folder / f"{name}.json").write_text(json.dumps(said), encoding="utf-8")
    return folder


def opened(browser: Any, path: Path, **options: Any) -> tuple[Any, list[str]]:
    """Open a report without a network; give what it asks for and what goes wrong in it."""
    page, heard = browser.browser.new_context(offline=True, **options).new_page(), list[str]()
    page.on("request", lambda request: heard.append(request.url))
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.goto(path.as_uri())
    return page, heard


def move(page: Any, places: dict[str, int]) -> None:
    page.get_by_role("button", name="Back to the plan's numbers").click()
    for name, place in places.items():
        page.locator(f"#slider-{name}").fill(str(place))


READ = """() => {
    const draws = unpack(JSON.parse(document.getElementById("draws").textContent)), at = setting(draws);
    const { random, active } = totals(draws, at), mean = (usd) => usd.reduce((sum, one) => sum + one) / usd.length;
    const priced = draws.sliders.some(({ name }) => name === "price");
    return { ...summarise(draws, at), totals: [mean(random), mean(active)],
             even: priced ? breakEven(draws, at) : null, priced };
}"""


@pytest.mark.parametrize("name", PLANS)
def test_the_browser_says_what_python_says_wherever_the_sliders_are(browser: Any, reports: Path, name: str) -> None:
    path = reports / f"{name}.html"
    page, heard = opened(browser, path)
    off = dict.fromkeys(("totals", "ahead", "behind", "range", "even", "chance"), 0.0)
    for python in json.loads((reports / f"{name}.json").read_text(encoding="utf-8")):
        move(page, python["places"])
        said = page.evaluate(READ)
        scale = max(python["totals"])
        for key in ("totals", "ahead", "behind", "range"):
            off[key] = max(off[key], float(np.abs(np.subtract(said[key], python[key])).max() / scale))
        off["chance"] = max(off["chance"], abs(said["chance"] - python["chance"]))
        if said["priced"]:
            assert (said["even"] is None) == (python["break_even"] is None)
            if said["even"]:
                off["even"] = max(off["even"], abs(said["even"] / python["break_even"] - 1))
            assert bool(said["even"]) == bool(python["break_even"])
        assert page.inner_text("#said-headline") in words.HEADLINES.values()
        assert not {"NaN", "undefined", "Infinity", "null"} & set(page.inner_text("#sliders").split())
    assert max(off.values()) < CLOSE, off
    assert heard == [path.as_uri()]
    assert path.stat().st_size <= MOST_BYTES


@pytest.mark.parametrize("name", PLANS)
def test_nothing_moved_says_what_the_verdict_says(browser: Any, reports: Path, name: str) -> None:
    page, _ = opened(browser, reports / f"{name}.html")
    verdict = answered(name)[1]
    assert page.inner_text("#said-headline") == words.headline(verdict)
    for card, shown in zip(words.cards(verdict), ("expected", "chance", "even"), strict=True):
        if shown == "even" and "price" in sliders_of(name).left_out:
            assert page.locator(f"#card-{shown}").is_hidden() and page.locator("#price-figure").is_hidden()
            continue
        label, value, note = page.locator(f"#card-{shown} > *").all_inner_texts()
        assert [label, value] == [card.label, card.value]
        if shown == "expected":
            assert note == card.note.split("; ")[-1]
    chance = words.cards(verdict)[1].value
    assert page.locator("#price-now text", has_text="Chance").all_text_contents() in (
        [f"Chance AL is cheaper: {chance}"],
        [],
    )


def test_a_price_that_is_no_line_has_no_slider_and_a_name_stays_text(browser: Any, reports: Path) -> None:
    page, heard = opened(browser, reports / "least-fee.html")
    assert page.locator("#slider-price").count() == 0 and page.locator("#slider-target").count() == 1
    assert "No slider for the price of a vote: the quote has tiers." in page.inner_text("#sliders")
    assert page.evaluate("window.hacked") is None and len(heard) == 1


def test_sliders_move_by_keyboard_and_a_button_puts_them_back(browser: Any, reports: Path) -> None:
    page, _ = opened(browser, reports / "back-of-envelope.html")
    before = page.inner_text("#sliders")
    slider = page.get_by_label("Price of a label")
    slider.focus()
    for _ in range(30):
        page.keyboard.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == "$0.225" == slider.locator("xpath=../output").inner_text()
    assert page.inner_text("#said-headline") == "Use active learning" != page.inner_text("h1")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "slider-hours"
    page.get_by_role("button", name="Back to the plan's numbers").press("Enter")
    assert page.inner_text("#sliders") == before


def test_without_scripts_and_on_paper_the_page_is_whole_and_has_no_sliders(browser: Any, reports: Path) -> None:
    still, heard = opened(browser, reports / "six-quotes.html", java_script_enabled=False)
    assert len(heard) == 1 and still.locator("#sliders").is_hidden()
    assert still.get_by_role("link", name="Try other numbers").count() == 0
    assert still.get_by_role("link", name="The verdict").is_visible() and still.locator("svg").first.is_visible()
    paper, _ = opened(browser, reports / "six-quotes.html")
    assert paper.locator("#sliders").is_visible()
    paper.emulate_media(media="print")
    assert paper.locator("#sliders").is_hidden() and paper.locator("#verdict").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_sliders_fit_a_phone(browser: Any, reports: Path, scheme: str) -> None:
    page, _ = opened(browser, reports / "deadline.html")
    resized(page, width=PHONE_PX, scheme=scheme)
    for places in ({}, {"price": 80, "target": 0}, {"price": 0, "hours": 40}):
        move(page, places)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        cut = page.evaluate("""() => [...document.querySelectorAll('#sliders svg')].flatMap((svg) => {
            const edge = svg.getBoundingClientRect();
            return [...svg.querySelectorAll('text')].filter((text) => {
                const box = text.getBoundingClientRect();
                return box.left < edge.left - 1 || box.right > edge.right + 1 || box.bottom > edge.bottom + 1;
            }).map((text) => text.textContent);
        })""")
        assert cut == []
