"""The JSON objects that scripts rely on, made of what the session returns. Nothing else makes them."""
