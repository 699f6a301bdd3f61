"""What Python programs call, and the commands: data opened and looked at, `train`, `evaluate`."""
