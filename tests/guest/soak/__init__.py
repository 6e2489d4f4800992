"""Everything at once: many who use ports, look at them, change them and take them away."""
