"""A request as text for another client: a shell command or a few lines of a program.

Each client is a function from a request to its text; `table.py` lists them. Method, body and signature arrive
byte for byte, and a comment names everything else that the client changes. All parts of a request are quoted
values: nothing is executed, read or expanded.
"""
