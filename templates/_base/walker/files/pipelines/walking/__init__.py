"""What walkers share. A walker runs a definition here that a tool would run elsewhere."""
