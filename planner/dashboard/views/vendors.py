"""The Vendors page: the quotes to edit, who is the cheapest for what, what would change that, and one vendor's bill."""

from functools import partial

import pandas as pd
import streamlit as st

from planner.dashboard import answers, components, session
from planner.dashboard.views import quotes_table
from planner.decision.buying import Buying, Deal
from planner.plan import Plan
from planner.plan.quote_files import quotes_to_csv
from planner.plan.quote_sheets import quotes_workbook
from planner.render.quotes import charts, words
from planner.render.verdict.bill_words import explained_bill, worked_title

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LAST_PLAN = "last_bought_plan"
WHO, PLAN = "vendors.who", "vendors.plan"
NOT_HERE = "The address asks for {}, which is not among the quotes and plans here."
PICKED = "vendors_picked"  # session state: the table of deals, and below the vendor and plan of each of its rows
# A long name must not push the numbers off a phone; a click on the cell shows all of it.
WIDTHS = {
    "Vendor": st.column_config.TextColumn(width=quotes_table.NAME_PX),
    "Note": st.column_config.TextColumn(width=130),
}


def page() -> None:
    """Draw the page."""
    opened = session.current_page()
    found, plan = answers.last_good(answers.buying, opened.plan, opened.start, LAST_PLAN)
    components.caption(plan.task.name)
    st.title(components.text(words.headline(found) if found is not None else "No answer yet"), anchor=False)
    if found is not None:
        components.paragraph(words.summary(found))

    st.subheader("Quotes", anchor=False)
    _show_quotes(opened)
    if found is None:
        st.stop()
    if found.warnings:
        st.warning(components.bullets(found.warnings))

    components.figure(lambda: charts.cost_chart(found), "cost_by_vendor")
    _show_deals(found)

    if words.has_rivals(found):
        st.subheader("At which price each would win", anchor=False)
        _show_winning(found)

    st.subheader("Days against cost", anchor=False)
    chosen = _choose_plan(found)
    components.figure(lambda: charts.days_chart(found, chosen), "days_against_cost")

    st.subheader("One vendor's bill", anchor=False)
    _show_bills(found)

    st.subheader("What a label costs", anchor=False)
    _show_labels(found)
    st.download_button(
        "Download all tables (xlsx)",
        partial(_workbook, plan, found),
        "vendors.xlsx",
        XLSX,
        icon=":material/table:",
        on_click="ignore",
    )


def _workbook(plan: Plan, found: Buying) -> bytes:
    """Write the quotes and every table of the page as one spreadsheet, a sheet each."""
    tables = {"Cost by vendor and plan": words.deal_rows(found)}
    if words.has_rivals(found):
        tables["Winning prices"] = words.winning_rows(found)
    priced = [(deal, deal.bill) for deal in found.deals if deal.bill is not None]
    for number, (deal, bill) in enumerate(priced, start=1):
        whose = worked_title(deal.plan or "random", bill, deal.vendor)
        tables[f"Bill {number}"] = [
            {whose: line.name, "Amount": line.amount, "How": "; ".join(line.parts)}
            for line in explained_bill(bill, found.currency)
        ]
    tables["What a label costs"] = words.quote_rows(found.comparison, found.currency)
    for place, volume in enumerate(found.comparison.offers[0].volumes):
        tables[f"At {volume.labels} labels"] = words.volume_rows(found.comparison, place, found.currency)
    if votes := words.votes_rows(found.comparison):
        tables["Votes"] = votes
    return quotes_workbook(plan.vendors, tables)


def _show_quotes(page: session.Opened) -> None:
    """Show the quotes to edit, and the ways in which others come in and these go out."""
    st.caption(
        "One vendor a row. Every number may be a range, such as 0.05 to 0.12 (80% sure). Type in the last row to add a "
        "vendor; tick a row to delete it. An empty cell is labelplan's default."
    )
    above = st.container()
    quotes_table.more_columns(page.plan)
    with above:
        if rows := quotes_table.table(page.plan):
            st.error(components.bullets(f"{row}." for row in (*rows, "The last good quotes stand in")))
        if sentence := st.session_state.get(quotes_table.LAST_FAULT):
            components.error(f"{sentence}. The quotes are as they were.")
    with st.container(horizontal=True):
        quotes_table.reset_button(page.plan, page.start.plan)
        st.download_button(
            "Download the quotes",
            quotes_to_csv(page.plan.vendors),
            "quotes.csv",
            "text/csv",
            icon=":material/download:",
        )
        st.download_button(
            "Download a template for vendors", quotes_workbook, "quotes.xlsx", XLSX, icon=":material/draft:"
        )
    left, right = st.columns(2)
    with left.expander("Add a preset", icon=":material/library_add:"):
        quotes_table.preset_picker(page.plan)
    with right.expander("Paste or upload quotes", icon=":material/content_paste:"):
        quotes_table.file_reader(page.plan)


