"""A playbook at work: what is known of a case, which playbook that makes it, and which steps are done."""
