"""The finder: a small network that says where on a page digits and marks are."""
