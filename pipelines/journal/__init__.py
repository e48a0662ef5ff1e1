"""The outreach journal: what therapists did about their clients, the only other store."""
