"""The list of captures: its content, columns and filter, how rows are drawn, and the commands on captures."""
