"""The list of captures: its content, columns, filter, drawing, and the commands on captures."""
