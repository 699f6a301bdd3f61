"""How well a model reads: measured, compared, degraded step by step."""
