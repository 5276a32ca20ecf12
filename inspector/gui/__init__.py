"""The window's face on the session; the only room that imports PySide6 and qasync."""
