"""Readers' comments by the thousand: the servers they pass, and those who send them."""
