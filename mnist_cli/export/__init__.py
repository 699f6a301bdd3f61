"""A version to other formats, each compared with it."""
