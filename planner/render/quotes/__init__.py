"""Vendors' quotes in words, tables and charts."""
