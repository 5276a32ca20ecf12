"""The shared inbox in the window: its cell in the connection bar, its dialog, and its gaps."""
