"""The pages of the dashboard: a module with a function `page` each, and its parts in modules beside it."""
