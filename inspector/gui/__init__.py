"""The window on a session; the only package that imports PySide6 and qasync.

`shell` has the application and the main window, `kit` what any feature may use, and every other folder is one
feature. A feature sees the window as the protocol in `kit/context/window.py`.
"""
