"""Tests: the folders mirror the project; what is about the whole lies here."""
