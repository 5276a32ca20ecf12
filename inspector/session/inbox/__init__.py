"""The shared inbox in use: this machine reads it, or publishes to it."""
