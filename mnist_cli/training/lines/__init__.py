"""The training of the line network: what marks a line has, and which digits are one number."""
