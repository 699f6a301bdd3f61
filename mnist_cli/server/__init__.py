"""REST, the inference protocol, the page."""