def _show_deals(found: Buying) -> None:
    """Show every vendor with every plan; a row that is clicked opens that vendor's bill."""
    rows = words.deal_rows(found)
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        width="stretch",
        key=PICKED,
        on_select=_open_bill,
        selection_mode="single-row",
        column_config=components.columns_of(rows) | WIDTHS,
        alt="Cost, days, labels and chance to be the cheapest, by vendor and plan",
    )
    st.caption("Usual values and 80% ranges. Tick a row to see that vendor's bill, line by line, further down.")
    st.session_state[f"{PICKED}_deals"] = [(deal.vendor, deal.plan) for deal in found.deals]


def _choose_plan(found: Buying) -> str | None:
    """Let one of the plans be chosen; None where a budget is spent."""
    if not found.plans:
        return None
    components.warn_unknown(NOT_HERE, {PLAN: found.plans})
    return components.choose_part("Plan", found.plans, PLAN, default=found.al_plan, named=False)


def _show_winning(found: Buying) -> None:
    """Show the price up to which each vendor would be the cheapest."""
    if words.winnable(found):
        components.figure(lambda: charts.winning_chart(found), "winning_prices")
    for line in words.winning_lines(found):
        components.paragraph(line)
    components.table(
        words.winning_rows(found), "Price of a vote now, and up to which each vendor would win", widths=WIDTHS
    )
    st.caption(
        "All other quotes stay as they are; a range of the price keeps its width in proportion, and tiers keep theirs."
    )


def _show_bills(found: Buying) -> None:
    components.warn_unknown(NOT_HERE, {WHO: found.vendors})
    chosen = st.selectbox("Vendor", found.vendors, key=WHO, bind="query-params")
    for deal in found.of_vendor(chosen):
        _show_bill(deal, found.currency)
    offer = found.comparison.offers[found.vendors.index(chosen)]
    if sentence := words.votes_sentence(offer, found.currency):
        components.paragraph(sentence)


def _show_labels(found: Buying) -> None:
    """Show what a vote and a useful label cost with each vendor, and who is the cheapest from when on."""
    for line in words.switch_lines(found.comparison):
        components.paragraph(line)
    components.table(
        words.quote_rows(found.comparison, found.currency),
        "Price of a vote, votes, wrong labels and clean labels, by vendor",
        widths=WIDTHS,
    )
    for place, volume in enumerate(found.comparison.offers[0].volumes):
        components.paragraph(words.volume_title(volume.labels))
        rows = words.volume_rows(found.comparison, place, found.currency)
        components.table(rows, "Bill, price of an item, of a useful one and of an effective label", widths=WIDTHS)
    others = [
        sentence for offer in found.comparison.offers if (sentence := words.votes_sentence(offer, found.currency))
    ]
    if others:
        st.markdown("**More items or more votes?**")
        st.markdown(components.bullets(others))
        components.table(
            words.votes_rows(found.comparison), "Right labels with 1, 3 and 5 votes, and of published crowds"
        )


def _show_bill(deal: Deal, currency: str) -> None:
    if deal.bill is None:
        components.paragraph(f"{words.plan_words(deal.plan).capitalize()}: no bill, the target is reached too rarely.")
        return
    st.markdown(f"**{components.text(worked_title(deal.plan or 'random', deal.bill, deal.vendor))}**")
    # A list and no table: formulas are long, and a list's lines wrap on a phone.
    parts = []
    for line in explained_bill(deal.bill, currency):
        parts.append(f"- {components.text(line.name)}: **{components.text(line.amount)}**")
        parts += [f"    - {components.text(part)}" for part in line.parts]
    st.markdown("\n".join(parts))


def _open_bill() -> None:
    rows = st.session_state[PICKED]["selection"]["rows"]
    shown = st.session_state.get(f"{PICKED}_deals", [])
    if rows and rows[0] < len(shown):
        vendor, plan = shown[rows[0]]
        st.session_state[WHO] = vendor
        if plan is not None:
            st.session_state[PLAN] = plan
