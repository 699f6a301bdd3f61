"""What users, disks and strangers do to `mnist`: in tables of faults."""
