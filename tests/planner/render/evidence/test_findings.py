"""Published findings in words and on the terminal, and the scoreboard of past forecasts."""

import pytest

from planner.render.evidence import results as words
from planner.render.evidence.recorded import score_rows
from research.evidence.words import print_findings


def part(unit, figure, ends, each=None):
    interval = None if ends is None else dict(zip(("q10", "q90"), ends, strict=True))
    about = {"what": "the figure", "claimed": "above 0", "judges": "direction", "state": "holds"}
    return about | {"unit": unit, "figure": figure, "interval": interval, "by_dataset": each or {}}


def finding(number, state, *parts):
    first = parts[0] if parts else {"unit": None, "figure": None, "interval": None}
    return {
        "id": f"T{number}",
        "claim": "Margin wins.",
        "source": "a paper",
        "setting": "images",
        "state": state,
        **{name: first[name] for name in ("figure", "unit", "interval")},
        "seeds": 20 if parts else None,
        "datasets": ["digits", "<b>"] if parts else [],
        "reason": "Missing: a forest.",
        "parts": list(parts),
    }


FOUND = {
    "labelplan": "0.1.0",
    "made_on": "2026-11-21",
    "command": "make evidence-signs",
    "machine": "x86_64",
    "versions": {"python": "3.11"},
    "rows": 1_234,
    "findings": [
        finding(1, "direction and size", part("times", 2.345, (None, 3.0), {"digits": None, "<b>": 2.0})),
        finding(2, "direction only", part("points", -0.0123, (-0.02, 0.0004), {"digits": 0.0, "<b>": -0.00004})),
        finding(3, "contradicted", part("sets", 0.3125, (0.19, 0.47), {"digits": 1.0, "<b>": 0.0})),
        finding(4, "setting not tested"),
    ],
}


@pytest.mark.parametrize(
    ("one", "figure", "interval"),
    [
        (part("points", -0.0123, (-0.02, 0.0004)), "−1.2 points", "−2.0 to +0.04"),
        (part("points", 0.0, (0.0, 0.0)), "0.0 points", "0.0 to 0.0"),
        (part("points", -1e-9, (-1e-9, 1e-9)), "0.0 points", "0.0 to 0.0"),
        (part("spread", 0.0198, (0.019, 0.02)), "2.0 points", "1.9 to 2.0"),
        (part("times", 3.226, (None, 3.39)), "3.23×", "never to 3.39×"),
        (part("times", None, (None, None)), "never", "never to never"),
        (part("share", 0.11, (0.07, 0.15)), "11%", "7% to 15%"),
        (part("log sd", 0.411, (0.3, 0.6)), "log sd 0.41", "0.30 to 0.60"),
        (part("points", 0.01, None), "+1.0 points", "–"),
        (part("points", None, None), "–", "–"),
    ],
)
def test_figures_are_written_in_their_units(one, figure, interval):
    assert (words.figure_words(one), words.interval_words(one)) == (figure, interval)


def test_rows_say_what_is_missing():
    rows, parts = words.findings_rows(FOUND), words.part_rows(FOUND)
    assert [row["State"] for row in rows] == [
        "direction and size",
        "direction only",
        "contradicted",
        "setting not tested",
    ]
    assert (rows[3]["Our figure"], rows[3]["Seeds"], rows[3]["Data sets"]) == ("–", "–", "–")
    assert rows[3]["Why"] == "Missing: a forest."
    assert {row["Setting"] for row in rows} == {"images"} and parts[0]["Part"] == "the figure, above 0"
    each = [row["By data set"] for row in parts]
    assert each == ["digits never; <b> 2.00×", "digits 0.0; <b> 0.0", "digits yes; <b> no"]


def test_the_terminal_shows_every_finding_and_where_they_come_from(capsys):
    print_findings(FOUND)
    out = capsys.readouterr().out
    counts = (
        "Of 4 published findings, 1 shown in direction and size, 1 in direction only, 1 contradicted and 1 not tested "
        "in their setting."
    )
    assert " ".join(out.split()).startswith(counts)
    assert "T2  −1.2 points" in out and "T4            –" in out
    assert "T4, setting not tested. Margin wins. (a paper)" in out
    assert (
        "  Published for images.\n  - the figure, above 0: 2.35× (never to 3.00×), direction holds\n"
        "    digits never; <b> 2.00×\n  On digits, <b>, 20 seeds." in out
    )
    assert "The command was: make evidence-signs" in " ".join(out.split())


def record(method, error, coverage):
    return {"method": method, "absolute_error": error, "coverage80": coverage, "coverage90": None}


def test_every_figure_has_its_interval_or_says_why_not():
    ours = record("labelplan", {"mean": 0.0166, "q10": 0.012, "q90": 0.021}, {"mean": 0.83, "q10": 0.78, "q90": 1.04})
    still = record("last_value", {"mean": 0.04, "q10": None, "q90": None}, None)
    cells = [[*row.values()] for row in score_rows({"overall": {"methods": [ours, still]}})]
    assert cells == [
        ["labelplan", "1.7 (1.2 to 2.1)", "83% (78% to 100%)"],
        ["last value", "4.0 (one data set: no interval)", "gives none"],
    ]
