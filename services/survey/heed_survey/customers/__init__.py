"""Who is one customer with whom: a merge is a view, here too."""
