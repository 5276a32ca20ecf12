"""One capture: its request, its rows, its headers, and how it is compared, reported and exported."""
