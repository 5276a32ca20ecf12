"""Forwards: where each new capture is sent, and how far that is."""
