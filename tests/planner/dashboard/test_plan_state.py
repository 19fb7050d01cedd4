import os
import zlib
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.dashboard import plan_state
from planner.dashboard.plan_state import Start, parse_cached, read_start
from planner.plan import Plan, parse_plan, template
from simulations.errors import InputError

START = Start(Plan(), Path(), None)


def packed(text: str) -> str:
    return urlsafe_b64encode(zlib.compress(text.encode())).decode().rstrip("=")


def test_a_plan_survives_the_address() -> None:
    plan = Plan().replace({"task.target": "0.85", "vendors.0.name": "Größe & Söhne $"})
    text = plan_state.pack(plan)
    assert text.replace("-", "").replace("_", "").isalnum()
    assert plan_state.unpack(text, START).to_toml() == plan.to_toml()


@given(st.text(max_size=60))
def test_a_hostile_address_is_one_sentence(text: str) -> None:
    try:
        plan_state.unpack(text, START)
    except InputError as error:
        assert "\n" not in str(error).strip()
        assert "allowed" in str(error) or "plan in the address" in str(error)


def test_a_bomb_is_not_unpacked() -> None:
    bomb = packed("#" * 50_000_000)
    with pytest.raises(InputError, match="too large"):
        plan_state.unpack(bomb, START)


@pytest.mark.parametrize(
    "text", ["a = " + "[" * 20_000, "[task]\ntarget = " + "9" * 50_000, "a" + ".a" * 20_000 + " = 1"]
)
def test_hostile_toml_is_one_sentence(text: str) -> None:
    with pytest.raises(InputError, match="the plan in the address: "):
        plan_state.unpack(packed(text), START)
    with pytest.raises(InputError, match=r"plan\.toml: "):
        plan_state.check_upload(text, START, where="plan.toml")


def test_an_address_cut_short_is_told() -> None:
    with pytest.raises(InputError, match="cut"):
        plan_state.unpack(plan_state.pack(Plan().replace({"task.target": "0.85"}))[:-6], START)


def test_an_address_cannot_name_files() -> None:
    with pytest.raises(InputError, match=r"\[evidence\] pilot: found a file; allowed: none here"):
        plan_state.unpack(packed('[evidence]\npilot = "/dev/zero"\n'), START)


def test_the_files_of_the_start_are_kept() -> None:
    own = parse_plan('[evidence]\npilot = "pilot.csv"\n')
    start = Start(own, Path(), None)
    assert plan_state.check_upload(own.to_toml(), start, where="plan").evidence.pilot == "pilot.csv"


def test_a_bad_edit_keeps_its_last_good_value_and_spares_the_others() -> None:
    wanted = {"task.target": "ninety", "vendors.0.price_usd": "0.3"}
    edited = plan_state.apply_edits(Plan(), wanted, {"task.target": "0.85"})
    assert list(edited.errors) == ["task.target"]
    assert "ninety" in edited.errors["task.target"]
    assert edited.plan.input("task.target").text == "0.85"
    assert edited.plan.vendors[0].price_usd.text == "0.3"
    assert edited.values == {"task.target": "0.85", "vendors.0.price_usd": "0.3"}


def test_edits_that_only_work_together_are_made_together() -> None:
    wanted = {"strategy.initial_labels": "200000", "task.pool_size": "1000000"}
    edited = plan_state.apply_edits(Plan(), wanted, {})
    assert edited.errors == {}
    assert edited.plan.strategy.initial_labels.text == "200000"


def test_an_unknown_path_is_an_error_of_its_own() -> None:
    edited = plan_state.apply_edits(Plan(), {"task.targt": "0.8"}, {})
    assert "task.target" in edited.errors["task.targt"]


def test_unknown_keys_of_the_address() -> None:
    keys = {
        "task.target": "1",
        "plan": "x",
        "embed": "true",
        "vendors.7.price_usd": "1",
        "evidence.pilot": "/etc/passwd",
    }
    assert plan_state.unknown_keys(keys, Plan()) == ["vendors.7.price_usd", "evidence.pilot"]


def test_started_reads_the_environment(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("[task]\ntarget = 0.7\n[[vendors]]\nprice_usd = 0.02\n", encoding="utf-8")
    start = read_start({"LABELPLAN_PLAN": str(path), "LABELPLAN_STORE": str(tmp_path)})
    assert start.plan.input("task.target").text == "0.7"
    assert (start.base, start.store) == (tmp_path, tmp_path)
    assert read_start({}).plan.to_toml() == template()
    with pytest.raises(InputError, match="no such file"):
        read_start({"LABELPLAN_PLAN": str(tmp_path / "none.toml")})


def test_the_stamp_moves_when_the_store_grows(tmp_path: Path) -> None:
    start = Start(Plan(), tmp_path, tmp_path)
    os.utime(tmp_path, (1, 1))
    before = start.stamp()
    folder = tmp_path / "ab"
    folder.mkdir()
    os.utime(folder, (9_000_000_000, 9_000_000_000))
    assert start.stamp() > before


def test_the_same_text_is_the_same_plan_and_another_text_another() -> None:
    plan = parse_cached(template())
    assert parse_cached(plan.replace({"task.target": 0.93}).to_toml()).input("task.target").text == "0.93"
    assert parse_cached(template()) is plan and plan.to_toml() == template()


def test_a_fault_is_told_again_and_again_and_names_its_place() -> None:
    for where in ("plan.toml", "plan.toml", "the plan in the address"):
        with pytest.raises(InputError, match=f"^{where}, "):
            parse_cached("[task]\ntarget = 7\n", where)
