"""What is written of a reading: record, CSV, annotated picture, review page."""
