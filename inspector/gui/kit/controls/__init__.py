"""Controls that are drawn by the program: switches and key caps."""
