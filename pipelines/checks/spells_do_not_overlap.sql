-- A client's sobriety spells lie one after another.
SELECT client_id, start_date
FROM sobriety_spells
QUALIFY start_date <= lag(end_date) OVER (PARTITION BY client_id ORDER BY start_date)
