"""03: what a difference of the logits' means does to LM and not to KD, and what the extra term is not."""
