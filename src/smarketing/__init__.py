"""Smarketing: sales and marketing aligned around one goal."""
