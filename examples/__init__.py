"""Programs to run as they are, and what they need to run without the internet."""
