"""The verdict in words, tables and charts."""
