"""What `data/make.py` records: one module per recording, with `make() -> (arrays, facts)`."""
