"""The report: one HTML file that opens offline, prints well and holds everything behind the verdict.

Pictures are inline SVG drawn by vl-convert; without it the same figures stand as tables. Whatever a user wrote is
text, never markup: Jinja escapes all of it.
"""

import importlib.util
import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from planner.decision.verdict import Verdict
from planner.errors import InputError
from planner.report import charts, figures, words, words_bill, words_decision
from planner.report import numbers as n
from planner.report.charts.information import learnt_frame
from planner.report.charts.pilot import shown_pilot
from planner.report.words_hybrid import hybrid_rows, hybrid_sentence

__all__ = ["render_report", "write_report"]

WIDTH_PX = 400  # drawn at phone size and enlarged, so that words stay legible on a phone
INK = "#404040"
# Places are measured here and drawn with the reader's fonts: these two are equally wide, any other is narrower.
FONT = "Verdana, DejaVu Sans, sans-serif"


@dataclass(frozen=True)
class Figure:
    """One figure: its finding, what it is for those who do not see it, the picture if there is one, and its table."""

    name: str
    title: str
    description: str
    svg: Markup | None
    table: Sequence[dict[str, str]]


def write_report(verdict: Verdict, path: Path) -> None:
    """Write the report of a verdict.

    Raises:
        InputError: the file cannot be written.
    """
    try:
        path.write_text(render_report(verdict), encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: the report cannot be written ({error.strerror})") from error


def render_report(verdict: Verdict, *, pictures: bool | None = None) -> str:
    """Give the report as HTML.

    Args:
        verdict: everything the report shows.
        pictures: draw the charts; None draws them where vl-convert is installed.
    """
    drawn = _can_draw() if pictures is None else pictures
    page: str = _template().render(
        verdict=verdict,
        headline=words.headline(verdict),
        sentence=words.sentence(verdict),
        cards=words.cards(verdict),
        settle=words.settle(verdict),
        labels_saved=words.labels_saved(verdict),
        plans=words.plan_rows(verdict),
        bill=words.bill_rows(verdict),
        worked=_worked(verdict),
        hybrid=hybrid_rows(verdict),
        hybrid_sentence=hybrid_sentence(verdict),
        decision=_decision(verdict),
        figures={name: _figure(name, draw, verdict, drawn) for name, draw in _figures(verdict).items()},
        evidence=_records(verdict.evidence),
        assumptions=[_assumption(row, verdict.currency) for row in verdict.assumptions.to_dict(orient="records")],
        pictures=drawn,
        n=n,
        words=words,
    )
    return page


_MadeBy = tuple[Callable[[Verdict], Any], Callable[[Verdict], list[dict[str, str]]]]

_FIGURES: dict[str, _MadeBy] = {
    "futures": (charts.futures_chart, figures.futures_rows),
    "price": (charts.price_chart, figures.price_rows),
    "tornado": (charts.tornado_chart, figures.tornado_rows),
    "curves": (charts.curves_chart, figures.curve_rows),
    "bill": (charts.bill_chart, words.bill_rows),
}
_OF_DECISION: dict[str, _MadeBy] = {
    "acceptability": (charts.acceptability_chart, figures.acceptability_rows),
    "map": (charts.map_chart, figures.map_rows),
    "information": (charts.information_chart, figures.information_rows),
    "pilot": (charts.pilot_chart, words_decision.pilot_rows),
    "frontier": (charts.frontier_chart, words_decision.frontier_rows),
    "worth": (charts.worth_chart, figures.worth_rows),
}


def _figures(verdict: Verdict) -> dict[str, _MadeBy]:
    """Choose the figures that have something to show."""
    if verdict.analysis is None:
        return _FIGURES
    empty = {
        "information": len(learnt_frame(verdict)) == 1,  # the total alone, which the sentence states
        "pilot": shown_pilot(verdict) is None,
    }
    return _FIGURES | {name: made_by for name, made_by in _OF_DECISION.items() if not empty.get(name)}


def _decision(verdict: Verdict) -> dict[str, Any] | None:
    """Give the sentences and tables of the decision beyond the verdict; None where only the verdict was asked for."""
    analysis = verdict.analysis
    if analysis is None:
        return None
    about = (words_decision.value_sentence(verdict), words_decision.price_sentence(verdict))
    return {
        "about": [sentence for sentence in about if sentence],
        "flips": words_decision.flip_sentences(verdict, analysis),
        "break_evens": words_decision.break_even_rows(verdict),
        "information": words_decision.information_sentence(verdict, analysis),
        "pilot": words_decision.pilot_sentence(verdict, analysis),
        "rounds": words_decision.rounds_sentence(verdict, analysis),
        "sizes": figures.rounds_rows(verdict),
        "first_order": words_decision.first_order_sentence(verdict, analysis),
        "sweeps": words_decision.sweep_tables(verdict),
    }


def _figure(name: str, made_by: _MadeBy, verdict: Verdict, drawn: bool) -> Figure:
    draw, tabulate = made_by
    chart = draw(verdict)
    title, description = str(chart.title), str(chart.description)
    svg = _svg(name, chart, description) if drawn else None
    return Figure(name, title, description, svg, tabulate(verdict))


def _svg(name: str, chart: Any, description: str) -> Markup:
    """Draw a chart as inline SVG; the page shows its title, so the picture does not repeat it."""
    import vl_convert

    plain = chart.properties(title="", width=WIDTH_PX).configure(font=FONT, background="transparent")
    plain = plain.configure_axis(labelFontSize=11, titleFontSize=11, titleFontWeight="normal", labelColor=INK)
    plain = plain.configure_legend(labelColor=INK).configure_view(stroke=None)
    svg = vl_convert.vegalite_to_svg(plain.to_json())
    # Ids are unique in a picture, not on a page with five of them.
    numbers = itertools.count()
    names: dict[str, str] = {}
    for found in re.findall(r'\bid="([^"]+)"', svg):
        names.setdefault(found, f"{name}-{next(numbers)}")
    for old, new in names.items():
        svg = svg.replace(f'id="{old}"', f'id="{new}"').replace(f"url(#{old})", f"url(#{new})")
    label = Markup('<svg role="img" aria-label="{}" ').format(description)
    # The picture is vl-convert's own output, in which every text of the user is already escaped.
    return Markup(svg.replace("<svg ", str(label), 1))


def _worked(verdict: Verdict) -> dict[str, tuple[words_bill.ExplainedLine, ...]]:
    """Give each plan's bill line by line, under whose it is."""
    return {
        words_bill.worked_title(name, bill, verdict.plans[name].vendor): words_bill.explained_bill(
            bill, verdict.currency
        )
        for name, bill in verdict.worked.items()
    }


def _records(frame: pd.DataFrame) -> list[dict[str, str]]:
    rows = frame.to_dict(orient="records")
    return [{_heading(str(key)): _cell(str(key), value) for key, value in row.items()} for row in rows]


def _heading(column: str) -> str:
    return {"dataset": "Data set"}.get(column, column.replace("_", " ").capitalize())


def _cell(column: str, value: Any) -> str:
    return n.share(float(value)) if column == "weight" else str(value)


def _assumption(row: dict[Any, Any], currency: str) -> dict[str, str]:
    return {
        "Input": str(row["label"]),
        "Value": str(row["value"]),
        "Unit": words.in_currency(str(row["unit"]), currency),
        "From": "labelplan's default" if row["default"] else "the plan",
        "Plan file": str(row["path"]),
    }


def _amounts(words: str) -> Markup:
    """Escape words as the template does, and keep each minus sign on one line with its amount."""
    return Markup(_NEGATIVE.sub(r'<span class="amount">\g<0></span>', str(escape(words))))


_NEGATIVE = re.compile(r"−\S+")


def _can_draw() -> bool:
    return importlib.util.find_spec("vl_convert") is not None


@cache
def _template() -> Any:
    loader = FileSystemLoader(Path(__file__).parent)
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["amounts"] = _amounts
    return environment.get_template("report.html.j2")
