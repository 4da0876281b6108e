"""What a scenario holds: one frozen section per category of cost."""
