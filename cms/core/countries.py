"""The places whose law and services a page may speak of."""

COUNTRIES = [
    ("GB", "United Kingdom"),
    ("IE", "Ireland"),
    ("US", "United States"),
    ("EU", "European Union"),
    ("AU", "Australia"),
    ("CA", "Canada"),
    ("NZ", "New Zealand"),
]
HOME = "GB"
