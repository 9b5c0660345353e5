"""The rules in the admin: panels, reports, and every door through which a page goes live."""
