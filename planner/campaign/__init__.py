"""A campaign under way: its log, its forecasts, and what to do now."""
