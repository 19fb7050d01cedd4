"""The dashboard from a checkout: `streamlit run app.py`."""

from planner.dashboard.app import main

main()
