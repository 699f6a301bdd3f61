"""What all rooms share: errors, log, files, signals, configuration."""
