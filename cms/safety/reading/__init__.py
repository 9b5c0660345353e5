"""What the rules read of a page: its parts, its words and its links. Pure."""
