"""01: what T changes (how even the probabilities are, the size of the gradient) and what it leaves alone."""
