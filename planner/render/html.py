"""The report: one HTML file that opens offline, prints well and holds everything behind the verdict.

Its sections can be ticked. The template asks the modules of words for its sentences and tables. Whatever a user wrote
is text, never markup: Jinja escapes all of it. The one script, `report.js`, prices the two options again when a reader
moves a slider; no other runs, as the page names it by its hash. Without scripts the page has no sliders.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from planner.decision.buying import Buying
from planner.decision.verdict import Verdict
from planner.render import image_export, repricing
from planner.render import numbers as n
from planner.render.curves.charts import curves_chart
from planner.render.evidence import recorded
from planner.render.quotes import charts as quote_charts
from planner.render.quotes import words as quote_words
from planner.render.verdict import analysis_words, bill_words, charts, figure_tables, option_words, value_charts, words
from simulations.errors import InputError
from simulations.files import write_whole

SECTIONS = {
    "verdict": "The verdict",
    "sliders": "Try other numbers",
    "options": "People, a language model, or both",
    "changes": "What would change the answer",
    "information": "What is worth knowing first",
    "buying": "How to buy",
    "vendors": "Vendors",
    "plans": "The plans",
    "bills": "How each bill comes about",
    "hybrid": "Labelling the whole pool",
    "curves": "The learning curves",
    "evidence": "Evidence",
    "assumptions": "Assumptions",
    "method": "Method",
    "reproduce": "To get this again",
}
"""Name to heading. The title, its sentence, warnings, version and seed stand in every report."""

OF_ANALYSIS = frozenset({"changes", "information", "buying"})
"""Those that show what lies beyond the verdict."""


def read_sections(text: str) -> tuple[str, ...]:
    """Read a list such as `verdict,vendors`, whose order and repetitions do not matter; in the order of the page.

    Raises:
        InputError: a name is unknown, or there is none.
    """
    named = [part.strip() for part in text.split(",")]
    unknown = [name for name in named if name not in SECTIONS]
    if unknown:
        raise InputError(
            f"--sections: found '{unknown[0]}'; allowed, with commas between: {', '.join(SECTIONS)}; all if left out"
        )
    return tuple(name for name in SECTIONS if name in named)


def offered_sections(verdict: Verdict) -> dict[str, str]:
    """Give the sections, name to heading, that the report of a plan has when everything is asked."""
    without = set(empty_sections(verdict, None)) - {*OF_ANALYSIS, "vendors", "sliders"}
    return {name: title for name, title in SECTIONS.items() if name not in without}


def empty_sections(verdict: Verdict, buying: Buying | None) -> dict[str, str]:
    """Say of each section that has nothing to show why that is so; `buying` is None where quotes were not compared."""
    found: dict[str, str] = {}
    if verdict.analysis is None:
        found |= dict.fromkeys(("information", "buying"), "Only the verdict was asked for.")
    if verdict.target is None:
        found["sliders"] = "Plans are compared at a budget, which buys another number of labels at each value."
    elif verdict.repricing is None:
        found["sliders"] = "Only the verdict was asked for."
    elif not verdict.repricing.sliders:
        found["sliders"] = " ".join(repricing.left_out_sentences(verdict.repricing))
    if buying is None:
        found["vendors"] = "The quotes were not compared."
    if not verdict.worked:
        found["bills"] = "No plan usually reaches the target, so that there is no bill to work out."
    if verdict.options is None:
        found["options"] = "The plan names none under [options]."
    if words.hybrid_sentence(verdict) is None:
        found["hybrid"] = (
            "The plan sets no max_error_rate under [hybrid], or a warning above says why it cannot be told."
        )
    return found


def write_report(
    verdict: Verdict, path: Path, buying: Buying | None = None, *, sections: Iterable[str] | None = None
) -> None:
    """Write the report of a verdict; see `render_report`.

    Raises:
        InputError: the file cannot be written.
    """
    try:
        write_whole(path, render_report(verdict, buying, sections=sections).encode())
    except OSError as error:
        raise InputError(f"{path}: the report cannot be written ({error.strerror})") from error


def render_report(verdict: Verdict, buying: Buying | None = None, *, sections: Iterable[str] | None = None) -> str:
    """Give the report as HTML, with pictures where vl-convert is installed.

    Args:
        verdict: everything the report shows of the decision.
        buying: the comparison of the plan's quotes, of the same draws; without it vendors have no section.
        sections: those that are ticked, by their names in `SECTIONS`, where one that has nothing to show says so;
            None for all that have.
    """
    drawn = image_export.can_draw()
    absent = empty_sections(verdict, buying)
    ticked = set(SECTIONS) - set(absent) if sections is None else set(sections)
    shown = {name: title for name, title in SECTIONS.items() if name in ticked}
    script = _script() if "sliders" in shown and "sliders" not in absent else None
    figures = {}
    for name, chart, table in _figures(verdict, buying, shown):
        svg = image_export.draw_svg(name, chart) if drawn else None
        figures[name] = {"title": str(chart.title), "svg": svg, "table": table}
    page: str = _report_template().render(
        verdict=verdict,
        analysis=verdict.analysis,
        buying=buying,
        shown=shown,
        absent=absent,
        warnings=list(dict.fromkeys([*verdict.warnings, *(buying.warnings if buying and "vendors" in shown else ())])),
        assumptions=_assumption_tables(verdict),
        figures=figures,
        pictures=drawn,
        script=script,
        # A content security policy names a script by its hash.
        script_hash=script and base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        n=n,
        words=words,
        option_words=option_words,
        analysis_words=analysis_words,
        bill_words=bill_words,
        quote_words=quote_words,
        figure_tables=figure_tables,
        recorded=recorded,
        repricing=repricing,
    )
    return page


Rows = list[dict[str, str]]
_FigureParts = tuple[str, Callable[[Verdict], Any], Callable[[Verdict], Rows]]  # section, chart, table

_FIGURES: dict[str, _FigureParts] = {
    "futures": ("verdict", charts.futures_chart, figure_tables.futures_rows),
    "price": ("verdict", charts.price_chart, figure_tables.price_rows),
    "tornado": ("changes", charts.tornado_chart, figure_tables.tornado_rows),
    "curves": ("curves", curves_chart, figure_tables.curve_rows),
    "bill": ("plans", charts.bill_chart, words.bill_rows),
}
_DECISION_FIGURES: dict[str, _FigureParts] = {
    "acceptability": ("changes", value_charts.acceptability_chart, figure_tables.acceptability_rows),
    "map": ("changes", value_charts.map_chart, figure_tables.map_rows),
    "information": ("information", charts.information_chart, figure_tables.information_rows),
    "pilot": ("information", charts.pilot_chart, analysis_words.pilot_rows),
    "frontier": ("buying", value_charts.frontier_chart, analysis_words.frontier_rows),
    "worth": ("buying", value_charts.worth_chart, figure_tables.worth_rows),
}


def _figures(verdict: Verdict, buying: Buying | None, shown: Iterable[str]) -> Iterator[tuple[str, Any, Rows]]:
    """Give name, chart and table of each figure that is in a section shown and has something to show."""
    known, wanted = _FIGURES, set(shown)
    if verdict.analysis is not None:
        empty = {
            "information": len(charts.learnt_frame(verdict)) == 1,  # the total alone, which the sentence states
            "pilot": charts.shown_pilot(verdict) is None,
        }
        known = known | {name: made_by for name, made_by in _DECISION_FIGURES.items() if not empty.get(name)}
    for name, (section, draw, tabulate) in known.items():
        if section in wanted:
            yield name, draw(verdict), tabulate(verdict)
    if verdict.options is not None and "options" in wanted:
        yield "options", charts.options_chart(verdict), option_words.option_rows(verdict, verdict.options)
    if buying is not None and "vendors" in wanted:
        yield from _vendor_figures(buying)


def _vendor_figures(buying: Buying) -> Iterator[tuple[str, Any, Rows]]:
    """Give the figures on vendors: cost by vendor and plan, prices that would win, days against cost."""
    rows = quote_words.deal_rows(buying)
    yield "cost", quote_charts.cost_chart(buying), rows
    if quote_words.winnable(buying):
        yield "winning", quote_charts.winning_chart(buying), quote_words.winning_rows(buying)
    if len(buying.vendors) > 1:
        for plan in ("random", buying.al_plan) if buying.plans else (None,):
            name = "days" if plan is None else f"days-{'random' if plan == 'random' else 'active'}"
            of_plan = [row for row, deal in zip(rows, buying.deals, strict=True) if deal.plan == plan]
            yield name, quote_charts.days_chart(buying, plan), of_plan


def _assumption_tables(verdict: Verdict) -> dict[str, Rows]:
    """Give the inputs by the table of the plan file that they are in, each vendor's under its name."""
    found: dict[str, Rows] = {}
    rows = verdict.assumptions.to_dict(orient="records")
    vendors = {str(row["path"]): n.plain(str(row["value"])) for row in rows}
    for row in rows:
        table, _, rest = str(row["path"]).partition(".")
        group = table.capitalize()
        if table == "vendors":
            place = rest.partition(".")[0]
            group = f"Vendor: {vendors.get(f'vendors.{place}.name', place)}"
        told = {
            "Input": n.plain(str(row["label"])),
            "Value": n.plain(str(row["value"])),
            "Unit": n.in_currency(str(row["unit"]), verdict.currency),
            "From": "labelplan's default" if row["default"] else "the plan",
            "Plan file": str(row["path"]),
        }
        found.setdefault(group, []).append(told)
    return found


def _amounts(words: str) -> Markup:
    """Escape words as the template does, and keep each minus sign on one line with its amount."""
    return Markup(re.sub(r"−\S+", r'<span class="amount">\g<0></span>', str(escape(words))))


@cache
def _script() -> Markup:
    return Markup((Path(__file__).parent / "report.js").read_text(encoding="utf-8"))


@cache
def _report_template() -> Any:
    loader = FileSystemLoader(Path(__file__).parent)
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["amounts"] = _amounts
    return environment.get_template("report.html.j2")
