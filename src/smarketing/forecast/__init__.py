"""The forecast: source, stage and age; a distribution, not a number; proven by back-test."""
