"""One command prints every performance figure as a ratio against a named peer, measured in the same run."""
