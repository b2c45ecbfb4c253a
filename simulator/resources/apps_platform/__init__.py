"""The rules of what extends the agents' desktop: apps, cards, KViews."""
