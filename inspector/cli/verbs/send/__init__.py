"""Commands that send captures and samples, now or as they arrive."""
