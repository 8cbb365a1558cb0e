"""Service points: where purchases and services happen, the organisation's own or a dealer's."""
