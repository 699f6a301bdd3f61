"""Rows and columns: grids found, cells filled, sums and sudokus checked."""
