"""The value of a pilot: measuring first lets one decide better, less its cost."""
