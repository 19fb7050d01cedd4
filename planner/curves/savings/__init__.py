"""Label savings: their shape, what recorded curves say of them, and what that predicts for a new task."""
