"""What people read, by language: whole sentences with named holes."""
