"""Versions of models on disk, their aliases, and cleaning up."""
