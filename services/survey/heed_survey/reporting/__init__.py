"""Reports of surveys: a page for managers, frozen with a hash of its data, and shown to everyone by choice."""
