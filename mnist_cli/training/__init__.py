"""Data to a version of a model."""
