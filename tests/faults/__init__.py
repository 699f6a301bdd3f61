"""What users, disks and strangers do to `mnist`: one table a section of the fault catalogue."""
