"""The Simulate page: what to run, what that takes, and how it stands; the runs themselves are in `jobs`."""
