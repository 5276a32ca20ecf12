"""What is hidden when a capture leaves the program or is shown on a shared screen."""
