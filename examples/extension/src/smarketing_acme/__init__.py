"""What Acme adds to smarketing: a store, a renderer, a criterion of scores and the mapping of its CRM."""
