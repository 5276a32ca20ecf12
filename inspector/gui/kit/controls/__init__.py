"""Controls that are drawn by the program: switches, choices, split buttons, boxes for values, key caps."""
