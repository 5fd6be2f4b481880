"""Start the dashboards with Voila: the index page at `/`, a gate in front, every other door closed."""
