"""Send captures somewhere, byte for byte, and read the response; knows no store and no window."""
