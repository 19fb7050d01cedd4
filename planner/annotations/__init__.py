"""Labels that people gave in a labelling tool: readers of exports, agreement between people, and their pace."""
