"""Staff: the agents, the team queues and the settings of the desk."""
