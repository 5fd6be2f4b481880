"""02, the hero: per-class gradients of KD, LM and KD's limit, and how their gap closes with T (or does not)."""
