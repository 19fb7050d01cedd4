"""The dashboard's entry: the pages and what they have in common; Streamlit runs this file."""

from functools import partial
from importlib import import_module

import streamlit as st

from planner.dashboard import plan_state
from planner.dashboard.admission import admitted, ask_password
from planner.dashboard.navigation import PAGES
from planner.dashboard.serve import stay_local
from planner.dashboard.session import begin, freeze_memory

# An icon by its name is fetched from a font service; this one is sent with the page.
ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#00705A" stroke-width="2">'
    '<path d="M12 3v18M7 21h10M4 7h16M4 7l-3 7h6zM20 7l-3 7h6z"/></svg>'
)

# Streamlit writes the chosen part of a segmented control in the primary colour, which has to be dark enough for white
# words on buttons and is then too dark for words on a dark page: they take the page's own colour instead.
STYLE = """<style>
[data-testid='stButtonGroup'] button[role='radio'][aria-checked='true'] {color: inherit; font-weight: 600}
</style>"""


def main() -> None:
    """Set the page up and run the one that was asked for."""
    stay_local()  # for `streamlit run`, which starts the server without it
    st.set_page_config(page_title="labelplan", page_icon=ICON, layout="wide")
    st.html(STYLE)
    plan_state.keep_drafts()
    first, *others = PAGES
    pages = [_page(*first, default=True), *(_page(*page) for page in others)]
    chosen = st.navigation(pages, position="top" if admitted() else "hidden")
    if not admitted():
        ask_password()
        return
    # The side bar belongs to this script and not to a page, so that its fields live on from one page to the next.
    begin(chosen.url_path)
    chosen.run()
    freeze_memory(chosen.url_path)


def _page(name: str, title: str, icon: str, *, default: bool = False) -> st.Page:
    run = partial(_run, name)
    return st.Page(run, title=title, icon=f":material/{icon}:", url_path=name, default=default)


def _run(name: str) -> None:
    # A page's modules are loaded when it is opened first.
    import_module(f"planner.dashboard.views.{name}").page()


if __name__ == "__main__":
    main()
