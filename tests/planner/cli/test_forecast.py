import json

import pytest

POINTS = "labels,value,test_size\n" + "".join(
    f"{n},{v},5000\n" for n, v in ((50, 0.6), (100, 0.7), (200, 0.77), (400, 0.82), (800, 0.855), (1600, 0.88))
)


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "pilot.csv"
    path.write_text(POINTS)
    return path


def test_each_point_has_its_light_and_each_curve_its_check(run, answered, table):
    (curve,) = answered(run("forecast", table, "--at", "3200,16000,32000,64000", "--json"))
    assert [point["traffic_light"] for point in curve["forecast"]] == ["green", "amber", "red", None]
    assert curve["check"]["verdict"] in ("good", "doubtful", "poor")
    assert sum(curve["families"].values()) == pytest.approx(1.0)
    assert [other["labels"] for other in curve["check"]["other_method"]] == [3_200, 16_000, 32_000]


def test_the_check_can_be_left_out_and_changes_no_forecast(run, answered, table):
    checked, plain = (
        answered(run("forecast", table, "--at", "3200", "--json", option))[0] for option in ("--check", "--no-check")
    )
    assert plain["check"] is None
    assert {**checked, "check": None} == plain


def test_light_and_check_are_printed_in_words(run, table):
    status, out, _ = run("forecast", table, "--target", "0.9")
    assert status == 0
    check = [line for line in out.splitlines() if ": the fit is " in line]
    assert len(check) == 1 and check[0].endswith(".")
    assert {"green", "amber", "red"} <= set(out.split())


def test_too_few_points_have_no_check_but_a_warning(run, answered, table):
    table.write_text("\n".join(POINTS.splitlines()[:4]))
    (curve,) = answered(run("forecast", table, "--json"))
    assert curve["check"] is None and curve["families"] is None
    assert any("Too few points: 3" in sentence for sentence in curve["warnings"])
    status, out, _ = run("forecast", table)
    assert status == 0 and "Too few points" in out and json.dumps(curve, allow_nan=False)
