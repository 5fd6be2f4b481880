"""The mathematics: NumPy only (formulas of losses also take torch tensors); callers name the module they mean."""
