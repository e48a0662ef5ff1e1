-- The log-rank test of a curve's groups: no row if there are fewer than two groups, or if no test is made.
SELECT groups, chi_square, degrees, p_value
FROM survival_test
WHERE curve = $curve AND breakdown = $breakdown
