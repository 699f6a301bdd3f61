"""Sheets that are laid over their form."""
