"""Common code of walkers. A walker runs the definition of a remote tool on this computer."""
