"""What people would use instead, side by side: each in an environment of its own, on the same policy."""
