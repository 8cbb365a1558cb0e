"""Who works at the desk, which queues it has and what the rules of the house are."""
