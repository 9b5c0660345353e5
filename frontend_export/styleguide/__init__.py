"""Every block, part and page of the theme on a page of its own, for whoever works on a theme.

Only ``frontend-export serve`` has it, at ``/_styleguide/``: no release and no edge in production.
"""
