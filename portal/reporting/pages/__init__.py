"""The pages on which residents report and come back."""
