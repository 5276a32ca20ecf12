"""The application and its main window: actions, status, messages, and what holds the features together."""
