"""Pictures by the million, read by a pool of workers, on one machine or many."""
