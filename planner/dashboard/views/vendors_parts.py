"""Parts of the Vendors page: the comparison of quotes, results as tables, and one vendor's bill."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import streamlit as st

from planner.app.answers import check_amounts
from planner.dashboard import answers, components
from planner.dashboard.answers import PlanKey
from planner.dashboard.plan_link import Start
from planner.dashboard.session import Opened
from planner.dashboard.views import vendors_table
from planner.decision.buying import Buying, Deal, buy
from planner.plan import Plan
from planner.plan.quote_files import quotes_template_csv, quotes_to_csv
from planner.render.quotes import words as quote_words
from planner.render.quotes.charts import winning_chart
from planner.render.verdict.bill_words import explained_bill, worked_title

LAST_PLAN = "last_bought_plan"


def current_buying(plan: Plan, start: Start) -> tuple[Buying | None, Plan, str | None]:
    """Compare a plan's quotes.

    Returns:
        The comparison, or the last good one (none at all where even the plan at the start has none); the plan that it
        is of; and a sentence where the plan on screen could not be answered.
    """
    return answers.last_good(_buying, plan, start, LAST_PLAN)


def of_text(toml: str, start: Start) -> Buying:
    """Compare the quotes of a plan file's text.

    Raises:
        InputError: it cannot be answered.
    """
    return _buying(PlanKey.of(toml, start))


@st.cache_data(max_entries=64, show_spinner="Comparing the quotes…")
def _buying(key: PlanKey) -> Buying:
    simulated, warnings = key.curves()
    found = buy(key.plan, n_draws=key.n_draws, seed=0, base=Path(key.base), simulated=simulated, forecast=key.forecast)
    check_amounts(usd or 0.0 for deal in found.deals for usd in vars(deal.total_usd).values())
    return found.with_warnings(warnings)


WHO, PLAN = "vendors.who", "vendors.plan"
PICKED = "vendors_picked"
# A long name must not push the numbers off a phone; a click on the cell shows all of it.
WIDTHS = {
    "Vendor": st.column_config.TextColumn(width=vendors_table.NAME_PX),
    "Note": st.column_config.TextColumn(width=130),
}


def quotes(page: Opened) -> None:
    """Show the quotes to edit, and the ways in which others come in and these go out."""
    st.caption(
        "One vendor a row. Every number may be a range, such as 0.05 to 0.12 (80% sure). Type in the last row to add a "
        "vendor; tick a row to delete it. An empty cell is labelplan's default."
    )
    above = st.container()
    vendors_table.more_columns(page.plan)
    with above:
        _show_faults(vendors_table.table(page.plan))
    with st.container(horizontal=True):
        vendors_table.reset_button(page.plan, page.start.plan)
        st.download_button(
            "Download the quotes",
            quotes_to_csv(page.plan.vendors),
            "quotes.csv",
            "text/csv",
            icon=":material/download:",
        )
        st.download_button(
            "Download a template", quotes_template_csv, "quotes-template.csv", "text/csv", icon=":material/draft:"
        )
    left, right = st.columns(2)
    with left.expander("Add a preset", icon=":material/library_add:"):
        vendors_table.preset_picker(page.plan)
    with right.expander("Paste or upload quotes", icon=":material/content_paste:"):
        vendors_table.file_reader(page.plan)


def _show_faults(rows: Sequence[str]) -> None:
    if rows:
        lines = [*rows, "The last good quotes stand in"]
        st.error("\n".join(f"- {components.text(line)}." for line in lines))
    if sentence := vendors_table.last_fault():
        st.error(components.text(f"{sentence}. The quotes are as they were."))


def deals(found: Buying) -> None:
    """Show every vendor with every plan; a row that is clicked opens that vendor's bill."""
    rows = quote_words.deal_rows(found)
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
    st.session_state[f"{PICKED}_vendors"] = [(deal.vendor, deal.plan) for deal in found.deals]


def plan_of(found: Buying) -> str | None:
    """Let one of the plans be chosen; None where a budget is spent."""
    if not found.plans:
        return None
    _warn_unknown(PLAN, found.plans)
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
        components.figure(lambda: winning_chart(found), "winning_prices")
    for line in quote_words.winning_lines(found):
        st.markdown(components.text(line))
    _table(quote_words.winning_rows(found), "Price of a vote now, and up to which each vendor would be the cheapest")
    st.caption(
        "All other quotes stay as they are; a range of the price keeps its width in proportion, and tiers keep theirs."
    )


def bill(found: Buying) -> None:
    """Show one vendor's worked bills, each line with its formula."""
    _warn_unknown(WHO, found.vendors)
    chosen = st.selectbox("Vendor", found.vendors, key=WHO, bind="query-params")
    for deal in found.of_vendor(chosen):
        _show_bill(deal, found.currency)
    offer = found.comparison.offers[found.vendors.index(chosen)]
    if sentence := quote_words.votes_sentence(offer, found.currency):
        st.markdown(components.text(sentence))


def labels(found: Buying) -> None:
    """Show what a vote and a useful label cost with each vendor, and who is the cheapest from when on."""
    for line in quote_words.switch_lines(found.comparison):
        st.markdown(components.text(line))
    _table(quote_words.quote_rows(found), "Price of a vote, votes, wrong labels and clean labels, by vendor")
    for place, volume in enumerate(found.comparison.offers[0].volumes):
        st.markdown(components.text(quote_words.volume_title(volume.labels)))
        _table(
            quote_words.volume_rows(found, place), "Bill, price of an item, of a useful one and of an effective label"
        )
    others = [
        sentence for offer in found.comparison.offers if (sentence := quote_words.votes_sentence(offer, found.currency))
    ]
    if others:
        st.markdown("**More items or more votes?**")
        st.markdown("\n".join(f"- {components.text(sentence)}" for sentence in others))


def _show_bill(deal: Deal, currency: str) -> None:
    if deal.bill is None:
        st.markdown(
            components.text(
                f"{quote_words.plan_words(deal.plan).capitalize()}: no bill, the target is reached too rarely."
            )
        )
        return
    st.markdown(f"**{components.text(worked_title(deal.plan or 'random', deal.bill, deal.vendor))}**")
    # A list and no table: formulas are long, and a list's lines wrap on a phone.
    parts = []
    for line in explained_bill(deal.bill, currency):
        parts.append(f"- {components.text(line.name)}: **{components.text(line.amount)}**")
        parts += [f"    - {components.text(part)}" for part in line.parts]
    st.markdown("\n".join(parts))


def _table(rows: Sequence[dict[str, str]], description: str) -> None:
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        width="stretch",
        alt=description,
        column_config=components.columns_of(rows) | WIDTHS,
    )


def _open_bill() -> None:
    rows = st.session_state[PICKED]["selection"]["rows"]
    shown = st.session_state.get(f"{PICKED}_vendors", [])
    if rows and rows[0] < len(shown):
        vendor, plan = shown[rows[0]]
        st.session_state[WHO] = vendor
        if plan is not None:
            st.session_state[PLAN] = plan


def _warn_unknown(key: str, allowed: tuple[str, ...]) -> None:
    """Say that the address asks for what there is not; the first choice then stands in."""
    wanted = st.query_params.get(key)
    if wanted is not None and wanted not in allowed:
        st.warning(
            components.text(f"The address asks for “{wanted[:40]}”, which is not among the quotes and plans here.")
        )
