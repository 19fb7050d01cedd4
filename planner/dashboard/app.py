"""The dashboard's entry: the pages and what they have in common; Streamlit runs this file."""

from pathlib import Path

import streamlit as st

VIEWS = Path(__file__).parent / "views"
PAGES: tuple[tuple[str, str, str], ...] = (("verdict.py", "Verdict", "gavel"),)
"""Script, title and icon of each page, in order; the first answers without any input."""


def main() -> None:
    """Set the page up and run the one that was asked for."""
    st.set_page_config(page_title="labelplan", page_icon=":material/balance:", layout="wide")
    first, *others = PAGES
    pages = [_page(*first, default=True), *(_page(*page) for page in others)]
    st.navigation(pages, position="top").run()


def _page(script: str, title: str, icon: str, *, default: bool = False) -> st.Page:
    return st.Page(VIEWS / script, title=title, icon=f":material/{icon}:", default=default)


if __name__ == "__main__":
    main()
