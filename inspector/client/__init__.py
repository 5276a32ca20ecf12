"""Sends captures byte for byte and reads the responses, without knowledge of the store and the window."""
