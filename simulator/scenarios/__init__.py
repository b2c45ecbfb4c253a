"""What worlds can be seeded with: one module per scenario, each with a function `seed(world)`."""
