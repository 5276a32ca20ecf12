"""Send captures somewhere, byte for byte; knows no store and no window."""
