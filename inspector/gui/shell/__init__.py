"""The application and its main window, which builds and connects the features; bars, status and layout."""
