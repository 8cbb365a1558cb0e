"""Private status links: the holder of a link sees the status of the complaint and can reply."""
