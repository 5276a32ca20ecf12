"""A request as text that some other client sends: a command for a shell, a few lines of a program.

One file a client, each a function from a request to its text; `table.py` lists them.
Method, body and signature arrive byte for byte, and a comment says what else the client changes.
What stands in a request is only ever a quoted value: nothing is executed, read or expanded.
"""
