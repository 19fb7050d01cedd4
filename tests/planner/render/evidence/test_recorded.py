"""The scoreboard of past forecasts in words: errors and coverage, each with its interval."""

from planner.render.evidence.recorded import score_rows


def record(method, error, coverage):
    return {"method": method, "absolute_error": error, "coverage80": coverage, "coverage90": None}


def estimate(mean, q10, q90):
    return {"mean": mean, "q10": q10, "q90": q90}


def test_every_figure_has_its_interval_or_says_why_not():
    ours = record("labelplan", estimate(0.0166, 0.012, 0.021), estimate(0.83, 0.78, 1.04))
    still = record("last_value", estimate(0.04, None, None), None)
    assert score_rows({"overall": {"methods": [ours, still]}}) == [
        {
            "Method": "labelplan",
            "Off by (points)": "1.7 (1.2 to 2.1)",
            "80% intervals held": "83% (78% to 100%)",
            "90% intervals held": "gives none",
        },
        {
            "Method": "last value",
            "Off by (points)": "4.0 (one data set: no interval)",
            "80% intervals held": "gives none",
            "90% intervals held": "gives none",
        },
    ]
