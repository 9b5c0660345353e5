"""The rules of responsible health publishing: what they find on a page, and what follows."""
