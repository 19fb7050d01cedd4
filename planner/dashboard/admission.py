"""The password that the dashboard asks for where it is open to other machines."""

import hmac
import os
import time
from threading import Lock

import streamlit as st

from planner.app.dashboard_server import PASSWORD

WRONG_SECONDS = 1.0
"""How long a wrong password takes to be refused; they are refused one at a time."""

_one_at_a_time = Lock()


def admitted() -> bool:
    """Say whether this session may see the dashboard: no password is set, or it was given."""
    return not os.environ.get(PASSWORD) or bool(st.session_state.get("admitted"))


def ask_password() -> None:
    """Ask for the password, once a session."""
    st.title("labelplan")
    with st.form("password"):
        found = st.text_input("Password", type="password", help=f"What {PASSWORD} holds on the server.")
        sent = st.form_submit_button("Open")
    if not sent:
        return
    if hmac.compare_digest(found.encode(), os.environ[PASSWORD].encode()):
        st.session_state["admitted"] = True
        st.rerun()
    with _one_at_a_time:
        time.sleep(WRONG_SECONDS)
    st.error("That is not the password.")
