"""Assignment of complaints to agents and team queues, with the reasons."""
