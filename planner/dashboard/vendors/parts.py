"""The parts of the Vendors page: quotes and how they come in, results as tables, and one vendor's bill."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from planner.dashboard import show, widths
from planner.dashboard.page import Opened
from planner.dashboard.vendors import incoming, table
from planner.decision.buying import Buying, Deal
from planner.plan.vendors.files import quotes_template_csv, to_csv
from planner.report import words_vendors
from planner.report.charts.vendors import winning_chart
from planner.report.words_bill import explained_bill, worked_title

WHO, PLAN = "vendors.who", "vendors.plan"
PICKED = "vendors_picked"
# A long name must not push the numbers off a phone; a click on the cell shows all of it.
WIDTHS = {
    "Vendor": st.column_config.TextColumn(width=table.NAME_PX),
    "Note": st.column_config.TextColumn(width=130),
}


def quotes(page: Opened) -> None:
    """Show the quotes to edit, and the ways in which others come in and these go out."""
    st.caption(
        "One vendor a row. Every number may be a range, such as 0.05 to 0.12 (80% sure). Type in the last row to add a "
        "vendor; tick a row to delete it. An empty cell is labelplan's default."
    )
    above = st.container()
    table.more_columns(page.plan)
    with above:
        _faults(table.table(page.plan))
    with st.container(horizontal=True):
        incoming.reset_button(page.plan, page.start.plan)
        st.download_button(
            "Download the quotes", to_csv(page.plan.vendors), "quotes.csv", "text/csv", icon=":material/download:"
        )
        st.download_button(
            "Download a template", quotes_template_csv, "quotes-template.csv", "text/csv", icon=":material/draft:"
        )
    left, right = st.columns(2)
    with left.expander("Add a preset", icon=":material/library_add:"):
        incoming.preset_picker(page.plan)
    with right.expander("Paste or upload quotes", icon=":material/content_paste:"):
        incoming.file_reader(page.plan)


def _faults(rows: Sequence[str]) -> None:
    if rows:
        lines = [*rows, "The last good quotes stand in"]
        st.error("\n".join(f"- {show.text(line)}." for line in lines))
    if told := table.said():
        st.error(show.text(f"{told}. The quotes are as they were."))


def deals(found: Buying) -> None:
    """Show every vendor with every plan; a row that is clicked opens that vendor's bill."""
    rows = words_vendors.deal_rows(found)
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        width="stretch",
        key=PICKED,
        on_select=_picked,
        selection_mode="single-row",
        column_config=widths.columns_of(rows) | WIDTHS,
        alt="Cost, days, labels and chance to be the cheapest, by vendor and plan",
    )
    st.caption("Usual values and 80% ranges. Tick a row to see that vendor's bill, line by line, further down.")
    st.session_state[f"{PICKED}_vendors"] = [(deal.vendor, deal.plan) for deal in found.deals]


def plan_of(found: Buying) -> str | None:
    """Let one of the plans be chosen; None where a budget is spent."""
    if not found.plans:
        return None
    _told(PLAN, found.plans)
    chosen = st.segmented_control(
        "Plan",
        found.plans,
        default=found.al_plan,
        key=PLAN,
        bind="query-params",
        required=True,
        label_visibility="collapsed",
    )
    return chosen if chosen in found.plans else found.al_plan


def winning(found: Buying) -> None:
    """Show the price up to which each vendor would be the cheapest."""
    if any(one.at_most_usd and one.vote_usd > 0 for one in found.winning):
        show.figure(lambda: winning_chart(found), "winning_prices")
    for line in words_vendors.winning_lines(found):
        st.markdown(show.text(line))
    _table(words_vendors.winning_rows(found), "Price of a vote now, and up to which each vendor would be the cheapest")
    st.caption(
        "All other quotes stay as they are; a range of the price keeps its width in proportion, and tiers keep theirs."
    )


def bill(found: Buying) -> None:
    """Show one vendor's worked bills, each line with its formula."""
    _told(WHO, found.vendors)
    chosen = st.selectbox("Vendor", found.vendors, key=WHO, bind="query-params")
    for deal in found.of_vendor(chosen):
        _worked(deal, found.currency)
    offer = found.comparison.offers[found.vendors.index(chosen)]
    if told := words_vendors.votes_sentence(offer, found.currency):
        st.markdown(show.text(told))


def labels(found: Buying) -> None:
    """Show what a vote and a useful label cost with each vendor, and who is the cheapest from when on."""
    for line in words_vendors.switch_lines(found.comparison):
        st.markdown(show.text(line))
    _table(words_vendors.quote_rows(found), "Price of a vote, votes, wrong labels and clean labels, by vendor")
    for place, volume in enumerate(found.comparison.offers[0].volumes):
        st.markdown(show.text(words_vendors.volume_title(volume.labels)))
        _table(
            words_vendors.volume_rows(found, place), "Bill, price of an item, of a useful one and of an effective label"
        )
    others = [
        told for offer in found.comparison.offers if (told := words_vendors.votes_sentence(offer, found.currency))
    ]
    if others:
        st.markdown("**More items or more votes?**")
        st.markdown("\n".join(f"- {show.text(told)}" for told in others))


def _worked(deal: Deal, currency: str) -> None:
    if deal.bill is None:
        st.markdown(
            show.text(f"{words_vendors.plan_words(deal.plan).capitalize()}: no bill, the target is reached too rarely.")
        )
        return
    st.markdown(f"**{show.text(worked_title(deal.plan or 'random', deal.bill, deal.vendor))}**")
    # A list and no table: formulas are long, and a list's lines wrap on a phone.
    parts = []
    for line in explained_bill(deal.bill, currency):
        parts.append(f"- {show.text(line.name)}: **{show.text(line.amount)}**")
        parts += [f"    - {show.text(part)}" for part in line.parts]
    st.markdown("\n".join(parts))


def _table(rows: Sequence[dict[str, str]], description: str) -> None:
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        width="stretch",
        alt=description,
        column_config=widths.columns_of(rows) | WIDTHS,
    )


def _picked() -> None:
    rows = st.session_state[PICKED]["selection"]["rows"]
    shown = st.session_state.get(f"{PICKED}_vendors", [])
    if rows and rows[0] < len(shown):
        vendor, plan = shown[rows[0]]
        st.session_state[WHO] = vendor
        if plan is not None:
            st.session_state[PLAN] = plan


def _told(key: str, allowed: tuple[str, ...]) -> None:
    """Say that the address asks for what there is not; the first choice then stands in."""
    wanted = st.query_params.get(key)
    if wanted is not None and wanted not in allowed:
        st.warning(show.text(f"The address asks for “{wanted[:40]}”, which is not among the quotes and plans here."))
