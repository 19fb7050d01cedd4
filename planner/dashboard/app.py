"""The dashboard's entry: the pages and what they have in common; Streamlit runs this file."""

from pathlib import Path

import streamlit as st

VIEWS = Path(__file__).parent / "views"


def main() -> None:
    """Set the page up and run the one that was asked for."""
    st.set_page_config(page_title="labelplan", page_icon=":material/balance:", layout="wide")
    pages = [st.Page(VIEWS / "verdict.py", title="Verdict", icon=":material/gavel:", default=True)]
    st.navigation(pages, position="top").run()


if __name__ == "__main__":
    main()
