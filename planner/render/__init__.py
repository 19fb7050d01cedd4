"""The verdict in numbers, words, tables and charts, for the terminal, JSON, HTML and the dashboard."""
