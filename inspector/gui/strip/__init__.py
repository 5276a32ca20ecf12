"""The time strip over the list: captures by time and verdict, and the span that is chosen of them."""
