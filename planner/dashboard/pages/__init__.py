"""The pages of the dashboard, one file or folder each."""
