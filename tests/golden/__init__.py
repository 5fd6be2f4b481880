"""What the pages computed, drew and stated before they moved: `python -m tests.golden` writes it, a test compares.

Of every page 40 links (as it opens, all presets, every knob at its ends, seeded random ones): the arrays of its charts,
its sentences, table, meters, formula and exports; of every recorded file its arrays.
"""
