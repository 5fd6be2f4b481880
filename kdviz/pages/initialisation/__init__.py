"""06: the mean logit before training: its average over many seeds, as in Table 1 of the paper, and in one run."""
