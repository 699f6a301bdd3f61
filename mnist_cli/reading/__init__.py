"""Picture to digits, numbers and tables, without TensorFlow."""
