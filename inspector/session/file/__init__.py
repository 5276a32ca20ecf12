"""The capture file as a whole: changes by other processes, import and export, maintenance, storage limit."""
