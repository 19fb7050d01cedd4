"""The pages of the dashboard, in order; the first answers without any input."""

PAGES: tuple[tuple[str, str, str], ...] = (
    ("verdict", "Verdict", "gavel"),
    ("vendors", "Vendors", "storefront"),
    ("curves", "Curves", "show_chart"),
    ("simulate", "Simulate", "science"),
    ("assumptions", "Assumptions & evidence", "fact_check"),
)
"""Name, title and icon of each. A page may keep choices of its own in the address, under its name: `curves.axis`."""
