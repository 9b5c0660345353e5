"""Which addresses live pages cite, and whether those are still there."""
