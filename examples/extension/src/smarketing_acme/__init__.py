"""What Acme adds to smarketing: a store, a renderer and the mapping of its CRM."""
