"""`python -m planner.cli` is `labelplan`."""

from planner.cli.entry import main

main()
