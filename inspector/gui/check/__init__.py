"""*Check my receiver*: its dialog, progress and results."""
