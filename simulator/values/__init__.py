"""Plain values that every folder may import; imports nothing else of the simulator."""
