"""The blocks editors write with, by group. Their shapes are the export feed's: see
docs/export-feed.md.

``shared``     the features of rich text, the names of the groups
``text``       headings, paragraphs, pictures, tables, questions, the end
``medicine``   uses, benefits, risks, facts, and the sections of a medicine page
``help``       notices, care cards, do and do not, helplines, next steps
``body``       all of these, as the body of a page
``facts``      the short lists beside the body: key points, other names, legal status, authors
``sources``    the sources, and their keys
"""
