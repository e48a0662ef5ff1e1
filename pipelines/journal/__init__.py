"""The outreach journal: what therapists did about their clients, the only other store."""

FILE = "journal.db"  # in the home, where the settings name no database
