"""05: the same student trained by different losses, many seeds each, paired: who is ahead, by how much, how surely."""
