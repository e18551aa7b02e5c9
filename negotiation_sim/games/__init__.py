"""Games: what is played, not how it is solved."""
