"""What each peer needs to publish our articles: settings, templates, layout."""
