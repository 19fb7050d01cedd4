"""The Assumptions & evidence page: every number and its source, scenarios, and the record of past forecasts."""
