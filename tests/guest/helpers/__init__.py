"""The parts that guest tests share."""
