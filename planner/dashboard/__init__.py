"""The Streamlit dashboard, and what it shares with the command line: where planner and simulator meet."""
