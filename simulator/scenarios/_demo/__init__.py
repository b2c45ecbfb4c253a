"""The parts of the demo scenario: its people and their cases (texts in `data/`), and how they get into a world."""
