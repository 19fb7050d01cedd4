"""Services that the command line and the dashboard share; knows no user interface."""
