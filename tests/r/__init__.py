"""What R's package survey says of the made files, so that every machine can be held against R."""
