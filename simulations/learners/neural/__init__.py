"""Neural networks as learners, trained with torch; this room imports it only where something is computed."""
