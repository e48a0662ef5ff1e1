"""The only reader of snapshots. One file a page; the SQL of each figure lies beside it."""
