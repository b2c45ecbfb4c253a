"""The commands that grade agents, run them, and look at what came of it."""
