"""Whether a job is safe whatever goes wrong: each fault at each of its calls, and what is to be said of it."""
