"""The pages of the dashboard: a script each, and its parts in modules beside it."""
