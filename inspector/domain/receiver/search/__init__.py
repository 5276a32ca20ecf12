"""The search for what a receiver verifies instead of the documented signature."""
