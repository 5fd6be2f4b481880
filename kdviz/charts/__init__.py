"""Charts as plain Plotly dicts: pure functions of arrays and words, the same traces in the same order every time.

What moves is an array inside a trace (`x`, `y`, `z`, `text`, `customdata`); everything else is constant furniture.
"""
