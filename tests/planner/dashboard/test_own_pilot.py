"""The user's own pilot: uploaded on the Curves page, and then what the answer of every page rests on."""

from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from planner.dashboard import plan_state
from planner.plan import Plan
from tests.planner.dashboard.pages import held, opened, press, turned

pytestmark = pytest.mark.usefixtures("unasked")
PILOT = "strategy,seed,labels,value\n" + "".join(
    f"{name},{seed},{labels},{0.95 - scale * labels**-0.5 + 0.003 * ((seed * 7 + labels) % 3):.4f}\n"
    for name, scale in (("random", 3.0), ("margin", 2.2))
    for seed in (0, 1, 2)
    for labels in (200, 400, 800, 1_600)
)


@pytest.fixture(scope="module", autouse=True)
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Start the dashboard in a folder of its own, where pilots are kept; one for all, so that answers are too."""
    folder = tmp_path_factory.mktemp("pilots")
    with chdir(folder):
        yield folder


def metrics(at: AppTest) -> list[str]:
    return [str(metric.value) for metric in at.metric]


def rested(**address: str) -> AppTest:
    at = opened("curves", **{"curves.of": "My own pilot", **address})
    at.file_uploader(key="curves_pilot.file").upload("mine.csv", PILOT.encode()).run()
    return press(at, "Rest the answer on this pilot")


def test_the_verdict_rests_on_an_uploaded_pilot_until_it_is_put_away(elsewhere: Path) -> None:
    before = metrics(opened())
    at = rested()
    assert not at.exception and not at.error
    mark = held(at, "curves.pilot")
    (kept,) = elsewhere.glob(f".labelplan/jobs/*/uploads/pilot-{mark}.csv")
    assert kept.read_text() == PILOT
    turned(at, "verdict")
    assert not at.exception and not at.error
    assert metrics(at) != before
    assert any("rests on the pilot" in caption.value for caption in at.sidebar.caption)
    assert metrics(opened(**{"curves.pilot": mark})) == metrics(at)
    press(at, "Put the pilot away")
    assert not at.exception
    assert "curves.pilot" not in at.query_params
    assert metrics(at) == before


def test_a_plan_in_the_address_rests_on_it_too_and_is_left_without_it() -> None:
    plan = Plan().replace({"task.name": "Mine", "evidence.random_labels": "9000", "evidence.random_value": "0.85"})
    at = rested(plan=plan_state.pack(plan))
    turned(at, "vendors")
    assert not at.exception and not at.error
    turned(at, "assumptions")
    press(at, "Put the pilot away")
    assert not at.exception and not at.error and not at.warning
    assert any(caption.value == "Mine" for caption in at.caption)
    assert at.text_input(key="evidence.random_labels").value == "9000"
    assert at.text_input(key="evidence.random_value").value == "0.85"


@pytest.mark.parametrize("mark", ["0" * 32, "../../etc/passwd"])
def test_a_pilot_that_is_not_here_is_one_sentence(mark: str) -> None:
    at = opened(**{"curves.pilot": mark})
    assert not at.exception and not at.error
    assert sum("not on this computer" in warning.value for warning in at.warning) == 1


def test_a_pilot_that_cannot_be_used_is_one_sentence_and_the_last_answer_stays() -> None:
    at = opened("curves", **{"curves.of": "My own pilot"})
    one = "strategy,seed,labels,value\nentropy,0,100,0.5\nentropy,0,200,0.6\n"
    at.file_uploader(key="curves_pilot.file").upload("mine.csv", one.encode()).run()
    press(at, "Rest the answer on this pilot")
    turned(at, "verdict")
    assert not at.exception
    assert len(at.error) == 1 and "pilot" in at.error[0].value
    assert len(at.metric) == 3
