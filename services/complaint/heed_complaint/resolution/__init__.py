"""How complaints are resolved: playbooks, promises, remedies, guarantees, messages."""
