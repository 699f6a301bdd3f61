"""Pages of digits drawn by a program, with their truth: to train the finder and to measure it."""
