"""What the pytest plugin's fixtures are made of. Imported when a fixture is first asked for, never before."""
