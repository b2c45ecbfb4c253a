"""The parts of the demo scenario: its people, their cases, and how they are written into a world. Texts are in data/."""
