"""Collection: the form behind a link, partial answers, open links and imports of responses."""
