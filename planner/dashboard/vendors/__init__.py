"""The Vendors page: the table of quotes, how others come in, and what they are compared by."""
