"""Rules of operators that accept, decline or refer a complaint as soon as it is opened."""
