"""The small server between readers and the CMS: comments, previews and, where asked, the site."""
