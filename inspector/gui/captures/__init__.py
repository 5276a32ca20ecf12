"""The list of captures: which ids it holds, the rows it shows of them, and how they are drawn."""
