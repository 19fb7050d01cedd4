"""The dashboard's entry: the pages and what they have in common; Streamlit runs this file."""

from pathlib import Path

import streamlit as st

from planner.dashboard.memory import settle
from planner.dashboard.page import begin
from planner.dashboard.state import drafts
from planner.dashboard.theme import STYLE

VIEWS = Path(__file__).parent / "views"
# Script, title and icon of each page, in order; the first answers without any input. (A string here would be shown.)
PAGES: tuple[tuple[str, str, str], ...] = (
    ("verdict.py", "Verdict", "gavel"),
    ("vendors.py", "Vendors", "storefront"),
    ("curves.py", "Curves", "show_chart"),
    ("simulate.py", "Simulate", "science"),
    ("assumptions.py", "Assumptions & evidence", "fact_check"),
)


def main() -> None:
    """Set the page up and run the one that was asked for."""
    st.set_page_config(page_title="labelplan", page_icon=":material/balance:", layout="wide")
    st.html(STYLE)
    drafts.keep()
    first, *others = PAGES
    pages = [_page(*first, default=True), *(_page(*page) for page in others)]
    chosen = st.navigation(pages, position="top")
    # The side bar belongs to this script and not to a page, so that its fields live on from one page to the next.
    begin(chosen.url_path)
    chosen.run()
    settle(chosen.url_path)


def _page(script: str, title: str, icon: str, *, default: bool = False) -> st.Page:
    return st.Page(VIEWS / script, title=title, icon=f":material/{icon}:", default=default)


if __name__ == "__main__":
    main()
