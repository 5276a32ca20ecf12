"""The terminal front end of the session: arguments, text, JSON lines and exit status.

It never loads Qt.
"""
