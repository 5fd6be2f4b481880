"""The pages without a browser: sessions, runs, widgets, messages."""
