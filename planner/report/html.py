"""The report: one HTML file that opens offline, prints well and holds everything behind the verdict.

Its sections can be ticked. Whatever a user wrote is text, never markup: Jinja escapes all of it.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from planner.decision.buying import Buying
from planner.decision.verdict import Verdict
from planner.report import charts, drawing, figures, words, words_bill, words_decision, words_evidence, words_vendors
from planner.report import numbers as n
from planner.report.charts import vendors as vendor_charts
from planner.report.charts.information import learnt_frame
from planner.report.charts.pilot import shown_pilot
from planner.report.names import in_currency
from planner.report.sections import SECTIONS, missing
from planner.report.words_hybrid import hybrid_rows, hybrid_sentence
from planner.report.words_information import information_sentence, pilot_rows, pilot_sentence
from simulations.errors import InputError

Rows = list[dict[str, str]]


def write_report(
    verdict: Verdict, path: Path, buying: Buying | None = None, *, sections: Iterable[str] | None = None
) -> None:
    """Write the report of a verdict; see `render_report`.

    Raises:
        InputError: the file cannot be written.
    """
    try:
        path.write_text(render_report(verdict, buying, sections=sections), encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: the report cannot be written ({error.strerror})") from error


def render_report(
    verdict: Verdict,
    buying: Buying | None = None,
    *,
    sections: Iterable[str] | None = None,
    pictures: bool | None = None,
) -> str:
    """Give the report as HTML.

    Args:
        verdict: everything the report shows of the decision.
        buying: the comparison of the plan's quotes, of the same draws; without it vendors have no section.
        sections: those that are ticked, by their names in `SECTIONS`, where one that has nothing to show says so;
            None for all that have.
        pictures: draw the charts; None draws them where vl-convert is installed.
    """
    drawn = drawing.can_draw() if pictures is None else pictures
    absent = missing(verdict, buying)
    ticked = set(SECTIONS) - set(absent) if sections is None else set(sections)
    shown = {name: title for name, title in SECTIONS.items() if name in ticked}
    page: str = _template().render(
        _of_verdict(verdict),
        shown=shown,
        absent=absent,
        warnings=_warnings(verdict, buying if "vendors" in shown else None),
        vendors=None if buying is None else _vendors(buying),
        figures={
            name: drawing.figure(name, chart, table, drawn=drawn)
            for name, chart, table in _figures(verdict, buying, shown)
        },
        pictures=drawn,
        n=n,
    )
    return page


def _of_verdict(verdict: Verdict) -> dict[str, Any]:
    """Give the sentences and tables that follow from the verdict alone."""
    return {
        "verdict": verdict,
        "headline": words.headline(verdict),
        "sentence": words.sentence(verdict),
        "cards": words.cards(verdict),
        "lead": [said for said in (words.settle(verdict), words.labels_saved(verdict)) if said],
        "below": [words.at_the_budget(verdict), words.never_reached(verdict)],
        "plans": words.plan_rows(verdict),
        "worked": _worked(verdict),
        "hybrid": hybrid_rows(verdict),
        "hybrid_sentence": hybrid_sentence(verdict),
        "decision": _decision(verdict),
        "evidence": words_evidence.evidence_rows(verdict),
        "evidence_sentence": words_evidence.evidence_sentence(verdict),
        "assumptions": _assumptions(verdict),
    }


_MadeBy = tuple[str, Callable[[Verdict], Any], Callable[[Verdict], Rows]]  # section, chart, table

_FIGURES: dict[str, _MadeBy] = {
    "futures": ("verdict", charts.futures_chart, figures.futures_rows),
    "price": ("verdict", charts.price_chart, figures.price_rows),
    "tornado": ("changes", charts.tornado_chart, figures.tornado_rows),
    "curves": ("curves", charts.curves_chart, figures.curve_rows),
    "bill": ("plans", charts.bill_chart, words.bill_rows),
}
_OF_DECISION: dict[str, _MadeBy] = {
    "acceptability": ("changes", charts.acceptability_chart, figures.acceptability_rows),
    "map": ("changes", charts.map_chart, figures.map_rows),
    "information": ("information", charts.information_chart, figures.information_rows),
    "pilot": ("information", charts.pilot_chart, pilot_rows),
    "frontier": ("buying", charts.frontier_chart, words_decision.frontier_rows),
    "worth": ("buying", charts.worth_chart, figures.worth_rows),
}


def _figures(verdict: Verdict, buying: Buying | None, shown: Iterable[str]) -> Iterator[tuple[str, Any, Rows]]:
    """Give name, chart and table of each figure that is in a section shown and has something to show."""
    known, wanted = _FIGURES, set(shown)
    if verdict.analysis is not None:
        empty = {
            "information": len(learnt_frame(verdict)) == 1,  # the total alone, which the sentence states
            "pilot": shown_pilot(verdict) is None,
        }
        known = known | {name: made_by for name, made_by in _OF_DECISION.items() if not empty.get(name)}
    for name, (section, draw, tabulate) in known.items():
        if section in wanted:
            yield name, draw(verdict), tabulate(verdict)
    if buying is not None and "vendors" in wanted:
        yield from _of_vendors(buying)


def _of_vendors(buying: Buying) -> Iterator[tuple[str, Any, Rows]]:
    """Give the figures on vendors: cost by vendor and plan, prices that would win, days against cost."""
    rows = words_vendors.deal_rows(buying)
    yield "cost", vendor_charts.cost_chart(buying), rows
    if words_vendors.winnable(buying):
        yield "winning", vendor_charts.winning_chart(buying), words_vendors.winning_rows(buying)
    if len(buying.vendors) > 1:
        for plan in ("random", buying.al_plan) if buying.plans else (None,):
            name = "days" if plan is None else f"days-{'random' if plan == 'random' else 'active'}"
            of_plan = [row for row, deal in zip(rows, buying.deals, strict=True) if deal.plan == plan]
            yield name, vendor_charts.days_chart(buying, plan), of_plan


def _vendors(buying: Buying) -> dict[str, Any]:
    """Give the sentences and tables on vendors."""
    volumes = buying.comparison.offers[0].volumes
    votes = [words_vendors.votes_sentence(offer, buying.currency) for offer in buying.comparison.offers]
    return {
        "summary": words_vendors.summary(buying),
        "prices": words_vendors.winning_rows(buying) if words_vendors.has_rivals(buying) else [],
        "winning": words_vendors.winning_lines(buying) if words_vendors.has_rivals(buying) else [],
        "quotes": words_vendors.quote_rows(buying),
        "volumes": {
            words_vendors.volume_title(volume.labels): words_vendors.volume_rows(buying, place)
            for place, volume in enumerate(volumes)
        },
        "advice": [*words_vendors.switch_lines(buying.comparison), *(said for said in votes if said)],
    }


def _warnings(verdict: Verdict, buying: Buying | None) -> list[str]:
    return [*dict.fromkeys((*verdict.warnings, *(() if buying is None else buying.warnings)))]


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
        "information": information_sentence(verdict, analysis),
        "pilot": pilot_sentence(verdict, analysis),
        "rounds": words_decision.rounds_sentence(verdict, analysis),
        "sizes": figures.rounds_rows(verdict),
        "first_order": words_decision.first_order_sentence(verdict, analysis),
        "sweeps": words_decision.sweep_tables(verdict),
        "held": analysis.held,
    }


def _worked(verdict: Verdict) -> dict[str, tuple[words_bill.ExplainedLine, ...]]:
    """Give each plan's bill line by line, under whose it is."""
    return {
        words_bill.worked_title(name, bill, verdict.plans[name].vendor): words_bill.explained_bill(
            bill, verdict.currency
        )
        for name, bill in verdict.worked.items()
    }


def _assumptions(verdict: Verdict) -> dict[str, Rows]:
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
        found.setdefault(group, []).append(
            {
                "Input": n.plain(str(row["label"])),
                "Value": n.plain(str(row["value"])),
                "Unit": in_currency(str(row["unit"]), verdict.currency),
                "From": "labelplan's default" if row["default"] else "the plan",
                "Plan file": str(row["path"]),
            }
        )
    return found


def _amounts(words: str) -> Markup:
    """Escape words as the template does, and keep each minus sign on one line with its amount."""
    return Markup(_NEGATIVE.sub(r'<span class="amount">\g<0></span>', str(escape(words))))


_NEGATIVE = re.compile(r"−\S+")


@cache
def _template() -> Any:
    loader = FileSystemLoader(Path(__file__).parent)
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["amounts"] = _amounts
    return environment.get_template("report.html.j2")
